# SPDX-License-Identifier: AGPL-3.0-or-later
"""Oak and ash are honest, elm between them and fir behind ash lie together, with real keys.

After every lie and in the end one thing holds: an honest ring has lost at most the lines that it gave to liars, and its
members have lost nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, frames, limits, settlement
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Advert, Edge, OrderBox
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import (
    Decision,
    Fulfil,
    Item,
    Order,
    Release,
    SignedItem,
    encode_item,
    item_hash,
    parse_item,
)
from ringtausch_protocol.posts import Beside, PostAnswer
from ringtausch_protocol.sealing import BoxSealer, box_info
from tests.audit.exports import audited, export
from tests.federation.forger import Forger
from tests.federation.towns import HOUR, Towns, balance, faults, row_of, until, view_of
from tests.federation.transit.chain import Chain, row_of_rings
from tests.federation.transit.lying import SALT, Kept, Stage, next_to

#: What every line carries, and what ash leaves of elm's on a day with an accomplice.
GIVEN_SECONDS, NARROW_SECONDS = HOUR, 2_400


class Land(Stage):
    """The stage with fir behind ash, who lies as elm does."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(Chain(chain.towns, chain.rings[:3]))
        self.fir = chain.rings[3]
        self.kept: list[Kept] = []
        self.numbers = iter(range(100, 200))

    async def say(self, liar: Ring, victim: Ring, *items: Item, boxes: tuple[bytes, ...] = ()) -> list[str | None]:
        """A liar's frame. -> the codes of what the victim says to it, in its frames of the same answer."""
        frame = await Forger(liar, victim).frame(list(items), **next_to(await row_of(victim, liar)))
        beside = [Beside(seq=frame.header.seq, index=at, sealed=b64(box)) for at, box in enumerate(boxes)]
        before = (await row_of(victim, liar)).own_seq
        reply = await Forger(liar, victim).post(frame, boxes=beside)
        assert reply.status == 200
        answer = canonical.parse(reply.body, PostAnswer, limits.REQUEST_BYTES)
        count = (await row_of(victim, liar)).own_seq - before
        new = answer.frames[len(answer.frames) - count :]
        return [getattr(parse_item(bytes(item)), "code", None) for told in new for item in told.items]

    def own_order(self, path: list[Ring], seconds: int, **changes: object) -> tuple[Order, bytes]:
        """An order of the first ring for Ben, as that ring would make it."""
        last, payment = path[-1].identity, b64(next(self.numbers).to_bytes(16))
        box = OrderBox(
            payee="ben", payer=f"x@{path[0].config.address}", memo="", payer_salt=SALT, memo_salt=SALT
        )  # fmt: skip
        info = box_info("test", path[0].identity.ring_id, last.ring_id, payment)
        sealed = BoxSealer(last.own.seal_public, bytes(32)).seal(canonical.encode(box), info)
        order, _ = self.order(
            payment_id=payment, path=[ring.identity.ring_id for ring in path], amount_seconds=seconds,
            payer_commit=settlement.commit("payer", bytes(16), box.payer), sealed_hash=canonical.sha256_b64(sealed),
            **changes,
        )  # fmt: skip
        return order, sealed

    async def alma_pays(self, count: int) -> None:
        """Alma pays Ben so many times by elm, who keeps the orders."""
        await self.oak.federation.start()
        for _ in range(count):
            view = await self.chain.pay(60)
            await until(partial(_has_order, self.elm, view))
            ((signed, box),) = await self.elm.store.read(partial(_carried, view))
            self.kept.append(Kept(view, canonical.parse(signed, SignedItem, limits.ITEM_BYTES), box))
        await self.oak.federation.stop()

    async def state_of(self, kept: Kept) -> str:
        """How a payment of Alma stands."""
        return (await self.oak.payments.get(kept.view.payment_id, OPERATOR)).state

    async def decision_of(self, decider: Ring, before: Ring, signed: SignedItem, index: int) -> SignedItem:
        """*Paid*, in a frame from one ring to another, whether it was asked or not."""
        order = parse_item(bytes(signed.item))
        assert isinstance(order, Order)
        decision = Decision(
            order_hash=item_hash(bytes(signed.item)), payment_id=order.payment_id, outcome="paid",
            by=decider.identity.ring_id, index=index, inbound=before.identity.ring_id,
            amount_seconds=order.amount_seconds, decided_at=self.oak.clock.now(),
        )  # fmt: skip
        item = encode_item(decision)
        header = await Forger(self.ash, self.elm).header([item], from_=decision.by, to=decision.inbound)
        identity = decider.identity
        frame = frames.seal_frame(header, [item], identity.frame_key_id, identity.frame_signer)
        return frames.signed_item(frame.envelope, frame.items, 0)


async def _has_order(ring: Ring, view: PaymentView) -> bool:
    return await ring.store.read(partial(_carried, view)) != []


def _carried(view: PaymentView, tx: Tx) -> list[tuple[bytes, bytes]]:
    found = tx.execute("SELECT signed, box FROM order_between WHERE state IN ('waiting', 'held')").fetchall()
    return [(signed, box) for signed, box in found if view.payment_id.encode() in signed]


