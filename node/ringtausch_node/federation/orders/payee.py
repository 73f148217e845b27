# SPDX-License-Identifier: AGPL-3.0-or-later
"""The payee's place: this ring decides, once and for ever (SPEC.md 7, table PAYEE).

All functions run inside the writer's transaction. What can be checked without the books (box, commitments) comes in
`Opened`, made before the writer is entered.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.line.identity import OpeningKeys
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import STATEMENT_DIFFERS, LineRow, OrderIn, Payees
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import round_trip
from ringtausch_node.federation.orders.payer_rules import DOUBT_KEY
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits, settlement
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Decision, Order, encode_item, item_hash
from ringtausch_protocol.sealing import box_info
from ringtausch_protocol.settlement import Event, Place, State

#: A peer's probe is decided at most once a minute (SPEC.md 5.3); more often it is refused as busy.
PROBE_SECONDS = 60


class Opened(NamedTuple):
    """What an order's box says, or the code for which it cannot be used."""

    box: OrderBox | None
    code: str | None


class Arrived(NamedTuple):
    """An order as it came: `header` is that of its own ring's frame; seq and idx name the frame of the ring before us.

    `payer_address`: of the ring that ordered it.
    """

    header: Header
    seq: int
    idx: int
    item: bytes
    order: Order
    opened: Opened
    payer_address: str


class Verdict(NamedTuple):
    """What is to be booked and answered. code None means paid."""

    code: str | None
    account: int | None = None
    transfer_id: bytes | None = None


