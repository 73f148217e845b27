# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three rings of paper: payer, ring between, payee. They do what the tables of `settlement` say, and count seconds.

Between two neighbours runs one chain each way; a ring takes what is next and nothing else, as `channel` has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from ringtausch_protocol import limits, settlement
from ringtausch_protocol.documents import Head
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Decision, Order
from ringtausch_protocol.settlement import Act, Event, Place, Room, State

P, T, Y = "payer-ring", "ring-between", "payee-ring"
PATH = [P, T, Y]
ZERO = "A" * 43
LIMIT_SECONDS = 10_000
HOLDS_MAX = 4
LONGEST_SECONDS = limits.DEADLINE_TRANSIT_SECONDS


class Message(NamedTuple):
    """An item on a chain: offer, cancel, decision; the decision is None where operators wrote an order off."""

    kind: str
    order_hash: str
    decision: Decision | None = None


def order_of(number: int, amount_seconds: int, now: int) -> Order:
    """The order of one payment along the whole path."""
    return Order(
        payment_id=f"payment-{number}", attempt=1, purpose="transfer", path=PATH, amount_seconds=amount_seconds,
        created_at=now, deadline_at=now + LONGEST_SECONDS,
    )  # fmt: skip


def header_of(sender: str, receiver: str) -> Header:
    """A header of which only the names matter."""
    return Header(
        v=1, net="test", from_=sender, to=receiver, epoch="e", boot="b", to_boot="b", seq=1, prev=ZERO, ack_seq=0,
        ack_hash=ZERO, head=Head(log=1, size=0, root=ZERO), at=0, count=1, items_root=ZERO,
    )  # fmt: skip


def decide(order: Order, order_hash: str, by: str, code: str | None, now: int) -> Decision:
    """A signed yes (code None) or no."""
    index = order.path.index(by)
    return Decision(
        order_hash=order_hash, payment_id=order.payment_id, outcome="paid" if code is None else "refused", by=by,
        index=index, inbound=order.path[index - 1], amount_seconds=order.amount_seconds, decided_at=now, code=code,
    )  # fmt: skip


class Chain:
    """What one ring ever told its neighbour, and how much of it the neighbour has taken."""

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.taken = 0

    def take(self, index: int) -> Message | None:
        """The message at a place if it is next; a repeat and a gap change nothing."""
        if index != self.taken or index >= len(self.told):
            return None
        self.taken += 1
        return self.told[index]


class Town:
    """One ring at its place. `book`: balances by account, `held`: what is reserved on each of them."""

    def __init__(self, name: str, place: Place, orders: dict[str, Order]) -> None:
        self.name, self.place, self.orders = name, place, orders
        self.states: dict[str, State] = {}
        self.decisions: dict[str, Decision] = {}
        self.book: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.evidence: list[Decision] = []
        self.rejected = 0
        self.is_closed = False
        self.up, self.down = Chain(), Chain()

    def state(self, order_hash: str) -> State:
        """Where an order stands here."""
        return self.states.get(order_hash, State.NONE)

    def move(self, event: Event, order_hash: str, decision: Decision | None = None) -> None:
        """What the table says, carried out in its order: one transaction."""
        found = settlement.move(self.place, self.state(order_hash), event)
        if decision is not None and Act.REJECT not in found.acts:
            self.decisions[order_hash] = decision
        amount = self.orders[order_hash].amount_seconds if order_hash in self.orders else 0
        for act in found.acts:
            self._carry_out(act, order_hash, amount, decision)
        if found.state is not State.NONE:
            self.states[order_hash] = found.state

    def room(self, side: str, *, debt_seconds: int) -> Room:
        """One direction of a line as this ring sees it."""
        return Room(LIMIT_SECONDS, debt_seconds, self.held[side], self.open[side], HOLDS_MAX)

    def _carry_out(self, act: Act, order_hash: str, amount: int, decision: Decision | None) -> None:
        name = act.name.lower()
        verb, _, rest = name.partition("_")
        if verb in ("hold", "free", "reserve"):
            self._reserve(rest, -amount if verb == "free" else amount)
        elif verb == "post":
            self._post(rest, amount)
        elif verb == "send":
            self._send(rest, order_hash)
        elif act is Act.REJECT:
            self.rejected += 1
        elif act is Act.KEEP_EVIDENCE:
            assert decision is not None
            self.evidence.append(decision)
        else:
            assert act is Act.CLOSE_LINE
            self.is_closed = True

    def _reserve(self, account: str, amount: int) -> None:
        self.held[account] += amount
        self.open[account] += 1 if amount > 0 else -1

    def _post(self, legs: str, amount: int) -> None:
        debit, credit = legs.split("_to_")
        if debit in ("member", "doubt"):  # posting a member's hold ends it
            self._reserve(debit, -amount)
        self.book[debit] -= amount
        self.book[credit] += amount

    def _send(self, what: str, order_hash: str) -> None:
        is_up = what in ("paid", "refused", "fulfil", "release")
        chain, kind = (self.up, "decision") if is_up else (self.down, "offer" if what in ("order", "offer") else what)
        chain.told.append(Message(kind, order_hash, self.decisions.get(order_hash) if is_up else None))


class Between:
    """How the ring between and the payer's ring answer what reaches them."""

    def __init__(self, payer: Town, between: Town, now: Callable[[], int]) -> None:
        self._payer, self._between, self._now = payer, between, now
        self.is_in_step = True

    def offered(self, order_hash: str) -> None:
        """An offer from upstream, or one that waited: forward it, refuse it, or let it wait."""
        town = self._between
        order = town.orders[order_hash]
        is_new = town.state(order_hash) is State.NONE
        code = self._refuse(order, is_new=is_new)
        if code:
            decision = decide(order, order_hash, T, code, self._now())
            town.move(Event.OFFER_BAD, order_hash, decision)
        elif self.is_in_step:
            town.move(Event.OFFER_GOOD, order_hash)
        elif is_new:
            town.move(Event.OFFER_WAITS, order_hash)

    def _refuse(self, order: Order, *, is_new: bool) -> str | None:
        town = self._between
        if town.is_closed:
            return "next_hop_down"
        into = town.room("in", debt_seconds=-town.book["in"])
        out = town.room("out", debt_seconds=town.book["out"])
        code = settlement.refuse_room(into, order.amount_seconds) if is_new else None
        return code or settlement.refuse_room(out, order.amount_seconds)

    def cancelled(self, order_hash: str) -> None:
        """The payer's side wants it back: what was forwarded, only the decider can give back."""
        if self._between.state(order_hash) is State.WAITING:
            decision = decide(self._between.orders[order_hash], order_hash, T, "cancelled", self._now())
            self._between.move(Event.CANCEL, order_hash, decision)
        else:
            self._between.move(Event.CANCEL, order_hash)

    def decided(self, town: Town, message: Message) -> None:
        """A decision from downstream reached a ring: only a true one moves anything."""
        decision = message.decision
        if decision is None:  # written off by the ring between: it waives
            town.move(Event.REFUSED, message.order_hash)
            return
        known = town.orders.get(message.order_hash)
        if known is not None:
            try:
                settlement.verify_decision(
                    decision, header_of(decision.by, decision.inbound), known, message.order_hash
                )
            except RemoteError:
                town.rejected += 1
                return
        town.move(settlement.event_of(decision.outcome), message.order_hash, decision)
