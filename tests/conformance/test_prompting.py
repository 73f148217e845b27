# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the operator of the ring under test is asked for, before the first words."""

from __future__ import annotations

import io

import pytest

from ringtausch_protocol.conformance.prompting import Prompter
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.verifier.words import Language
from tests.vectors import payloads
from tests.vectors.cast import EICHE, NOON, chance


def asked(payee: str, second: str, language: Language = "en") -> str:
    """What is written about members."""
    out = io.StringIO()
    invited, random = [payloads.invitation()], lambda size: chance("kit", size)
    stage = Stage(invited, EICHE.card, random, lambda: NOON, "http://nowhere", payee, second)
    Prompter(out, language).tell_words(stage, 600)
    return out.getvalue()


@pytest.mark.parametrize(
    ("payee", "second", "told"),
    [
        ("", "", ["payments to members are not judged: --payee"]),
        ("alma", "", ["'alma' must be a member", "a promise for another member is not judged: --second-payee"]),
        ("alma", "berta", ["'alma' must be a member", "'berta' must be a member"]),
    ],
)
def test_who_must_be_a_member_is_told_and_what_is_not_judged_for_want_of_one(
    payee: str, second: str, told: list[str]
) -> None:
    said = asked(payee, second)

    assert told == [each for each in told if each in said]
    assert len(told) == said.count("member")


def test_it_is_told_in_german_too() -> None:
    assert "Versprechen für ein anderes Mitglied wird nicht beurteilt" in asked("alma", "", "de")
