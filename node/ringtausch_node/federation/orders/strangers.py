# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cards of other rings, as neighbours show them: of those without an agreement, and newer ones of neighbours (7.12).

A first card proves itself: its root keys hash to the ring's id. A later one follows the one before. So it does not
matter who shows it. What a neighbour signed for others may come round before its own hello brings the card.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache, partial
from typing import NamedTuple

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.orders import between_records as records
from ringtausch_node.federation.orders import second_cards
from ringtausch_node.federation.orders.read_once import send
from ringtausch_node.store import Tx
from ringtausch_protocol import cards, limits
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import DocumentItem, encode_item

CARD = "ring-card"
#: What a use case has read of strangers, of whom many items of a frame ask: (ring id, chain).
_CHAINS = "stranger_chain"
#: Rings of which cards are kept that came beside adverts alone: twice as many as adverts are kept of, so that one
#: without an advert can always go. What stands in a frame is logged, so that the bytes a day of the agreement bound it;
#: refused, it would stop a line between two honest rings, for what follows is proved by it.
STRANGERS_MAX = 4_000
#: Chains kept as read, by their bytes: those of a thousand rings take some 5 MB.
CHAINS_KEPT = 1_024


@lru_cache(CHAINS_KEPT)
def _read_chain(rows: tuple[bytes, ...]) -> tuple[Card, ...]:
    """The cards in these bytes, which were proved when they came. They are asked for with every advert."""
    first = cards.read_card(rows[0])
    return (first, *cards.verify_later(first, rows[1:]))


class _Ahead(NamedTuple):
    """Cards of a neighbour behind the one of its hello, whose hash is `newest`, as they were read from these bytes."""

    newest: str
    rows: tuple[bytes, ...]
    cards: tuple[Card, ...]


def _read_ahead(newest: Card, rows: tuple[bytes, ...]) -> _Ahead:
    """None where they follow another card than this one, from before the agreement."""
    try:
        found = tuple(cards.verify_later(newest, rows))
    except RemoteError:
        found = ()
    return _Ahead(newest.hash, rows, found)


