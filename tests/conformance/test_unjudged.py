# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring was not set up for, or what its operator changed meanwhile, is not judged, and the kit says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringtausch_protocol.conformance.rule import Outcome, exit_code
from ringtausch_protocol.conformance.rules import ALL, BEFORE_WORDS, greeting, orders, promises
from tests.conformance.judged import broken, judged
from tests.quick import quick_words

#: What nobody needs to set up: the form of messages, hellos, frames, the log.
PLAIN = ("json-", "http-", "hello", "frame", "key-", "log-", "witness", "checkpoint", "stranger")


@pytest.mark.parametrize(
    ("count", "limit_seconds", "payee", "carries", "reasons"),
    [
        (9, 36_000, "nobody.here", False, {
            "transfer": "--payee nobody.here", "quote": "--payee nobody.here", "between-offer": "pass through",
            "between-no-route": "pass through", "assignment-path": "pass through", "stopped-line": "stops",
            "assignment-back": "assignment-path: needs",
        }),
        (8, 1_200, "", True, {
            "transfer": "--payee HANDLE", "between-offer": "room for payments", "assignment-path": "give 9 invitations",
            "assignment-paused": "assignment-path",
        }),
        (3, 300, "alma", False, {
            "transfer": "room for payments", "between-offer": "give 6 invitations", "line-above": "give 7 invitations",
            "bad-ack": "give 4 invitations", "ended-order": "line-above",
        }),
    ],
)  # fmt: skip
async def test_what_is_missing_is_named_and_no_fault(
    tmp_path: Path, count: int, limit_seconds: int, payee: str, carries: bool, reasons: dict[str, str]
) -> None:
    async with judged(tmp_path / "oak", quick_words, count, limit_seconds) as kit:
        kit.stage.payee = payee
        results = await kit.judge(carries=carries, agrees=False, stops=False)

    assert {} == broken(results)
    assert [rule.id for rule in ALL] == [*results]
    assert {} == {name: results[name].came for name, why in reasons.items() if why not in results[name].came}
    open_ = {name for name, each in results.items() if each.outcome is Outcome.UNJUDGED}
    assert set() == {name for name in open_ if name.startswith(PLAIN)}
    assert 2 == exit_code([*results.values()])


async def test_a_line_that_its_operator_pauses_meanwhile_accuses_nobody(tmp_path: Path) -> None:
    async with judged(tmp_path / "oak", quick_words, 1) as kit:
        await kit.play(BEFORE_WORDS)
        await kit.confirm(carries=False)
        await kit.play(greeting.RULES)
        await kit.ring.federation.set_line(kit.stage.main.ring.address, "paused")
        results = await kit.play(orders.RULES)

    assert {} == broken(results)
    assert "paused" in results["transfer"].came


@pytest.mark.parametrize(("second", "why"), [("", "--second-payee HANDLE"), ("nobody.here", "nobody.here it says")])
async def test_a_promise_for_another_needs_two_members_who_may_be_credited(
    tmp_path: Path, second: str, why: str
) -> None:
    async with judged(tmp_path / "oak", quick_words, 1) as kit:
        kit.stage.second_payee = second
        await kit.play(BEFORE_WORDS)
        await kit.confirm(carries=False)
        results = await kit.play(greeting.RULES, promises.RULES)

    assert {} == broken(results)
    assert why in results["quote-payee"].came
