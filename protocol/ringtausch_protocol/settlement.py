# SPDX-License-Identifier: Apache-2.0
"""What becomes of an order at each ring on its path: three state tables and the rules in front of them (SPEC.md 7).

The last ring of the path decides; money moves hop by hop; nothing signed is undone by a clock. Read the tables first:
every move an order can make at a payer's ring, at a ring between and at a payee's ring stands there, and what is not
there does not happen. Ledger, frames and clocks are the caller's; he carries out the `Act`s of a move in one
transaction, in the order given.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Literal, NamedTuple

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Decision, Order, Outcome


class Place(Enum):
    """Where a ring stands on an order's path."""

    PAYER = "payer"
    BETWEEN = "between"
    PAYEE = "payee"


class State(Enum):
    """What an order is at one place. POSTED, RELEASED, CANCELLED and EXPIRED are final."""

    NONE = "none"
    QUEUED = "queued"
    WAITING = "waiting"
    HELD = "held"
    IN_DOUBT = "in_doubt"
    POSTED = "posted"
    RELEASED = "released"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


#: Purposes of orders from a ring round to itself.
ROUND = ("netting", "assignment")
#: The ring that gives up a claim and a debt, who takes the debt over, who is owed, and the first one again.
ASSIGNMENT_PLACES = 4
FINAL = frozenset({State.POSTED, State.RELEASED, State.CANCELLED, State.EXPIRED})


class Event(Enum):
    """What can happen to an order at one place."""

    PAY = "pay"
    SEAL = "seal"
    EXPIRE = "expire"
    CANCEL = "cancel"
    OFFER_GOOD = "offer_good"
    OFFER_BAD = "offer_bad"
    OFFER_WAITS = "offer_waits"
    DEADLINE = "deadline"
    PAID = "paid"
    REFUSED = "refused"
    DOUBT = "doubt"
    WRITE_OFF = "write_off"
    PAID_WAIVED = "paid_waived"


class Act(Enum):
    """What the ring does in the transaction of a move. `in` is the line towards the payer, `out` towards the payee."""

    RESERVE_MEMBER = "reserve_member"
    FREE_MEMBER = "free_member"
    RESERVE_DOUBT = "reserve_doubt"
    FREE_DOUBT = "free_doubt"
    HOLD_IN = "hold_in"
    FREE_IN = "free_in"
    HOLD_OUT = "hold_out"
    FREE_OUT = "free_out"
    POST_MEMBER_TO_OUT = "post_member_to_out"
    POST_DOUBT_TO_OUT = "post_doubt_to_out"
    POST_IN_TO_OUT = "post_in_to_out"
    POST_IN_TO_PAYEE = "post_in_to_payee"
    POST_OWN_TO_OUT = "post_own_to_out"
    SEND_ORDER = "send_order"
    SEND_OFFER = "send_offer"
    SEND_CANCEL = "send_cancel"
    SEND_PAID = "send_paid"
    SEND_REFUSED = "send_refused"
    SEND_FULFIL = "send_fulfil"
    SEND_RELEASE = "send_release"
    REJECT = "reject"
    KEEP_EVIDENCE = "keep_evidence"
    CLOSE_LINE = "close_line"


class Move(NamedTuple):
    """The state after an event, and what to do."""

    state: State
    acts: tuple[Act, ...]


_UNCLAIMED = (Act.REJECT, Act.KEEP_EVIDENCE)
_UNKNOWN = (Act.REJECT, Act.CLOSE_LINE)

