# SPDX-License-Identifier: AGPL-3.0-or-later
"""A peer that lost its whole folder comes back as another ring: the old line is over, its balance stays visible.

Nobody holds the old keys any more, so nobody will ever answer on the old line. Giving it up frees the members whose
payments wait there, and the address for a new invitation; what was owed is settled or written off by the operator's
word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import structs

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.operators import Operators
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import OrderOut, Payees, Peer
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.between import Between
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.gone import Gone
from ringtausch_node.federation.orders.payer_rules import post_held
from ringtausch_node.federation.recovery import records as recovering
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.federation.reset.installing import unsealed_seconds
from ringtausch_node.federation.reset.own_words import DEAD_CODE, How, Member, OwnWords
from ringtausch_node.federation.reset.shown import Shown, load_shown
from ringtausch_node.federation.reset.waiving import written_off_account
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import limits, settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.settlement import Event, Place, State

#: Why such a line is stopped, and how its undecided payments ended.
GIVEN_UP = "given_up"
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


class Honoured(NamedTuple):
    """Orders that went along a line and count as paid since it is given up: others', and our own."""

    carried: list[Carried]
    own: list[OrderOut]

    @property
    def seconds(self) -> int:
        """What we owe for them along that line."""
        return sum(each.amount_seconds for each in self.carried) + sum(each.amount_seconds for each in self.own)

    @property
    def number(self) -> int:
        """How many."""
        return len(self.carried) + len(self.own)


