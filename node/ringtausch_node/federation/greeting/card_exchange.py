# SPDX-License-Identifier: AGPL-3.0-or-later
"""What two rings tell each other of their cards when they greet, and what becomes of a card that breaks the rules.

A new card comes with the hello of the boot that uses it, and counts from the commit that stores that hello (SPEC.md
3.5, 6.4). Whoever shows a wrong card is refused; the line is paused only where a key of the ring itself stands behind
the card, or strangers could pause any line.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import card_records, records
from ringtausch_node.federation.line.folder_files import OwnCardFiles
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import cards, limits
from ringtausch_protocol.cards import Card
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.ring_card import Revocation

logger = logging.getLogger(__name__)

#: For what a card, or two histories of a log, may have paused a line that its operator opens again when he knows why.
SUSPICIOUS = frozenset({
    "two_cards", "card_skipped", "card_prev", "card_changed", "root_commit", "threshold", "unknown_key", "weak_key",
    "two_histories",
})  # fmt: skip


class NewerCards(RemoteError):
    """The other ring speaks under a card that was replaced; `cards` are the newer ones, as we hold them."""

    def __init__(self, newer: list[msgspec.Raw]) -> None:
        super().__init__("card_old", "a newer card is known")
        self.cards = newer


class CardExchange:
    """Cards of both sides, for all lines of this process."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, files: OwnCardFiles
    ) -> None:
        self._store, self._clock, self._identity = store, clock, identity
        self._lines, self._files = lines, files
        if identity.cards.is_superseded:
            lines.silence()

    # -- what we tell ------------------------------------------------------------------------------------------------

    def own_after(self, number: int) -> list[msgspec.Raw]:
        """Our own cards after a number, oldest first."""
        return _raws(card for card in self._identity.cards.chain if number < card.number <= self._identity.own.number)

    def named_by(self, line: Line, number: int, digest: str | None) -> int:
        """Up to which number we hold the very cards that the peer names. Raises NewerCards where ours is newer.

        A number that we hold under another hash gives the one before: so the peer shows its card, and there is proof.
        """
        newest = line.card
        if digest == newest.hash or number > newest.number or newest.number == 1:
            return newest.number
        if digest is None or digest in line.cards:
            raise NewerCards(self.theirs_after(line, number))
        return number - 1

    def theirs_after(self, line: Line, number: int) -> list[msgspec.Raw]:
        """The peer's cards after a number, as we hold them."""
        return _raws(card for card in line.cards.values() if card.number > number)

    # -- what we hear ------------------------------------------------------------------------------------------------

    def unknown(self, line: Line, given: Sequence[msgspec.Raw]) -> list[msgspec.Raw]:
        """Of cards that a peer shows without knowing what we hold: those of a higher number. Raises RemoteError."""
        return [raw for raw in given if cards.number_of(bytes(raw)) > line.card.number]

    async def read(self, line: Line, given: Sequence[msgspec.Raw], *, is_from_peer: bool) -> list[Card]:
        """Check cards that a peer shows. -> those that follow the newest that we hold; counted by nobody yet.

        `is_from_peer`: a fresh hello under the known card came with them. Raises RemoteError with the code of a card
        that breaks the rules, after the line was paused if the ring itself must answer for it.
        """
        found: list[Card] = []
        for raw in given[: limits.CARDS_MAX]:
            data = bytes(raw)
            try:
                card = _follow(line, found, data)
            except RemoteError as bad:
                is_theirs = is_from_peer or cards.is_signed_by_root(line.card, data)
                await self._refuse(line, bad.code, data, is_theirs=is_theirs)
                raise
            if card is not None:
                found.append(card)
        return found

    async def _refuse(self, line: Line, code: str, data: bytes, *, is_theirs: bool) -> None:
        if is_theirs and code != "card_old":
            await self._store.write(lambda tx: self.suspect(tx, line, code, data))
        else:
            logger.warning("line to %s: a card was refused: %s", line.peer.address, code)

    def verify_named(self, line: Line, card: Card, digest: str) -> None:
        """A standing names the card of its boot: it must be the newest. Raises RemoteError: card_old, card_unknown."""
        if digest == card.hash:
            return
        if digest in line.cards:
            raise NewerCards(self.theirs_after(line, line.cards[digest].number))
        raise RemoteError("card_unknown", "a card that was not shown")

    def install(self, tx: Tx, line: Line, following: Sequence[Card]) -> None:
        """The peer's new cards count from this commit on; hellos may cross, so some may be there already."""
        following = [card for card in following if card.hash not in line.cards]
        if not following:
            return
        now = self._clock.now()
        card_records.insert(tx, line.cards.values(), now)
        card_records.insert(tx, following, now)
        newest = following[-1]
        records.set_card(tx, line.peer.id, newest.envelope, newest.card.url)
        for card in following:
            translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (card.envelope,)))
            if card.card.revoked is not None and self._is_beyond(tx, line, card.card.revoked):
                self.suspect(tx, line, "revoked_key", card.envelope)
        tx.after_commit(lambda: line.take_cards(following))

    def _is_beyond(self, tx: Tx, line: Line, revoked: Revocation) -> bool:
        """Whether we hold frames of the peer beyond the place up to which it stands for a key."""
        end = cards.end_of(revoked, self._identity.ring_id, line.names.epoch)
        gone = set(revoked.keys)
        found = card_records.cards_beyond(tx, line.peer.id, line.names.epoch, end)
        return any(gone & line.cards[digest].frame_keys.keys() for digest in found if digest in line.cards)

    def suspect(self, tx: Tx, line: Line, code: str, data: bytes) -> None:
        """The ring's keys stand behind something that its rules forbid: keep it, and sign nothing more for it."""
        records.keep_evidence(tx, line.peer.id, code, data, self._clock.now())
        records.set_peer_state(tx, line.peer.id, "quarantined", code)
        line.stop()
        tx.after_commit(lambda: line.quarantine(code))
        logger.error("line to %s is paused: %s", line.peer.address, code)

    async def believe_again(self, line: Line) -> None:
        """The operator's word, after a phone call: the line goes on under the card that is known.

        Only where a card was wrong; a line that stands for another reason, or a thief's frames, needs more than a word.
        """
        if line.peer.state != "quarantined" or line.peer.reason not in SUSPICIOUS:
            return
        peer = line.peer._replace(state="confirmed", reason=None)
        await self._store.write(lambda tx: records.set_peer_state(tx, peer.id, "confirmed"))
        line.take_up(peer)
        line.wake.set()

    # -- our own cards, as others know them --------------------------------------------------------------------------

    def told_newer(self, given: Sequence[msgspec.Raw]) -> None:
        """A peer holds newer cards of ours than this folder has keys of. On proof nothing more is signed here."""
        own = self._identity.cards
        known = {card.envelope for card in own.chain}
        shown = [bytes(raw) for raw in given[: limits.CARDS_MAX] if bytes(raw) not in known]
        try:
            newer = cards.verify_later(own.newest, shown)
        except RemoteError as bad:
            logger.warning("a card in our name does not verify: %s", bad.code)
            return
        if newer:
            self._files.keep(newer)
            self._lines.silence()
            logger.error("this ring has a newer card than this folder: nothing more is signed here")