# -- what liars do -----------------------------------------------------------------------------------------------------


async def _hand_on_what_oak_did_not_order(land: Land) -> None:
    """Another amount, another path, another time; a box of another payment; a payment twice."""
    order, box = land.own_order([land.oak, land.elm, land.ash], 60)
    signed = await land.signed(order)
    swapped = [order.path[0], land.fir.identity.ring_id, order.path[2]]
    for change in ({"amount_seconds": 61}, {"path": swapped}, {"deadline_at": order.deadline_at + 1}):
        changed = encode_item(msgspec.structs.replace(order, **change))
        outcome = await land.offer(msgspec.structs.replace(signed, item=msgspec.Raw(changed)), box)
        assert outcome in (("refused", "malformed"), (None, "malformed")), change
    _, other = land.own_order([land.oak, land.elm, land.ash], 60)
    assert await land.offer(signed, other) == ("refused", "malformed")


async def _order_ways_that_are_none(land: Land) -> None:
    """Repeats, oneself in the middle, a way that another would have begun, and one of five edges."""
    elm, ash, fir = land.elm, land.ash, land.fir
    for path in ([elm, ash, elm, ash], [elm, ash, fir, ash], [fir, elm, ash]):
        order, box = land.own_order(path, 60)
        assert await land.say(elm, ash, order, boxes=(box,)) == ["malformed"], [each.config.name for each in path]
    order, box = land.own_order([elm, ash], 60)
    far = [order.path[0], *(letter * 52 for letter in "abcd"), order.path[1]]
    assert await land.say(elm, ash, msgspec.structs.replace(order, path=far), boxes=(box,)) == ["malformed"]


async def _order_more_than_the_line(land: Land) -> None:
    """All that elm was given, and a second more: only the line is lost."""
    for seconds, code in ((GIVEN_SECONDS + 1, "no_capacity"), (GIVEN_SECONDS - 60, None), (61, "no_capacity")):
        order, box = land.own_order([land.elm, land.ash], seconds)
        assert await land.say(land.elm, land.ash, order, boxes=(box,)) == [code], seconds


async def _send_through_to_an_accomplice(land: Land) -> None:
    """Ash carries from elm to fir; fir says *paid* at once, and elm will never give it back. Elm's line is narrow."""
    await land.ash.federation.limit("elm.example", NARROW_SECONDS)
    for seconds, is_carried in ((NARROW_SECONDS + 1, False), (1_800, True), (600, True), (1, False)):
        order, box = land.own_order([land.elm, land.ash, land.fir], seconds)
        codes = await land.say(land.elm, land.ash, order, boxes=(box,))
        assert is_carried == ("no_capacity" not in codes), (seconds, codes)
        if is_carried:
            decision = Decision(
                order_hash=item_hash(encode_item(order)), payment_id=order.payment_id, outcome="paid",
                by=land.fir.identity.ring_id, index=2, inbound=land.ash.identity.ring_id, amount_seconds=seconds,
                decided_at=land.ash.clock.now(),
            )  # fmt: skip
            await land.say(land.fir, land.ash, decision)


async def _net_what_nobody_owes(land: Land) -> None:
    """A round that would make elm owe ash, and one that goes there and back."""
    for path, code in (([land.elm, land.ash, land.fir], "no_capacity"), ([land.elm, land.ash], "not_allowed")):
        order, _ = land.own_order([*path, land.elm], 60)
        netting = msgspec.structs.replace(
            order, purpose="netting", payer_commit=None, memo_commit=None, sealed_hash=None
        )  # fmt: skip
        assert await land.say(land.elm, land.ash, netting) == [code]


async def _refuse_what_was_passed_on(land: Land) -> None:
    """Elm hands the order on, Ben is paid, and oak is told that nothing came of it: elm alone pays for that."""
    kept = land.kept.pop()
    assert await land.offer(kept.signed, kept.box) == ("paid", None)
    await land.say(land.elm, land.oak, Release(order_hash=kept.order_hash, cause="own_refusal"))
    assert await land.state_of(kept) == "refused"
    late = await land.decision_of(land.ash, land.elm, kept.signed, 2)
    told = await land.say(land.elm, land.oak, Fulfil(order_hash=kept.order_hash, decision=late))
    assert (told, await land.state_of(kept)) == (["already_decided"], "refused")


async def _decide_in_the_place_of_the_last(land: Land) -> None:
    """Fir signs that it was paid, in ash's place; elm brings that to oak. Another order it keeps for ever."""
    kept = land.kept.pop()
    forged = await land.decision_of(land.fir, land.elm, kept.signed, 2)
    await land.say(land.elm, land.oak, Fulfil(order_hash=kept.order_hash, decision=forged))
    assert (await row_of(land.oak, land.elm)).closed == "unknown_key"
    assert [await land.state_of(each) for each in (kept, *land.kept)] == ["held", "held"]