class GivingUp:
    """The operator's last words about a line."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, lines: Lines, payees: Payees, adopt: Callable[[Peer], object],
        mail: Mail, identity: RingIdentity, operators: Operators, between_: Between,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids, self._words = store, clock, ids, OwnWords(identity, clock, ids, operators)
        self._gone, self.shown = Gone(between_, clock), Shown(store, clock, lines, between_.strangers)
        self._lines, self._payees, self._adopt, self._mail = lines, payees, adopt, mail

    async def verify_gone(self, *addresses: str) -> None:
        """Asked before `give_up`, which takes the operators' word. Raises LocalError: unknown_peer, seen_lately."""
        lines, since = [self._line(address) for address in addresses], self._clock.now() - SEEN_LATELY_SECONDS
        rows = await self._store.read(lambda tx: [records.load_line(tx, line.peer.id) for line in lines])
        for line, row in zip(lines, rows, strict=True):
            if line.peer.reason != GIVEN_UP and row.seen_at is not None and row.seen_at > since:
                raise LocalError("seen_lately", line.peer.address)

    async def give_up(self, *addresses: str) -> list[GivenUpView]:
        """These rings will never come back under their old keys; several end in one commit, and wait for none of them.

        Orders of others that were passed on to them are written off first, in a commit of their own: another ring that
        is gone may wait for them. Raises LocalError: unknown_peer, line_ended (given up), threshold (others of ours
        sign first; then ask again), orders_pass (what came from one was passed on to others, and has no end yet).
        """
        lines = [self._line(address) for address in dict.fromkeys(addresses)]
        for line in lines:
            if line.peer.reason == GIVEN_UP:
                raise LocalError("line_ended", line.peer.address)
        waived = await self._store.write(lambda tx: [self._waive(tx, line) for line in lines])
        counts = [each for each in waived if each is not None]
        if len(counts) < len(lines):
            raise LocalError("threshold", "operators of this ring must sign the write-offs")
        found = await self._store.write(lambda tx: self._give_up_all(tx, lines))
        return [structs.replace(view, written_off=count) for view, count in zip(found, counts, strict=True)]

    async def waited_for(self, address: str) -> list[str]:
        """The rings that must be given up together with this one: they were to end what it sent through us.

        Only such of which a decision was shown: without one they are written off one after the other.
        """
        line = self._line(address)
        found = await self._store.read(lambda tx: self._waited_for(tx, line.peer.id, frozenset()))
        return sorted(self._lines.by_id(peer).peer.address for peer in found - {line.peer.id})

    async def write_off(self, address: str, handle: str | None) -> GivenUpView:
        """Bring the balance of a line that was given up to zero: against the community, or a member who settled it.

        Raises LocalError: unknown_peer, not_given_up, unknown_member, threshold (others of ours sign first).
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
        if line is None:
            raise LocalError("unknown_peer", address)
        return line

    def _waive(self, tx: Tx, line: Line) -> int | None:
        """Others' orders that go on along the line are given up, and end, but for those of which *paid* was shown.

        -> how many were written off; None where other operators must sign first.
        """
        shown, count, is_signed = load_shown(tx, line.peer.id), 0, True
        for carried in between.load_open_towards(tx, line.peer.id):
            if carried.state == "waiting":
                self._gone.drop(tx, carried, DEAD_CODE)
                continue
            document = self._words.write_off(tx, line, carried.order_hash)
            is_signed = is_signed and document is not None
            if document is not None and carried.order_hash not in shown:
                self._gone.write_off(tx, carried, document)
                count += 1
        return count if is_signed else None

    def _waited_for(self, tx: Tx, peer: int, seen: frozenset[int]) -> frozenset[int]:
        """Along held orders of which *paid* was shown, from line to line."""
        if peer in seen:
            return seen
        seen |= {peer}
        for carried in between.load_open_from(tx, peer):
            if _is_shown(tx, carried):
                seen = self._waited_for(tx, carried.peer_out, seen)
        return seen

    def _give_up_all(self, tx: Tx, lines: list[Line]) -> list[GivenUpView]:
        """First everything that was shown, then the lines: what goes from one to the other is told to nobody."""
        gone = {line.peer.id for line in lines}
        for line in lines:
            self._end_incoming(tx, line, gone)
        honoured = [self._honour(tx, line, gone) for line in lines]
        untold = {
            peer: sum(each.amount_seconds for found in honoured for each in found.carried if each.peer_in == peer)
            for peer in gone
        }
        return [self._give_up(tx, line, each, untold[line.peer.id]) for line, each in zip(lines, honoured, strict=True)]

    def _honour(self, tx: Tx, line: Line, gone: set[int]) -> Honoured:
        """What was shown to be paid counts, of ours and of others."""
        shown, now = load_shown(tx, line.peer.id), self._clock.now()
        carried = [each for each in between.load_open_towards(tx, line.peer.id) if each.order_hash in shown]
        for each in carried:
            self._gone.honour(tx, each, shown[each.order_hash], is_told=each.peer_in not in gone)
        own = [order for order in kept.load_open_out(tx, line.peer.id) if order.order_hash in shown]
        for order in own:
            settlement.move(Place.PAYER, State(order.state), Event.PAID)
            transfer_id = post_held(tx, self._ids, order, line.peer.clearing_account, now)
            orders.end_out(tx, order.payment_id, State.POSTED.value, None, transfer_id, now)
            tx.collect("ended", order.payment_id)
        return Honoured(carried, own)

    def _end_incoming(self, tx: Tx, line: Line, gone: set[int]) -> None:
        """Others' orders that came from the line end; what was passed on ends by itself, or in this commit."""
        for carried in between.load_open_from(tx, line.peer.id):
            if carried.state == "waiting":
                self._gone.drop(tx, carried, None)
            elif carried.peer_out not in gone or not _is_shown(tx, carried):
                raise LocalError("orders_pass", line.peer.address)

    def _give_up(self, tx: Tx, line: Line, honoured: Honoured, untold_seconds: int) -> GivenUpView:
        """`untold_seconds`: of orders that came from it and count as paid since this commit. No frame says so."""
        now = self._clock.now()
        balance = ledger.account(tx, line.peer.clearing_account).balance_seconds
        before = balance - honoured.seconds
        row = records.load_line(tx, line.peer.id)
        unsealed = unsealed_seconds(records.take_waiting(tx, line.peer.id)) + untold_seconds
        unsealed -= kept.load_unseen_seconds(tx, line.peer)
        number = kept.end_epoch(tx, line.peer, row, before, unsealed, now)
        freed = self._free(tx, line, now)
        self._mail.give_up(tx, line, GIVEN_UP)
        chain = b64(self._ids.random(32))  # nothing will ever hang on it
        peer = line.peer._replace(
            address=f"{line.peer.address}~{line.peer.ring_id[:_MARK_LENGTH]}", epoch=b64(self._ids.random(16)),
            chain_hash=chain, state="quarantined", reason=GIVEN_UP,
        )  # fmt: skip
        kept.begin_epoch(tx, peer, number, None, balance, balance - before, peer.clearing_account, now)
        records.set_peer_state(tx, peer.id, peer.state, peer.reason)
        records.set_address(tx, peer.id, peer.address)
        row.held_out_seconds = row.held_out_count = row.held_in_seconds = row.held_in_count = 0
        row.own_seq = row.peer_seq = row.acked_seq = 0
        row.own_hash = row.peer_hash = chain
        row.fence = None
        records.save_line(tx, row)
        line.stop()
        tx.after_commit(lambda: self._adopt(peer))
        return GivenUpView(address=peer.address, clearing_seconds=balance, freed=freed, honoured=honoured.number)

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
        kept_seconds = 0 if handle else clearing.balance_seconds
        return GivenUpView(address=line.peer.address, clearing_seconds=0, freed=0, kept_seconds=kept_seconds)

    def _account(self, tx: Tx, handle: str | None) -> int:
        if handle is not None:
            found = self._payees.payee(tx, handle)
            if found is None:
                raise LocalError("unknown_member", "nobody here has this handle")
            return found.account
        return written_off_account(tx, self._clock.now())


def _is_shown(tx: Tx, carried: Carried) -> bool:
    """Whether an order that was passed on was shown to be paid."""
    return carried.state == State.HELD.value and carried.order_hash in load_shown(tx, carried.peer_out)
