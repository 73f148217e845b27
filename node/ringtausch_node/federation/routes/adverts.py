# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adverts: what this ring says of its lines, and what it passes on of what others say (SPEC.md 7.5).

Signed by the ring they are about, so it does not matter who brings them. Room is told in coarse steps: an advert must
not tell a ring's balance.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.federation.routes import crowd, records, said_twice
from ringtausch_node.federation.routes.atlas import Atlas
from ringtausch_node.federation.routes.buckets import bucket
from ringtausch_node.federation.routes.crowd import Told
from ringtausch_node.federation.routes.records import AdvertRow, AdvertSize
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.advert_bodies import AdvertKnown, AdvertsAnswer, AdvertsAsk
from ringtausch_protocol.documents import Advert, Edge
from ringtausch_protocol.errors import RemoteError

KIND = "advert"
#: How long an advert counts, when it is said again, and how soon a changed one follows.
LIFE_SECONDS, AGAIN_SECONDS, CHANGED_SECONDS = 86_400, 21_600, 60
#: `refresh` runs twice a minute. If more than this lies between two of them, or less than nothing, a clock was set.
LEAP_SECONDS = 600
#: How long what was told a peer is not told it again, though it says that it does not hold it.
TOLD_SECONDS = 300
#: Lines of others that are kept: a federation of rings with twenty neighbours each, twice.
EDGES_MAX = 10_000
#: Adverts of one message, in bytes: with the names of a thousand rings beside them it stays below a request's size.
TOLD_BYTES = 96 * 1024
#: Who told what was there before tellers were written down: one like any other, for a day.
UNKNOWN = "before"
_NOTHING = AdvertKnown(ring_id="a" * 52, seq=0, card=0)


