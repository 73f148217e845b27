# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offers and ends that lie: a ring between that is not honest gains nothing, and the last ring is fooled by none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, frames, limits, settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.frames import Beside, Decision, Frame, Fulfil, Item, Offer, Order, SignedItem
from ringtausch_protocol.sealing import BoxSealer, box_info
from tests.federation.forger import Forger
from tests.federation.towns import Towns, balance, row_of
from tests.federation.transit.chain import Chain, row_of_rings

PAYMENT = b64(bytes(15) + b"\7")
SALT = b64(bytes(16))


class Stage:
    """Oak, elm between, ash. What oak orders is signed by hand, and elm speaks to ash by hand."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.oak, self.elm, self.ash = chain.rings

    def order(self, **changes: Any) -> tuple[Order, bytes]:
        """Oak's order of a minute for Ben, and the box for ash."""
        last = self.ash.identity
        box = OrderBox(payee="ben", payer="alma@oak.example", memo="", payer_salt=SALT, memo_salt=SALT)
        info = box_info("test", self.oak.identity.ring_id, last.ring_id, PAYMENT)
        sealed = BoxSealer(last.own.seal_public, bytes(32)).seal(canonical.encode(box), info)
        now = self.oak.clock.now()
        fields: dict[str, Any] = {
            "payment_id": PAYMENT, "attempt": 1, "purpose": "transfer",
            "path": [ring.identity.ring_id for ring in self.chain.rings], "amount_seconds": 60, "created_at": now,
            "deadline_at": now + 600, "payer_commit": settlement.commit("payer", bytes(16), box.payer),
            "memo_commit": settlement.commit("memo", bytes(16), ""), "sealed_hash": canonical.sha256_b64(sealed),
        }  # fmt: skip
        return Order(**{**fields, **changes}), sealed

    async def signed(self, order: Order, signer: Ring | None = None) -> SignedItem:
        """The order in a frame of oak's to elm, signed by oak or by another."""
        by = signer.identity if signer else self.oak.identity
        header = await Forger(self.oak, self.elm).header([frames.encode_item(order)])
        frame = frames.seal_frame(header, [frames.encode_item(order)], by.frame_key_id, by.frame_signer)
        return frames.signed_item(frame.envelope, frame.items, 0)

    async def offer(self, signed: SignedItem, box: bytes, index: int = 1) -> tuple[str | None, str | None]:
        """Elm hands it on to ash. -> (outcome, code) of what ash answers; (None, code) for a reject."""
        frame = await self._to_ash(Offer(index=index, order=signed))
        row = await row_of(self.elm, self.ash)
        beside = [Beside(seq=frame.header.seq, index=0, sealed=b64(box))]
        reply = await Forger(self.elm, self.ash).post(frame, boxes=beside)
        assert reply.status == 200
        answer = canonical.parse(reply.body, frames.PostAnswer, limits.REQUEST_BYTES)
        item = frames.parse_item(bytes(answer.frames[-1].items[-1]))
        assert row.peer_seq < (await row_of(self.ash, self.elm)).own_seq
        if isinstance(item, Decision):
            return item.outcome, item.code
        return None, getattr(item, "code", None)

    async def _to_ash(self, item: Item) -> Frame:
        row = await row_of(self.ash, self.elm)
        head: dict[str, Any] = {
            "seq": row.peer_seq + 1,
            "prev": row.peer_hash,
            "ack_seq": row.own_seq,
            "ack_hash": row.own_hash,
        }
        return await Forger(self.elm, self.ash).frame([item], **head)


@pytest.fixture
async def stage(towns: Towns) -> Stage:
    """A row of three, quiet from now on."""
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    for ring in chain.rings:
        await ring.federation.stop()
    return Stage(chain)


async def test_only_what_oak_signed_this_way_is_paid_and_that_once(stage: Stage) -> None:
    ids = [ring.identity.ring_id for ring in stage.chain.rings]
    order, box = stage.order()
    signed = await stage.signed(order)
    for change in ({"amount_seconds": 61}, {"deadline_at": 2_000_000_000}, {"payment_id": SALT}, {"attempt": 2}):
        changed = frames.encode_item(msgspec.structs.replace(order, **change))
        other = msgspec.structs.replace(signed, item=msgspec.Raw(changed))
        assert (change, await stage.offer(other, box)) == (change, ("refused", "malformed"))
    assert await stage.offer(await stage.signed(order, stage.elm), box) == ("refused", "card_unknown")
    for twice in (0, 1):
        loop, _ = stage.order(path=[*ids, ids[twice]])
        assert await stage.offer(await stage.signed(loop), box) == ("refused", "malformed")
    swapped, _ = stage.order(path=[ids[0], "a" * 52, ids[2]])
    assert await stage.offer(await stage.signed(swapped), box) == (None, "malformed")
    await _squat(stage)
    assert await stage.offer(signed, box) == ("paid", None)
    assert await stage.offer(signed, box) == ("paid", None)
    assert await balance(stage.ash, "ben") == 120


