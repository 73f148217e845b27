# SPDX-License-Identifier: AGPL-3.0-or-later
"""A peer that lost its whole folder comes back as another ring: the old line is over, its balance stays visible.

Nobody holds the old keys any more, so nobody will ever answer on the old line. Giving it up frees the members whose
payments wait there, and the address for a new invitation; what was owed is settled or written off by the operator's
word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, get_args

import msgspec

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.operators import Operators, drop_overtaken
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import GIVEN_UP, LineRow, OrderOut, Payees, Peer
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.between import Between
from ringtausch_node.federation.orders.between_records import BEFORE
from ringtausch_node.federation.orders.gone import Gone
from ringtausch_node.federation.orders.own_cost import written_off_account
from ringtausch_node.federation.orders.payer_rules import post_held
from ringtausch_node.federation.recovery import records as recovering
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.federation.reset.installing import unsealed_seconds
from ringtausch_node.federation.reset.last_orders import Ended, LastOrders, held_behind, waited_for
from ringtausch_node.federation.reset.last_word import verify_worth_giving_up
from ringtausch_node.federation.reset.own_words import How, Member, OwnWords
from ringtausch_node.federation.reset.shown import Shown, load_shown
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Account, LimitPolicy
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import limits, settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.settlement import Event, Place, State

#: A ring that answered since is hardly gone for good: whoever gives it up says so once more.
SEEN_LATELY_SECONDS = 7 * 86_400
_FACTS = LimitPolicy(lower="warn", upper="warn")
#: How much of the old ring's id stands behind its address from then on.
_MARK_LENGTH = 8


class GivenUpView(msgspec.Struct, frozen=True, kw_only=True):
    """An old line: under which name it stands now, and what is left on it (> 0: we owe them)."""

    address: str
    clearing_seconds: int
    freed: int
    #: Payments that count as paid, by a decision that was shown; and orders of others that we wrote off.
    honoured: int = 0
    written_off: int = 0
    #: Once the rest was written off: what we owed, and keep; below zero what is lost.
    kept_seconds: int = 0
    #: Rings that were given up together with it.
    others: list[GivenUpView] = []


class Last(NamedTuple):
    """What ended along one line in the commit that gave it up: others' orders, and our own that count as paid."""

    others: Ended
    own: list[OrderOut]

    @property
    def paid_seconds(self) -> int:
        """What we owe along that line since this commit."""
        paid = (each.amount_seconds for each in self.others.paid if each.out_seq != BEFORE)
        return sum(paid) + sum(each.amount_seconds for each in self.own)


