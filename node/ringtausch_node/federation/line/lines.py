# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lines of this process: what is known in memory of each peer in this boot, and nothing that a restart needs.

A line comes into step on the writer's thread only, inside the use case that learns it, and may fall out of it on either
thread; what a hello tells (fence, own_seq, hold) is set there too. Everything else belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.model import GIVEN_UP, Peer, Terms, terms_of
from ringtausch_node.ids import Ids
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.cards import Card, read_card
from ringtausch_protocol.channel import Fence, Names
from ringtausch_protocol.documents import Head, PeerAgreement
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.posts import Beside, Have, WireFrame
from ringtausch_protocol.sealing import BoxSealer

#: Sealed frames kept in memory for sending; older ones are read from the table. 64 frames are at most 3 MiB.
OUTBOX_FRAMES = 64


class Sealed(NamedTuple):
    """An own frame ready to be sent: the same bytes every time."""

    seq: int
    hash: str
    frame: WireFrame
    boxes: tuple[Beside, ...]
    notes: tuple[Beside, ...]
    size: int


class Line:
    """One peer in this boot."""

    def __init__(self, peer: Peer, me: str, net: str, ids: Ids, chain: Sequence[Card] = ()) -> None:
        self.peer, self._ids = peer, ids
        #: The peer's cards by hash, oldest first; `card` is the one in force.
        self.cards: dict[str, Card] = {}
        self._know(chain or [read_card(peer.card)])
        self.terms: Terms = terms_of(agreement_in(peer.agreement), me)
        self.names = Names(net=net, me=me, peer=peer.ring_id, epoch=peer.epoch)
        self.fence: Fence | None = None
        #: The head of its log that the peer told in its last hello, until it shows that it has our answer.
        self.said_head: Head | None = None
        self.in_step = False
        self.is_stopped = False
        self.is_silent = False
        #: Whether the table may hold items that wait for this line, and signed orders that go on in its new epoch.
        self.has_waiting = self.has_again = True
        self.token_to_show: str | None = None
        self.token_to_ask: str | None = None
        self.outbox: deque[Sealed] = deque()
        self.hold = Have(epoch=peer.epoch, seq=0, hash=peer.base_hash)
        self.own_seq = self.have_seq = self.handed_seq = 0
        self.serving = 0
        self.owes_have = False
        self.is_away = True
        #: The peer answered our last post, so the one under way (`is_sending`) will tell whether its frames arrived.
        self.is_reached = self.is_sending = False
        self.wake = asyncio.Event()
        self.contact = asyncio.Event()
        #: Cards of others, (epoch, hash), that this boot knows to stand in our chain.
        self.shown: set[tuple[str, str]] = set()
        self._boxes: BoxSealer | None = None

    def seal(self, text: bytes, info: bytes) -> bytes:
        """A box that only the peer opens; `info` says what it belongs to (SPEC.md 2.5)."""
        if self._boxes is None or self._boxes.public != self.card.seal_public:
            self._boxes = BoxSealer(self.card.seal_public, self._ids.random(32))
        return self._boxes.seal(text, info)

    @property
    def is_given_up(self) -> bool:
        """Our operators have said that nobody will ever answer here."""
        return self.peer.reason == GIVEN_UP

    @property
    def is_usable(self) -> bool:
        """May anything be signed for this peer? Both operators confirmed the words and no fault was found."""
        return self.peer.state == "confirmed" and not self.is_stopped and not self.is_silent

    @property
    def why_silent(self) -> str | None:
        """The code for what stops every line of this ring: a newer card of its own."""
        return "superseded" if self.is_silent else None

    @property
    def peer_boot(self) -> str:
        """The peer's present boot, as its last hello in our boot named it; '' before."""
        return self.fence.boot if self.fence else ""

    def take_up(self, peer: Peer, cards: Sequence[Card] = ()) -> None:
        """The peer's row has changed: another state, a new agreement, or a new beginning of the line.

        `cards`: those of a first agreement that takes the place of another one, oldest first.
        """
        if peer.base_hash != self.peer.base_hash:
            if peer.agreement_hash != self.peer.agreement_hash:
                self.cards = {}
                self._know(cards or [read_card(peer.card)])
            self.names = self.names._replace(epoch=peer.epoch)
            self.hold = Have(epoch=peer.epoch, seq=0, hash=peer.base_hash)
            self._begin_anew()
        self.peer, self.is_stopped = peer, False
        self.terms = terms_of(agreement_in(peer.agreement), self.names.me)

    def _begin_anew(self) -> None:
        """Nothing of an earlier epoch counts any more."""
        self.fence, self.said_head = None, None
        self.has_waiting = self.has_again = True
        self.own_seq = self.have_seq = self.handed_seq = 0
        self.outbox.clear()
        self.out_of_step()

    def _know(self, chain: Sequence[Card]) -> None:
        self.cards |= {card.hash: card for card in chain}
        self.card = chain[-1]

    def take_cards(self, following: Sequence[Card]) -> None:
        """The peer's new cards are stored: from now on the last of them is in force."""
        self._know(following)
        self.peer = self.peer._replace(card=self.card.envelope, url=self.card.card.url)

    def card_at(self, seq: int) -> Card | None:
        """The card under which the peer's frame at `seq` must be signed, as its last hello told; None if it did not."""
        digest = self.fence.card_at(seq) if self.fence else None
        return None if digest is None else self.cards.get(digest)

    def put(self, sealed: list[Sealed]) -> None:
        """Add frames sealed in a commit that is now durable, and wake the sender."""
        self._remember(sealed)
        self.own_seq = sealed[-1].seq
        self.wake.set()

    def refill(self, stored: list[Sealed]) -> None:
        """Take what was read from the table; frames that were put while it was read follow, or are read in their turn.

        Nothing may fall out of the middle: a peer that is given a frame without the one before it sees a gap.
        """
        since = [*self.outbox]
        self.outbox.clear()
        self._remember([*stored, *since])

    def _remember(self, sealed: list[Sealed]) -> None:
        """Memory holds one unbroken piece of the chain, from what the peer holds: the rest stands in the table."""
        for each in sealed:
            last = self.outbox[-1].seq if self.outbox else self.have_seq
            if each.seq == last + 1 and len(self.outbox) < OUTBOX_FRAMES:
                self.outbox.append(each)

    @property
    def is_to_refill(self) -> bool:
        """Whether the next frame for the peer stands in the table only: after a start, a hello, a long silence."""
        return self.own_seq > self.have_seq and not (self.outbox and self.outbox[0].seq <= self.have_seq + 1)

    def forget_until(self, seq: int) -> None:
        """The peer says that it holds our frames up to `seq`: they need not be sent again."""
        self.have_seq = max(self.have_seq, seq)
        while self.outbox and self.outbox[0].seq <= self.have_seq:
            self.outbox.popleft()

    def is_ours(self, have: Have) -> bool:
        """Whether a peer's unsigned `have` names a frame that it may really hold of us (memory keeps the newest)."""
        if have.epoch != self.names.epoch:
            return False
        if have.seq <= self.have_seq or (self.outbox and have.seq < self.outbox[0].seq):
            return True
        return any((sealed.seq, sealed.hash) == (have.seq, have.hash) for sealed in self.outbox)

    def has_answered(self) -> None:
        """A verified answer to a request of ours: the peer is there, and what waits may be signed."""
        self.is_away = False
        self.wake.set()

    def has_our_answer(self) -> None:
        """The peer has posted under the token of our last hello-ack: what its hello told of its log is stored."""
        self.said_head = None

    def was_met(self) -> None:
        """The peer came by itself: back-off ends, also one that a request of ours under way would begin."""
        self.has_answered()
        self.contact.set()

    def hurry(self) -> None:
        """Operators have decided something about this line: it is said now, whatever pause the last failure began."""
        self.wake.set()
        self.contact.set()

    @property
    def is_unconfirmed(self) -> bool:
        """Whether frames were given to the peer of which it has not said yet that it holds them."""
        return self.handed_seq > self.have_seq

    def hand_again_from(self, seq: int) -> None:
        """The peer holds our frames up to `seq` and no more, whatever was handed out before."""
        self.have_seq = self.handed_seq = seq

    def stop(self) -> None:
        """A fault was found: nothing is signed any more, not even by the rest of the commit that found it."""
        self.is_stopped, self.in_step = True, False

    def quarantine(self, reason: str) -> None:
        """Nothing is signed for this peer until operators decide. Who was given up stays so."""
        if not self.is_given_up:
            self.peer = self.peer._replace(state="quarantined", reason=reason)
        self.out_of_step()

    def out_of_step(self) -> None:
        """Only a new hello brings the line back."""
        self.in_step = False
        self.token_to_show = None


