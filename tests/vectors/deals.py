# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of the rules of payments: decisions, shapes of orders, deadlines, room on a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.items import Decision, Item, Order, encode_item, item_hash
from ringtausch_protocol.settlement import ROUND, Room
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NOON, Case, Town, hash32, id16
from tests.vectors.listing import item_case

_FAR = (EICHE, LINDE, BUCHE)
#: Eiche gives up what it owes Buche and what Linde owes it; or all three owe each other round.
_ROUND = (*_FAR, EICHE)


#: How a round ends: what, at how many places of its path, with which code.
_ROUND_SAID = (
    ("paid by the ring that began it", 4, None), ("refused by the first ring that it came to", 2, "not_allowed"),
    ("refused by the second ring that it came to", 3, "no_capacity"),
)  # fmt: skip


def decisions_file() -> Case:
    """decisions.json."""
    near, far = payloads.order(), payloads.order(*_FAR)
    good: list[tuple[str, Order, Decision]] = [
        ("paid by a neighbour", near, payloads.decision(near, EICHE, LINDE)),
        ("refused by a neighbour", near, payloads.decision(near, EICHE, LINDE, code="no_capacity")),
        ("paid by the last of three", far, payloads.decision(far, *_FAR)),
        ("refused by the last of three", far, payloads.decision(far, *_FAR, code="payee_refuses")),
        ("refused by the ring between", far, payloads.decision(far, EICHE, LINDE, code="next_hop_down")),
        ("paid in the last second", near, _changed(near, decided_at=near.deadline_at)),
        ("refused after the deadline", near,
         _changed(near, decided_at=near.deadline_at + 1, outcome="refused", code="deadline_passed")),
        ("a probe is paid", payloads.probe(), payloads.decision(payloads.probe(), EICHE, LINDE)),
        *((f"{purpose} {what}", order, payloads.decision(order, *_ROUND[:places], code=code))
          for purpose, order in ((purpose, payloads.around(purpose, *_ROUND)) for purpose in ROUND)
          for what, places, code in _ROUND_SAID),
    ]  # fmt: skip
    return {
        "about": "An order and its decision as signed items. The order stands in a frame path[0] -> path[1].",
        "accepted": [_decision(*case) for case in good],
        "refused": [*_bad_decisions(near, far)],
    }


def _changed(order: Order, **fields: object) -> Decision:
    """Linde's decision of Eiche's order, with fields changed."""
    return msgspec.structs.replace(payloads.decision(order, EICHE, LINDE), **fields)


def _decision(
    name: str, order: Order, decision: Decision, by: tuple[Town, Town] | None = None,
    order_by: tuple[Town, Town] = (EICHE, LINDE),
) -> Case:  # fmt: skip
    """`by`, `order_by`: from whom to whom their frames go; of the decision if not as it says itself."""
    towns = {town.id: town for town in _FAR}
    sender, receiver = by or (towns[decision.by], towns[decision.inbound])
    return {
        "name": name, "is": "decision", "order": _text(*order_by, order), "decision": _text(sender, receiver, decision),
        "keys": {**order_by[0].known(), **sender.known()}, "order_hash": item_hash(encode_item(order)),
    }  # fmt: skip


def _text(sender: Town, receiver: Town, item: Item) -> str:
    return canonical.encode(payloads.signed(sender, receiver, item)).decode()


def _bad_decisions(near: Order, far: Order) -> Iterator[Case]:
    changes: dict[str, dict[str, Any]] = {
        "of another order": {"order_hash": hash32("other order")},
        "of another payment": {"payment_id": id16("other payment")},
        "of another amount": {"amount_seconds": 5399},
        "at a place that the path has not": {"index": 2},
        "paid, with a code": {"code": "busy"},
        "refused, without a code": {"outcome": "refused"},
        "paid after the deadline": {"decided_at": near.deadline_at + 1},
        "by a ring that is not on the path": {"by": BUCHE.id},
        "to a ring that is not before it": {"inbound": BUCHE.id},
    }
    for name, change in changes.items():
        yield {**_decision(name, near, _changed(near, **change)), "code": "bad_decision"}
    between = payloads.decision(far, EICHE, LINDE)
    yield {**_decision("paid by the ring between", far, between), "code": "bad_decision"}
    swap = payloads.around("assignment", *_ROUND)
    owed = payloads.decision(swap, *_FAR)
    yield {**_decision("an assignment, paid by the ring that is owed", swap, owed), "code": "bad_decision"}
    early = msgspec.structs.replace(payloads.decision(swap, *_ROUND), inbound=LINDE.id)
    yield {**_decision("an assignment, paid past the ring that is owed", swap, early), "code": "bad_decision"}
    last = payloads.decision(far, *_FAR)
    yield {**_decision("in a frame of another ring", far, last, by=(LINDE, EICHE)), "code": "bad_decision"}
    yield {**_decision("in a frame to another ring", far, last, by=(BUCHE, EICHE)), "code": "bad_decision"}
    good = payloads.decision(near, EICHE, LINDE)
    for name, order_by in (("order in a frame of another ring", (BUCHE, LINDE)),
                           ("order in a frame to another ring", (EICHE, BUCHE))):  # fmt: skip
        yield {**_decision(name, near, good, order_by=order_by), "code": "wrong_ring"}


