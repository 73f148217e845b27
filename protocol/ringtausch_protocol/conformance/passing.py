# SPDX-License-Identifier: Apache-2.0
"""Orders that the kit sends through the ring under test, from one of its rings to another (SPEC.md 7.12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from ringtausch_protocol import canonical, frames, settlement
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.ordering import DAY_SECONDS, NOBODY, Draft, beside, draft, verify_now
from ringtausch_protocol.conformance.ring import KitRing
from ringtausch_protocol.conformance.stage import PASSING_SECONDS, Stage
from ringtausch_protocol.conformance.talking import exchange, greet, items_of, none_came
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import (
    Decision,
    Fulfil,
    Item,
    Offer,
    Order,
    Reject,
    Release,
    SignedItem,
    encode_item,
    item_hash,
    parse_item,
)
from ringtausch_protocol.sealing import BoxSealer, box_info

ItemT = TypeVar("ItemT", bound=Item)
#: Where the ring under test stands on the path, and where the path ends.
BETWEEN, LAST = 1, 2
NOT_CARRIED = "needs the word of the operator that orders of the kit's first and sixth ring pass through"
#: Only who opens the box would ask for it, and that is the kit.
SALT = "A" * 22


def hash_of(order: Order) -> str:
    """The name of an order."""
    return item_hash(encode_item(order))


def is_of(offer: Offer, passing: Draft) -> bool:
    """Whether an offer hands on this order, byte for byte."""
    return bytes(offer.order.item) == encode_item(passing.order)


def draft_onward(stage: Stage, **changes: Any) -> Draft:
    """An order from the kit's first ring through the ring under test to the kit's last one, with changes."""
    line, onward = stage.open_line(), stage.onward()
    bare = draft(stage, NOBODY).order
    text = OrderBox(payee="gast", payer=f"kit@{line.ring.address}", memo="", payer_salt=SALT, memo_salt=SALT)
    info = box_info(line.ring.net, line.ring.ring_id, onward.ring.ring_id, bare.payment_id)
    box = BoxSealer(onward.ring.card.seal_public, stage.chance(32)).seal(canonical.encode(text), info)
    window = min(line.agreement.deadline_transit_seconds, DAY_SECONDS)
    fields = {
        "path": [line.ring.ring_id, line.peer.card.ring_id, onward.ring.ring_id],
        "deadline_at": bare.created_at + window, "sealed_hash": canonical.sha256_b64(box),
    }  # fmt: skip
    return Draft(msgspec.structs.replace(bare, **{**fields, **changes}), box)


def passes(stage: Stage, **changes: Any) -> Talk[Draft]:
    """Send an order and wait for its offer at the other end, with the box beside it.

    Raises Broken; Unjudged where nothing has passed yet, for want of the operator's word.
    """
    for line in (stage.open_line(), stage.onward()):
        stage.verify_room(line, PASSING_SECONDS)
    if not stage.onward().has_greeted:
        yield from opens(stage, stage.onward())
    line, sent = stage.open_line(), draft_onward(stage, **changes)
    yield from exchange(stage, line, [encode_item(sent.order)], beside(line, sent))
    offer = yield from _offered(stage, sent)
    stage.has_passed = True
    settlement.verify_order_binding(sent.order, _verified(offer.order, line))
    verify_index(offer, BETWEEN)
    return sent


def _offered(stage: Stage, sent: Draft) -> Talk[Offer]:
    """Ask on both lines until it has come behind, or was refused."""
    digest = hash_of(sent.order)
    for pause in stage.patience.pauses():
        for offer in found(stage.onward(), Offer, lambda item: is_of(item, sent)):
            return offer
        for said in found(stage.open_line(), Decision, lambda item: item.order_hash == digest):
            verify_now(said)
            if said.code == "not_allowed" and not stage.has_passed:
                raise Unjudged(NOT_CARRIED)
            raise Broken("an offer to the next ring", f"{said.outcome} {said.code or ''}".rstrip())
        yield from exchange(stage, stage.open_line(), after_seconds=pause)
        yield from exchange(stage, stage.onward())
    raise none_came(stage, stage.onward(), "an item offer")


def carries(stage: Stage) -> Talk[None]:
    """The operator has let orders of others pass, as one showed that did. Raises Broken; Unjudged where none did."""
    if not stage.has_passed:
        yield from decides(stage, (yield from passes(stage)), "refused")


def verify_index(offer: Offer, place: int) -> None:
    """It says at which place of the path the ring stands that hands it on. Raises Broken."""
    if offer.index != place:
        raise Broken(f"index {place}", f"index {offer.index}")


def opens(stage: Stage, line: KitLine) -> Talk[None]:
    """Greet, and pay the probe of the ring under test: before that it sends nothing by this line (SPEC.md 5.3)."""
    yield from greet(line)
    yield from pays_probe(stage, line)


def pays_probe(stage: Stage, line: KitLine) -> Talk[None]:
    """Pay the probe of the ring under test, once."""
    probe = yield from waited(stage, line, Order, lambda item: item.purpose == "probe")
    digest = hash_of(probe)
    if [*_among(line.out, Decision, lambda item: item.order_hash == digest)]:
        return
    paid = Decision(
        order_hash=digest, payment_id=probe.payment_id, outcome="paid", by=line.ring.ring_id, index=1,
        inbound=line.peer.card.ring_id, amount_seconds=0, decided_at=stage.now(),
    )  # fmt: skip
    yield from exchange(stage, line, [encode_item(paid)])


def decision(stage: Stage, passing: Draft, outcome: str, **changes: Any) -> Decision:
    """What the last ring says of an order, with changes."""
    order = passing.order
    fields: dict[str, Any] = {"outcome": outcome, "code": None if outcome == "paid" else "payee_refuses"}
    true = Decision(
        order_hash=hash_of(order), payment_id=order.payment_id, by=order.path[LAST], index=LAST,
        inbound=order.path[LAST - 1], amount_seconds=order.amount_seconds, decided_at=stage.now(), **fields,
    )  # fmt: skip
    return msgspec.structs.replace(true, **changes)


def decides(stage: Stage, passing: Draft, outcome: str) -> Talk[None]:
    """The last ring decides: `fulfil` or `release` must reach the payer's ring, with the decision as it was signed."""
    data = encode_item(decision(stage, passing, outcome))
    yield from exchange(stage, stage.onward(), [data])
    signed = yield from hears_end(stage, stage.open_line(), passing.order, data)
    _verified(signed, stage.onward())