PAYER: dict[tuple[State, Event], Move] = {
    (State.NONE, Event.PAY): Move(State.QUEUED, (Act.RESERVE_MEMBER,)),
    (State.QUEUED, Event.SEAL): Move(State.HELD, (Act.HOLD_OUT, Act.SEND_ORDER)),
    (State.QUEUED, Event.CANCEL): Move(State.CANCELLED, (Act.FREE_MEMBER,)),
    (State.QUEUED, Event.EXPIRE): Move(State.EXPIRED, (Act.FREE_MEMBER,)),
    (State.HELD, Event.CANCEL): Move(State.HELD, (Act.SEND_CANCEL,)),
    (State.HELD, Event.DOUBT): Move(State.IN_DOUBT, (Act.FREE_MEMBER, Act.RESERVE_DOUBT)),
    (State.HELD, Event.PAID): Move(State.POSTED, (Act.POST_MEMBER_TO_OUT, Act.FREE_OUT)),
    (State.HELD, Event.REFUSED): Move(State.RELEASED, (Act.FREE_MEMBER, Act.FREE_OUT)),
    (State.IN_DOUBT, Event.CANCEL): Move(State.IN_DOUBT, (Act.SEND_CANCEL,)),
    (State.IN_DOUBT, Event.PAID): Move(State.POSTED, (Act.POST_DOUBT_TO_OUT, Act.FREE_OUT)),
    (State.IN_DOUBT, Event.REFUSED): Move(State.RELEASED, (Act.FREE_DOUBT, Act.FREE_OUT)),
    (State.POSTED, Event.CANCEL): Move(State.POSTED, ()),
    (State.POSTED, Event.PAID): Move(State.POSTED, _UNCLAIMED),
    (State.POSTED, Event.REFUSED): Move(State.POSTED, _UNCLAIMED),
    (State.RELEASED, Event.CANCEL): Move(State.RELEASED, ()),
    (State.RELEASED, Event.PAID): Move(State.RELEASED, _UNCLAIMED),
    (State.RELEASED, Event.REFUSED): Move(State.RELEASED, _UNCLAIMED),
    (State.CANCELLED, Event.CANCEL): Move(State.CANCELLED, ()),
    (State.EXPIRED, Event.CANCEL): Move(State.EXPIRED, ()),
    (State.NONE, Event.PAID): Move(State.NONE, _UNKNOWN),
    (State.NONE, Event.REFUSED): Move(State.NONE, (Act.REJECT,)),
}

BETWEEN: dict[tuple[State, Event], Move] = {
    (State.NONE, Event.OFFER_GOOD): Move(State.HELD, (Act.HOLD_IN, Act.HOLD_OUT, Act.SEND_OFFER)),
    (State.NONE, Event.OFFER_BAD): Move(State.RELEASED, (Act.SEND_REFUSED,)),
    (State.NONE, Event.OFFER_WAITS): Move(State.WAITING, (Act.HOLD_IN,)),
    (State.NONE, Event.CANCEL): Move(State.NONE, ()),
    (State.WAITING, Event.OFFER_GOOD): Move(State.HELD, (Act.HOLD_OUT, Act.SEND_OFFER)),
    (State.WAITING, Event.OFFER_BAD): Move(State.RELEASED, (Act.FREE_IN, Act.SEND_REFUSED)),
    (State.WAITING, Event.CANCEL): Move(State.RELEASED, (Act.FREE_IN, Act.SEND_REFUSED)),
    (State.WAITING, Event.PAID): Move(State.WAITING, _UNKNOWN),
    (State.WAITING, Event.REFUSED): Move(State.WAITING, (Act.REJECT,)),
    (State.HELD, Event.CANCEL): Move(State.HELD, (Act.SEND_CANCEL,)),
    (State.HELD, Event.PAID): Move(State.POSTED, (Act.POST_IN_TO_OUT, Act.FREE_IN, Act.FREE_OUT, Act.SEND_FULFIL)),
    (State.HELD, Event.REFUSED): Move(State.RELEASED, (Act.FREE_IN, Act.FREE_OUT, Act.SEND_RELEASE)),
    (State.HELD, Event.WRITE_OFF): Move(State.RELEASED, (Act.FREE_IN, Act.SEND_RELEASE)),
    (State.POSTED, Event.CANCEL): Move(State.POSTED, ()),
    (State.POSTED, Event.PAID): Move(State.POSTED, _UNCLAIMED),
    (State.POSTED, Event.REFUSED): Move(State.POSTED, _UNCLAIMED),
    (State.RELEASED, Event.CANCEL): Move(State.RELEASED, ()),
    (State.RELEASED, Event.PAID_WAIVED): Move(State.RELEASED, (Act.POST_OWN_TO_OUT,)),
    (State.RELEASED, Event.PAID): Move(State.RELEASED, _UNCLAIMED),
    (State.RELEASED, Event.REFUSED): Move(State.RELEASED, _UNCLAIMED),
    (State.NONE, Event.PAID): Move(State.NONE, _UNKNOWN),
    (State.NONE, Event.REFUSED): Move(State.NONE, (Act.REJECT,)),
}