class Payee:
    """Decisions of this ring. Constructor arguments are the seams of the simulator."""

    def __init__(self, clock: Clock, ids: Ids, policy: LimitPolicy, payees: Payees) -> None:
        self._clock, self._ids, self._policy, self._payees = clock, ids, policy, payees

    def decide(self, tx: Tx, line: Line, row: LineRow, arrived: Arrived) -> None:
        """Decide an order, or give the stored answer of one that was decided before.

        An order that its own ring did not sign to us is refused and forgotten: whoever shows it neither gets another
        ring's answer nor takes its payment's id.
        """
        order_hash, now = item_hash(arrived.item), self._clock.now()
        if not _is_bound(arrived, line):
            known: OrderIn | None = _decided(row, arrived, order_hash, Verdict("malformed"), now)
        elif known := orders.load_in(tx, order_hash):
            orders.note_answered(tx, row.peer, line.names.epoch, order_hash)
        known = known or self._decide_new(tx, line, row, arrived, order_hash, now)
        tx.collect("item", (line, encode_item(decision_item(known, line))))
        tx.collect("line", line)

    def _decide_new(self, tx: Tx, line: Line, row: LineRow, arrived: Arrived, order_hash: str, now: int) -> OrderIn:
        verdict = self._judge(tx, line, row, arrived, now)
        order, box = arrived.order, arrived.opened.box
        decided = _decided(row, arrived, order_hash, verdict, now)
        salts = (canonical.unb64(box.payer_salt, 16), canonical.unb64(box.memo_salt, 16)) if box else None
        is_paid = verdict.code is None and box is not None
        orders.insert_in(tx, decided, *((box.payer, box.memo, salts) if is_paid and box else (None, None, None)))
        if is_paid and order.invoice_hash is not None:
            orders.pay_invoice(tx, order.invoice_hash, order_hash)
        return decided

    def _judge(self, tx: Tx, line: Line, row: LineRow, arrived: Arrived, now: int) -> Verdict:
        """The rules in the order in which they are asked; the first that refuses gives its code."""
        order = arrived.order
        code = self._refuse_form(line, arrived) or self._refuse_again(tx, order)
        code = code or settlement.refuse_window(order, now, _longest_seconds(line, order))
        if code:
            return Verdict(code)
        if order.purpose == "probe":
            return Verdict(self._refuse_probe(tx, row, now))
        return self._judge_money(tx, line, row, arrived, now)

    def _refuse_form(self, line: Line, arrived: Arrived) -> str | None:
        code = settlement.refuse_shape(arrived.order)
        if code is None and arrived.order.path[-2:] != [line.names.peer, line.names.me]:
            return "no_route"
        return code

    def _refuse_again(self, tx: Tx, order: Order) -> str | None:
        """A payment is (path[0], payment_id): paid once, never the same id with other content, 16 attempts at most."""
        payment_id, content = canonical.unb64(order.payment_id, 16), content_of(order)
        seen = orders.load_same_payment(tx, order.path[0], payment_id, limits.ATTEMPT_MAX)
        if any(before.content != content for before in seen):
            return "id_reused"
        if not seen:
            return None
        if orders.load_paid(tx, order.path[0], payment_id) is not None:
            return "already_paid"
        return "id_reused" if len(seen) == limits.ATTEMPT_MAX else None

    def _refuse_probe(self, tx: Tx, row: LineRow, now: int) -> str | None:
        last = orders.load_last_probe(tx, row.peer)
        return "busy" if last is not None and 0 <= now - last < PROBE_SECONDS else None

    def _judge_money(self, tx: Tx, line: Line, row: LineRow, arrived: Arrived, now: int) -> Verdict:
        order, box = arrived.order, arrived.opened.box
        if row.state_in == "paused" or row.closed == STATEMENT_DIFFERS:
            return Verdict("paused")
        room = settlement.Room(
            limit_seconds=terms.limit_in(row),
            debt_seconds=-ledger.account(tx, line.peer.clearing_account).balance_seconds,
            held_seconds=row.held_in_seconds, held_count=row.held_in_count, holds_max=line.terms.holds_in_max,
        )  # fmt: skip
        code = settlement.refuse_room(room, order.amount_seconds, round_trip.asks_at_end(order))
        if code is None and order.purpose in round_trip.PURPOSES:
            code = round_trip.refuse_end(tx, order, item_hash(arrived.item))
            return Verdict(code) if code else self._credit(tx, line, order, round_trip.netting_account(tx, now), now)
        if code or box is None:
            return Verdict(code or arrived.opened.code or "malformed")
        if not box.payer.endswith(f"@{arrived.payer_address}"):
            return Verdict("malformed")  # a ring speaks for its own members only
        if order.purpose == "refund":
            return self._judge_refund(tx, line, order, now)
        payee = self._payees.payee(tx, box.payee)
        if payee is None or not payee.is_payable:
            return Verdict("payee_refuses")
        code = self._refuse_invoice(tx, order, payee.account, now)
        return Verdict(code) if code else self._credit(tx, line, order, payee.account, now)

    def _judge_refund(self, tx: Tx, line: Line, order: Order, now: int) -> Verdict:
        """A refund goes to the original's payer, once our own edge is posted, and never above the original."""
        original_id = canonical.unb64(order.refund_of or "", 16)
        original = orders.load_out(tx, original_id)
        if original is None or original.purpose != "transfer" or orders.payee_ring(tx, original) != order.path[0]:
            return Verdict("not_allowed")
        if original.state in ("queued", "held", "in_doubt"):
            return Verdict("not_settled")
        if original.state != "posted" or original.account is None:
            return Verdict("not_allowed")
        if orders.load_refunded(tx, original_id) + order.amount_seconds > original.amount_seconds:
            return Verdict("amount")
        bearer = self._bearer(tx, original_id, original.account)
        if bearer is None:
            return Verdict("not_settled")
        payee = self._payees.payee_of_account(tx, bearer)
        is_gone = payee is not None and not payee.is_payable
        return Verdict("payee_refuses") if is_gone else self._credit(tx, line, order, bearer, now)

    def _bearer(self, tx: Tx, payment_id: bytes, account: int) -> int | None:
        """Who paid a payment in the end: the office may have had to decide; None while it has not."""
        doubt = ledger.account_by_key(tx, DOUBT_KEY)
        if doubt is None or doubt.id != account:
            return account
        return orders.load_bearer(tx, doubt.id, payment_id)

    def _refuse_invoice(self, tx: Tx, order: Order, account: int, now: int) -> str | None:
        if order.invoice_hash is None:
            return None
        found = orders.load_invoice(tx, order.invoice_hash)
        if found is None or found[3] is not None or now > found[2]:
            return "invoice_unknown"
        return None if found[:2] == (account, order.amount_seconds) else "invoice_unknown"

    def _credit(self, tx: Tx, line: Line, order: Order, account: int, now: int) -> Verdict:
        transfer_id, salt = self._ids.uuid7(), self._ids.random(limits.SALT_BYTES)
        try:
            booking.book(
                tx, transfer_id=transfer_id, debit=line.peer.clearing_account, credit=account,
                amount_seconds=order.amount_seconds,
                kind=round_trip.kind_of(order.purpose, "received"), at=now,
                payment_id=canonical.unb64(order.payment_id, 16), salt=salt, policy=self._policy,
            )  # fmt: skip
        except LocalError as refused:
            if refused.code != "limit_upper":
                raise
            return Verdict("payee_refuses")
        return Verdict(None, account, transfer_id)


