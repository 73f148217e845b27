# SPDX-License-Identifier: Apache-2.0
"""How much may be owed and held on a line (SPEC.md 7.8), and of that for one last ring (7.12).

What is held are orders of the kit's first ring that its last one has not decided yet. An order to nobody tells how much
room is left, and leaves nothing behind: where there is room it is refused for its payee.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged
from ringtausch_protocol.conformance.ordering import (
    NOBODY,
    PAYEE_REFUSES,
    Draft,
    beside,
    decide,
    draft,
    refuses,
    verify_now,
)
from ringtausch_protocol.conformance.passing import (
    carries,
    decision,
    draft_onward,
    found,
    hash_of,
    is_of,
    passes,
    waited,
)
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import exchange, items_of, none_came
from ringtausch_protocol.items import Decision, Fulfil, Line, Offer, Order, Release, encode_item, item_hash

RULES = RuleBook()
HELD_SECONDS = 60
#: The share of a line that may be held for one last ring, from the second hold on.
LAST_RING_PARTS = 5
#: So many orders fit a frame: where more may be held, the kit does not try.
HOLDS_TRIED = 50


@RULES.rule("room-exact", "7.8", "an order up to the very limit has room: debt + held + amount = limit")
def room_exact(stage: Stage) -> Talk[None]:
    seconds = _payable(_limit(stage) - _debt_seconds(stage))
    yield from refuses(stage, draft(stage, NOBODY, seconds=seconds), PAYEE_REFUSES)


@RULES.rule("room-debt", "7.8", "what is owed counts against the limit: one second beyond it is no_capacity")
def room_debt(stage: Stage) -> Talk[None]:
    if not (debt_seconds := _debt_seconds(stage)):
        raise Unjudged("the kit owes nothing: no payment of it was paid")
    seconds = _payable(_limit(stage) - debt_seconds + 1)
    yield from refuses(stage, draft(stage, NOBODY, seconds=seconds), "no_capacity")


@RULES.rule("room-held", "7.8", "what is held counts against the limit: one second beyond it is no_capacity")
def room_held(stage: Stage) -> Talk[None]:
    seconds = _payable(_limit(stage) - _debt_seconds(stage) - HELD_SECONDS + 1)
    first = yield from passes(stage, amount_seconds=HELD_SECONDS)
    yield from _is_full(stage, seconds, [first], "no_capacity")


@RULES.rule("room-half", "7.8", "from the second hold on half of the limit is held, and no more: no_capacity")
def room_half(stage: Stage) -> Talk[None]:
    seconds = _payable(_limit(stage) // 2 - HELD_SECONDS)
    if _debt_seconds(stage) + _limit(stage) // 2 >= _limit(stage):
        raise Unjudged("the kit owes half of the limit already")
    first = yield from passes(stage, amount_seconds=HELD_SECONDS)
    half = yield from _said(stage, seconds)
    yield from _is_full(stage, seconds + 1, [first], "no_capacity")
    _verify(half, PAYEE_REFUSES)


@RULES.rule("room-count", "7.8", "as many orders as holds_max are held: the next is refused too_many_holds")
def room_count(stage: Stage) -> Talk[None]:
    _debt_seconds(stage)
    yield from carries(stage)
    most, behind = stage.open_line().invitation.holds_max, stage.onward().invitation
    if most > min(HOLDS_TRIED, behind.holds_max, behind.limit_out_seconds // LAST_RING_PARTS):
        raise Unjudged(f"needs invitations with one holds_max, of {HOLDS_TRIED} or less, and room for as many holds")
    opened = [draft_onward(stage, amount_seconds=1) for _ in range(most)]
    yield from _hold(stage, opened)
    yield from _is_full(stage, 1, opened, "too_many_holds")


@RULES.rule("room-fifth", "7.12", "from the second hold on a fifth of a line is held for one last ring: no_capacity")
def room_fifth(stage: Stage) -> Talk[None]:
    seconds = _payable(stage.onward().invitation.limit_out_seconds // LAST_RING_PARTS - HELD_SECONDS)
    if min(_limit(stage) // 2, _limit(stage) - _debt_seconds(stage)) <= seconds + HELD_SECONDS:
        raise Unjudged("needs more room on the first line than a fifth of the sixth one")
    first = yield from passes(stage, amount_seconds=HELD_SECONDS)
    fifth = yield from passes(stage, amount_seconds=seconds)
    last = draft_onward(stage, amount_seconds=1)
    said = yield from _handed_on(stage, last)
    yield from _let_go(stage, [first, fifth] if said else [first, fifth, last])
    if said is None:
        raise Broken("refused no_capacity", "an offer to the next ring")
    _verify(said, "no_capacity")


def _limit(stage: Stage) -> int:
    """As agreed, or as the ring under test has said since: it alone decides to lower it (SPEC.md 5.2)."""
    line = stage.open_line()
    words = sorted(found(line, Line, lambda _: True), key=lambda word: word.version)
    return words[-1].limit_seconds if words else line.invitation.limit_in_seconds


def _debt_seconds(stage: Stage) -> int:
    """What the kit's first ring owes by the orders that it sent, before anything was netted or assigned.

    Raises Unjudged where one is not decided: it is held, or not, as nobody knows.
    """
    line = stage.open_line()
    said = (each.item for frame in line.out for each in items_of(frame))
    ordered = {hash_of(item): item.amount_seconds for item in said if isinstance(item, Order)}
    paid = {item.order_hash for item in found(line, Fulfil, lambda _: True)}
    paid |= {item.order_hash for item in found(line, Decision, lambda item: item.outcome == "paid")}
    refused = {item.order_hash for item in found(line, Release, lambda _: True)}
    refused |= {item.order_hash for item in found(line, Decision, lambda item: item.outcome != "paid")}
    if ordered.keys() - paid - refused:
        raise Unjudged("an order of before is not decided yet")
    return sum(seconds for digest, seconds in ordered.items() if digest in paid)


def _payable(seconds: int) -> int:
    """An amount of which there is a payment. Raises Unjudged."""
    if not 0 < seconds <= limits.AMOUNT_MAX:
        raise Unjudged(f"the limits are such that a payment of {seconds} s would be needed")
    return seconds


def _is_full(stage: Stage, seconds: int, opened: Sequence[Draft], code: str) -> Talk[None]:
    """An order of so much is refused while these are held; then they are not any more. Raises Broken."""
    said = yield from _said(stage, seconds)
    yield from _let_go(stage, opened)
    _verify(said, code)


def _said(stage: Stage, seconds: int) -> Talk[Decision]:
    """What is said of an order of so much to nobody."""
    came = yield from decide(stage, draft(stage, NOBODY, seconds=seconds))
    assert isinstance(came.item, Decision)
    return came.item


def _verify(said: Decision, code: str) -> None:
    """Refused with this code. Raises Broken, Unjudged."""
    verify_now(said, code)
    if said.code != code:
        raise Broken(f"refused {code}", f"{said.outcome} {said.code or ''}".rstrip())


def _hold(stage: Stage, orders: Sequence[Draft]) -> Talk[None]:
    """Send orders in one frame: all are offered to the kit's last ring. Raises Broken."""
    line, behind = stage.open_line(), stage.onward()
    boxes = [
        msgspec.structs.replace(box, index=place) for place, each in enumerate(orders) for box in beside(line, each)
    ]
    yield from exchange(stage, line, [encode_item(each.order) for each in orders], boxes)
    digests = {hash_of(each.order) for each in orders}
    for pause in stage.patience.pauses():
        for said in found(line, Decision, lambda item: item.order_hash in digests):
            verify_now(said)
            raise Broken("an offer to the next ring", f"{said.outcome} {said.code or ''}".rstrip())
        if len([*found(behind, Offer, lambda item: item_hash(bytes(item.order.item)) in digests)]) == len(digests):
            return
        yield from exchange(stage, line, after_seconds=pause)
        yield from exchange(stage, behind)
    raise none_came(stage, behind, f"{len(digests)} offers")


def _let_go(stage: Stage, opened: Sequence[Draft]) -> Talk[None]:
    """The ring behind refuses them: nothing is held any more."""
    said = [encode_item(decision(stage, each, "refused")) for each in opened]
    yield from exchange(stage, stage.onward(), said)
    for each in opened:
        yield from _is_freed(stage, hash_of(each.order))


def _is_freed(stage: Stage, digest: str) -> Talk[None]:
    yield from waited(stage, stage.open_line(), Release, lambda item: item.order_hash == digest)


def _handed_on(stage: Stage, sent: Draft) -> Talk[Decision | None]:
    """Send an order to the kit's last ring. -> None where it was offered there, else what the ring between says."""
    line, digest = stage.open_line(), hash_of(sent.order)
    yield from exchange(stage, line, [encode_item(sent.order)], beside(line, sent))
    for pause in stage.patience.pauses():
        for said in found(line, Decision, lambda item: item.order_hash == digest):
            return said
        if any(found(stage.onward(), Offer, lambda item: is_of(item, sent))):
            return None
        yield from exchange(stage, line, after_seconds=pause)
        yield from exchange(stage, stage.onward())
    raise none_came(stage, line, "an offer, or a decision to the ring before")
