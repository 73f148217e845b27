# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a peer may make us store and do is asked before acceptance: it waits, and sends the same bytes again."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.config import Lines
from ringtausch_node.federation.line.lines import agreement_in
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.refused import Refused
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical
from ringtausch_protocol.advert_bodies import AdvertsAsk
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Cancel
from ringtausch_protocol.posts import Post, Recover
from ringtausch_protocol.requests import QuoteAsk, Refusal
from tests.federation.forger import Forger, code_of
from tests.federation.towns import Towns, end_of, faults, line_of, pay, peer, row_of, talk, until, view_of

ID, HASH = "A" * 22, "A" * 43


async def two(towns: Towns, **lines: int) -> tuple[Ring, Ring]:
    """Oak and elm with budgets of their own in the agreement, open."""
    oak, elm = await towns.found("oak", lines=Lines(**lines)), await towns.found("elm")
    await oak.members.add("alma", "Alma")
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    await talk(oak, elm)
    await until(lambda: _quiet(oak, elm))
    return oak, elm


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


async def silent(oak: Ring, elm: Ring) -> Forger:
    """Elm speaks by hand."""
    await elm.federation.stop()
    await oak.federation.stop()
    return Forger(elm, oak)


def _evidence(tx: Tx) -> int:
    count: int = tx.one("SELECT count(*) FROM evidence")[0]
    return count


def spend_all(ring: Ring, other: Ring) -> None:
    """The other ring has just sent as much as it may."""
    ring.federation.incoming.budgets._frames.charge(other.identity.ring_id, 1.0)


async def test_the_budgets_stand_in_the_agreement(towns: Towns) -> None:
    oak, elm = await two(towns, frames_per_minute=77, bytes_per_day=5_000_000)
    for ring, other in ((oak, elm), (elm, oak)):
        agreed = agreement_in(line_of(ring, other).peer.agreement)
        assert (77, 5_000_000) == (agreed.frames_per_minute, agreed.bytes_per_day)


async def test_an_invitation_with_the_usual_budgets_does_not_name_them(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    assert b"frames_per_minute" not in await oak.federation.invite()
    assert 600 == line_of(oak, elm).terms.frames_per_minute


async def test_frames_beyond_the_budget_wait_and_break_nothing(towns: Towns) -> None:
    oak, elm = await two(towns, frames_per_minute=120)
    forger = await silent(oak, elm)
    before, found = await row_of(oak, elm), await oak.store.read(_evidence)
    spend_all(oak, elm)
    frame = await forger.frame([Cancel(order_hash=HASH)])

    refused = await forger.post(frame)

    assert (429, "too_many_requests") == code_of(refused)
    assert "1" == refused.headers["Retry-After"]
    assert (before.peer_seq, found) == ((await row_of(oak, elm)).peer_seq, await oak.store.read(_evidence))
    assert "confirmed" == line_of(oak, elm).peer.state
    towns.clock.waited_seconds = 1.0
    assert 200 == (await forger.post(frame)).status  # the same bytes
    assert frame.header.seq == (await row_of(oak, elm)).peer_seq


async def test_what_came_before_the_budget_ended_is_stored_and_said(towns: Towns) -> None:
    oak, elm = await two(towns, frames_per_minute=120)
    forger = await silent(oak, elm)
    spend_all(oak, elm)
    towns.clock.waited_seconds = 0.6  # room for one
    first = await forger.frame([Cancel(order_hash=HASH)])
    second = await forger.frame([Cancel(order_hash=HASH)], seq=first.header.seq + 1, prev=first.hash)

    refused = await forger.post(first, second)

    said = canonical.parse(refused.body, Refusal, 1_000)
    assert said.have is not None
    assert (429, first.header.seq, first.hash) == (refused.status, said.have.seq, said.have.hash)
    assert first.header.seq == (await row_of(oak, elm)).peer_seq


async def test_a_frame_that_was_stored_costs_nothing_when_it_is_repeated(towns: Towns) -> None:
    oak, elm = await two(towns, frames_per_minute=120)
    forger = await silent(oak, elm)
    frame = await forger.frame([Cancel(order_hash=HASH)])
    assert 200 == (await forger.post(frame)).status
    budgets, line = oak.federation.incoming.budgets, line_of(oak, elm)
    for _ in range(200):
        assert 200 == (await forger.post(frame)).status
    assert 0.0 == budgets.wait(line, 1_000)


async def test_bytes_of_a_day_are_counted_too(towns: Towns) -> None:
    oak, elm = await two(towns, bytes_per_day=20_000)
    forger = await silent(oak, elm)
    codes = [(await forger.post(await _next(forger))).status for _ in range(20)]
    assert {200, 429} == set(codes)
    assert sorted(codes) == codes
    towns.clock.waited_seconds = 86_400.0
    assert 200 == (await forger.post(await _next(forger))).status


async def _next(forger: Forger) -> Frame:
    """A frame of some 2 kB behind the last that the victim stored."""
    row = await row_of(forger.victim, forger.liar)
    return await forger.frame([Cancel(order_hash=HASH)] * 20, seq=row.peer_seq + 1, prev=row.peer_hash)


async def test_a_frame_larger_than_a_whole_days_budget_takes_a_day_and_no_longer(towns: Towns) -> None:
    oak, elm = await two(towns, bytes_per_day=100_000)
    budgets, line = oak.federation.incoming.budgets, line_of(oak, elm)
    budgets.spend(line, 400_000)
    assert 86_000.0 < budgets.wait(line, 400_000) <= 86_400.0


async def test_posts_without_frames_have_a_budget_as_well(towns: Towns) -> None:
    oak, elm = await two(towns, frames_per_minute=60)
    forger = await silent(oak, elm)
    towns.clock.stop()
    statuses = [(await forger.post()).status for _ in range(260)]
    assert 200 == statuses[0]
    assert 429 == statuses[-1]
    towns.clock.waited_seconds = 60.0
    assert 200 == (await forger.post()).status


async def test_questions_and_pages_of_a_recovery_have_budgets_of_their_own(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = await two(towns, frames_per_minute=2)
    forger = await silent(oak, elm)
    token = line_of(elm, oak).token_to_show or ""
    ask = QuoteAsk(token=token, payment_id=ID, amount_seconds=60, sealed="AAAA")
    assert [400, 400, 429] == [(await forger.raw(canonical.encode(ask), "quote")).status for _ in range(3)]

    budgets = oak.federation.incoming.budgets
    budgets._recovers.charge(elm.identity.ring_id, 1_000.0)
    lost = Recover(token=token, epoch=line_of(elm, oak).names.epoch, after_own=0, after_peer=0)
    assert (429, "too_many_requests") == code_of(await forger.raw(canonical.encode(lost), "recover"))
    towns.clock.waited_seconds = 1.0
    assert 200 == (await forger.raw(canonical.encode(lost), "recover")).status


async def test_of_adverts_a_hundred_come_at_once_and_then_one_every_two_seconds(towns: Towns) -> None:
    oak, elm = await two(towns)
    forger = await silent(oak, elm)
    ask = AdvertsAsk(token=line_of(elm, oak).token_to_show or "", have=[], cards=[], adverts=[])

    async def told() -> Reply:
        return await forger.raw(canonical.encode(ask), "adverts")

    towns.clock.stop()
    towns.clock.waited_seconds = 200.0  # what the rings told each other before is long forgotten
    assert [200] * 100 == [(await told()).status for _ in range(100)]
    refused = await told()
    assert (429, "too_many_requests") == code_of(refused)
    assert "3" == refused.headers["Retry-After"]  # the next whole second in which it surely comes through
    assert 200 == (await forger.post()).status  # payments have a budget of their own
    towns.clock.waited_seconds += 1.9
    assert 429 == (await told()).status
    towns.clock.waited_seconds += 0.1
    assert [200, 429] == [(await told()).status for _ in range(2)]


async def test_the_sender_waits_as_long_as_it_is_told_and_sends_the_same_bytes(towns: Towns) -> None:
    oak, elm = await two(towns, frames_per_minute=120)
    spend_all(oak, elm)
    began = len(towns.network.posts)

    paid = await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 60)).payment_id)

    assert "paid" == paid.state
    sent = [
        (canonical.parse(post.body, Post, 300_000).frames, post.answer.status)
        for post in towns.network.posts[began:]
        if post.sender == "elm" and post.path.endswith("/frames") and post.answer is not None
    ]
    carried = [(frames, status) for frames, status in sent if frames]
    assert (429, 200) == (carried[0][1], carried[1][1])
    assert carried[0][0] == carried[1][0]
    assert [] == await faults(oak, elm)


