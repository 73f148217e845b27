# SPDX-License-Identifier: AGPL-3.0-or-later
"""The account that bears what no other ring pays any more: the community's own cost (SPEC.md 5.5, 7.6)."""

from __future__ import annotations

from ringtausch_node import booking
from ringtausch_node.federation.orders.between_records import Carried, set_transfer
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.store import Tx
from ringtausch_protocol import limits, settlement
from ringtausch_protocol.items import Release, encode_item
from ringtausch_protocol.settlement import Event, Place, State

#: The community account that bears what a lost ring owed, or keeps what it was owed.
WRITTEN_OFF_KEY = "written_off"
#: The community account for hours that nobody could attribute.
RECOVERED_KEY = "recovered"
_FACTS = LimitPolicy("warn", "warn")


def written_off_account(tx: Tx, at: int) -> int:
    """The account for hours that were written off; opened when the first are. `at`: Unix seconds."""
    known = ledger.account_by_key(tx, WRITTEN_OFF_KEY)
    return known.id if known else ledger.open_account(tx, kind="written_off", key=WRITTEN_OFF_KEY, at=at)


def recovered_account(tx: Tx, at: int) -> int:
    """The community account for hours that nobody could attribute; opened when the first are."""
    known = ledger.account_by_key(tx, RECOVERED_KEY)
    return known.id if known else ledger.open_account(tx, kind="recovered", key=RECOVERED_KEY, at=at)


def waiver(order_hash: str) -> bytes:
    """The item by which an order that was passed on is written off towards the payer."""
    return encode_item(Release(order_hash=order_hash, cause="write_off"))


def may_be_borne(carried: Carried) -> bool:
    """Whether an order was written off by us and nobody has said since that it was paid."""
    is_open = carried.state == State.RELEASED.value and carried.transfer_id is None
    return is_open and carried.answer == waiver(carried.order_hash)


def bear(tx: Tx, ids: Ids, carried: Carried, clearing_account: int, at: int) -> None:
    """The ring behind says *paid* of an order that we wrote off: we owe it, whatever the ring before was told."""
    settlement.move(Place.BETWEEN, State(carried.state), Event.PAID_WAIVED)
    transfer_id = ids.uuid7()
    booking.book(
        tx, transfer_id=transfer_id, debit=written_off_account(tx, at), credit=clearing_account,
        amount_seconds=carried.amount_seconds, kind="written_off", at=at, salt=ids.random(limits.SALT_BYTES),
        policy=_FACTS, guard=False,
    )  # fmt: skip
    set_transfer(tx, carried.order_hash, transfer_id)
