# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which epoch of a line an order that passed belongs to, where the line has begun anew since a copy (SPEC.md 6.8).

After a loss an edge that is seen alone stands for both, and moves both lines. But the line of the edge that nobody has
seen may have begun anew: then what both agreed on counts the order already, if that passed before, or does not, if it
passed since. As long as no frame of the present epoch shows the edge it passed before, and what it moved is taken back
from the line; when one shows it, it is counted after all. Neither is anybody's loss, so neither waits for the office.
"""

from __future__ import annotations

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import between_records as records
from ringtausch_node.federation.orders.between_records import BEFORE, Carried
from ringtausch_node.federation.orders.own_cost import recovered_account
from ringtausch_node.ids import Ids
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol import limits
from ringtausch_protocol.settlement import State

_FACTS = LimitPolicy("warn", "warn")


class Edges:
    """Counts what passed on the line that it belongs to; all inside the writer's transaction."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self._ids, self._clock = ids, clock

    def take_back(self, tx: Tx, carried: Carried, before: Line, behind: Line) -> None:
        """An order is paid on both lines: what it moved on one where it was over is in its agreed balance already."""
        if carried.in_seq == BEFORE:
            self._explain(tx, before, carried.amount_seconds)
        if carried.out_seq == BEFORE:
            self._explain(tx, behind, -carried.amount_seconds)

    def came(self, tx: Tx, carried: Carried, before: Line, seq: int) -> None:
        """A frame of the present epoch has brought an order. `before`: the line that it came by."""
        if carried.in_seq == BEFORE and carried.state == State.POSTED.value:
            self._explain(tx, before, -carried.amount_seconds)
        records.set_in(tx, carried.order_hash, seq)

    def went(self, tx: Tx, carried: Carried, behind: Line, seq: int) -> None:
        """A frame of ours of the present epoch has taken an order on, or (0) one of the peer tells its end there."""
        if carried.out_seq == BEFORE and carried.state == State.POSTED.value:
            self._explain(tx, behind, carried.amount_seconds)
        records.set_out(tx, seq, [carried.order_hash])

    def end_seen(self, tx: Tx, carried: Carried, behind: Line) -> None:
        """The ring behind tells the end that our own answer had shown already.

        Where both have lost the offer itself, no frame gives that word a meaning, and the end stays unseen.
        """
        if carried.out_seq is not None:
            records.see_end(tx, carried.order_hash, is_seen=True)
        if carried.out_seq == BEFORE:
            self.went(tx, carried, behind, 0)

    def _explain(self, tx: Tx, line: Line, seconds: int) -> None:
        explain(tx, self._ids, self._clock.now(), line.peer.id, line.peer.clearing_account, seconds)


def explain(tx: Tx, ids: Ids, at: int, peer: int, account: int, seconds: int, payment_id: bytes | None = None) -> None:
    """Move a balance, and by as much the difference with which the present epoch of a line began.

    `account`: the clearing account of the line, or the ring's own at which a payment ended.
    """
    sometimes("what passed belongs to another epoch")
    epoch, found = tx.one(
        "SELECT e.epoch, e.account FROM peer p JOIN epoch e ON (e.peer, e.epoch) = (p.id, p.epoch) WHERE p.id = ?",
        (peer,),
    )
    other = recovered_account(tx, at) if found is None else int(found)
    debit, credit = (other, account) if seconds > 0 else (account, other)
    booking.book(
        tx, transfer_id=ids.uuid7(), debit=debit, credit=credit, amount_seconds=abs(seconds), kind="reset", at=at,
        payment_id=payment_id, salt=ids.random(limits.SALT_BYTES), policy=_FACTS, guard=False,
    )  # fmt: skip
    tx.change(
        "UPDATE epoch SET difference_seconds = difference_seconds + ?, account = ? WHERE (peer, epoch) = (?, ?)",
        (seconds, other, peer, epoch),
    )