class GivingUp:
    """The operator's last words about a line."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, lines: Lines, payees: Payees, adopt: Callable[[Peer], object],
        mail: Mail, identity: RingIdentity, operators: Operators, between_: Between,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids, self._words = store, clock, ids, OwnWords(identity, clock, ids, operators)
        self._last = LastOrders(Gone(between_, clock), self._words)
        self.shown = Shown(store, clock, lines, between_.strangers)
        self._lines, self._payees, self._adopt, self._mail = lines, payees, adopt, mail

    async def verify_gone(self, *addresses: str) -> None:
        """Asked before `give_up`, which takes the operators' word.

        Raises LocalError: unknown_peer, line_over, seen_lately.
        """
        lines, since = [self._line(address) for address in addresses], self._clock.now() - SEEN_LATELY_SECONDS
        rows = await self._store.read(lambda tx: [_row_worth_giving_up(tx, line) for line in lines])
        for line, row in zip(lines, rows, strict=True):
            if line.peer.reason != GIVEN_UP and row.seen_at is not None and row.seen_at > since:
                raise LocalError("seen_lately", line.peer.address)

    async def give_up(self, *addresses: str) -> list[GivenUpView]:
        """These rings will never come back under their old keys; all end in one commit, others' orders with them.

        Raises LocalError: unknown_peer, already_given_up, line_over (we stop, and both have signed that nothing is
        open), orders_pass (what came from one was passed on to others, and has no end yet), threshold (others of ours
        sign first; then ask again). Then everything is as before.
        """
        lines = [self._line(address) for address in dict.fromkeys(addresses)]
        # Alone: what others of a group have paid along these lines, and no frame tells yet, would be counted nowhere.
        done = await self._store.write(lambda tx: self._give_up_all(tx, lines), is_alone=True)
        if done is None:
            raise LocalError("threshold", "operators of this ring must sign the write-offs")
        return done

    async def waited_for(self, address: str) -> list[str]:
        """The rings that must be given up together with this one (see `last_orders`)."""
        line = self._line(address)
        found = await self._store.read(lambda tx: waited_for(tx, line.peer.id, self._is_there))
        return sorted(self._lines.by_id(peer).peer.address for peer in found)

    async def behind(self, address: str) -> dict[str, bool]:
        """The other rings that hold an order that came from this one, by address: whether each is there to end it.

        Until it is ended the line is not given up (`orders_pass`), unless such a ring is gone and named with it.
        """
        line, needed = self._line(address), await self.waited_for(address)
        found = await self._store.read(lambda tx: held_behind(tx, line.peer.id))
        named = {self._lines.by_id(peer).peer.address: self._is_there(peer) for peer in sorted(found)}
        return {each: is_there for each, is_there in named.items() if each not in needed}

    def _is_there(self, peer: int) -> bool:
        line = self._lines.by_id(peer)
        return line.in_step and not line.is_away

    async def write_off(self, address: str, handle: str | None) -> GivenUpView:
        """Bring the balance of a line that was given up to zero: against the community, or a member who settled it.

        Raises LocalError: unknown_peer, not_given_up, unknown_member, already_settled (how), threshold (others of
        ours sign first).
        """
        line = self._line(address)
        if line.peer.reason != GIVEN_UP:
            raise LocalError("not_given_up", address)
        done = await self._store.write(lambda tx: self._write_off(tx, line, handle))
        if done is None:
            raise LocalError("threshold", "operators of this ring must sign")
        return done

    def _line(self, address: str) -> Line:
        line = self._lines.by_address(address)
        if line is not None:
            return line
        given_up = (each.peer for each in self._lines.all() if each.peer.reason == GIVEN_UP)
        renamed = next((peer.address for peer in given_up if peer.address == _old_address(address, peer.ring_id)), None)
        raise LocalError("unknown_peer", address) if renamed is None else LocalError("already_given_up", renamed)

    def _give_up_all(self, tx: Tx, lines: list[Line]) -> list[GivenUpView] | None:
        """None where other operators of ours must sign first: then only what they are to sign is kept.

        Everything is asked before anything is written. What goes from one of these rings to another is told to nobody.
        """
        for line in lines:
            _verify_stands(tx, line)
            verify_worth_giving_up(tx, line)
        self._last.verify_may_end(tx, lines)
        signed = self._last.sign(tx, lines)
        if signed is None:
            return None
        ended = self._last.end(tx, lines, signed)
        last = [Last(others, self._honour_own(tx, line)) for line, others in zip(lines, ended, strict=True)]
        passed = [carried for each in ended for carried in each.paid if carried.in_seq != BEFORE]
        untold = [sum(each.amount_seconds for each in passed if each.peer_in == line.peer.id) for line in lines]
        views = [self._give_up(tx, *each) for each in zip(lines, last, untold, strict=True)]
        for line in lines:
            line.stop()
        return views

    def _honour_own(self, tx: Tx, line: Line) -> list[OrderOut]:
        """Orders of ours that were shown to be paid count."""
        shown, now = load_shown(tx, line.peer.id), self._clock.now()
        own = [order for order in kept.load_open_out(tx, line.peer.id) if order.order_hash in shown]
        for order in own:
            settlement.move(Place.PAYER, State(order.state), Event.PAID)
            transfer_id = post_held(tx, self._ids, order, line.peer.clearing_account, now)
            orders.end_out(tx, order.payment_id, State.POSTED.value, None, transfer_id, now)
            tx.collect("ended", order.payment_id)
        return own

    def _give_up(self, tx: Tx, line: Line, last: Last, untold_seconds: int) -> GivenUpView:
        """`untold_seconds`: of orders that came from it and count as paid since this commit. No frame says so."""
        now = self._clock.now()
        balance = ledger.account(tx, line.peer.clearing_account).balance_seconds
        before = balance - last.paid_seconds
        row = records.load_line(tx, line.peer.id)
        unsealed = unsealed_seconds(records.take_waiting(tx, line.peer.id)) + untold_seconds
        unsealed -= kept.load_unseen_seconds(tx, line.peer)
        number = kept.end_epoch(tx, line.peer, row, before, unsealed, now)
        freed = self._free(tx, line, now)
        self._mail.give_up(tx, line, GIVEN_UP)
        drop_overtaken(tx, line.peer.address)
        chain = b64(self._ids.random(32))  # nothing will ever hang on it
        peer = line.peer._replace(
            address=_old_address(line.peer.address, line.peer.ring_id), epoch=b64(self._ids.random(16)),
            chain_hash=chain, state="quarantined", reason=GIVEN_UP,
        )  # fmt: skip
        kept.begin_epoch(tx, peer, number, None, balance, balance - before, peer.clearing_account, now)
        records.set_peer_state(tx, peer.id, peer.state, peer.reason)
        records.set_address(tx, peer.id, peer.address)
        row.held_out_seconds = row.held_out_count = row.held_in_seconds = row.held_in_count = 0
        row.own_seq = row.peer_seq = row.acked_seq = 0
        row.own_hash, row.peer_hash, row.fence = chain, chain, None
        records.save_line(tx, row)
        between.begin_anew(tx, peer.id, ())
        tx.after_commit(lambda: self._adopt(peer))
        return GivenUpView(
            address=peer.address, clearing_seconds=balance, freed=freed, honoured=len(last.others.paid) + len(last.own),
            written_off=last.others.written_off,
        )  # fmt: skip

    def _free(self, tx: Tx, line: Line, now: int) -> int:
        """Every payment that waits there ends: nobody is left who could decide it. -> how many of members."""
        signed = kept.load_open_out(tx, line.peer.id)
        ends = [(order, "released") for order in signed]
        ends += [(order, "cancelled") for order in recovering.load_queued_to(tx, line.peer.id)]
        for order, state in ends:
            if order.hold_id is not None:
                ledger.release(tx, order.hold_id, now)
            orders.end_out(tx, order.payment_id, state, GIVEN_UP, None, now)
            tx.collect("ended", order.payment_id)
        return sum(order.purpose != "probe" for order, _ in ends)

    def _write_off(self, tx: Tx, line: Line, handle: str | None) -> GivenUpView | None:
        """None where other operators of ours must sign first."""
        clearing = ledger.account(tx, line.peer.clearing_account)
        _verify_not_settled(tx, clearing)
        other, now = self._account(tx, handle), self._clock.now()
        how: How = "settled" if handle else "written_off"
        member = None if handle is None else Member(other, handle)
        if clearing.balance_seconds and self._words.close(tx, line, clearing.balance_seconds, how, member) is None:
            return None
        debit, credit = (clearing.id, other) if clearing.balance_seconds > 0 else (other, clearing.id)
        left = abs(clearing.balance_seconds)
        while left:
            part = min(left, limits.AMOUNT_MAX)
            booking.book(
                tx, transfer_id=self._ids.uuid7(), debit=debit, credit=credit, amount_seconds=part,
                kind=how, at=now, salt=self._ids.random(limits.SALT_BYTES),
                policy=_FACTS, guard=False,
            )  # fmt: skip
            left -= part
        kept.settle_epoch(tx, line.peer.id, line.peer.epoch)
        drop_overtaken(tx, line.peer.address)
        kept_seconds = 0 if handle else clearing.balance_seconds
        return GivenUpView(address=line.peer.address, clearing_seconds=0, freed=0, kept_seconds=kept_seconds)

    def _account(self, tx: Tx, handle: str | None) -> int:
        if handle is not None:
            found = self._payees.payee(tx, handle)
            if found is None:
                raise LocalError("unknown_member", "nobody here has this handle")
            return found.account
        return written_off_account(tx, self._clock.now())


def _old_address(address: str, ring_id: str) -> str:
    """Under which name a line stands that was given up."""
    return f"{address}~{ring_id[:_MARK_LENGTH]}"


def _verify_stands(tx: Tx, line: Line) -> None:
    """Raises LocalError('already_given_up') where another operator gave the line up, this very moment perhaps."""
    stored = records.load_peer_by_ring(tx, line.peer.ring_id)
    if stored is not None and stored.reason == GIVEN_UP:
        raise LocalError("already_given_up", stored.address)


def _row_worth_giving_up(tx: Tx, line: Line) -> LineRow:
    if line.peer.reason != GIVEN_UP:
        verify_worth_giving_up(tx, line)
    return records.load_line(tx, line.peer.id)


def _verify_not_settled(tx: Tx, clearing: Account) -> None:
    """Raises LocalError('already_settled') where nothing is left, and an operator has said with whom it ended."""
    other = None if clearing.balance_seconds else ledger.last_partner(tx, clearing.id, *get_args(How))
    if other is not None:
        raise LocalError("already_settled", "written off" if other.kind == "written_off" else "with a member")
