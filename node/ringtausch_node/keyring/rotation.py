# SPDX-License-Identifier: AGPL-3.0-or-later
"""The next card of a ring, kept for its next boot: new keys, other operators, keys revoked, another root.

Works on files alone, in the process of the command: a running node never sees the root keys.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from ringtausch_node.errors import LocalError
from ringtausch_node.folder import PURPOSES, SEED_BYTES, load_seeds
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.keyring.issue import OPENING, Change, Roots, issue_next
from ringtausch_node.keyring.roots import write_roots
from ringtausch_protocol import canonical, keys
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.ring_card import ChannelEnd, Revocation
from ringtausch_protocol.sealing import OpeningKey

Chance = Callable[[int], bytes]


class Rotation:
    """Issues the next card of the ring in a folder. `chance` gives random bytes."""

    def __init__(self, path: Path, roots: Roots, chance: Chance) -> None:
        self._roots, self._chance = roots, chance
        self._files = CardFiles(path)
        self._own = self._files.load()
        self._seeds = load_seeds(path)
        self._operators = self._others()
        if self._files.pending() is not None:
            raise LocalError("card_pending")

    @property
    def before(self) -> Card:
        """The newest known card of this ring."""
        return self._own.newest

    def _others(self) -> list[bytes]:
        """Operators' keys on the newest card that are not the node's own.

        Of a superseded folder only those that it knows: the node's key on the newer card is lost or stolen.
        """
        known, ours = self._own.present.operator_keys.values(), self._own_publics()
        return [public for public in self.before.operator_keys.values() if public in known and public not in ours]

    def _own_publics(self) -> dict[bytes, str]:
        return {public_of(purpose, seed): purpose for purpose, seed in self._seeds.items()}

    def rotate(self, purposes: Collection[str] = PURPOSES, root_out: Path | None = None) -> Card:
        """New keys for these purposes; with `root_out` the next root keys take over and new next ones are written.

        Raises LocalError: card_pending, root_wrong, file_exists, file_unreadable.
        """
        following = None
        if root_out is not None:
            following = Roots(self._roots.next_root, [self._chance(SEED_BYTES) for _ in self._roots.next_root])
        seeds = self._renewed(purposes)
        threshold = min(self._threshold(), len(self._operators) + 1)
        change = Change(seeds, self._operators, threshold, following=following)
        signed = issue_next(self.before, self._roots, change)
        if root_out is not None and following is not None:
            write_roots(root_out, following)
        return self._set(signed, seeds)

    def operators(self, add: Sequence[bytes], remove: Sequence[str], threshold: int | None) -> Card:
        """Other operators, or another threshold. `remove`: key ids; the node's own key stays.

        Raises LocalError: card_pending, root_wrong, operators, key_unknown, weak_key.
        """
        gone = {self._operator_of(key_id) for key_id in remove}
        kept = [public for public in self._operators if public not in gone]
        for public in add:
            try:
                keys.check_public(public)
            except RemoteError as bad:
                raise LocalError(bad.code, bad.detail) from None
            if public in kept or public in self._own_publics():
                raise LocalError("operators", "this key is on the card already")
            kept.append(public)
        change = Change(self._seeds, kept, threshold or self._threshold())
        return self._set(issue_next(self.before, self._roots, change), self._seeds)

    def revoke(self, key_ids: Sequence[str], log: int, size: int, channels: Sequence[ChannelEnd]) -> Card:
        """Revoke keys beyond these positions; the node's own are replaced, operators' keys go.

        Raises LocalError: card_pending, root_wrong, key_unknown, operators.
        """
        known = self._key_ids()
        unknown = next((key_id for key_id in key_ids if key_id not in known), None)
        if unknown is not None:
            raise LocalError("key_unknown", unknown)
        named = {known[key_id] for key_id in key_ids}
        seeds = self._renewed({purpose for public, purpose in self._own_publics().items() if public in named})
        kept = [public for public in self._operators if public not in named]
        revoked = Revocation(keys=sorted(set(key_ids)), log=log, size=size, channels=list(channels))
        change = Change(seeds, kept, min(self._threshold(), len(kept) + 1), revoked)
        return self._set(issue_next(self.before, self._roots, change), seeds)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _threshold(self) -> int:
        return self.before.card.operator_threshold

    def _renewed(self, purposes: Collection[str]) -> dict[str, bytes]:
        """The node's seeds with new ones for these purposes.

        A superseded folder has no key of the newest card: it renews all of them.
        """
        lost = PURPOSES if self._own.is_superseded else ()
        return {
            purpose: self._chance(SEED_BYTES) if purpose in purposes or purpose in lost else seed
            for purpose, seed in self._seeds.items()
        }

    def _key_ids(self) -> dict[str, bytes]:
        """Every key that ever stood on a card of this ring, by its id."""
        ring, cards = self.before.card.ring_id, self._own.chain
        publics = [canonical.unb64(key.public, 32) for card in cards for key in card.card.keys]
        return {keys.key_id(ring, public): public for public in publics}

    def _operator_of(self, key_id: str) -> bytes:
        public = self.before.operator_keys.get(key_id)
        if public is None or public not in self._operators:
            raise LocalError("key_unknown", key_id)
        return public

    def _set(self, signed: bytes, seeds: Mapping[str, bytes]) -> Card:
        self._files.set_pending(signed, seeds)
        pending = self._files.pending()
        assert pending is not None
        return pending


def public_of(purpose: str, seed: bytes) -> bytes:
    """The public key of a seed, by what the key is for."""
    return OpeningKey(seed).public if purpose in OPENING else SigningKey(seed).public
