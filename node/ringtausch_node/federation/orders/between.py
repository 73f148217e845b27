# SPDX-License-Identifier: AGPL-3.0-or-later
"""The place between: others' orders pass through this ring, hop by hop (SPEC.md 7.12 and 7, table BETWEEN).

All functions run inside the writer's transaction. An order is counted on both lines in the commit that passes it on,
and ends on both in the one that hears of its end. Only the last ring decides; we refuse what was not passed on.
"""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import EDGE_MISSING, LineRow
from ringtausch_node.federation.orders import assignment_records as assignments
from ringtausch_node.federation.orders import between_records as records
from ringtausch_node.federation.orders import ends, own_cost, round_trip
from ringtausch_node.federation.orders.answers import answer_again, tell
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.between_rules import (
    Offered,
    order_of,
    refusal,
    refuse_at_once,
    refuse_next,
    signed_of,
    waiting,
)
from ringtausch_node.federation.orders.edges import Edges
from ringtausch_node.federation.orders.ends import Came, OrdersKept
from ringtausch_node.federation.orders.read_once import (
    Passed,
    forget_held,
    held_towards,
    note_passed,
    row_of,
    save_rows,
    send,
)
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.ids import Ids
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol import limits, settlement
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.items import Cancel, Offer, Order, SignedItem, encode_item
from ringtausch_protocol.settlement import Act, Event, Place, State

#: How long the next ring may be silent before an order that waits for it is refused (SPEC.md 7.12).
NEXT_SILENT_SECONDS = 60
#: Waiting orders looked at in one commit.
WAITING_SCANNED = 256
KIND = "carried"
_FACTS = LimitPolicy("warn", "warn")


class Sides(NamedTuple):
    """The two lines of an order: the one it came by, and the one it goes by, with their rows."""

    before: Line
    before_row: LineRow
    behind: Line
    behind_row: LineRow


