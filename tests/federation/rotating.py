# SPDX-License-Identifier: AGPL-3.0-or-later
"""New cards for towns: as the commands issue them, and as a thief would."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_node.folder import load_seeds
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.keyring.roots import load_roots
from ringtausch_node.keyring.rotation import Rotation
from ringtausch_protocol import canonical, cards, envelope, keys
from ringtausch_protocol.cards import Card
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.ring_card import ChannelEnd, RingCard
from tests.federation.towns import Towns, line_of, row_of


def rotation_of(path: Path, root: Path | None = None) -> Rotation:
    """What issues the next card of a folder; its root keys still lie there."""
    return Rotation(path, load_roots(path, root), os.urandom)


def rotate(towns: Towns, name: str, **how: Any) -> Card:
    """A new card for the next boot of a town."""
    return rotation_of(towns.root / name).rotate(**how)


async def revoke(towns: Towns, ring: Ring, other: Ring) -> None:
    """A ring takes its frame key back, where its own chain to the other ends."""
    row, line = await row_of(ring, other), line_of(ring, other)
    key = ring.identity.frame_key_id
    end = ChannelEnd(peer=line.peer.ring_id, epoch=line.peer.epoch, seq=row.own_seq)
    card = rotation_of(towns.root / ring.config.name).revoke([key], 1, 99, [end])
    assert (False, [key]) == (key in card.frame_keys, list(card.revoked))


async def restart(towns: Towns, name: str) -> Ring:
    """Close a town and open it again: a new boot, which takes up what is pending."""
    await towns.close(name)
    return await towns.open(name)


async def count_logged(ring: Ring, card: Card) -> int:
    """In how many entries of its log a ring has a card."""
    sql = "SELECT count(*) FROM leaf WHERE instr(entry, ?) > 0"
    return int(await ring.store.read(lambda tx: tx.one(sql, (card.envelope,))[0]))


def root_signers(path: Path) -> list[SigningKey]:
    """The root keys of a folder."""
    return [SigningKey(seed) for seed in load_roots(path).root]


def forged(before: Card, signers: Sequence[SigningKey], **changes: Any) -> bytes:
    """A card that would follow another, with changes, signed by whoever is named."""
    fields: dict[str, Any] = {"number": before.number + 1, "prev_card": before.hash, **changes}
    made: RingCard = msgspec.structs.replace(before.card, **fields)
    named = [(keys.key_id(before.card.ring_id, signer.public), signer) for signer in signers]
    return envelope.seal(cards.KIND, canonical.encode(made), named)


def install(path: Path, card: bytes) -> None:
    """Put a card with the folder's own keys into its place by hand: what the program itself would refuse to do."""
    chain = [each.envelope for each in CardFiles(path).load().chain]
    (path / "cards.json").write_bytes(b"[" + b",".join([*chain, card]) + b"]")
    (path / "card.json").write_bytes(card)
    assert load_seeds(path)
