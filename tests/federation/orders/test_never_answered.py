# SPDX-License-Identifier: AGPL-3.0-or-later
"""A peer that takes every order and decides none, and one that sends without end: each costs its own line, no other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ringtausch_node.bootstrap import Ring
from ringtausch_node.config import Lines
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import Cancel
from ringtausch_protocol.posts import Have, Post, PostAnswer
from ringtausch_protocol.requests import Refusal
from tests.federation.forger import Forger
from tests.federation.towns import HOUR, Towns, end_of, faults, line_of, pay, peer, row_of, talk, until, view_of

ORDERS = 10_000
AT_ONCE = 250
DAY = 24 * HOUR


@dataclass
class Mute:
    """Elm, as it should not be: it confirms every frame and never says what becomes of an order."""

    have: Have
    orders: int = 0
    federation: Any = field(init=False)

    def __post_init__(self) -> None:
        self.federation, self.receiver = self, self

    async def handle(self, path: str, body: bytes) -> Reply:
        """Frames are taken, everything else has to wait."""
        if path != "frames":
            return Reply(503, canonical.encode(Refusal(code="busy")), {})
        for wire in canonical.parse(body, Post, limits.REQUEST_BYTES).frames:
            payload = envelope.parse_envelope(bytes(wire.header)).body()
            seq, self.orders = self.have.seq + 1, self.orders + len(wire.items)
            self.have = Have(epoch=self.have.epoch, seq=seq, hash=b64(envelope.document_hash("frame", payload)))
        return Reply(200, canonical.encode(PostAnswer(have=self.have, frames=[], boxes=[], notes=[])), {})

    async def close(self) -> None:
        """Nothing is open."""


async def land(towns: Towns, members: int) -> tuple[Ring, Ring, Ring]:
    """Oak with many members, elm, and the honest ash."""
    oak, elm, ash = await towns.found("oak"), await towns.found("elm"), await towns.found("ash")
    for number in range(members):
        await oak.members.add(f"m{number}", "M", min_seconds=-(10**9))
    for ring in (elm, ash):
        await ring.members.add("ben", "Ben", max_seconds=10**9)
        await peer(oak, ring)
    await talk(oak, elm, ash)
    await until(partial(_quiet, oak, elm))
    return oak, elm, ash


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


async def _order(oak: Ring, number: int) -> str:
    wish = PayRequest(None, f"m{number % 20}", "ben@elm.example", 60, "memo")
    return (await oak.payments.pay(wish, OPERATOR)).payment_id


def _states(tx: Tx) -> dict[str, int]:
    sql = "SELECT state, count(*) FROM order_out WHERE purpose = 'transfer' GROUP BY state"
    return {str(state): int(count) for state, count in tx.execute(sql)}


async def test_ten_thousand_orders_that_nobody_answers_hold_one_line(towns: Towns) -> None:
    oak, elm, ash = await land(towns, 21)
    await elm.federation.stop()
    row = await row_of(oak, elm)
    mute = Mute(Have(epoch=line_of(oak, elm).names.epoch, seq=row.own_seq, hash=row.own_hash))
    towns.network.rings |= {"elm": mute, "elm, silenced": elm}  # type: ignore[dict-item]
    for first in range(0, ORDERS, AT_ONCE):
        await asyncio.gather(*(_order(oak, number) for number in range(first, first + AT_ONCE)))
    await until(partial(_holds, oak, elm, limits.HOLDS_DEFAULT))

    assert {"held": limits.HOLDS_DEFAULT, "queued": ORDERS - limits.HOLDS_DEFAULT} == await oak.store.read(_states)
    assert limits.HOLDS_DEFAULT == mute.orders
    assert "paid" == (await end_of(oak, (await pay(oak, "m20", "ben@ash.example", 60)).payment_id)).state
    assert "open" == (await view_of(oak, ash)).state

    towns.clock.ahead_seconds = limits.DEADLINE_DIRECT_SECONDS
    await _sweep(oak, "queued")
    states = await oak.store.read(_states)
    assert (limits.HOLDS_DEFAULT, ORDERS - limits.HOLDS_DEFAULT) == (states["held"], states["expired"])
    assert limits.HOLDS_DEFAULT == (await row_of(oak, elm)).held_out_count  # no clock frees what is signed
    towns.clock.ahead_seconds += DAY + HOUR
    await _sweep(oak, "held")
    assert limits.HOLDS_DEFAULT == (await oak.store.read(_states))["in_doubt"]  # the ring bears them, members are free
    assert 0 == sum(await asyncio.gather(*(_held(oak, f"m{number}") for number in range(20))))
    assert [] == await faults(oak, ash)


async def _sweep(oak: Ring, state: str) -> None:
    """As many sweeps as it takes until no payment is in a state any more: each does a part, so that others get on."""
    for _ in range(ORDERS // 100):
        await oak.store.write(oak.federation._sweep_once)
        if state not in await oak.store.read(_states):
            return
    raise AssertionError(f"still {state}")


async def _holds(oak: Ring, elm: Ring, count: int) -> bool:
    return (await row_of(oak, elm)).held_out_count == count


async def _held(oak: Ring, handle: str) -> int:
    return (await oak.accounts.account(handle, OPERATOR)).held_seconds


async def test_a_peer_that_sends_without_end_is_cut_and_others_go_on(towns: Towns) -> None:
    oak, elm, ash = await land(towns, 1)
    await elm.federation.stop()
    forger = Forger(elm, oak)
    statuses = []
    towns.clock.stop()
    for _ in range(limits.FRAMES_PER_MINUTE_DEFAULT + 100):
        row = await row_of(oak, elm)
        frame = await forger.frame([Cancel(order_hash="A" * 43)], seq=row.peer_seq + 1, prev=row.peer_hash)
        statuses.append((await forger.post(frame)).status)
    assert {200, 429} == set(statuses)
    assert sorted(statuses) == statuses
    assert "paid" == (await end_of(oak, (await pay(oak, "m0", "ben@ash.example", 60)).payment_id)).state
    assert "paid" == (await end_of(ash, (await pay(ash, "ben", "m0@oak.example", 60)).payment_id)).state
    assert "open" == (await view_of(oak, ash)).state
    assert Lines().frames_per_minute == limits.FRAMES_PER_MINUTE_DEFAULT
