# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a recovery brought back and what it could not: read from the tables whenever somebody asks."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ringtausch_node.federation.recovery import records as kept
from ringtausch_node.federation.recovery.replay import DROPPED_CODE
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx


class CameBack(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that came back, as the report lists it. Accounts are numbers here: this room knows no people."""

    place: str
    peer: str
    amount_seconds: int
    state: str
    account: int | None
    booked: int | None


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that waited in the copy and was not made."""

    payment_id: bytes
    account: int | None
    amount_seconds: int


class RecoveryReport(msgspec.Struct, frozen=True, kw_only=True):
    """The newest recovery. `copy_at`: bookings inside the ring from then on are missing; `peers`: address -> state."""

    state: str
    code: str
    began_at: int
    copy_at: int
    finished_at: int | None
    dropped: int
    recovered_seconds: int
    peers: dict[str, str]
    came_back: list[CameBack]
    dropped_payments: list[Dropped]


def load_report(tx: Tx, address: Mapping[int, str]) -> RecoveryReport | None:
    """The newest recovery, running or over; None if there never was one. `address`: of peers by their row's id."""
    row = kept.load_newest(tx)
    if row is None:
        return None
    account = ledger.account_by_key(tx, "recovered")
    return RecoveryReport(
        state="finished" if row.finished_at is not None else "recovering", code=row.code, began_at=row.began_at,
        copy_at=row.copy_at, finished_at=row.finished_at, dropped=row.dropped,
        recovered_seconds=account.balance_seconds if account else 0,
        peers={address.get(each.peer, ""): each.state for each in kept.load_peers(tx, row.id)},
        came_back=[
            CameBack(
                place=order.place, peer=address.get(order.peer, ""), amount_seconds=order.amount_seconds,
                state=state, account=order.account, booked=order.booked,
            )
            for order, state in kept.load_orders(tx, row.id)
        ],
        dropped_payments=[
            Dropped(payment_id=payment_id, account=whose, amount_seconds=amount_seconds)
            for payment_id, whose, amount_seconds in kept.load_dropped(tx, row, DROPPED_CODE)
        ],
    )  # fmt: skip