async def test_what_comes_in_answers_meets_the_same_budget(towns: Towns) -> None:
    """Elm's decision comes in its answer while elm has sent too much: oak leaves it, waits, and asks again."""
    oak, elm = await two(towns, frames_per_minute=120)
    spend_all(oak, elm)
    before = await row_of(oak, elm)

    started = await pay(oak, "alma", "ben@elm.example", 60)
    await until(lambda: _answered(towns))
    assert before.peer_seq == (await row_of(oak, elm)).peer_seq

    assert "paid" == (await end_of(oak, started.payment_id)).state
    await until(lambda: _is_open(oak, elm))
    assert [] == await faults(oak, elm)


async def _answered(towns: Towns) -> bool:
    last = [post for post in towns.network.posts if post.sender == "oak"][-1]
    return last.answer is not None and b'"frames":[{' in last.answer.body


async def _is_open(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).state == "open"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 1.0), ("7", 7.0), (" 7 ", 7.0), ("900", 900.0), ("901", 900.0), ("999999999", 900.0), ("9999999999", None),
     ("-1", None), ("1.5", None), ("", None), ("٣", None), ("Wed, 25 Nov 2026 10:00:00 GMT", None)],
)  # fmt: skip
def test_how_long_to_wait_is_believed_within_bounds(said: str, seconds: float | None) -> None:
    reply = Reply(429, b"", {"retry-AFTER": said})
    assert seconds == Refused(reply, Refusal(code="too_many_requests")).wait_seconds


def test_another_status_tells_nobody_to_wait() -> None:
    assert Refused(Reply(503, b"", {"Retry-After": "7"}), Refusal(code="busy")).wait_seconds is None


@pytest.mark.parametrize("change", [{"frames_per_minute": 0}, {"frames_per_minute": 60_001}, {"bytes_per_day": 0}])
async def test_a_budget_that_cannot_be_is_no_invitation(
    pair: tuple[Ring, Ring], towns: Towns, change: dict[str, int]
) -> None:
    oak, _elm = pair
    ash = await towns.found("ash")
    written = msgspec.json.decode(await oak.federation.invite())
    with pytest.raises(LocalError, match="not_an_invitation"):
        await ash.federation.accept(msgspec.json.encode({**written, **change}))
