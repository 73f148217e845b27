# SPDX-License-Identifier: AGPL-3.0-or-later
"""The payer's place: orders of our own members, from the queue at home to the books (SPEC.md 7, table PAYER).

All functions run inside the writer's transaction. `line` carries what is held each way and is saved by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import STATEMENT_DIFFERS, LineRow, OrderOut, Payees
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.orders import ends, late_tries, lone_ends
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import tried_records as tried
from ringtausch_node.federation.orders.ends import Came, End
from ringtausch_node.federation.orders.payer_rules import doubt_account, has_room, order_item, post_held, why_not
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.federation.orders.tries import Tries
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol import limits, settlement
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.items import Cancel, encode_item
from ringtausch_protocol.settlement import Act, Event, Place, State

#: The most orders signed in one commit, and how far a look at the queue goes past those that caps keep waiting.
QUEUE_SCANNED = 256

#: What moves the reserved amount onto the line, whoever bears it by then.
_POSTING = {Act.POST_MEMBER_TO_OUT, Act.POST_DOUBT_TO_OUT}


class Draft(NamedTuple):
    """What a member's payment asks of another ring; commitments and box are made before the writer is entered."""

    payment_id: bytes
    amount_seconds: int
    invoice_hash: str | None
    refund_of: bytes | None
    payer_commit: str
    memo_commit: str
    payer_salt: bytes
    memo_salt: bytes
    box: bytes
    #: The rings of the way where others lie between; None for this ring and the peer.
    path: str | None = None