PAYEE: dict[tuple[State, Event], Move] = {
    (State.NONE, Event.OFFER_GOOD): Move(State.POSTED, (Act.POST_IN_TO_PAYEE, Act.SEND_PAID)),
    (State.NONE, Event.OFFER_BAD): Move(State.RELEASED, (Act.SEND_REFUSED,)),
    (State.NONE, Event.OFFER_WAITS): Move(State.WAITING, (Act.HOLD_IN,)),
    (State.NONE, Event.CANCEL): Move(State.NONE, ()),
    (State.WAITING, Event.OFFER_GOOD): Move(State.POSTED, (Act.FREE_IN, Act.POST_IN_TO_PAYEE, Act.SEND_PAID)),
    (State.WAITING, Event.OFFER_BAD): Move(State.RELEASED, (Act.FREE_IN, Act.SEND_REFUSED)),
    (State.WAITING, Event.CANCEL): Move(State.RELEASED, (Act.FREE_IN, Act.SEND_REFUSED)),
    (State.WAITING, Event.DEADLINE): Move(State.RELEASED, (Act.FREE_IN, Act.SEND_REFUSED)),
    (State.POSTED, Event.CANCEL): Move(State.POSTED, ()),
    (State.RELEASED, Event.CANCEL): Move(State.RELEASED, ()),
}

TABLES: dict[Place, dict[tuple[State, Event], Move]] = {Place.PAYER: PAYER, Place.BETWEEN: BETWEEN, Place.PAYEE: PAYEE}


def move(place: Place, state: State, event: Event) -> Move:
    """The move of an order. LocalError('illegal_move') where the table has none: our own mistake, never a peer's."""
    found = TABLES[place].get((state, event))
    if found is None:
        raise LocalError("illegal_move", f"{place.value}: {event.value} in {state.value}")
    return found


class Room(NamedTuple):
    """One direction of a line as the writer sees it: debtor's net debt, open holds, and the terms in force."""

    limit_seconds: int
    debt_seconds: int
    held_seconds: int
    held_count: int
    holds_max: int


def refuse_room(room: Room, amount_seconds: int, purpose: str = "transfer") -> str | None:
    """The code that refuses one more hold, or None (SPEC.md 7.8).

    Opposite holds are no relief. Count cap and half-limit cap bind from the second open hold on, the new one included.
    A netting raises no debt, whatever else is open: for it the limit is nothing, and no half of it binds (7.14).
    """
    is_netting = purpose == "netting"
    limit = 0 if is_netting else room.limit_seconds
    if room.debt_seconds + room.held_seconds + amount_seconds > limit:
        return "no_capacity"
    if room.held_count == 0:
        return None
    if room.held_count >= room.holds_max:
        return "too_many_holds"
    if not is_netting and room.held_seconds + amount_seconds > limit // 2:
        return "no_capacity"
    return None


def as_on_edge(purpose: str, edge: int) -> str:
    """What an order asks of the room from path[edge] to the next: an assignment is a netting but for one debt (7.16).

    Path D, T, P, D: T comes to owe P, as by a payment; D and its two neighbours come to owe nobody more.
    """
    return purpose if purpose != "assignment" else "transfer" if edge == 1 else "netting"


