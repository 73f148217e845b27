# SPDX-License-Identifier: Apache-2.0
"""What is told about a run: lines of text for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ringtausch_protocol.conformance.rule import Outcome, Result

MARKS = {Outcome.HELD: "  ok   ", Outcome.BROKEN: "BROKEN ", Outcome.UNJUDGED: "  ?    "}


class Told(msgspec.Struct, frozen=True):
    """One rule in the JSON report."""

    rule: str
    section: str
    says: str
    outcome: str
    sent: str
    expected: str
    came: str


class Report(msgspec.Struct, frozen=True):
    """The JSON report: how many rules held, were broken, could not be judged; and each of them."""

    url: str
    ring_id: str
    held: int
    broken: int
    unjudged: int
    rules: list[Told]


def line_of(result: Result) -> str:
    """A rule in one line; where it did not hold, what was sent, expected and came."""
    rule = result.rule
    text = f"{MARKS[result.outcome]}{rule.section:<5} {rule.id:<22} {rule.says}\n"
    if result.outcome is Outcome.BROKEN:
        said = {"sent": result.sent, "expected": result.expected, "came": result.came}
        text += "".join(f"         {name + ':':<9} {value}\n" for name, value in said.items())
    if result.outcome is Outcome.UNJUDGED:
        text += f"         {result.came}\n"
    return text


def count(results: Sequence[Result], outcome: Outcome) -> int:
    """How many rules had this outcome."""
    return sum(result.outcome is outcome for result in results)


def summary(results: Sequence[Result]) -> str:
    """The last line."""
    held, broken, unjudged = (count(results, outcome) for outcome in Outcome)
    return f"{len(results)} rules: {held} held, {broken} broken, {unjudged} not judged\n"


def to_json(url: str, ring_id: str, results: Sequence[Result]) -> bytes:
    """The report for programs."""
    told = [
        Told(each.rule.id, each.rule.section, each.rule.says, each.outcome.value, each.sent, each.expected, each.came)
        for each in results
    ]
    held, broken, unjudged = (count(results, outcome) for outcome in Outcome)
    return msgspec.json.format(msgspec.json.encode(Report(url, ring_id, held, broken, unjudged, told)))