def log_own_cards(tx: Tx, identity: RingIdentity, at: int) -> None:
    """A ring's log begins with its first card; each later one is logged by the first boot that signs under it."""
    is_begun = translog.head(tx).size > 0
    for card in identity.cards.chain:
        is_logged = card_records.is_known(tx, card.hash) or (is_begun and card.number == 1)
        if card.number <= identity.own.number and not is_logged:
            translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (card.envelope,)))
            card_records.insert(tx, [card], at)


def _follow(line: Line, found: Sequence[Card], data: bytes) -> Card | None:
    """The next card; None for one that we hold. Raises RemoteError, `two_cards` also for a number long passed."""
    known = {card.envelope: card for card in line.cards.values()}
    if data in known and not found:
        return None
    before = found[-1] if found else line.card
    try:
        return cards.verify_next(before, data)
    except RemoteError as bad:
        if bad.code == "card_old" and _is_second(line, data):
            raise RemoteError("two_cards", bad.detail) from None
        raise


def _is_second(line: Line, data: bytes) -> bool:
    """Whether a card follows an earlier one by the rules, in the place of the one that we hold."""
    for before in line.cards.values():
        try:
            card = cards.verify_next(before, data)
        except RemoteError:
            continue
        return card.hash not in line.cards
    return False


def _raws(chosen: Iterable[Card]) -> list[msgspec.Raw]:
    """Envelopes as they go into a message."""
    return [msgspec.Raw(card.envelope) for card in chosen][: limits.CARDS_MAX]
