# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever answers late, again, or says "later" breaks no rule (SPEC.md 6.2): the kit waits and comes again."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringtausch_node.bootstrap import open_ring
from ringtausch_node.peer_api import build_app
from ringtausch_protocol.conformance import sending
from ringtausch_protocol.conformance.model import Answer, Request, Unjudged
from ringtausch_protocol.conformance.patience import LATER_SECONDS, Patience, Patient
from ringtausch_protocol.conformance.rule import Outcome
from ringtausch_protocol.conformance.rules import BEFORE_WORDS, chain, greeting, orders
from ringtausch_protocol.conformance.sending import Clock, Sender
from ringtausch_protocol.conformance.talking import FRAMES, HELLO
from tests.conformance.judged import broken, judged
from tests.conformance.late import PUT_OFF, LateRing
from tests.federation.towns import HandClock
from tests.quick import quick_words
from tests.serving.wire import listening

GOOD = Answer(200, {}, b"")
POST = Request("POST", FRAMES, b'{"token":"..."}')


async def test_an_honest_ring_on_a_bad_day_is_accused_of_nothing(tmp_path: Path) -> None:
    async with judged(tmp_path / "oak", quick_words) as kit:
        late = LateRing(kit.send)
        kit.send = Patient(late, kit.stage.patience, lambda *_: None, lambda _: None)
        results = await kit.judge()

    assert {} == broken(results)
    assert late.put_off == late.came_next
    assert [] == [name for name, each in results.items() if each.outcome is not Outcome.HELD and "stop" not in name]


async def test_answers_that_take_a_minute_are_no_fault(tmp_path: Path) -> None:
    clock = HandClock()
    async with judged(tmp_path / "oak", quick_words, 1, clock=clock) as kit:
        true = kit.send

        def slow(request: Request) -> Answer:
            clock.ahead_seconds += 60
            return true(request)

        kit.send = slow
        await kit.play(BEFORE_WORDS)
        await kit.confirm(carries=False)
        results = await kit.play(greeting.RULES, chain.RULES, orders.RULES)

    assert {} == broken(results)
    assert "more than a minute" in results["probe-rate"].came


class Told:
    """A ring that answers as it is told, a kit that waits for it, and what it waited for."""

    def __init__(self, *answers: Answer | OSError) -> None:
        self._answers = [*answers]
        self.asked: list[Request] = []
        self.waited: list[float] = []
        self.ask = Patient(self._answer, Patience(), lambda *_: None, self.waited.append)

    def _answer(self, request: Request) -> Answer:
        self.asked.append(request)
        found = self._answers.pop(0)
        if isinstance(found, OSError):
            raise found
        return found


def test_the_kit_waits_as_long_as_it_is_told_and_asks_again_with_the_same_bytes() -> None:
    ring = Told(PUT_OFF[0], PUT_OFF[1], GOOD)

    assert GOOD == ring.ask(POST)
    assert ([POST] * 3, [2, 5]) == (ring.asked, ring.waited)


def test_who_says_later_for_too_long_is_not_judged() -> None:
    ring = Told(PUT_OFF[0]._replace(headers={"retry-after": f"{LATER_SECONDS + 1}"}))

    with pytest.raises(Unjudged, match="later"):
        ring.ask(POST)
    assert [] == ring.waited


def test_what_changes_nothing_is_asked_again_where_its_answer_was_lost() -> None:
    ring = Told(TimeoutError(), ConnectionResetError(), GOOD)

    assert GOOD == ring.ask(POST)
    assert [POST] * 3 == ring.asked


@pytest.mark.parametrize("request_", [POST, Request("POST", HELLO, b'{"round":"hello"}')])
def test_a_refusal_after_a_lost_answer_is_no_fault(request_: Request) -> None:
    ring = Told(TimeoutError(), Answer(409, {}, b'{"code":"quarantined"}'))

    with pytest.raises(Unjudged, match="answer"):
        ring.ask(request_)


def test_a_ring_that_is_started_anew_is_waited_for() -> None:
    assert GOOD == Told(ConnectionRefusedError(), ConnectionRefusedError(), GOOD).ask(POST._replace(path=HELLO))
    with pytest.raises(ConnectionRefusedError):
        Told(*[ConnectionRefusedError()] * 5).ask(POST)


async def test_a_ring_that_forgets_its_tokens_in_a_restart_is_greeted_anew(tmp_path: Path) -> None:
    async with judged(tmp_path / "oak", quick_words, 1) as kit:
        await kit.play(BEFORE_WORDS)
        await kit.confirm(carries=False)
        await kit.play(greeting.RULES, chain.RULES)
        await kit.ring.close()
        ring = await open_ring(tmp_path / "oak")
        await ring.federation.start()
        async with listening(build_app(ring)) as port:
            kit.send = Sender(f"http://127.0.0.1:{port}")
            results = await kit.play(orders.RULES, chain.LAST)
        await ring.close()

    assert {} == broken(results)
    assert Outcome.HELD is results["transfer"].outcome


@pytest.mark.parametrize(
    ("date", "ahead_seconds"),
    [
        ("Thu, 01 Jan 1970 00:16:40 GMT", 0),
        ("Thu, 01 Jan 1970 00:16:41 GMT", 0),
        ("Thu, 01 Jan 1970 01:16:42 GMT", 3_600),
        ("Thu, 01 Jan 1970 00:06:39 GMT", -600),
        ("yesterday", 0),
        ("", 0),
    ],
)
def test_the_kit_goes_by_the_clock_of_the_ring_under_test(
    monkeypatch: pytest.MonkeyPatch, date: str, ahead_seconds: int
) -> None:
    monkeypatch.setattr(sending, "now", lambda: 1_001)
    clock = Clock()

    clock.set_by(Answer(400, {"date": date}, b""), asked_at=1_000)

    assert (ahead_seconds, 1_001 + ahead_seconds) == (clock.ahead_seconds, clock())
