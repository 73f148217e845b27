# SPDX-License-Identifier: Apache-2.0
"""A line as the log of one of its rings shows it: terms, open orders, what is owed (SPEC.md 5.2, 7.8)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from msgspec import Struct

from ringtausch_protocol import settlement
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.chain import Chain
from ringtausch_protocol.documents import EpochReset, Head, LineTerms, PeerAgreement
from ringtausch_protocol.items import Line, Order
from ringtausch_protocol.settlement import Room

#: Postings of a line that are remembered, to hold a statement against the balance at its place. A statement names the
#: last frames of a day; a line that posts more often than this since then is not held against it.
HISTORY_MAX = 4_096
#: Hellos of a line that wait for their ack: each process has one, crossing ones two.
HELLOS_MAX = 64


class OpenOrder(Struct, frozen=True):
    """An order that waits for its end. `is_ours`: the ring whose log is read reserved the amount.

    `head`: that of the payer's log when the payer signed it; `signer`: who answers for that, see `Path`.
    """

    order: Order
    is_ours: bool
    place: Place
    head: Head
    signer: str


class Posting(Struct, frozen=True, gc=False):
    """What a decision moved, and where it stands: in our own chain or the peer's, in which frame."""

    in_own: bool
    seq: int
    seconds: int
    order_hash: str


@dataclass(slots=True)
class Terms:
    """What one direction of a line allows, as it was said last. `state`: open, paused, ended."""

    version: int = 0
    limit_seconds: int = 0
    signed_seconds: int = 0
    holds_max: int = 1
    state: str = "open"

    def sign(self, terms: LineTerms) -> None:
        """Both rings have signed terms; those of the higher version count."""
        self.signed_seconds, self.holds_max = terms.limit_seconds, terms.holds_max
        if terms.version > self.version:
            self.version, self.limit_seconds = terms.version, terms.limit_seconds

    def say(self, said: Line) -> None:
        """The creditor alone says something; what the rules do not give him changes nothing."""
        if said.version > self.version and said.limit_seconds <= self.signed_seconds and self.state != "ended":
            self.version, self.limit_seconds, self.state = said.version, said.limit_seconds, said.state


@dataclass(slots=True)
class Channel:
    """Both chains of one epoch, as the owner of the log sees them."""

    own: Chain
    peer: Chain


