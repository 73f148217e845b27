# SPDX-License-Identifier: AGPL-3.0-or-later
"""What our operator says of claims that change hands through this ring, in SQL (SPEC.md 7.16).

An order that nobody has agreed to is refused, and remembered as what was asked for. An agreement holds for one order:
while that one has not come back released, it is used.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.store import Tx

#: What the ring before hears while our operator has not agreed, and where he has declined.
NOT_AGREED, DECLINED = "not_allowed", "payee_refuses"
#: Our place on the path: we take a debt over, or are owed by another ring than before.
TAKER, CREDITOR = 1, 2


class Asked(NamedTuple):
    """A row of `assignment_asked`. `leaver`: who hands over; `other`: whom we come to owe, or who comes to owe us."""

    leaver: int
    other: int
    place: int
    amount_seconds: int
    state: Literal["asked", "agreed", "declined"]
    at: int
    order_hash: str | None


_ASKED = ", ".join(Asked._fields)
#: Refused, or come back: the order that used the agreement has moved nothing.
_IS_FREE = (
    "NOT EXISTS (SELECT 1 FROM order_between AS b WHERE b.order_hash = assignment_asked.order_hash"
    " AND b.state <> 'released')"
)
_KEY = "leaver = ? AND other = ? AND place = ?"


def is_agreed(tx: Tx, carried: Carried) -> bool:
    """Whether our operator agreed to so much, and no other order has used that."""
    sql = f"SELECT 1 FROM assignment_asked WHERE {_KEY} AND state = 'agreed' AND amount_seconds >= ? AND {_IS_FREE}"
    return tx.row(sql, (*_key(carried), carried.amount_seconds)) is not None


def no_to(tx: Tx, carried: Carried) -> str:
    """The code for what was not agreed to: our operator has declined, or not answered yet."""
    declined = tx.row(f"SELECT 1 FROM assignment_asked WHERE {_KEY} AND state = 'declined'", _key(carried))
    return NOT_AGREED if declined is None else DECLINED


def use(tx: Tx, carried: Carried) -> None:
    """The order goes on: the agreement is its own from now on."""
    tx.change(f"UPDATE assignment_asked SET order_hash = ? WHERE {_KEY}", (carried.order_hash, *_key(carried)))


def ask(tx: Tx, carried: Carried, at: int) -> None:
    """Remember what was asked for, for our operator to answer; what was declined stays so."""
    sql = (
        "INSERT INTO assignment_asked (leaver, other, place, amount_seconds, state, at) VALUES (?, ?, ?, ?, 'asked', ?)"
        " ON CONFLICT (leaver, other, place) DO UPDATE SET amount_seconds = excluded.amount_seconds, at = excluded.at,"
        " state = CASE state WHEN 'declined' THEN 'declined' ELSE 'asked' END, order_hash = NULL"
    )
    tx.change(sql, (*_key(carried), carried.amount_seconds, at))


def load_all(tx: Tx) -> list[Asked]:
    """What was asked and not used, newest first: at most two for each pair of peers."""
    rows = tx.execute(f"SELECT {_ASKED} FROM assignment_asked WHERE {_IS_FREE} ORDER BY at DESC, leaver, other, place")
    return [Asked(*row) for row in rows]


def answer(tx: Tx, asked: Asked, state: str, at: int) -> bool:
    """Our operator's word on what he read; False where something else is asked by now."""
    sql = f"UPDATE assignment_asked SET state = ?, at = ? WHERE {_KEY} AND amount_seconds = ? AND {_IS_FREE}"
    return tx.change(sql, (state, at, asked.leaver, asked.other, asked.place, asked.amount_seconds)) == 1


def _key(carried: Carried) -> tuple[int, int, int]:
    """The one who hands over stands before who takes the debt, and behind who is owed."""
    ends = (carried.peer_in, carried.peer_out)
    return (*(ends if carried.place == TAKER else ends[::-1]), carried.place)
