# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which cards and keys lie in a ring's folder: the present ones, the earlier ones, and those of the next boot.

    card.json            the present card              keys/operational.json  its seeds
    cards.json           all own cards, oldest first   keys/earlier.json      seeds that still open old boxes
    keys/pending.json    a new card with its seeds: takes effect when the folder is opened next

A new card is never used in the process that runs when it is issued: all frames of a boot stand under one card.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from ringtausch_node.errors import LocalError
from ringtausch_node.folder import PURPOSES, Folder, parse_seed, seed_text, write_file
from ringtausch_node.sometimes import sometimes
from ringtausch_protocol import cards
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError

logger = logging.getLogger(__name__)


class _Pending(msgspec.Struct, forbid_unknown_fields=True):
    card: msgspec.Raw
    operational: dict[str, str]


class Earlier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an earlier card's secrets still open: its number, and two seeds in base64url."""

    card: int
    seal: str
    recovery: str


class OwnCards(NamedTuple):
    """A ring's cards: all of them, oldest first, and which is the one that this folder has the keys of."""

    chain: tuple[Card, ...]
    present: Card

    @property
    def newest(self) -> Card:
        """The one with the highest number that is known of this ring, whoever has its keys."""
        return self.chain[-1]

    @property
    def is_superseded(self) -> bool:
        """A newer card of this ring exists: what stands under the present one is nobody's word any more."""
        return self.newest.number > self.present.number


class CardFiles:
    """Cards and seeds of one folder. Each call reads or writes whole files."""

    def __init__(self, path: Path) -> None:
        self._path, self._keys = path, path / "keys"

    def load(self) -> OwnCards:
        """The ring's own cards, verified from one that proves itself. Raises LocalError: folder_unusable."""
        present = self._read(self._path / "card.json")
        if present is None:
            raise LocalError("folder_unusable", "card.json")
        listed = self._read(self._path / "cards.json")
        try:
            raws = [msgspec.Raw(present)] if listed is None else msgspec.json.decode(listed, type=list[msgspec.Raw])
            chain = cards.verify_chain([bytes(raw) for raw in raws])
        except (ValueError, RecursionError, RemoteError, IndexError):
            raise LocalError("folder_unusable", "cards.json" if listed else "card.json") from None
        found = next((card for card in chain if card.envelope == present), None)
        if found is None:
            raise LocalError("folder_unusable", "card.json is not among cards.json")
        return OwnCards(tuple(chain), found)

    def keep(self, following: Sequence[Card]) -> None:
        """Remember own cards that follow the newest known one; durable on return."""
        known = self.load().chain
        chain = [*known, *(card for card in following if card.number > known[-1].number)]
        self._write_chain(chain)

    def earlier(self) -> list[Earlier]:
        """Seeds of earlier cards that still open what was sealed to them, newest first."""
        data = self._read(self._keys / "earlier.json")
        try:
            found = [] if data is None else msgspec.json.decode(data, type=list[Earlier])
        except (ValueError, RecursionError):
            raise LocalError("folder_unusable", "keys/earlier.json") from None
        return sorted(found, key=lambda each: -each.card)

    # -- the card of the next boot -----------------------------------------------------------------------------------

    def pending(self) -> Card | None:
        """The card that takes effect at the next boot, or None."""
        found = self._pending()
        return None if found is None else self._verified(found)

    def set_pending(self, card: bytes, seeds: Mapping[str, bytes]) -> None:
        """Keep a new card and all its seeds for the next boot; durable on return. LocalError('card_pending')."""
        if self._pending() is not None:
            raise LocalError("card_pending")
        table = {purpose: seed_text(seeds[purpose]) for purpose in PURPOSES}
        write_file(self._keys / "pending.json", msgspec.json.encode(_Pending(msgspec.Raw(card), table)) + b"\n")

    def withdraw(self) -> Card:
        """Take the pending card back before any boot has used it. -> it. Raises LocalError: nothing_pending.

        One that a boot is taking up at this moment stands among the cards already, and stays.
        """
        found = self._pending()
        if found is None or bytes(found.card) in {card.envelope for card in self.load().chain}:
            raise LocalError("nothing_pending")
        card = self._verified(found)
        (self._keys / "pending.json").unlink(missing_ok=True)
        return card

    def promote(self, folder: Folder) -> None:
        """The pending card becomes the present one. Called with the folder's lock held, before anything is signed.

        Whole files, one after the other, the pending one goes last: after a crash between two the next opening does it
        all again, with the same bytes.
        """
        found = self._pending()
        if found is None:
            return
        try:
            card = self._verified(found)
        except LocalError:
            logger.exception("the pending card does not follow the newest one any more: it is put aside")
            (self._keys / "pending.json").replace(self._keys / "pending.refused.json")
            return
        if self.load().present.number < card.number:
            self._put_aside(folder)
            table = {purpose: found.operational[purpose] for purpose in PURPOSES}
            self.keep([card])
            write_file(self._keys / "operational.json", msgspec.json.format(msgspec.json.encode(table)) + b"\n")
            write_file(self._path / "card.json", card.envelope)
            sometimes("a new card is taken up")
        (self._keys / "pending.json").unlink()

    def _put_aside(self, folder: Folder) -> None:
        """Keep the seeds that open old boxes. Once for a card: what a crash left here is right."""
        number, kept, old = self.load().present.number, self.earlier(), folder.operational_seeds()
        if any(each.card == number for each in kept):
            return
        kept.append(Earlier(number, seed_text(old["seal"]), seed_text(old["recovery"])))
        write_file(self._keys / "earlier.json", msgspec.json.format(msgspec.json.encode(kept)) + b"\n")

    def _pending(self) -> _Pending | None:
        data = self._read(self._keys / "pending.json")
        try:
            return None if data is None else msgspec.json.decode(data, type=_Pending)
        except (ValueError, RecursionError):
            raise LocalError("folder_unusable", "keys/pending.json") from None

    def _verified(self, found: _Pending) -> Card:
        known = self.load()
        card, same = bytes(found.card), [each for each in known.chain if each.envelope == bytes(found.card)]
        try:
            return same[0] if same else cards.verify_next(known.newest, card)
        except RemoteError as bad:
            raise LocalError("folder_unusable", f"keys/pending.json: {bad.code}") from None

    def _write_chain(self, chain: Sequence[Card]) -> None:
        write_file(self._path / "cards.json", format_chain(chain))

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            raise LocalError("folder_unusable", path.name) from None


def format_chain(chain: Sequence[Card]) -> bytes:
    """Cards as `cards.json` holds them: a JSON list, one a line."""
    return b"[" + b",\n".join(card.envelope for card in chain) + b"]\n"


def opened_seeds(earlier: Sequence[Earlier], purpose: str) -> list[bytes]:
    """The earlier seeds of one purpose, newest first. Raises LocalError('folder_unusable')."""
    try:
        return [parse_seed(each.seal if purpose == "seal" else each.recovery) for each in earlier]
    except ValueError:
        raise LocalError("folder_unusable", "keys/earlier.json") from None