class Strangers:
    """What is known of rings beyond the neighbours; everything inside a transaction."""

    def __init__(self, identity: RingIdentity, clock: Clock, lines: Lines) -> None:
        self._identity, self._clock, self._lines = identity, clock, lines
        self._ahead: dict[str, _Ahead] = {}

    def chain(self, tx: Tx, ring_id: str) -> list[Card]:
        """The known cards of any ring, oldest first; empty where there are none."""
        if ring_id == self._identity.ring_id:
            return list(self._identity.cards.chain)
        line = self._lines.by_ring(ring_id)
        if line is not None:
            return [*line.cards.values(), *self._cards_ahead(tx, line)]
        for known, chain in tx.collected(_CHAINS):
            if known == ring_id:
                return list(chain)
        rows = records.load_cards(tx, ring_id, 0)
        found = _read_chain(tuple(rows)) if rows else ()
        tx.collect(_CHAINS, (ring_id, found))
        return list(found)

    def _cards_ahead(self, tx: Tx, line: Line) -> tuple[Card, ...]:
        """A neighbour's cards that others have shown and its own hello has not: until then they are asked for often."""
        rows = tuple(records.load_cards(tx, line.names.peer, line.card.number))
        if not rows:
            return ()
        known = self._ahead.get(line.names.peer)
        if known is None or (known.newest, known.rows) != (line.card.hash, rows):
            known = self._ahead[line.names.peer] = _read_ahead(line.card, rows)
        return known.cards

    def keys(self, tx: Tx, ring_id: str) -> dict[str, bytes]:
        """The frame keys under which a ring may have signed, without those it has revoked.

        Raises RemoteError('card_unknown').
        """
        chain = self.chain(tx, ring_id)
        if not chain:
            raise RemoteError("card_unknown", ring_id)
        return cards.standing_keys(chain)

    def second_keys(self, tx: Tx, ring_id: str) -> dict[str, bytes]:
        """The frame keys on second cards of a number, which others have shown of a ring: its word, for ends alone."""
        return second_cards.standing_keys(self.chain(tx, ring_id), self._second(tx, ring_id))

    def _second(self, tx: Tx, ring_id: str) -> list[Card]:
        line = self._lines.by_ring(ring_id)
        return second_cards.load(tx, line.peer.id if line else None, ring_id)

    def ever_keys(self, tx: Tx, ring_id: str) -> dict[str, bytes]:
        """All frame keys on all cards that were ever known of a ring, revoked, replaced or not.

        What was taken under them stays taken, also where its hello has brought others since, or an agreement.
        """
        shown = [cards.read_card(row) for row in records.load_cards(tx, ring_id, 0)] + self._second(tx, ring_id)
        return {name: key for card in (*shown, *self.chain(tx, ring_id)) for name, key in card.frame_keys.items()}

    def address(self, tx: Tx, ring_id: str) -> str:
        """The address on a ring's newest card. Raises RemoteError('card_unknown')."""
        chain = self.chain(tx, ring_id)
        if not chain:
            raise RemoteError("card_unknown", ring_id)
        return chain[-1].card.address

    def name(self, tx: Tx, ring_id: str) -> str:
        """A ring's address, or its id where no card of it is known."""
        chain = self.chain(tx, ring_id)
        return chain[-1].card.address if chain else ring_id

    def heard(self, tx: Tx, data: bytes) -> str | None:
        """A card in a frame. -> the code of a reject, or None; what is known already changes nothing.

        A neighbour's next card counts for what it signed for others, and for its frames to us once its hello names it
        (SPEC.md 3.5); else its cards are passed over, as our own are: we have those by other ways.
        """
        try:
            code = self._learn(tx, data, is_told=False)
            records.keep_told(tx, cards.read_card(data).card.ring_id)
        except RemoteError as bad:
            return bad.code
        return code

    def told(self, tx: Tx, data: bytes) -> None:
        """A card beside adverts: passed over where it is not true, or too much."""
        with suppress(RemoteError):
            self._learn(tx, data, is_told=True)

    def _learn(self, tx: Tx, data: bytes, *, is_told: bool) -> str | None:
        shown = cards.read_card(data)
        ring_id = shown.card.ring_id
        line = self._lines.by_ring(ring_id)
        if line is not None:
            if not is_told:
                self._learn_of_neighbour(tx, line, shown)
            return None
        chain = self.chain(tx, ring_id)
        if ring_id == self._identity.ring_id or any(card.hash == shown.hash for card in chain):
            return None
        if chain and not is_told and second_cards.learn_if_not_next(tx, None, chain, shown, self._clock.now()):
            return None
        if chain and shown.number <= chain[-1].number:
            return "two_cards" if shown.number in {card.number for card in chain} else None
        proved = cards.verify_next(chain[-1], data) if chain else cards.verify_card(data)
        if is_told and not self._has_room(tx, chain):
            return "busy"
        self._keep(tx, proved, is_told=is_told)
        return None

    def _learn_of_neighbour(self, tx: Tx, line: Line, shown: Card) -> None:
        ahead = self._cards_ahead(tx, line)
        known = [*line.cards.values(), *ahead]
        if second_cards.learn_if_not_next(tx, line.peer.id, known, shown, self._clock.now()):
            if line.peer.state == "confirmed":
                self._suspect(tx, line)
            return
        with suppress(RemoteError):
            proved = cards.verify_next(known[-1], shown.envelope)
            if len(ahead) < limits.CARDS_MAX:  # it would have to greet one day
                self._keep(tx, proved, is_told=False)

    def _suspect(self, tx: Tx, line: Line) -> None:
        """A neighbour's root keys stand behind two cards: it must answer, and nothing more is signed for it."""
        lines_records.set_peer_state(tx, line.peer.id, "quarantined", second_cards.CODE)
        line.stop()
        tx.after_commit(lambda: line.quarantine(second_cards.CODE))

    def _keep(self, tx: Tx, proved: Card, *, is_told: bool) -> None:
        records.insert_card(tx, proved, self._clock.now(), is_told=is_told)
        tx.collected(_CHAINS).clear()

    def _has_room(self, tx: Tx, chain: list[Card]) -> bool:
        """Whether a card beside adverts is kept: the next of a known ring, or the first of one more."""
        if chain:
            return len(chain) < limits.CARDS_MAX
        return records.count_told(tx) < STRANGERS_MAX or records.drop_told(tx)

    def show(self, tx: Tx, line: Line, ring_id: str) -> None:
        """Put a ring's cards into the chain of a line before an item that needs them, each once an epoch."""
        for item in self.unshown(tx, line, line.names.epoch, ring_id):
            send(tx, line, item)

    def unshown(self, tx: Tx, line: Line, epoch: str, ring_id: str) -> list[bytes]:
        """The cards of a ring that no chain of an epoch has shown yet, as items. From now on they count as shown."""
        if ring_id == line.names.peer:
            return []
        found = []
        for card in (*self.chain(tx, ring_id), *self._second(tx, ring_id)):
            shown = (epoch, card.hash)
            if shown in line.shown:
                continue
            tx.after_commit(partial(line.shown.add, shown))
            if records.note_shown(tx, line.peer.id, *shown):
                found.append(encode_item(DocumentItem(type_=CARD, envelope=msgspec.Raw(card.envelope))))
        return found

    def shown_again(self, tx: Tx, line: Line, data: bytes) -> None:
        """A frame of ours that came back has shown a card."""
        records.note_shown(tx, line.peer.id, line.names.epoch, cards.read_card(data).hash)