def _decided(row: LineRow, arrived: Arrived, order_hash: str, verdict: Verdict, now: int) -> OrderIn:
    """The row of a decision. One reading of the clock judges the deadline and dates the decision."""
    event = Event.OFFER_BAD if verdict.code else Event.OFFER_GOOD
    found = settlement.move(Place.PAYEE, State.NONE, event)
    order = arrived.order
    return OrderIn(
        order_hash=order_hash, payer_ring=order.path[0], payment_id=canonical.unb64(order.payment_id, 16),
        peer=row.peer, state=found.state.value, purpose=order.purpose, amount_seconds=order.amount_seconds,
        account=verdict.account, seq=arrived.seq, idx=arrived.idx, code=verdict.code,
        content=content_of(order), transfer_id=verdict.transfer_id, decided_at=now,
        refund_of=canonical.unb64(order.refund_of, 16) if order.refund_of else None,
        place=len(order.path) - 1,
    )  # fmt: skip


def _is_bound(arrived: Arrived, line: Line) -> bool:
    """Whether the order stands in a frame from its first ring to its second, and came on by the last but one."""
    try:
        settlement.verify_order_binding(arrived.order, arrived.header)
    except RemoteError:
        return False
    return len(arrived.order.path) == 2 or arrived.order.path[-2] == line.names.peer


def _longest_seconds(line: Line, order: Order) -> int:
    """The longest deadline: holds on other rings' lines are short."""
    return line.terms.deadline_seconds if len(order.path) == 2 else line.terms.deadline_transit_seconds


def decision_item(decided: OrderIn, line: Line) -> Decision:
    """The decision of a decided order: the same bytes whenever it is asked for again."""
    return Decision(
        order_hash=decided.order_hash, payment_id=canonical.b64(decided.payment_id), outcome=outcome_of(decided),
        by=line.names.me, index=decided.place, inbound=line.names.peer, amount_seconds=decided.amount_seconds,
        decided_at=decided.decided_at or 0, code=decided.code,
    )  # fmt: skip


def outcome_of(decided: OrderIn) -> Literal["paid", "refused"]:
    """Paid or refused."""
    return "paid" if decided.state == "posted" else "refused"


def content_of(order: Order) -> bytes:
    """Hash of what all attempts of one payment have in common (SPEC.md 7.1)."""
    same = (
        order.purpose, str(order.amount_seconds), order.invoice_hash or "", order.refund_of or "",
        order.payer_commit or "", order.memo_commit or "", order.sealed_hash or "",
    )  # fmt: skip
    return canonical.sha256("\n".join(same).encode())


def open_box(order: Order, sealed: bytes | None, key: OpeningKeys, net: str) -> Opened:
    """Open the box beside an order and check it against the order's commitments; outside the writer."""
    if order.sealed_hash is None:
        return Opened(None, None)
    if sealed is None or canonical.sha256_b64(sealed) != order.sealed_hash:
        return Opened(None, "malformed")
    try:
        info = box_info(net, order.path[0], order.path[-1], order.payment_id)
        box = canonical.parse(key.open(sealed, info), OrderBox, limits.BOX_BYTES)
    except RemoteError:
        return Opened(None, "malformed")
    payer = settlement.commit("payer", canonical.unb64(box.payer_salt, 16), box.payer)
    memo = settlement.commit("memo", canonical.unb64(box.memo_salt, 16), box.memo)
    return Opened(box, None) if (payer, memo) == (order.payer_commit, order.memo_commit) else Opened(None, "malformed")
