# SPDX-License-Identifier: AGPL-3.0-or-later
"""Oak, elm between, ash: oak's orders are signed by hand, and elm says what it likes, under its own keys."""

from __future__ import annotations

from typing import Any, NamedTuple

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.payments.model import PaymentView
from ringtausch_protocol import canonical, frames, limits, settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Decision, Item, Offer, Order, SignedItem, encode_item, item_hash, parse_item
from ringtausch_protocol.posts import Beside, PostAnswer
from ringtausch_protocol.sealing import BoxSealer, box_info
from tests.federation.forger import Forger
from tests.federation.towns import row_of
from tests.federation.transit.chain import Chain

PAYMENT = b64(bytes(15) + b"\7")
SALT = b64(bytes(16))


class Kept(NamedTuple):
    """A payment of Alma, its order as oak signed it, and its box."""

    view: PaymentView
    signed: SignedItem
    box: bytes

    @property
    def order_hash(self) -> str:
        """Of the order."""
        return item_hash(bytes(self.signed.item))


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
        header = await Forger(self.oak, self.elm).header([encode_item(order)])
        frame = frames.seal_frame(header, [encode_item(order)], by.frame_key_id, by.frame_signer)
        return frames.signed_item(frame.envelope, frame.items, 0)

    async def offer(self, signed: SignedItem, box: bytes, index: int = 1) -> tuple[str | None, str | None]:
        """Elm hands it on to ash. -> (outcome, code) of what ash answers; (None, code) for a reject."""
        frame = await self.to_ash(Offer(index=index, order=signed))
        row = await row_of(self.elm, self.ash)
        beside = [Beside(seq=frame.header.seq, index=0, sealed=b64(box))]
        reply = await Forger(self.elm, self.ash).post(frame, boxes=beside)
        assert reply.status == 200
        answer = canonical.parse(reply.body, PostAnswer, limits.REQUEST_BYTES)
        item = parse_item(bytes(answer.frames[-1].items[-1]))
        assert row.peer_seq < (await row_of(self.ash, self.elm)).own_seq
        if isinstance(item, Decision):
            return item.outcome, item.code
        return None, getattr(item, "code", None)

    async def to_ash(self, item: Item) -> Frame:
        return await Forger(self.elm, self.ash).frame([item], **next_to(await row_of(self.ash, self.elm)))


def next_to(row: LineRow) -> dict[str, Any]:
    """What the next frame of a peer says of its place, by the receiver's row."""
    return {"seq": row.peer_seq + 1, "prev": row.peer_hash, "ack_seq": row.own_seq, "ack_hash": row.own_hash}