class Between:
    """Moves of orders that pass through. Constructor arguments are the seams of the simulator."""

    def __init__(self, identity: RingIdentity, clock: Clock, ids: Ids, lines: Lines) -> None:
        self._identity, self._clock, self._ids, self._lines = identity, clock, ids, lines
        self.strangers, self._orders = Strangers(identity, clock, lines), OrdersKept()
        self.edges = Edges(ids, clock)

    def carried(self, tx: Tx, line: Line, order_hash: str) -> Carried | None:
        """An order that was passed on along a line; None for orders of our own, and for those of other lines."""
        found = records.load(tx, order_hash)
        return found if found is not None and found.peer_out == line.peer.id else None

    # -- offers ------------------------------------------------------------------------------------------------------

    def offered(self, tx: Tx, line: Line, row: LineRow, offered: Offered) -> None:
        """Pass an order on, keep it waiting, or refuse it. The same order again changes nothing."""
        known = records.load(tx, offered.order_hash)
        if known is not None:
            self._again(tx, line, row, offered, known)
            return
        code = refuse_at_once(tx, line, row, offered, self._clock.now())
        if code is None and self.line_to(offered.order.path[offered.place + 1]) is None:
            code = "no_route"
        if code is not None:
            self.refuse(tx, line, offered.order, offered.order_hash, offered.place, code)
            return
        carried = self._take_in(line, row, offered)
        self._orders.keep(offered.order_hash, offered.order)
        if self._held_on(tx, carried, offered.order, offered.signed):
            records.insert(tx, carried._replace(state=State.HELD.value))
            return
        records.insert(tx, carried)
        self._wait_or_refuse(tx, carried, offered.order, row)

    def keep_waiting(self, tx: Tx, line: Line, row: LineRow, offered: Offered) -> Carried:
        """Count it on the line it came by. Raises LocalError('constraint') where there is no line to go on."""
        carried = self._take_in(line, row, offered)
        records.insert(tx, carried)
        return carried

    def _take_in(self, line: Line, row: LineRow, offered: Offered) -> Carried:
        settlement.move(Place.BETWEEN, State.NONE, Event.OFFER_WAITS)
        next_line = self.line_to(offered.order.path[offered.place + 1])
        if next_line is None:
            raise LocalError("constraint", "an order that goes nowhere")
        carried = waiting(line, next_line, offered, self._identity.boot, self._clock.now())
        row.held_in_seconds += carried.amount_seconds
        row.held_in_count += 1
        return carried

    def line_to(self, ring_id: str) -> Line | None:
        """The line to a ring, if there is one."""
        return self._lines.by_ring(ring_id)

    def by_id(self, peer: int) -> Line:
        """The line of a peer."""
        return self._lines.by_id(peer)

    def _again(self, tx: Tx, line: Line, row: LineRow, offered: Offered, known: Carried) -> None:
        """The stored answer, if there is one; else that comes when it comes."""
        is_theirs = known.peer_in == line.peer.id
        if is_theirs and (known.in_seq or 0) <= 0:
            self.edge_came(tx, line, row, known, offered.header.seq)
        if is_theirs and known.answer is not None:
            answer_again(tx, self.strangers, line, known.order_hash, known.answer)

    def edge_came(self, tx: Tx, line: Line, row: LineRow, known: Carried, seq: int) -> None:
        """After a loss (its frame was not acked, so not given back) or in a new epoch of the line: it is sent again."""
        self.edges.came(tx, known, line, seq)
        if row.closed == EDGE_MISSING and all(half.peer_in != row.peer for half in records.load_half(tx)):
            row.closed = None

    def _held_on(self, tx: Tx, carried: Carried, order: Order, signed: SignedItem) -> bool:
        """Count it on the next line too, and send it there: one commit, if that line can take it now. -> whether."""
        line, row = self._lines.by_id(carried.peer_out), row_of(tx, carried.peer_out)
        is_there = line.in_step and line.is_usable and not line.is_away and row.is_open
        if not is_there or refuse_next(tx, carried, order.purpose, line, row) is not None:
            return False
        if order.purpose == round_trip.ASSIGNMENT:
            assignments.use(tx, carried)
        self.count_out(row, carried)
        held_towards(tx, carried.peer_out, carried.last_ring).add(carried.amount_seconds)
        self.strangers.show(tx, line, order.path[0])
        item = encode_item(Offer(index=carried.place, order=signed))
        note_passed(tx, item, Passed(carried.order_hash, carried.box))
        send(tx, line, item)
        return True

    def _wait_or_refuse(self, tx: Tx, carried: Carried, order: Order, row: LineRow) -> None:
        """What cannot go on: a refusal, if it may be refused; else it waits."""
        next_line = self.by_id(carried.peer_out)
        code = refuse_next(tx, carried, order.purpose, next_line, row_of(tx, carried.peer_out))
        is_late = next_line.is_given_up or not 0 <= self._clock.now() - carried.arrived_at < NEXT_SILENT_SECONDS
        if self._may_refuse(carried) and (code or is_late):
            sometimes("a ring between refuses")
            if code in (assignments.NOT_AGREED, assignments.DECLINED) and order.purpose == round_trip.ASSIGNMENT:
                assignments.ask(tx, carried, self._clock.now())
            self._end_waiting(tx, carried, order, row, Event.OFFER_BAD, code or "next_hop_down")

    def _let_fall(self, tx: Tx, carried: Carried, order: Order) -> None:
        """Over for the ring that brought it: nobody owes us what we would pass on, and nobody waits for an answer.

        Whether it comes again in the present epoch is known once that ring is in step.
        """
        if self._may_refuse(carried) and self.by_id(carried.peer_in).in_step:
            sometimes("what waits is over on the line that it came by")
            self._end_waiting(tx, carried, order, row_of(tx, carried.peer_in), Event.OFFER_BAD, "next_hop_down")

    def _may_refuse(self, carried: Carried) -> bool:
        """Whether no boot before this one can have passed it on; to a ring that was given up that has its end."""
        next_line = self.by_id(carried.peer_out)
        return carried.boot == self._identity.boot or next_line.in_step or next_line.is_given_up

    def _end_waiting(self, tx: Tx, carried: Carried, order: Order, row: LineRow, event: Event, code: str) -> None:
        found, before = settlement.move(Place.BETWEEN, State.WAITING, event), self.by_id(carried.peer_in)
        self._free_in(row, carried)
        answer = refusal(before, order, carried.order_hash, carried.place, code, self._clock.now())
        if carried.in_seq != records.BEFORE:
            send(tx, before, answer)
        records.end(tx, carried.order_hash, found.state.value, answer, None, self._clock.now())

    def count_out(self, row: LineRow, carried: Carried) -> None:
        """Count it on the line it goes by; the caller saves its row, and the order as held."""
        settlement.move(Place.BETWEEN, State.WAITING, Event.OFFER_GOOD)
        row.held_out_seconds += carried.amount_seconds
        row.held_out_count += 1

    def refuse(self, tx: Tx, line: Line, order: Order, order_hash: str, place: int, code: str) -> bytes:
        """A decision of our own: refused, not passed on; whether it is remembered is the caller's. -> its item."""
        answer = refusal(line, order, order_hash, place, code, self._clock.now())
        send(tx, line, answer)
        return answer

    def look(self, tx: Tx) -> None:
        """Orders that wait for their next ring: it may be there now, or silent for too long."""
        for carried in records.load_waiting(tx, WAITING_SCANNED):
            signed = signed_of(carried)
            order = ends.inner_order(signed)
            if carried.cancel_asked:
                self._take_back(tx, carried, order, row_of(tx, carried.peer_in))
            elif carried.in_seq == records.BEFORE:
                self._let_fall(tx, carried, order)
            elif self._held_on(tx, carried, order, signed):
                records.set_held(tx, carried.order_hash)
            else:
                self._wait_or_refuse(tx, carried, order, row_of(tx, carried.peer_in))
        save_rows(tx)

    # -- cancels -----------------------------------------------------------------------------------------------------

    def cancelled(self, tx: Tx, line: Line, row: LineRow, cancel: Cancel) -> None:
        """The payer's side wants it back: what waits is refused once it may be; what was passed on is asked back."""
        carried = records.load(tx, cancel.order_hash)
        if carried is None or carried.peer_in != line.peer.id or carried.cancel_asked:
            return
        found = settlement.move(Place.BETWEEN, State(carried.state), Event.CANCEL)
        if found.acts:
            records.ask_cancel(tx, carried.order_hash)
        if Act.FREE_IN in found.acts:
            self._take_back(tx, carried, order_of(carried), row)
        if Act.SEND_CANCEL in found.acts:
            self.ask_back(tx, carried)

    def _take_back(self, tx: Tx, carried: Carried, order: Order, row: LineRow) -> None:
        """The order may have been passed on before this boot: until that is known the cancel waits as it does."""
        if self._may_refuse(carried):
            self._end_waiting(tx, carried, order, row, Event.CANCEL, "cancelled")

    def ask_back(self, tx: Tx, carried: Carried) -> None:
        """The next ring hears that the payer's side wants it back."""
        send(tx, self.by_id(carried.peer_out), encode_item(Cancel(order_hash=carried.order_hash)))

    # -- ends --------------------------------------------------------------------------------------------------------

    def ended(self, tx: Tx, line: Line, row: LineRow, carried: Carried, came: Came) -> str | None:
        """The next ring claims or waives: both lines post, or both are freed, and the ring before is told.

        The row of the ring before is written by `save_rows`, which the caller calls in the end. -> the code of a
        reject, or None. Raises RemoteError: unknown_order (a claim on what was not passed on), and as
        `ends.read_end`.
        """
        end = ends.read_end(tx, self.strangers, came, self._order_of(carried))
        if carried.is_end_unseen and end.is_paid == (carried.state == State.POSTED.value):
            self.edges.end_seen(tx, carried, line)
            return None
        if end.is_paid and own_cost.may_be_borne(carried):
            own_cost.bear(tx, self._ids, carried, line.peer.clearing_account, self._clock.now())
            return None
        found = settlement.move(Place.BETWEEN, State(carried.state), end.event)
        if Act.KEEP_EVIDENCE in found.acts:
            lines_records.keep_evidence(tx, row.peer, "late_decision", came.as_signed(), self._clock.now())
        if Act.REJECT in found.acts:
            if Act.CLOSE_LINE in found.acts:
                raise RemoteError("unknown_order", carried.order_hash)
            return "already_decided"
        sides = Sides(self.by_id(carried.peer_in), row_of(tx, carried.peer_in), line, row)
        answer = tell(tx, self.strangers, sides.before, carried, end)
        self.settle(tx, carried, sides, answer, is_paid=end.is_paid)
        tx.collect("line", line)
        return None

    def settle(self, tx: Tx, carried: Carried, sides: Sides, answer: bytes, *, is_paid: bool) -> None:
        """Both edges end alike; the caller saves the rows."""
        self._free_in(sides.before_row, carried)
        if carried.state == State.HELD.value:
            sides.behind_row.held_out_seconds -= carried.amount_seconds
            sides.behind_row.held_out_count -= 1
            forget_held(tx)
        transfer_id = self._post(tx, sides.before, sides.behind, carried) if is_paid else None
        state = State.POSTED if is_paid else State.RELEASED
        records.end(tx, carried.order_hash, state.value, answer, transfer_id, self._clock.now())

    def _post(self, tx: Tx, before: Line, line: Line, carried: Carried) -> bytes:
        transfer_id, salt = self._ids.uuid7(), self._ids.random(limits.SALT_BYTES)
        kind = round_trip.kind_of(self._order_of(carried).purpose, KIND)
        booking.book(
            tx, transfer_id=transfer_id, debit=before.peer.clearing_account, credit=line.peer.clearing_account,
            amount_seconds=carried.amount_seconds, kind=kind, at=self._clock.now(),
            salt=salt, policy=_FACTS, guard=False,
        )  # fmt: skip
        self.edges.take_back(tx, carried, before, line)
        return transfer_id

    def _order_of(self, carried: Carried) -> Order:
        return self._orders.get(carried.order_hash) or order_of(carried)

    def _free_in(self, row: LineRow, carried: Carried) -> None:
        row.held_in_seconds -= carried.amount_seconds
        row.held_in_count -= 1
