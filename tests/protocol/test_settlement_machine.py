# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three rings against chance: whatever is offered, cancelled, repeated, lied about or left undecided, no hop loses."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from ringtausch_protocol import settlement
from ringtausch_protocol.items import Order
from ringtausch_protocol.limits import DOUBT_SECONDS
from ringtausch_protocol.settlement import FINAL, Event, Place, State
from tests.protocol.settling_rings import LONGEST_SECONDS, PATH, Between, Chain, Message, Town, Y, decide, order_of

AMOUNTS = st.sampled_from((1, 600, 2_500, 5_000, 5_001, 9_999, 10_000, 10_001))


class Rings(RuleBasedStateMachine):
    payments = Bundle("payments")

    @initialize()
    def begin(self) -> None:
        self.now = 1_000_000
        self.orders: dict[str, Order] = {}
        self.payer, self.between, self.payee = (
            Town(name, place, self.orders) for name, place in zip(PATH, Place, strict=True)
        )
        self.post = Between(self.payer, self.between, lambda: self.now)
        self.decides = True
        self.is_dead = False
        self.liar: set[str] = set()

    # -- the payer's ring --------------------------------------------------------------------------------------------

    @rule(target=payments, amount=AMOUNTS)
    def pay(self, amount: int) -> str:
        number = len(self.orders)
        order = order_of(number, amount, self.now)
        assert settlement.refuse_shape(order) is None
        self.orders[f"order-{number}"] = order
        self.payer.move(Event.PAY, f"order-{number}")
        return f"order-{number}"

    @rule(payment=payments)
    def sign(self, payment: str) -> None:
        payer = self.payer
        room = payer.room("out", debt_seconds=payer.book["out"])
        has_room = settlement.refuse_room(room, self.orders[payment].amount_seconds) is None
        if payer.state(payment) is State.QUEUED and has_room and not payer.is_closed:
            payer.move(Event.SEAL, payment)

    @rule(payment=payments)
    def cancel(self, payment: str) -> None:
        self.payer.move(Event.CANCEL, payment)

    @rule(payment=payments)
    def grow_late(self, payment: str) -> None:
        """Unsigned: it ends. Signed: only the member is freed; the line is not."""
        state, deadline = self.payer.state(payment), self.orders[payment].deadline_at
        if state is State.QUEUED and self.now > deadline:
            self.payer.move(Event.EXPIRE, payment)
        if state is State.HELD and self.now > deadline + DOUBT_SECONDS:
            self.payer.move(Event.DOUBT, payment)

    # -- the chains --------------------------------------------------------------------------------------------------

    @rule()
    def carry_to_between(self) -> None:
        message = self._take(self.payer.down)
        if message is None:
            return
        if message.kind == "cancel":
            self.post.cancelled(message.order_hash)
        else:
            self.post.offered(message.order_hash)

    @rule()
    def carry_to_payer(self) -> None:
        if message := self._take(self.between.up):
            self.post.decided(self.payer, message)

    @precondition(lambda self: not self.is_dead)
    @rule()
    def carry_to_payee(self) -> None:
        message = self._take(self.between.down)
        if message is None:
            return
        if message.kind == "cancel":
            self._cancel_at_payee(message.order_hash)
        else:
            self._decide(message.order_hash)

    @precondition(lambda self: not self.is_dead)
    @rule()
    def carry_back(self) -> None:
        if message := self._take(self.payee.up):
            self.post.decided(self.between, message)

    @rule(data=st.data())
    def say_again(self, data: st.DataObject) -> None:
        """A ring that crashed, or whose answer was lost, sends what it sent before."""
        chains = [self.payer.down, self.between.up, self.between.down, self.payee.up]
        chain = data.draw(st.sampled_from([each for each in chains if each.taken] or [Chain()]))
        if chain.taken:
            assert chain.take(data.draw(st.integers(0, chain.taken - 1))) is None

    # -- who decides -------------------------------------------------------------------------------------------------

    @rule()
    def decide_waiting(self) -> None:
        """Gates open: what waited is forwarded or decided."""
        for order_hash, state in list(self.between.states.items()):
            if state is State.WAITING:
                self.post.offered(order_hash)
        for order_hash, state in list(self.payee.states.items()):
            if state is State.WAITING and not self.is_dead:
                self._decide(order_hash)

    @rule(open_=st.booleans())
    def move_gates(self, open_: bool) -> None:
        self.post.is_in_step, self.decides = open_, not open_

    @rule(seconds=st.sampled_from((1, 60, LONGEST_SECONDS, DOUBT_SECONDS)))
    def let_time_pass(self, seconds: int) -> None:
        self.now += seconds
        for order_hash, state in list(self.payee.states.items()):
            if state is State.WAITING and self.now > self.orders[order_hash].deadline_at:
                self._answer(Event.DEADLINE, order_hash, "deadline_passed")

    def _decide(self, order_hash: str) -> None:
        order, payee = self.orders[order_hash], self.payee
        is_new = payee.state(order_hash) is State.NONE
        code = settlement.refuse_window(order, self.now, LONGEST_SECONDS)
        if is_new:
            room = payee.room("in", debt_seconds=-payee.book["in"])
            code = code or settlement.refuse_room(room, order.amount_seconds)
        if code:
            self._answer(Event.OFFER_BAD, order_hash, code)
        elif self.decides:
            self._answer(Event.OFFER_GOOD, order_hash, None)
        elif is_new:
            payee.move(Event.OFFER_WAITS, order_hash)

    def _cancel_at_payee(self, order_hash: str) -> None:
        if self.payee.state(order_hash) is State.WAITING:
            self._answer(Event.CANCEL, order_hash, "cancelled")
        else:
            self.payee.move(Event.CANCEL, order_hash)

    def _answer(self, event: Event, order_hash: str, code: str | None) -> None:
        self.payee.move(event, order_hash, decide(self.orders[order_hash], order_hash, Y, code, self.now))

    # -- lies and death ----------------------------------------------------------------------------------------------

    @rule(payment=payments, says_paid=st.booleans())
    def lie(self, payment: str, says_paid: bool) -> None:
        """The decider signs what is not so: both outcomes, orders that never reached it, decisions it did not make."""
        self.liar.add(payment)
        lie = decide(self.orders[payment], payment, Y, None if says_paid else "payee_refuses", self.now)
        self.payee.up.told.append(Message("decision", payment, lie))

    @rule(payment=payments)
    def forge(self, payment: str) -> None:
        """A decision about other money than the order's moves nothing."""
        order = self.orders[payment]
        more = order_of(0, order.amount_seconds + 1, order.created_at)
        self.payee.up.told.append(Message("decision", payment, decide(more, payment, Y, None, self.now)))

    @rule()
    def invent(self) -> None:
        """Paid for an order that nobody gave: the line takes no new offers."""
        unknown = decide(order_of(99, 600, self.now), "unknown", Y, None, self.now)
        self.payee.up.told.append(Message("decision", "unknown", unknown))

    @rule()
    def die(self) -> None:
        """The payee's ring is gone for good; the ring beside it writes off what it forwarded, at its own cost."""
        self.is_dead = True
        for order_hash, state in list(self.between.states.items()):
            if state is State.HELD:
                self.between.move(Event.WRITE_OFF, order_hash)

    def _take(self, chain: Chain) -> Message | None:
        return chain.take(chain.taken)

    # -- what holds always -------------------------------------------------------------------------------------------

    @invariant()
    def every_ring_sums_to_zero(self) -> None:
        for town in (self.payer, self.between, self.payee):
            assert 0 == sum(town.book.values()), town.name

    @invariant()
    def holds_are_open_orders(self) -> None:
        waiting, held, doubt = State.WAITING, State.HELD, State.IN_DOUBT
        written_off = self.between.held["out"] - self._sum(self.between, held)
        assert self._sum(self.payer, State.QUEUED, held) == self.payer.held["member"]
        assert self._sum(self.payer, doubt) == self.payer.held["doubt"]
        assert self._sum(self.payer, held, doubt) == self.payer.held["out"]
        assert self._sum(self.between, waiting, held) == self.between.held["in"]
        assert written_off == 0 or (self.is_dead and written_off > 0)
        assert self._sum(self.payee, waiting) == self.payee.held["in"]

    @invariant()
    def no_line_is_overdrawn(self) -> None:
        for town, side, sign in ((self.payer, "out", 1), (self.between, "out", 1), (self.between, "in", -1)):
            assert sign * town.book[side] + town.held[side] <= 10_000, f"{town.name} {side}"
        assert -self.payee.book["in"] + self.payee.held["in"] <= 10_000

    @invariant()
    def nobody_ends_before_his_downstream(self) -> None:
        """In order: who has paid or freed upstream was told so from downstream; a lie harms the liar alone."""
        for order_hash, state in self.payer.states.items():
            below = self.between.state(order_hash)
            if state in (State.POSTED, State.RELEASED):
                assert below is state, f"{order_hash}: {state} above {below}"
            if below is State.POSTED:
                assert state in (State.HELD, State.IN_DOUBT, State.POSTED), f"{order_hash}: {state} above paid"
        for order_hash, state in self.between.states.items():
            if order_hash not in self.liar and state is State.POSTED:
                assert self.payee.state(order_hash) is State.POSTED

    def _sum(self, town: Town, *states: State) -> int:
        return sum(self.orders[each].amount_seconds for each, state in town.states.items() if state in states)

    # -- the end -----------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """Everything arrives: nothing stays open, and neighbours who told the truth have opposite balances."""
        if not hasattr(self, "orders"):
            return
        self.post.is_in_step = self.decides = True
        for _ in range(4):
            for carry, chain in self._ways():
                for _ in range(len(chain.told) - chain.taken):
                    carry()
            self.decide_waiting()
        self.let_time_pass(LONGEST_SECONDS)
        for order_hash, state in self.payer.states.items():
            assert state in FINAL or state is State.QUEUED or self.is_dead, order_hash
        if not self.is_dead:
            assert self.payer.book["out"] == -self.between.book["in"]
            if not self.liar:
                assert self.between.book["out"] == -self.payee.book["in"]
                assert self.payee.book["payee"] == -self.payer.book["member"] - self.payer.book["doubt"]
        self.nobody_ends_before_his_downstream()

    def _ways(self) -> list[tuple[Callable[[], None], Chain]]:
        ways = [
            (self.carry_to_between, self.payer.down), (self.carry_to_payee, self.between.down),
            (self.carry_back, self.payee.up), (self.carry_to_payer, self.between.up),
        ]  # fmt: skip
        return [way for way in ways if not self.is_dead or way[1] not in (self.between.down, self.payee.up)]


TestRings = Rings.TestCase
TestRings.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)