def refuse_shape(order: Order) -> str | None:
    """The code that refuses an order for what it is in itself, or None (SPEC.md 7.1)."""
    is_round = len(order.path) > 2 and order.path[0] == order.path[-1]
    inner = order.path[1:] if is_round else order.path
    if is_round != (order.purpose in ROUND) or len(set(inner)) != len(inner):
        return "malformed"
    if order.purpose == "assignment" and len(order.path) != ASSIGNMENT_PLACES:
        return "malformed"
    if order.deadline_at <= order.created_at:
        return "malformed"
    private = (order.invoice_hash, order.refund_of, order.payer_commit, order.memo_commit, order.sealed_hash)
    if order.purpose in ("probe", *ROUND) and private != (None,) * 5:
        return "malformed"  # no member pays it
    return _refuse_probe(order) if order.purpose == "probe" else _refuse_money(order)


def _refuse_probe(order: Order) -> str | None:
    return None if order.amount_seconds == 0 and len(order.path) == 2 else "malformed"


def _refuse_money(order: Order) -> str | None:
    if order.amount_seconds < 1:
        return "amount"
    if (order.purpose == "refund") != (order.refund_of is not None):
        return "malformed"
    return None


def refuse_window(order: Order, now: int, longest_seconds: int) -> str | None:
    """The decider's clock against the order's deadline (SPEC.md 7.9). Only ever refuses; no hold is freed by it.

    The payer's clock set the deadline: one that goes a little ahead of ours is not too long.
    """
    if now > order.deadline_at:
        return "deadline_passed"
    return "deadline_too_long" if order.deadline_at - now > longest_seconds + limits.CLOCK_SLACK_SECONDS else None


def verify_order_binding(order: Order, header: Header) -> None:
    """The payer's own header must carry the order: from = path[0], to = path[1]. RemoteError('wrong_ring')."""
    if (header.from_, header.to) != (order.path[0], order.path[1]):
        raise RemoteError("wrong_ring", "order is not bound to its header")


def verify_decision(decision: Decision, header: Header, order: Order, order_hash: str) -> None:
    """A decision must be of this order, by a ring that may decide it, to the ring before it (SPEC.md 7.1).

    Raises RemoteError('bad_decision'): wrong order, amount, place or ring; paid by any but the last; a code where there
    is none to give; decided after the deadline.
    """
    names = (order_hash, order.payment_id, order.amount_seconds)
    if (decision.order_hash, decision.payment_id, decision.amount_seconds) != names:
        raise RemoteError("bad_decision", "of another order")
    if decision.index >= len(order.path):
        raise RemoteError("bad_decision", "no such place")
    place = (order.path[decision.index], order.path[decision.index - 1])
    if (decision.by, decision.inbound) != place or (header.from_, header.to) != place:
        raise RemoteError("bad_decision", "by another ring")
    if (decision.outcome == "refused") != (decision.code is not None):
        raise RemoteError("bad_decision", "code does not fit the outcome")
    if decision.outcome == "paid":
        _verify_paid(decision, order)


def _verify_paid(decision: Decision, order: Order) -> None:
    if decision.index != len(order.path) - 1:
        raise RemoteError("bad_decision", "paid by a ring between")
    if decision.decided_at > order.deadline_at:
        raise RemoteError("bad_decision", "paid after the deadline")


def event_of(outcome: Outcome) -> Event:
    """The event that a decision from downstream is to the rings upstream."""
    return Event.PAID if outcome == "paid" else Event.REFUSED


def commit(purpose: Literal["payer", "payee", "memo", "member"], salt: bytes, value: str) -> str:
    """A salted commitment, base64url: SHA-256 over domain, purpose, 16 salt bytes and the UTF-8 value (SPEC.md 7.3)."""
    if len(salt) != limits.SALT_BYTES:
        raise LocalError("salt", "a salt has 16 bytes")
    digest = hashlib.sha256(b"ringtausch/commit/v1\n" + purpose.encode() + b"\n" + salt + value.encode())
    return b64(digest.digest())
