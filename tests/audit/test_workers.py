# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signatures checked here and in helping processes: the answers are those of one who checks alone."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from threading import Thread

import pytest

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.opening import new_entries
from ringtausch_protocol.audit.auditing.result import Asked, LogGiven
from ringtausch_protocol.audit.evidence.signatures import GROUP, Begin, Check, begin_at_once
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.program.workers import AHEAD_MAX, FEW_ENTRIES, Helper, Workers, checking, serve
from ringtausch_protocol.checkpoints import parse_checkpoint
from ringtausch_protocol.entries import ENTRY_FRAME
from ringtausch_protocol.keys import SigningKey
from tests.audit.busy import busy_logs
from tests.audit.exports import FilesInMemory, codes

SIGNER = SigningKey(bytes(31) + b"\1")


def check(number: int, *, is_true: bool) -> Check:
    """A signature over the number, or over the one after it."""
    message = bytes((number,))
    return Check(SIGNER.public, message, SIGNER.sign(message if is_true else bytes((number + 1,))), Place())


#: More than a helper is given at once.
GROUPS = [[check(number, is_true=number % 3 != first % 3) for number in range(5)] for first in range(AHEAD_MAX + 3)]


def answers(begin: Begin) -> list[Sequence[bool]]:
    """All groups begun before the first answer is asked for."""
    waiting = [begin(group) for group in GROUPS]
    return [list(answer()) for answer in waiting]


ALONE = answers(begin_at_once)


def with_helper() -> tuple[Begin, Connection]:
    """A way to check with one helper, and the far end of its pipe."""
    ours, theirs = multiprocessing.Pipe()
    return Workers([Helper(ours)]).begin, theirs


@pytest.mark.parametrize(("jobs", "entries"), [(1, FEW_ENTRIES), (2, FEW_ENTRIES - 1)])
def test_who_is_alone_or_has_little_to_check_starts_no_helper(jobs: int, entries: int) -> None:
    with checking(jobs, entries) as begin:
        assert begin_at_once is begin


def forged() -> list[LogGiven]:
    """Logs of two rings of which one has written a false signature into both, among more frames than one group."""
    logs = busy_logs(GROUP)
    [place] = [number for number, entry in enumerate(logs[0].entries) if entry[0] == ENTRY_FRAME][20:21]
    entry = logs[0].entries[place]
    at = entry.index(b'"sig":"') + 20
    false = entry[:at] + (b"A" if entry[at : at + 1] != b"A" else b"B") + entry[at + 1 :]
    return [replace(log, entries=[false if each == entry else each for each in log.entries]).given() for log in logs]


def test_an_audit_with_helpers_is_the_audit_of_one_who_checks_alone() -> None:
    given = forged()
    with checking(3, FEW_ENTRIES) as begin:
        helped, signatures = audit(Asked(given), begin), answers(begin)
    assert [] == multiprocessing.active_children()
    assert (audit(Asked(given)), ALONE) == (helped, signatures)
    assert "bad_signature" in codes(helped)


def test_what_a_busy_helper_has_no_room_for_is_checked_here() -> None:
    begin, theirs = with_helper()
    waiting = [begin(group) for group in GROUPS]
    taken = 0
    while theirs.poll():
        theirs.recv()
        taken += 1
    assert AHEAD_MAX == taken
    assert ALONE[AHEAD_MAX:] == [list(answer()) for answer in waiting[AHEAD_MAX:]]


@pytest.mark.parametrize("answered", [0, 1])
def test_a_helper_that_was_ended_leaves_nothing_unchecked(answered: int) -> None:
    begin, theirs = with_helper()
    waiting = [begin(group) for group in GROUPS[:AHEAD_MAX]]
    for number in range(answered):
        theirs.send(ALONE[number])
    theirs.close()
    waiting += [begin(group) for group in GROUPS[AHEAD_MAX:]]
    assert ALONE == [list(answer()) for answer in waiting]


def test_a_helper_that_ends_before_it_is_asked_leaves_nothing_unchecked() -> None:
    begin, theirs = with_helper()
    theirs.close()
    assert ALONE == answers(begin)


def test_a_helper_serves_until_nobody_asks_and_is_not_interrupted_beside_the_audit() -> None:
    before, (ours, theirs) = signal.getsignal(signal.SIGINT), multiprocessing.Pipe()
    found: list[list[bool]] = []

    def ask() -> None:
        with ours:
            for group in GROUPS:
                ours.send([each.signed for each in group])
                found.append(ours.recv())

    asking = Thread(target=ask)
    try:
        asking.start()
        serve(theirs)
        assert (ALONE, signal.SIG_IGN) == (found, signal.getsignal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
        asking.join()


def test_only_entries_that_no_earlier_audit_has_checked_are_counted() -> None:
    given = [log.given() for log in busy_logs(1)]
    head = parse_checkpoint(given[0].checkpoint).head
    unreadable = LogGiven(FilesInMemory("x", {}), b"", ())
    assert 2 * head.size == new_entries(Asked([*given, unreadable]))
    assert head.size == new_entries(Asked(given, remembered={head.origin: head}))