class Payer:
    """Moves of own orders. Constructor arguments are the seams of the simulator."""

    def __init__(
        self, clock: Clock, ids: Ids, policy: LimitPolicy, payees: Payees, timekeeping: Timekeeping,
        strangers: Strangers,
    ) -> None:  # fmt: skip
        self._clock, self._ids, self._policy, self._payees = clock, ids, policy, payees
        self._timekeeping, self._strangers = timekeeping, strangers
        self.tries = Tries(clock)
        #: Lines on which payments of an account wait for another one of its payments to end, wherever that is.
        self._kept_home: dict[int, set[Line]] = {}

    def queue(self, tx: Tx, line: Line, draft: Draft, account: int) -> tuple[str, ...]:
        """Reserve the amount on the member and queue an unsigned order. -> warnings of the limits.

        Raises LocalError: paused, no_capacity (more than the line allows even with no hold open), line_ended and
        winding_down (it would not bring a balance home, SPEC.md 5.6), limit_lower, clock_doubtful.
        """
        self._timekeeping.verify()
        self.verify_room(tx, line, draft.amount_seconds)
        now, hold_id = self._clock.now(), self._ids.uuid7()
        warnings = ledger.hold(
            tx, hold_id=hold_id, account_id=account, amount_seconds=draft.amount_seconds, at=now,
            policy=self._policy,
        )  # fmt: skip
        self._insert(tx, line, draft, account, hold_id, now)
        if orders.count_open(tx, account) < limits.MEMBER_OPEN_MAX:
            tx.collect("line", line)
        else:  # nothing to sign: the next decision on one of the member's payments comes back to it
            self._kept_home.setdefault(account, set()).add(line)
        return warnings

    def verify_room(self, tx: Tx, line: Line, amount_seconds: int) -> None:
        """Whether a line carries so much at all. Raises LocalError: paused, no_capacity, line_ended, winding_down."""
        row = records.load_terms_out(tx, line.peer.id)
        if row.state_out == "paused" or row.closed == STATEMENT_DIFFERS:
            raise LocalError("paused", line.peer.address)
        debt = ledger.account(tx, line.peer.clearing_account).balance_seconds
        if debt + amount_seconds > terms.limit_out(row):
            raise LocalError(why_not(tx, row), f"line to {line.peer.address}")

    def _insert(self, tx: Tx, line: Line, draft: Draft, account: int, hold_id: bytes, now: int) -> None:
        longest = line.terms.deadline_seconds if draft.path is None else line.terms.deadline_transit_seconds
        order = OrderOut(
            payment_id=draft.payment_id, peer=line.peer.id, state="queued",
            purpose="refund" if draft.refund_of else "transfer", refund_of=draft.refund_of,
            amount_seconds=draft.amount_seconds, account=account, hold_id=hold_id, created_at=now,
            deadline_at=now + longest, invoice_hash=draft.invoice_hash,
            payer_commit=draft.payer_commit, memo_commit=draft.memo_commit,
            box=draft.box, order_hash=None, seq=None, idx=None, code=None,
            transfer_id=None, ended_at=None, cancel_asked=0, payer_salt=draft.payer_salt, memo_salt=draft.memo_salt,
            path=draft.path,
        )  # fmt: skip
        orders.insert_out(tx, order)

    def queue_probe(self, tx: Tx, line: Line, row: LineRow) -> None:
        """Queue the probe that proves a line: amount 0, no hold, no entry (SPEC.md 5.3)."""
        now = self._clock.now()
        probe = OrderOut(
            payment_id=self._ids.uuid7(), peer=row.peer, state="queued", purpose="probe", amount_seconds=0,
            account=None, hold_id=None, created_at=now, deadline_at=now + line.terms.deadline_seconds,
            invoice_hash=None, refund_of=None, payer_commit=None, memo_commit=None, box=None, order_hash=None,
            seq=None, idx=None, code=None, transfer_id=None, ended_at=None, cancel_asked=0,
        )  # fmt: skip
        orders.insert_out(tx, probe)
        row.probe_at = now
        tx.collect("line", line)

    def signable(self, tx: Tx, line: Line, row: LineRow) -> list[tuple[OrderOut, bytes]]:
        """The queued orders that may be signed now, with their item bytes; holds them on the line (rows are not saved).

        A payment whose caps are full, whose account is frozen, or whose line's probe is not paid yet, stays queued at
        home.
        """
        if line.is_away or row.closed is not None or self._timekeeping.doubt():
            return []
        again = orders.load_again(tx, row.peer) if line.has_again else []
        now, line.has_again = self._clock.now(), False
        ready = [(order, encode_item(order_item(order, line))) for order in again]
        debt: int | None = None
        open_orders: dict[int, int] = {}
        for order in self._each_queued(tx, row, open_orders):
            if debt is None:
                debt = ledger.account(tx, line.peer.clearing_account).balance_seconds
            if order.deadline_at - now < limits.DEADLINE_SEAL_MARGIN_SECONDS:
                continue
            if order.account is not None and not self._hold_out(tx, line, row, debt, order, open_orders):
                continue
            signed = order._replace(created_at=now)
            ready.append((signed, encode_item(order_item(signed, line))))
        return ready

    def _each_queued(self, tx: Tx, row: LineRow, open_orders: dict[int, int]) -> Iterator[OrderOut]:
        """Queued orders to look at, oldest first; before a line is open only its probe, however much waits behind it.

        Accounts that turn out to be full on the way are passed over from then on: one member's hundreds of payments do
        not hide those of the others.
        """
        if not row.is_open:
            yield from orders.load_queued_probes(tx, row.peer)
            return
        passed, seen = set(self._payees.frozen_accounts(tx)), set[bytes]()
        while True:
            page = orders.load_queued(tx, row.peer, QUEUE_SCANNED, passed)
            yield from (order for order in page if order.payment_id not in seen)
            seen.update(order.payment_id for order in page)
            full = {account for account, held in open_orders.items() if held >= limits.MEMBER_OPEN_MAX}
            if len(page) < QUEUE_SCANNED or full <= passed:
                return
            passed |= full

    def _hold_out(
        self, tx: Tx, line: Line, row: LineRow, debt: int, order: OrderOut, open_orders: dict[int, int]
    ) -> bool:
        """Hold an order on the line if its caps and its member's allow; False: it stays queued at home."""
        account = order.account or 0
        if account not in open_orders:
            open_orders[account] = orders.count_open(tx, account)
        if open_orders[account] >= limits.MEMBER_OPEN_MAX:
            self._kept_home.setdefault(account, set()).add(line)
            return False
        if row.state_out == "paused":
            return False
        if not has_room(line, row, debt, order):
            sometimes("an order waits for room on its line")
            return False
        settlement.move(Place.PAYER, State.QUEUED, Event.SEAL)
        open_orders[account] += 1
        row.held_out_seconds += order.amount_seconds
        row.held_out_count += 1
        return True

    def cancel(self, tx: Tx, line: Line, order: OrderOut) -> None:
        """The member wants it back: queued ends here; held asks the deciding ring, once, and shows its true answer."""
        now = self._clock.now()
        found = settlement.move(Place.PAYER, State(order.state), Event.CANCEL)
        if Act.FREE_MEMBER in found.acts:
            sometimes("a payment is taken back unsigned")
            self._free(tx, order, now)
            orders.end_out(tx, order.payment_id, found.state.value, "cancelled", None, now)
        if Act.SEND_CANCEL in found.acts and not order.cancel_asked:
            sometimes("a signed payment is asked back")
            orders.ask_cancel(tx, order.payment_id)
            tx.collect("item", (line, encode_item(Cancel(order_hash=str(order.order_hash)))))
            tx.collect("line", line)

    def sweep(self, tx: Tx) -> None:
        """What only time brings about, if it can be believed."""
        if self._timekeeping.doubt() is None:
            orders.begin_now(tx, self._clock.now())
            self.expire(tx)
            self.doubt(tx)

    def expire(self, tx: Tx) -> int:
        """End unsigned orders whose deadline is too near to be signed. -> how many."""
        now = self._clock.now()
        late = orders.load_late(tx, now + limits.DEADLINE_SEAL_MARGIN_SECONDS)
        for order in late:
            sometimes("an unsigned order meets its deadline")
            found = settlement.move(Place.PAYER, State(order.state), Event.EXPIRE)
            self._free(tx, order, now)
            orders.end_out(tx, order.payment_id, found.state.value, "deadline_passed", None, now)
        return len(late)

    def doubt(self, tx: Tx) -> int:
        """Free members whose payments are long past their deadline and undecided (SPEC.md 7.9). -> how many.

        The hold on the line stays: no clock frees what is signed. The ring bears the doubt on its account `in_doubt`.
        """
        now = self._clock.now()
        late = orders.load_undecided(tx, now - limits.DOUBT_SECONDS)
        for order in late:
            found = settlement.move(Place.PAYER, State.HELD, Event.DOUBT)
            account, hold_id = doubt_account(tx, now), self._ids.uuid7()
            self._free(tx, order, now)
            ledger.hold(
                tx, hold_id=hold_id, account_id=account, amount_seconds=order.amount_seconds, at=now,
                policy=self._policy, guard=False,
            )  # fmt: skip
            orders.set_doubt(tx, order.payment_id, found.state.value, account, hold_id)
            self._look_again(tx, order)
        return len(late)

    def ended(self, tx: Tx, line: Line, row: LineRow, came: Came, *, is_news: bool = True) -> str | None:
        """An end came from downstream: post or free. -> the code of a reject, or None.

        `is_news`: it did not come back after a loss, which only tells what was.
        Raises RemoteError where it is not what it claims; the caller rejects it and closes the line.
        """
        order = orders.load_out_by_hash(tx, came.item.order_hash)
        if order is not None and order.peer != row.peer:
            order = None  # of another line: whom we never asked decides nothing
        state = State(order.state) if order else State.NONE
        known = None if order else tried.load_tried(tx, row.peer, came.item.order_hash)
        if known is not None:
            state = State.RELEASED
            late_tries.note_end(tx, self._strangers, came, known)
        if order is None:
            end = End(ends.claims(came.item), None, None)
        else:
            end = ends.read_end(tx, self._strangers, came, order_item(order, line))
        found = settlement.move(Place.PAYER, state, end.event)
        if Act.KEEP_EVIDENCE in found.acts:
            records.keep_evidence(tx, row.peer, "late_decision", came.as_signed(), self._clock.now())
        if Act.REJECT in found.acts or order is None:
            if Act.CLOSE_LINE in found.acts:
                raise RemoteError("unknown_order", came.item.order_hash)
            return "already_decided" if order or known else "unknown_order"
        self._settle(tx, line, row, order, end, found, is_news=is_news)
        return None

    def _settle(
        self, tx: Tx, line: Line, row: LineRow, order: OrderOut, end: End, found: settlement.Move, *, is_news: bool
    ) -> None:  # fmt: skip
        now, transfer_id = self._clock.now(), None
        if order.purpose == "probe":
            row.is_open = int(end.is_paid or bool(row.is_open))
        else:
            row.held_out_seconds -= order.amount_seconds
            row.held_out_count -= 1
            if _POSTING & set(found.acts):
                transfer_id = post_held(tx, self._ids, order, line.peer.clearing_account, now)
                lone_ends.went_round(tx, self._ids, order, now)
            elif is_news and self.tries.go_on(tx, order, end):
                tx.collect("line", line)
                return
            else:
                self._free(tx, order, now)
        orders.end_out(tx, order.payment_id, found.state.value, end.code, transfer_id, now)
        tx.collect("ended", order.payment_id)
        tx.collect("line", line)
        self._look_again(tx, order)

    def _look_again(self, tx: Tx, order: OrderOut) -> None:
        """The account has a payment less under way: what waited for that on other lines may leave in this commit."""
        for line in self._kept_home.pop(order.account or 0, ()):
            tx.collect("line", line)

    def _free(self, tx: Tx, order: OrderOut, now: int) -> None:
        if order.hold_id is not None:
            ledger.release(tx, order.hold_id, now)
        tx.collect("ended", order.payment_id)