async def _claim_what_nobody_ordered(land: Land) -> None:
    order, _ = land.own_order([land.oak, land.elm, land.ash], 60)
    signed = await land.signed(order)
    paid = await land.decision_of(land.ash, land.elm, signed, 2)
    await land.say(land.elm, land.oak, Fulfil(order_hash=item_hash(bytes(signed.item)), decision=paid))
    assert (await row_of(land.oak, land.elm)).closed == "unknown_order"


async def _tell_of_lines_that_are_not(land: Land) -> None:
    """Elm and fir name a wide line between them, and elm none to ash: payments may go to them, as to anybody."""
    for liar, others in ((land.elm, (land.oak, land.fir)), (land.fir, (land.elm,))):
        edges = [
            Edge(peer=other.identity.ring_id, limit_bucket=72_000, free_bucket=72_000, transit=True)
            for other in others
        ]  # fmt: skip
        until_ = land.oak.clock.now() + 3_600
        advert = Advert(v=1, net="test", ring_id=liar.identity.ring_id, seq=2, expires_at=until_, edges=edges)
        land.oak.federation.ways.atlas.take(advert, liar.config.address)
    with pytest.raises(LocalError, match="no_route"):
        await land.oak.federation.outgoing.way_to("ash.example", 60)
    way = await land.oak.federation.outgoing.way_to("fir.example", 60)
    assert way.path == tuple(each.identity.ring_id for each in (land.oak, land.elm, land.fir))


Lie = Callable[[Land], Awaitable[None]]
#: Lies that leave the lines open can follow each other; the last of each day may close one.
DAYS: dict[str, list[Lie]] = {
    "orders": [
        _hand_on_what_oak_did_not_order, _order_ways_that_are_none, _net_what_nobody_owes, _order_more_than_the_line,
    ],
    "accomplices": [_send_through_to_an_accomplice, _claim_what_nobody_ordered],
    "ends": [_tell_of_lines_that_are_not, _refuse_what_was_passed_on, _decide_in_the_place_of_the_last],
}  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
async def test_an_honest_ring_never_loses_more_than_the_lines_it_gave_to_liars(towns: Towns, day: str) -> None:
    land = Land(await row_of_rings(towns, 4, limit_seconds=GIVEN_SECONDS))
    await land.ash.members.add("ben", "Ben")
    for ring in (*land.chain.rings, land.fir):
        await ring.federation.stop()
    if day == "ends":
        await land.alma_pays(3)
    for lie in DAYS[day]:
        await lie(land)
        await _verify_honest(land)
    await _liars_are_gone(land)


async def _verify_honest(land: Land) -> None:
    """Books and lines replay; a liar owes no more than he was given; members have what was paid, and paid what came."""
    oak, ash = land.oak, land.ash
    assert await faults(oak, ash) == []
    for ring, liar in ((oak, land.elm), (ash, land.elm), (ash, land.fir)):
        row, view = await row_of(ring, liar), await view_of(ring, liar)
        assert row.held_in_seconds - view.clearing_seconds <= row.limit_in_seconds <= GIVEN_SECONDS
        assert row.held_out_seconds + view.clearing_seconds <= GIVEN_SECONDS
    posted, decided = await oak.store.read(_paid), await ash.store.read(_paid)
    assert posted.items() <= decided.items()
    assert await balance(oak, "alma") == -sum(posted.values())
    assert await balance(ash, "ben") == sum(decided.values())


def _paid(tx: Tx) -> dict[str, int]:
    """What was posted of orders that began or ended here, by hash."""
    sql = "SELECT order_hash, amount_seconds FROM {} WHERE state = 'posted' AND purpose <> 'probe'"
    return dict(row for table in ("order_out", "order_in") for row in tx.execute(sql.format(table)))


async def _liars_are_gone(land: Land) -> None:
    """Nobody of them ever answers again: the honest write off what they are owed, and that is all that they lose."""
    for ring, liars in ((land.ash, (land.fir, land.elm)), (land.oak, (land.elm,))):
        lost = 0
        for liar in liars:
            (given_up,) = await ring.federation.giving_up.give_up(liar.config.address)
            await ring.federation.giving_up.write_off(given_up.address, None)
            lost -= given_up.clearing_seconds
        assert lost <= GIVEN_SECONDS * len(liars)
        assert await faults(ring) == []
        assert (await ring.store.read(_open_orders)) == 0
    await _only_liars_are_accused(land)


async def _only_liars_are_accused(land: Land) -> None:
    """What the honest show of their logs is enough to see who lied; that a liar is gone is said of him too."""
    root = land.chain.towns.root
    logs = [log for ring in (land.oak, land.ash) for log in await export(ring, root / ring.config.name)]
    accused = {each.place.ring for each in audited(*logs).findings if each.level >= Level.FINDING}
    assert accused == {land.elm.identity.ring_id}


def _open_orders(tx: Tx) -> int:
    return int(tx.one("SELECT count(*) FROM order_out WHERE state IN ('queued', 'held') AND purpose <> 'probe'")[0])
