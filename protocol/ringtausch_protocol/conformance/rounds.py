# SPDX-License-Identifier: Apache-2.0
"""A netting that the kit sends round: its first ring owes the ring under test, which owes its last (SPEC.md 7.14)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import frames
from ringtausch_protocol.conformance.model import Broken, Talk, excerpt
from ringtausch_protocol.conformance.ordering import DAY_SECONDS, NOBODY, draft
from ringtausch_protocol.conformance.passing import BETWEEN, hash_of, pays_probe, waited
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import exchange
from ringtausch_protocol.items import Decision, Fulfil, Offer, Order, SignedItem, encode_item

#: Where the ring that decides stands on the path: the fourth place of a circle of three.
LAST = 3
#: More than all that the kit pays through the ring under test, and within every limit that its lines have room for.
ABOVE_SECONDS = 1_800


def draft_round(stage: Stage, seconds: int) -> Order:
    """A netting from the kit's last ring through the ring under test and the kit's first one, back to the last."""
    line, onward = stage.open_line(), stage.onward()
    path = [onward.ring.ring_id, line.peer.card.ring_id, line.ring.ring_id, onward.ring.ring_id]
    bare = draft(stage, NOBODY).order
    window = min(onward.agreement.deadline_transit_seconds, DAY_SECONDS)
    return msgspec.structs.replace(
        bare, deadline_at=bare.created_at + window, purpose="netting", path=path, amount_seconds=seconds,
        payer_commit=None, memo_commit=None, sealed_hash=None,
    )  # fmt: skip


def goes_round(stage: Stage, sent: Order) -> Talk[None]:
    """The netting must be offered to the kit's first ring, and come back as its own ring paid it. Raises Broken."""
    line, onward, digest = stage.open_line(), stage.onward(), hash_of(sent)
    yield from pays_probe(stage, line)
    yield from exchange(stage, onward, [encode_item(sent)])
    offer = yield from waited(stage, line, Offer, lambda item: bytes(item.order.item) == encode_item(sent))
    if offer.index != BETWEEN:
        raise Broken(f"index {BETWEEN}", f"index {offer.index}")
    signed = _paid(stage, sent)
    yield from exchange(stage, line, [encode_item(Fulfil(order_hash=digest, decision=signed))])
    ended = yield from waited(stage, onward, Fulfil, lambda item: item.order_hash == digest)
    if bytes(ended.decision.item) != bytes(signed.item):
        raise Broken(excerpt(bytes(signed.item)), "another decision")


def _paid(stage: Stage, sent: Order) -> SignedItem:
    """What the ring that began says at the last place, signed as if to the kit's first ring."""
    line, onward = stage.open_line(), stage.onward()
    said = Decision(
        order_hash=hash_of(sent), payment_id=sent.payment_id, outcome="paid", by=onward.ring.ring_id, index=LAST,
        inbound=line.ring.ring_id, amount_seconds=sent.amount_seconds, decided_at=stage.now(), code=None,
    )  # fmt: skip
    data = encode_item(said)
    header = msgspec.structs.replace(onward.frame([data]).header, to=line.ring.ring_id)
    sealed = frames.seal_frame(header, [data], onward.ring.frame_key_id, onward.ring.frame)
    return frames.signed_item(sealed.envelope, [data], 0)