class Lines:
    """All lines by the names under which messages ask for them."""

    def __init__(self) -> None:
        self._by_ring: dict[str, Line] = {}
        self._by_id: dict[int, Line] = {}
        self._by_token: dict[str, Line] = {}
        self.is_silent = False

    def silence(self) -> None:
        """This ring has a newer card elsewhere: nothing more is signed here, on any line."""
        self.is_silent = True
        for line in self.all():
            line.is_silent, line.in_step = True, False

    def add(self, line: Line) -> None:
        """Add a line, or replace the one to the same ring."""
        line.is_silent = self.is_silent
        self._by_ring[line.peer.ring_id] = line
        self._by_id[line.peer.id] = line

    def all(self) -> list[Line]:
        """Every line, in the order of their ids."""
        return [self._by_id[key] for key in sorted(self._by_id)]

    def touch(self, tx: Tx) -> None:
        """Look at every queue in this commit: what kept a payment at home may be over."""
        for line in self.all():
            tx.collect("line", line)

    def by_ring(self, ring_id: str) -> Line | None:
        """The line to a ring id."""
        return self._by_ring.get(ring_id)

    def by_id(self, peer: int) -> Line:
        """The line of a row's peer id."""
        return self._by_id[peer]

    def by_address(self, address: str) -> Line | None:
        """The line to the ring with this address."""
        return next((line for line in self._by_id.values() if line.peer.address == address), None)

    def agreed(self, address: str) -> Line:
        """The line to the ring of an address. Raises LocalError('unknown_peer')."""
        line = self.by_address(address)
        if line is None:
            raise LocalError("unknown_peer", address)
        return line

    def by_token(self, token: str) -> Line | None:
        """The line whose peer was handed this token in this boot."""
        return self._by_token.get(token)

    def expect_token(self, line: Line, token: str) -> None:
        """From now on only this token lets the peer of this line in; the one before is void."""
        if line.token_to_ask is not None:
            self._by_token.pop(line.token_to_ask, None)
        line.token_to_ask = token
        self._by_token[token] = line


def agreement_in(signed: bytes) -> PeerAgreement:
    """What an agreement's envelope says; its signatures are verified elsewhere, before it is stored."""
    return canonical.parse(envelope.parse_envelope(signed).body(), PeerAgreement, limits.DOCUMENT_BYTES)


def hash_at(tx: Tx, line: Line, direction: int, seq: int) -> str | None:
    """H of a stored frame; seq 0 is what the first frame hangs on."""
    if seq == 0:
        return line.peer.base_hash
    return records.load_hash(tx, line.peer.id, direction, line.names.epoch, seq)