async def test_another_payments_box_is_refused(stage: Stage) -> None:
    order, box = stage.order()
    assert await stage.offer(await stage.signed(order), box + b"\0") == ("refused", "malformed")


async def test_an_order_of_a_neighbour_that_goes_on_must_have_a_form_too(stage: Stage) -> None:
    """Elm, at the end of oak's line, orders a way that comes back to it, and one that another ring would have begun."""
    oak, elm, ash = (ring.identity.ring_id for ring in stage.chain.rings)
    for path in ([elm, ash, elm, oak], [oak, ash, elm]):
        order, box = stage.order(path=path)
        frame = await stage._to_ash(order)
        beside = [Beside(seq=frame.header.seq, index=0, sealed=b64(box))]
        reply = await Forger(stage.elm, stage.ash).post(frame, boxes=beside)
        answer = canonical.parse(reply.body, frames.PostAnswer, limits.REQUEST_BYTES)
        said = frames.parse_item(bytes(answer.frames[-1].items[-1]))
        assert isinstance(said, Decision)
        assert (path, said.outcome, said.code) == (path, "refused", "malformed")


def _next_to(row: LineRow) -> dict[str, Any]:
    """What the next frame of a peer says of its place, by the receiver's row."""
    return {"seq": row.peer_seq + 1, "prev": row.peer_hash, "ack_seq": row.own_seq, "ack_hash": row.own_hash}


async def _squat(stage: Stage) -> None:
    """Elm's own order under oak's number is another payment: a payment is named by its payer's ring too."""
    squatted, box = stage.order(path=[stage.elm.identity.ring_id, stage.ash.identity.ring_id])
    frame = await stage._to_ash(squatted)
    await Forger(stage.elm, stage.ash).post(frame, boxes=[Beside(seq=frame.header.seq, index=0, sealed=b64(box))])


async def test_paid_by_a_ring_that_does_not_decide_closes_the_line_and_moves_nothing(stage: Stage) -> None:
    """Elm and an accomplice of the path's length claim oak's payment: only ash's signature counts for oak."""
    stage.chain.towns.network.silent.add("ash")
    await stage.oak.federation.start()
    view = await stage.chain.pay(60)
    found = await stage.oak.store.read(_newest_order)
    await stage.oak.federation.stop()
    order_hash, amount = found
    decision = Decision(
        order_hash=order_hash, payment_id=view.payment_id, outcome="paid", by=stage.ash.identity.ring_id, index=2,
        inbound=stage.elm.identity.ring_id, amount_seconds=amount, decided_at=stage.oak.clock.now(),
    )  # fmt: skip
    inner = await Forger(stage.ash, stage.elm).header([frames.encode_item(decision)])
    by = stage.elm.identity
    frame = frames.seal_frame(inner, [frames.encode_item(decision)], by.frame_key_id, by.frame_signer)
    fulfil = Fulfil(order_hash=order_hash, decision=frames.signed_item(frame.envelope, frame.items, 0))
    row = await row_of(stage.oak, stage.elm)
    head: dict[str, Any] = {
        "seq": row.peer_seq + 1,
        "prev": row.peer_hash,
        "ack_seq": row.own_seq,
        "ack_hash": row.own_hash,
    }
    forged = await Forger(stage.elm, stage.oak).frame([fulfil], **head)
    assert (await Forger(stage.elm, stage.oak).post(forged)).status == 200
    assert (await row_of(stage.oak, stage.elm)).closed == "unknown_key"
    assert (await stage.oak.payments.get(view.payment_id, OPERATOR)).state == "held"


def _newest_order(tx: Tx) -> tuple[str, int]:
    row = tx.one("SELECT order_hash, amount_seconds FROM order_out WHERE state = 'held' AND purpose = 'transfer'")
    return row[0], row[1]
