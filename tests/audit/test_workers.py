# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signatures checked on threads and in processes: the answers stay in the order of what was asked."""

from __future__ import annotations

from ringtausch_protocol.audit.evidence.signatures import Check
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.program.workers import checking
from ringtausch_protocol.keys import SigningKey

SIGNER = SigningKey(bytes(31) + b"\1")


def check(number: int, *, is_true: bool) -> Check:
    """A signature over the number, or over the one after it."""
    message = bytes((number,))
    return Check(SIGNER.public, message, SIGNER.sign(message if is_true else bytes((number + 1,))), Place())


def test_threads_and_processes_give_the_answers_of_one_who_checks_alone() -> None:
    groups = [[check(number, is_true=number % 3 != first) for number in range(5)] for first in range(3)]
    found = []
    for jobs, thread_groups in ((1, 0), (2, 3), (2, 1)):
        with checking(jobs, thread_groups) as begin:
            answers = [begin(group) for group in groups]
            found.append([list(answer()) for answer in answers])
    expected = [[number % 3 != first for number in range(5)] for first in range(3)]
    assert [expected] * 3 == found