# -- orders, deadlines, room -------------------------------------------------------------------------------------------


def settlement_file() -> Case:
    """settlement.json."""
    near = payloads.order()
    shapes = {
        "a transfer": near,
        "through a ring between": payloads.order(*_FAR),
        "a probe": payloads.probe(),
        "a netting": payloads.around("netting", *_ROUND),
        "a netting there and back": payloads.around("netting", EICHE, LINDE, EICHE),
        "an assignment": payloads.around("assignment", *_ROUND),
        "a refund": _order(near, purpose="refund", refund_of=id16("paid before")),
    }
    return {
        "about": "What refuses an order in itself, by the decider's clock, and for want of room on a line.",
        "accepted": [
            *({**item_case(name, encode_item(order)), "is": "shape"} for name, order in shapes.items()),
            *(_window(name, *of) for name, of in _windows().items() if not of[2]),
            *(_room(name, *of) for name, of in _rooms().items() if not of[2]),
            *(_round_room(name, *of) for name, of in _rooms_around().items() if not of[2]),
            *(case for case in _rooms_on_edges() if "code" not in case),
        ],
        "refused": [
            *({**item_case(name, encode_item(order)), "is": "shape", "code": code}
              for name, (order, code) in _bad_shapes(near).items()),
            *(_window(name, *of) for name, of in _windows().items() if of[2]),
            *(_room(name, *of) for name, of in _rooms().items() if of[2]),
            *(_round_room(name, *of) for name, of in _rooms_around().items() if of[2]),
            *(case for case in _rooms_on_edges() if "code" in case),
        ],
    }  # fmt: skip


def _order(order: Order, **fields: object) -> Order:
    return msgspec.structs.replace(order, **fields)


def _bad_shapes(near: Order) -> dict[str, tuple[Order, str]]:
    probe, back = payloads.probe(), [EICHE.id, LINDE.id, EICHE.id]
    return {
        "a ring twice": (_order(near, path=[EICHE.id, LINDE.id, LINDE.id]), "malformed"),
        "a transfer there and back": (_order(near, path=back), "malformed"),
        "a transfer round the path of an assignment": (payloads.order(*_ROUND), "malformed"),
        "to itself": (_order(near, path=[EICHE.id, EICHE.id]), "malformed"),
        "netting with itself": (payloads.around("netting", EICHE, EICHE), "malformed"),
        "netting that does not come back": (payloads.around("netting", EICHE, LINDE), "malformed"),
        "netting with a ring twice": (payloads.around("netting", EICHE, LINDE, LINDE, EICHE), "malformed"),
        "an assignment over two rings": (payloads.around("assignment", EICHE, LINDE, EICHE), "malformed"),
        "an assignment that does not come back": (payloads.around("assignment", *_FAR), "malformed"),
        "an assignment of nothing": (_order(payloads.around("assignment", *_ROUND), amount_seconds=0), "amount"),
        **{f"{purpose} with {field}": (
            _order(payloads.around(purpose, *_ROUND), **{field: hash32("memo")}), "malformed")
           for purpose in ("netting", "assignment")
           for field in ("invoice_hash", "payer_commit", "memo_commit", "sealed_hash")},
        "deadline at its beginning": (_order(near, deadline_at=near.created_at), "malformed"),
        "nothing": (_order(near, amount_seconds=0), "amount"),
        "a refund of nothing": (_order(near, purpose="refund"), "malformed"),
        "a transfer with refund_of": (_order(near, refund_of=id16("paid before")), "malformed"),
        "a probe with an amount": (_order(probe, amount_seconds=1), "malformed"),
        "a probe through a ring": (_order(probe, path=[town.id for town in _FAR]), "malformed"),
        "a probe with a commitment": (_order(probe, memo_commit=hash32("memo")), "malformed"),
    }  # fmt: skip