class Adverts:
    """Adverts of all rings, ours among them."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, strangers: Strangers, atlas: Atlas
    ) -> None:
        self._store, self._clock, self._identity = store, clock, identity
        self._lines, self._strangers, self._atlas = lines, strangers, atlas
        self._held: dict[str, int] = {}
        #: The newest advert of each ring, as it came: three neighbours tell the same one three times.
        self._newest: dict[str, bytes] = {}
        #: What each peer said last that it holds, by ring.
        self._there: dict[str, dict[str, AdvertKnown]] = {}
        #: What each peer was told, by ring: which advert, and when on the monotonic clock.
        self._told: dict[str, dict[str, tuple[int, float]]] = {}
        self._refreshed_at = clock.now()

    async def load(self) -> None:
        """Read what was known before this boot."""
        for row, address in await self._store.read(self._load):
            self._know(row, address)

    def _load(self, tx: Tx) -> list[tuple[AdvertRow, str]]:
        return [(row, self._strangers.name(tx, row.ring_id)) for row in records.load_all(tx)]

    def _know(self, row: AdvertRow, address: str) -> None:
        self._held[row.ring_id], self._newest[row.ring_id] = row.seq, row.envelope
        self._atlas.take(_advert_in(row.envelope), address)

    # -- ours --------------------------------------------------------------------------------------------------------

    def refresh(self, tx: Tx) -> None:
        """Say anew what has changed, or was said long ago; forget what nobody has said for a day."""
        now, me = self._clock.now(), self._identity.ring_id
        dropped = records.drop_expired(tx, me, now)
        tx.after_commit(lambda: self._forget(dropped, now))
        edges = [self._edge(tx, line) for line in self._lines.all() if line.is_usable][: limits.ADVERT_EDGES_MAX]
        last = records.load(tx, me)
        if last is None and not edges:
            return
        said_at = last.expires_at - LIFE_SECONDS if last else 0
        is_changed = last is None or _advert_in(last.envelope).edges != edges
        # What was said in the future was said by a clock that is right again.
        if 0 <= now - said_at < (CHANGED_SECONDS if is_changed else AGAIN_SECONDS):
            return
        advert = Advert(
            v=1, net=self._identity.net, ring_id=me, seq=max(now, last.seq + 1 if last else 1),
            expires_at=now + LIFE_SECONDS, edges=edges,
        )  # fmt: skip
        signer = (self._identity.frame_key_id, self._identity.frame_signer)
        self._save(tx, advert, envelope.seal(KIND, canonical.encode(advert), [signer]))

    def _forget(self, dropped: list[str], now: int) -> None:
        """What expired, or a wrong clock refused, neighbours may hold: they are asked again, as after a start."""
        self._drop(dropped)
        if dropped or not 0 <= now - self._refreshed_at <= LEAP_SECONDS:
            self._there.clear()
        self._refreshed_at = now

    def _drop(self, rings: Iterable[str]) -> None:
        for ring in rings:
            for known in (self._held, self._newest):
                known.pop(ring, None)
            self._atlas.drop(ring)

    def _edge(self, tx: Tx, line: Line) -> Edge:
        row = lines_records.load_line(tx, line.peer.id)
        limit = terms.limit_out(row)
        debt = ledger.account(tx, line.peer.clearing_account).balance_seconds
        is_closed = row.state_out == "paused" or row.closed is not None or not row.is_open
        free = 0 if is_closed else limit - debt - row.held_out_seconds
        return Edge(
            peer=line.names.peer, limit_bucket=bucket(limit), free_bucket=bucket(free),
            transit=bool(row.carries),
        )  # fmt: skip

    def _save(self, tx: Tx, advert: Advert, data: bytes, teller: str = "") -> None:
        row = AdvertRow(advert.ring_id, advert.seq, advert.expires_at, len(advert.edges), data, teller)
        records.save(tx, row)
        address = self._strangers.name(tx, advert.ring_id)
        tx.after_commit(lambda: self._learned(row, address))

    def _learned(self, row: AdvertRow, address: str) -> None:
        """News is passed on at once."""
        self._know(row, address)
        for line in self._lines.all():
            line.wake.set()

    # -- telling -----------------------------------------------------------------------------------------------------

    def is_due(self, line: Line) -> bool:
        """Whether the peer lacks something, by what it said last in this boot and what it was told since."""
        return any(self._lacks(line, ring, seq) for ring, seq in self._held.items())

    def _lacks(self, line: Line, ring: str, seq: int) -> bool:
        """Whether a peer is to be told an advert. What it does not take it is not told without a pause."""
        told, at = self._told.get(line.names.peer, {}).get(ring, (0, 0.0))
        was_told = told >= seq and self._clock.monotonic() - at < TOLD_SECONDS
        return not was_told and self._there.get(line.names.peer, {}).get(ring, _NOTHING).seq < seq

    async def ask(self, line: Line) -> AdvertsAsk:
        """What we hold, and what the peer lacks; the first time in a boot only what we hold."""
        said = await self._store.read(lambda tx: self._tell(tx, line))
        self._was_told(line, said)
        return AdvertsAsk(token=line.token_to_show or "", have=said.have, cards=said.cards, adverts=said.adverts)

    async def answer(self, line: Line, ask: AdvertsAsk) -> AdvertsAnswer:
        """Take what is new, and tell what the asker lacks."""
        await self.take(line, AdvertsAnswer(have=ask.have, cards=ask.cards, adverts=ask.adverts))
        said = await self._store.read(lambda tx: self._tell(tx, line))
        self._was_told(line, said)
        return said

    def failed(self, line: Line) -> None:
        """The peer takes no adverts now: it was told nothing, and the next try is for the next news."""
        self._told.pop(line.names.peer, None)
        there = self._there.setdefault(line.names.peer, {})
        there |= {ring: AdvertKnown(ring_id=ring, seq=seq, card=0) for ring, seq in self._held.items()}

    def _was_told(self, line: Line, said: AdvertsAnswer) -> None:
        told, now = self._told.setdefault(line.names.peer, {}), self._clock.monotonic()
        told |= {ring: (seq, now) for ring, seq in _seqs(said.adverts)}

    def _tell(self, tx: Tx, line: Line) -> AdvertsAnswer:
        rows, there = records.load_all(tx), self._there.get(line.names.peer)
        have = [AdvertKnown(ring_id=row.ring_id, seq=row.seq, card=self._card(tx, row.ring_id)) for row in rows]
        said = AdvertsAnswer(have=have[: limits.ADVERTS_KNOWN_MAX], cards=[], adverts=[])
        size = 0
        for row in rows if there is not None else ():
            if not self._lacks(line, row.ring_id, row.seq):
                continue
            known = there.get(row.ring_id, _NOTHING) if there is not None else _NOTHING
            chain = [card.envelope for card in self._strangers.chain(tx, row.ring_id) if card.number > known.card]
            size += len(row.envelope) + sum(map(len, chain))
            most = max(len(said.adverts) + 1, len(said.cards) + len(chain))
            if size > TOLD_BYTES or most > limits.ADVERTS_TOLD_MAX:
                break
            said.adverts.append(msgspec.Raw(row.envelope))
            said.cards.extend(map(msgspec.Raw, chain))
        return said

    def _card(self, tx: Tx, ring_id: str) -> int:
        chain = self._strangers.chain(tx, ring_id)
        return chain[-1].number if chain else 0

    # -- taking ------------------------------------------------------------------------------------------------------

    async def take(self, line: Line, told: AdvertsAnswer) -> None:
        """What a peer tells. What is not true, old or too much is passed over: it is no word of the peer's own."""
        self._there[line.names.peer] = {known.ring_id: known for known in told.have}
        known = set(self._newest.values())
        news = [data for data in map(bytes, told.adverts) if data not in known]
        if news or (told.adverts and told.cards):
            await self._store.write(lambda tx: self._take(tx, line, told.cards, news))

    def _take(self, tx: Tx, line: Line, cards: Iterable[msgspec.Raw], adverts: Iterable[bytes]) -> None:
        for card in cards:
            self._strangers.told(tx, bytes(card))
        for data in adverts:
            try:
                self._take_one(tx, line, data)
            except RemoteError:
                continue

    def _take_one(self, tx: Tx, line: Line, data: bytes) -> None:
        ring_id, now = _advert_in(data).ring_id, self._clock.now()
        payload = envelope.open_envelope(data, KIND, self._strangers.keys(tx, ring_id))
        advert = canonical.parse(payload, Advert, limits.DOCUMENT_BYTES)
        latest = now + LIFE_SECONDS + limits.CLOCK_SLACK_SECONDS
        if advert.net != self._identity.net or not now < advert.expires_at <= latest:
            return
        known = records.load(tx, ring_id)
        if ring_id == self._identity.ring_id:
            self._take_back(tx, advert, data, known)
            return
        if known is not None and advert.seq <= known.seq:
            if advert.seq == known.seq and _advert_in(known.envelope) != advert:
                said_twice.keep(tx, self._lines, self._strangers.chain(tx, ring_id), (known.envelope, data), now)
            return
        if self._make_room(tx, line, advert):
            self._save(tx, advert, data, line.names.peer)

    def _take_back(self, tx: Tx, advert: Advert, data: bytes, known: AdvertRow | None) -> None:
        """Our own word from before a restore, which this copy lacks: others hold it, so the next one must be newer.

        Not one from far in the future: behind a thief's last number there would be none for us.
        """
        is_news = known is None or advert.seq > known.seq
        if is_news and advert.seq <= self._clock.now() + limits.CLOCK_SLACK_SECONDS:
            self._save(tx, advert, data)

    def _make_room(self, tx: Tx, line: Line, advert: Advert) -> bool:
        """Whether an advert is kept; where there are too many, others give way to one that somebody names."""
        lines = records.count_lines(tx, advert.ring_id, crowd.LINES_MIN) + crowd.lines_of(len(advert.edges))
        if lines <= EDGES_MAX:
            return True
        is_neighbour = self._is_ours(advert.ring_id)
        if not is_neighbour and not self._atlas.is_named(advert.ring_id, (edge.peer for edge in advert.edges)):
            return False
        others = [row for row in records.load_sizes(tx) if row.ring_id != advert.ring_id]
        held = [self._told_of(row) for row in others if not self._is_ours(row.ring_id)]
        gone = crowd.give_way(held, "" if is_neighbour else line.names.peer, lines - EDGES_MAX)
        records.drop(tx, gone or ())
        tx.after_commit(partial(self._drop, gone or ()))
        return gone is not None

    def _is_ours(self, ring_id: str) -> bool:
        """Whether it is this ring or a neighbour: their adverts give way to none."""
        return ring_id == self._identity.ring_id or self._lines.by_ring(ring_id) is not None

    def _told_of(self, row: AdvertSize) -> Told:
        is_named = self._atlas.is_on_a_road(row.ring_id)
        return Told(row.ring_id, row.edges, row.expires_at, row.teller or UNKNOWN, is_named)


def _advert_in(data: bytes) -> Advert:
    """What an advert says, not verified. Raises RemoteError as `canonical.parse`."""
    return canonical.parse(envelope.parse_envelope(data).body(), Advert, limits.DOCUMENT_BYTES)


def _seqs(adverts: Iterable[msgspec.Raw]) -> Iterable[tuple[str, int]]:
    """What somebody who tells adverts holds himself."""
    for data in adverts:
        try:
            advert = _advert_in(bytes(data))
        except RemoteError:
            continue
        yield advert.ring_id, advert.seq