def hears_end(stage: Stage, line: KitLine, order: Order, data: bytes) -> Talk[SignedItem]:
    """The ring before the ring under test hears of an end: the decision, byte for byte. Raises Broken."""
    said, digest = parse_item(data), hash_of(order)
    kind: type[Fulfil | Release] = Fulfil if isinstance(said, Decision) and said.outcome == "paid" else Release
    ended = yield from waited(stage, line, kind, lambda item: item.order_hash == digest)
    if ended.decision is None or bytes(ended.decision.item) != data:
        raise Broken(excerpt(data), "another decision, or none")
    return ended.decision


def not_taken(stage: Stage, order: Order, lie: Decision | Fulfil, ends: tuple[KitLine, KitLine]) -> Talk[None]:
    """A lie of the ring behind is rejected, the one before hears nothing of it. `ends`: both lines. Raises Broken."""
    before, behind = ends
    seq = behind.own().seq + 1
    yield from exchange(stage, behind, [encode_item(lie)])
    rejected = yield from waited(stage, behind, Reject, lambda item: (item.seq, item.index) == (seq, 0))
    if rejected.code != "bad_decision":
        raise Broken("reject bad_decision", f"reject {rejected.code}")
    yield from hears_nothing(stage, before, order)


def hears_nothing(stage: Stage, line: KitLine, order: Order) -> Talk[None]:
    """The ring before is told neither end of an order that is not decided. Raises Broken."""
    digest = hash_of(order)
    yield from exchange(stage, line)
    if [*found(line, Fulfil, lambda item: item.order_hash == digest)]:
        raise Broken("nothing for the ring before", "fulfil")
    if [*found(line, Release, lambda item: item.order_hash == digest)]:
        raise Broken("nothing for the ring before", "release")


def handed_on(stage: Stage, order: Order, payer: KitRing) -> Offer:
    """An offer of an order that `payer` signed to the kit's first ring."""
    line = stage.open_line()
    return Offer(index=BETWEEN, order=signed_by(payer, line.ring.ring_id, line, encode_item(order)))


def signed_by(ring: KitRing, to: str, line: KitLine, data: bytes) -> SignedItem:
    """An item as a ring of the kit says it in a frame to another; what else stands in a header is that of `line`."""
    header = msgspec.structs.replace(line.frame([data]).header, from_=ring.ring_id, to=to)
    signed = frames.seal_frame(header, [data], ring.frame_key_id, ring.frame)
    return frames.signed_item(signed.envelope, [data], 0)


def waited(stage: Stage, line: KitLine, kind: type[ItemT], fits: Callable[[ItemT], bool]) -> Talk[ItemT]:
    """Ask on a line until an item of this kind has come. Raises Broken."""
    for pause in stage.patience.pauses():
        for item in found(line, kind, fits):
            return item
        yield from exchange(stage, line, after_seconds=pause)
    raise none_came(stage, line, f"an item {kind.__name__.lower()}")


def found(line: KitLine, kind: type[ItemT], fits: Callable[[ItemT], bool]) -> Iterator[ItemT]:
    """The items of this kind that came on a line: an answer to one thing may have come with that to another."""
    yield from _among(line.came, kind, fits)


def _among(chain: Sequence[Frame], kind: type[ItemT], fits: Callable[[ItemT], bool]) -> Iterator[ItemT]:
    for frame in chain:
        for each in items_of(frame):
            if isinstance(each.item, kind) and fits(each.item):
                yield each.item


def _verified(signed: SignedItem, line: KitLine) -> frames.Header:
    """The header of a signed item that must verify under the frame key of the kit's ring there. Raises Broken."""
    try:
        return frames.verify_signed_item(signed, line.ring.card.frame_keys)[0]
    except RemoteError as error:
        raise Broken("a signed item that verifies", f"{error}: {excerpt(bytes(signed.header))}") from None