def _windows() -> dict[str, tuple[int, int, str | None]]:
    """name -> (now, longest, code); the order's deadline is NOON + 72 h."""
    end, longest = NOON + limits.DEADLINE_DIRECT_SECONDS, limits.DEADLINE_DIRECT_SECONDS
    slack = limits.CLOCK_SLACK_SECONDS
    return {
        "at once": (NOON, longest, None),
        "in the last second": (end, longest, None),
        "a second too late": (end + 1, longest, "deadline_passed"),
        "payer's clock an hour ahead": (NOON - slack, longest, None),
        "a second too far away": (NOON - slack - 1, longest, "deadline_too_long"),
        "longer than this line allows": (NOON, 900, "deadline_too_long"),
    }


def _window(name: str, now: int, longest: int, code: str | None) -> Case:
    case = {**item_case(name, encode_item(payloads.order())), "is": "window", "now": now}
    return {**case, "longest_seconds": longest, **({"code": code} if code else {})}


def _rooms() -> dict[str, tuple[Room, int, str | None]]:
    """name -> (limit, debt, held, number held, most held), amount, code."""
    return {
        "the whole limit at once": (Room(100, 0, 0, 0, 1), 100, None),
        "what is left": (Room(100, 40, 0, 0, 1), 60, None),
        "more than is left": (Room(100, 41, 0, 0, 1), 60, "no_capacity"),
        "they owe us nothing, we owe them": (Room(100, -50, 0, 0, 1), 150, None),
        "no room at all": (Room(0, 0, 0, 0, 30), 1, "no_capacity"),
        "a second hold, within half": (Room(100, 0, 20, 1, 30), 30, None),
        "a second hold, above half": (Room(100, 0, 20, 1, 30), 31, "no_capacity"),
        "half of an odd limit is rounded down": (Room(101, 0, 20, 1, 30), 31, "no_capacity"),
        "one hold too many": (Room(100, 0, 3, 3, 3), 1, "too_many_holds"),
    }


def _room(name: str, room: Room, amount: int, code: str | None) -> Case:
    case = {"name": name, "is": "room", **room._asdict(), "amount_seconds": amount}
    return {**case, "code": code} if code else case


def _rooms_around() -> dict[str, tuple[Room, int, str | None]]:
    """As `_rooms`, of nettings."""
    return {
        "all that they are owed": (Room(100, -50, 0, 0, 30), 50, None),
        "more than they are owed": (Room(100, -50, 0, 0, 30), 51, "no_capacity"),
        "what other holds leave": (Room(100, -50, 20, 1, 30), 30, None),
        "more than other holds leave": (Room(100, -50, 20, 1, 30), 31, "no_capacity"),
        "where the limit is nothing": (Room(0, -50, 10, 1, 30), 40, None),
        "nobody owes anything": (Room(100, 0, 0, 0, 30), 1, "no_capacity"),
        "one hold too many": (Room(100, -50, 3, 3, 3), 1, "too_many_holds"),
    }


def _round_room(name: str, room: Room, amount: int, code: str | None) -> Case:
    return {**_room(f"around: {name}", room, amount, code), "purpose": "netting"}


def _rooms_on_edges() -> Iterator[Case]:
    """Of an assignment: `edge` n is that from path[n] to path[n + 1], and on the second alone somebody owes more."""
    rooms = {
        "all that they are owed": (Room(100, -50, 0, 0, 30), 50, (None, None, None)),
        "within the limit": (Room(100, 0, 0, 0, 30), 100, ("no_capacity", None, "no_capacity")),
        "above the limit": (Room(100, 0, 0, 0, 30), 101, ("no_capacity",) * 3),
        "beside other holds": (Room(100, -50, 20, 1, 30), 30, (None, None, None)),
        "beside other holds, above half": (Room(100, -50, 20, 1, 30), 31, ("no_capacity",) * 3),
        "one hold too many": (Room(100, -50, 3, 3, 3), 1, ("too_many_holds",) * 3),
    }
    for name, (room, amount, codes) in rooms.items():
        for edge, code in enumerate(codes):
            case = _room(f"on edge {edge}: {name}", room, amount, code)
            yield {**case, "purpose": "assignment", "edge": edge}