@dataclass(slots=True)
class LineBook:
    """One line out of one log. `owed_seconds`: what the log's ring owes the peer, net; below zero the peer owes it."""

    owner: str
    peer: str
    channels: dict[str, Channel] = field(default_factory=dict)
    epoch: str = ""
    #: The present epoch began by then: the newest time that its ring has signed, at the first frame that its ring
    #: signed behind that; 0: none stands there.
    begun_by: int = 0
    agreement: PeerAgreement | None = None
    agreement_hash: str = ""
    owed_by_peer: Terms = field(default_factory=Terms)
    owed_by_us: Terms = field(default_factory=Terms)
    owed_seconds: int = 0
    open: dict[str, OpenOrder] = field(default_factory=dict)
    postings: deque[Posting] = field(default_factory=lambda: deque(maxlen=HISTORY_MAX))
    #: Orders that the owner had paid when a reset let them go on: it tells their end once more.
    paid_before: set[str] = field(default_factory=set)
    #: Orders that went on when the present epoch began, and whether each has ended in it.
    gone_on: dict[str, bool] = field(default_factory=dict)
    boots: set[str] = field(default_factory=set)
    hellos: deque[str] = field(default_factory=lambda: deque(maxlen=HELLOS_MAX))
    peak_seconds: int = 0
    #: Debt that walked round a circle and was gone, since the audit's day.
    netted_seconds: int = 0
    #: When its ring said that the line is over and even; 0 while it is not.
    closed_at: int = 0
    #: Whether frames of the present epoch may be missing before those that were read: then no sum is known.
    is_cut: bool = False

    def begin(self, epoch: str, base: str) -> None:
        """A new epoch begins: both chains at 0, with their first `prev`."""
        self.channels.setdefault(epoch, Channel(Chain(base), Chain(base)))
        self.epoch, self.begun_by, self.is_cut = epoch, 0, False

    def channel(self, epoch: str) -> Channel | None:
        """The chains of an epoch; None where nobody agreed on it."""
        return self.channels.get(epoch)

    def cut(self, epoch: str) -> Channel:
        """The chains of an epoch whose beginning was not seen."""
        self.epoch, self.is_cut = epoch, True
        return self.channels.setdefault(epoch, Channel(Chain("", is_cut=True), Chain("", is_cut=True)))

    def miss(self) -> None:
        """A log, or a frame that somebody has signed, is missing here: what follows may rest on it."""
        self.is_cut = True
        self.open.clear()
        for channel in self.channels.values():
            channel.own.is_cut = channel.peer.is_cut = True

    def agree(self, agreement: PeerAgreement, digest: str) -> None:
        """An agreement is in force."""
        self.agreement, self.agreement_hash = agreement, digest
        ours, theirs = agreement.a_owes, agreement.b_owes
        if self.owner != agreement.a:
            ours, theirs = theirs, ours
        self.owed_by_us.sign(ours)
        self.owed_by_peer.sign(theirs)

    def was_posted(self, order_hash: str) -> bool:
        """Whether an order was paid here, as far back as postings are kept."""
        return any(each.order_hash == order_hash for each in self.postings)

    def end(self, order_hash: str) -> None:
        """An open order has its end."""
        del self.open[order_hash]
        if order_hash in self.gone_on:
            self.gone_on[order_hash] = True

    def was_told_ahead(self, order_hash: str) -> bool:
        """Whether an order that went on has ended in the present epoch: it may come in it once more, behind its end."""
        return self.gone_on.get(order_hash, False)

    def post(self, posting: Posting) -> None:
        """An order was paid: who reserved it owes that much more."""
        self.owed_seconds += posting.seconds
        self.peak_seconds = max(self.peak_seconds, abs(self.owed_seconds))
        self.postings.append(posting)

    def reset(self, document: EpochReset, digest: str) -> int | None:
        """Begin anew over an agreed balance. -> how much more the owner owes by it, or None if that is not known.

        What it had paid of an order that goes on is no part of the balance: it is told, and counted, again.
        """
        named = {hold.order_hash for hold in document.holds}
        before_it = [each for each in self.postings if each.in_own and each.order_hash in named]
        self.paid_before.update(each.order_hash for each in before_it)
        paid = sum(each.seconds for each in before_it)
        before = self.owed_seconds - paid
        is_known = document.old_epoch == self.epoch and not self.is_cut
        self.begin(document.new_epoch, digest)
        self.owed_seconds = document.balance_seconds if self.owner == document.a else -document.balance_seconds
        self.postings.clear()
        self.gone_on = dict.fromkeys(named, False)
        self.open = {key: each for key, each in self.open.items() if key in named}
        return self.owed_seconds - before if is_known else None

    def may_rest_at(self, owed_seconds: int) -> bool:
        """Whether so much may be owed at the end: what frames paid, and a part of what nobody decided there.

        More by orders of ours that the peer paid, less by its own that we paid, and neither heard of it.
        """
        sums = {True: 0, False: 0}
        for each in self.open.values():
            sums[each.is_ours] += each.order.amount_seconds
        return -sums[False] <= owed_seconds - self.owed_seconds <= sums[True]

    @property
    def is_known(self) -> bool:
        """Whether what is owed and what may be are known: the log shows the line from an agreement or balance on."""
        return self.agreement is not None and not self.is_cut

    @property
    def is_even(self) -> bool:
        """Whether nothing is owed and nothing open, as far as anybody can say."""
        return self.is_cut or not (self.owed_seconds or self.open)

    @property
    def is_ended(self) -> bool:
        """Whether a ring has ended the line, or counts it as over: nobody may owe more on it (SPEC.md 5.2)."""
        return self.is_closed or "ended" in (self.owed_by_us.state, self.owed_by_peer.state)

    @property
    def is_closed(self) -> bool:
        """Whether its ring counts it as over."""
        return self.closed_at > 0

    def close(self, at: int) -> None:
        """The line is over and even: the log says what became of the rest."""
        self.closed_at, self.owed_seconds = max(at, 1), 0
        self.postings.clear()
        self.open.clear()

    def owed_at(self, own_seq: int, peer_seq: int) -> int | None:
        """What was owed by the decisions up to these frames; None where that is too long ago."""
        if len(self.postings) == HISTORY_MAX and not self._reaches(own_seq, peer_seq):
            return None
        later = (
            posting.seconds for posting in self.postings if posting.seq > (own_seq if posting.in_own else peer_seq)
        )
        return self.owed_seconds - sum(later)

    def _reaches(self, own_seq: int, peer_seq: int) -> bool:
        first = self.postings[0]
        return first.seq <= (own_seq if first.in_own else peer_seq)

    def refuse_signing(self, order: Order) -> str | None:
        """Why the owner may not sign one more order: what it owes, what is open, by the terms it knows."""
        held = [each.order.amount_seconds for each in self.open.values() if each.is_ours and _holds(each.order)]
        return self._refuse(self.owed_by_us, self.owed_seconds, sum(held), len(held), order, self.owner)

    def refuse_accepting(self, order: Order, *, held_seconds: int = 0, held_count: int = 0) -> str | None:
        """Why the owner may not accept an order of the peer."""
        if self.owed_by_peer.state == "paused":
            return "paused"
        return self._refuse(self.owed_by_peer, -self.owed_seconds, held_seconds, held_count, order, self.peer)

    def _refuse(self, terms: Terms, debt: int, held: int, count: int, order: Order, debtor: str) -> str | None:
        is_ended = "ended" in (terms.state, self.owed_by_peer.state)
        limit = 0 if is_ended else terms.limit_seconds
        room = Room(limit, debt, held, count, terms.holds_max)
        return settlement.refuse_room(room, order.amount_seconds, _asks(order, debtor))


def _holds(order: Order) -> bool:
    return order.purpose != "probe"


def _asks(order: Order, debtor: str) -> str:
    return settlement.as_on_edge(order.purpose, order.path.index(debtor))


def beyond(order: Order, debtor: str, usual: str) -> str:
    """The code of an order that a line had no room for: a netting needs none, for it raises no debt (SPEC.md 7.14)."""
    return "netting_raised" if _asks(order, debtor) == "netting" else usual
