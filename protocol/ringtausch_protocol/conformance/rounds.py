# SPDX-License-Identifier: Apache-2.0
"""Orders round a circle of three rings: the ring under test and two of the kit's (SPEC.md 7.14, 7.16)."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Broken, Talk
from ringtausch_protocol.conformance.ordering import DAY_SECONDS, NOBODY, draft, verify_now
from ringtausch_protocol.conformance.passing import (
    BETWEEN,
    found,
    hash_of,
    hears_end,
    pays_probe,
    signed_by,
    verify_index,
)
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import exchange, none_came
from ringtausch_protocol.items import Decision, Fulfil, Item, Offer, Order, SignedItem, encode_item

#: Where the ring that decides stands on the path: the fourth place of a circle of three.
LAST = 3
#: More than all that the kit pays through the ring under test, and within every limit that its lines have room for.
ABOVE_SECONDS = 1_800


class Round(NamedTuple):
    """An order, the lines by which it comes to the ring under test and goes on, and its place on the path: 1 or 2.

    Who begins decides too: at place 1 that is the ring before, at place 2 the one behind.
    """

    order: Order
    before: KitLine
    behind: KitLine
    place: int

    @property
    def first(self) -> KitLine:
        """The line of the ring that begins."""
        return self.before if self.place == BETWEEN else self.behind

    @property
    def third(self) -> KitLine:
        """The line of the ring with which the ring under test would have to do instead."""
        return self.behind if self.place == BETWEEN else self.before

    @property
    def data(self) -> bytes:
        """The item that brings it: of the ring that begins, or handed on by the next one."""
        data = encode_item(self.order)
        if self.place == BETWEEN:
            return data
        return encode_item(Offer(index=BETWEEN, order=self.signed(data)))

    def signed(self, data: bytes) -> SignedItem:
        """An item of the ring that begins, in a frame to the kit's other ring."""
        return signed_by(self.first.ring, self.third.ring.ring_id, self.first, data)


def draft_round(
    stage: Stage, kind: str, ends: tuple[KitLine, KitLine], seconds: int, place: int = BETWEEN, **changes: Any
) -> Round:
    """A `netting` or an `assignment` that comes by one line and goes by the other, with changes of the order."""
    before, behind = ends
    names = [before.ring.ring_id, before.peer.card.ring_id, behind.ring.ring_id]
    bare = draft(stage, NOBODY).order
    fields: dict[str, Any] = {
        "deadline_at": bare.created_at + min(before.agreement.deadline_transit_seconds, DAY_SECONDS),
        "path": [*names, names[0]] if place == BETWEEN else [names[-1], *names], "purpose": kind,
        "amount_seconds": seconds, "payer_commit": None, "memo_commit": None, "sealed_hash": None,
    }  # fmt: skip
    return Round(msgspec.structs.replace(bare, **{**fields, **changes}), before, behind, place)


def netting(stage: Stage, seconds: int) -> Round:
    """From the kit's last ring through the ring under test and the kit's first one, back to the last."""
    return draft_round(stage, "netting", (stage.onward(), stage.open_line()), seconds)


# -- what becomes of it ------------------------------------------------------------------------------------------------


def passes_on(stage: Stage, sent: Round) -> Talk[Decision | None]:
    """Send it. -> None where it was offered to the next ring, else what the ring under test says. Raises Broken."""
    digest, data = hash_of(sent.order), encode_item(sent.order)
    yield from pays_probe(stage, sent.behind)
    yield from exchange(stage, sent.before, [sent.data])
    for pause in stage.patience.pauses():
        for said in found(sent.before, Decision, lambda item: item.order_hash == digest):
            verify_now(said)
            return said
        for offer in found(sent.behind, Offer, lambda item: bytes(item.order.item) == data):
            verify_index(offer, sent.place)
            return None
        yield from exchange(stage, sent.before, after_seconds=pause)
        yield from exchange(stage, sent.behind)
    raise none_came(stage, sent.behind, "an offer, or a decision to the ring before")


def is_refused(stage: Stage, sent: Round, code: str) -> Talk[None]:
    """The ring under test refuses it with this code; what it hands on all the same goes back. Raises Broken."""
    said = yield from passes_on(stage, sent)
    if said is None:
        yield from goes_back(stage, sent)
        raise Broken(f"refused {code}", "offered to the next ring")
    true = said_of(stage, sent, sent.place, code)
    if msgspec.structs.replace(said, decided_at=true.decided_at) != true:
        raise Broken(f"refused {code} at place {sent.place}", f"{said.outcome} {said.code or ''} at place {said.index}")


def is_handed_on(stage: Stage, sent: Round) -> Talk[None]:
    """The ring under test offers it to the next ring. Raises Broken."""
    said = yield from passes_on(stage, sent)
    if said is not None:
        raise Broken("an offer to the next ring", f"{said.outcome} {said.code or ''}".rstrip())


def goes_round(stage: Stage, sent: Round) -> Talk[None]:
    """It is handed on, paid by the ring that began it, and the ring before hears so. Raises Broken."""
    yield from is_handed_on(stage, sent)
    yield from is_paid(stage, sent)


def is_paid(stage: Stage, sent: Round) -> Talk[None]:
    """What was handed on is paid by the ring that began it, and the ring before hears so. Raises Broken."""
    data = encode_item(said_of(stage, sent, LAST))
    ended: Item = Fulfil(order_hash=hash_of(sent.order), decision=sent.signed(data))
    yield from exchange(stage, sent.behind, [encode_item(ended) if sent.place == BETWEEN else data])
    yield from hears_end(stage, sent.before, sent.order, data)


def goes_back(stage: Stage, sent: Round) -> Talk[None]:
    """The ring behind refuses what it was handed, and the ring before hears so. Raises Broken."""
    data = encode_item(said_of(stage, sent, sent.place + 1, "not_allowed"))
    yield from exchange(stage, sent.behind, [data])
    yield from hears_end(stage, sent.before, sent.order, data)


def said_of(stage: Stage, sent: Round, index: int, code: str | None = None) -> Decision:
    """The decision of the ring at a place of the path: paid, or refused with a code."""
    order = sent.order
    return Decision(
        order_hash=hash_of(order), payment_id=order.payment_id, outcome="refused" if code else "paid",
        by=order.path[index], index=index, inbound=order.path[index - 1], amount_seconds=order.amount_seconds,
        decided_at=stage.now(), code=code,
    )  # fmt: skip
