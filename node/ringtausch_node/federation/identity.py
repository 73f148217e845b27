# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who this ring is: its keys by purpose, its signed card, and the boot that this opening of the folder is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringtausch_protocol import canonical, envelope, keys, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import CardKey, CardUnit, KeyPurpose, RingCard
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.keys import Signer, SigningKey
from ringtausch_protocol.sealing import OpeningKey, check_sealing_public
from ringtausch_protocol.units import Unit

SIGNING: tuple[KeyPurpose, ...] = ("frame", "checkpoint", "witness", "operator")
OPENING: tuple[KeyPurpose, ...] = ("seal", "recovery")


@dataclass(frozen=True, slots=True)
class Card:
    """A verified ring-card and what is asked of it every day: its hash and the keys by their ids."""

    card: RingCard
    envelope: bytes
    hash: str
    frame_keys: Mapping[str, bytes]
    operator_keys: Mapping[str, bytes]
    seal_public: bytes


@dataclass(frozen=True, slots=True)
class RingIdentity:
    """The ring's own card and signers; `boot` is a fresh random id for every opening of the folder."""

    own: Card
    net: str
    boot: str
    frame_signer: Signer
    frame_key_id: str
    operator_signers: tuple[tuple[str, Signer], ...]
    seal_key: OpeningKey
    recovery_key: OpeningKey

    @property
    def ring_id(self) -> str:
        """The self-certifying name of this ring."""
        return self.own.card.ring_id

    @property
    def address(self) -> str:
        """The address that members write behind the @."""
        return self.own.card.address


def issue_card(
    *,
    net: str,
    address: str,
    url: str,
    unit: Unit,
    root_seeds: Sequence[bytes],
    next_root_seeds: Sequence[bytes],
    seeds: Mapping[str, bytes],
) -> bytes:
    """Make and sign the first card of a ring (SPEC.md 3.3). seeds: purpose -> 32 secret bytes.

    Every root key signs; the next root is only committed to, so that a stolen root cannot rotate (pre-rotation).
    """
    roots = [SigningKey(seed) for seed in root_seeds]
    publics = [root.public for root in roots]
    following = [SigningKey(seed).public for seed in next_root_seeds]
    ring = keys.ring_id(publics, len(publics))
    card = RingCard(
        v=1, net=net, ring_id=ring, number=1, address=address, url=url,
        root_keys=[b64(public) for public in publics], root_threshold=len(publics),
        next_root=b64(hashlib.sha256(keys.ring_id(following, len(following)).encode()).digest()),
        keys=_card_keys(seeds), operator_threshold=1,
        unit=CardUnit(name=unit.name, per_hour=unit.per_hour, decimals=unit.decimals), contact="",
    )  # fmt: skip
    signers = [(keys.key_id(ring, root.public), root) for root in roots]
    return envelope.seal("ring-card", canonical.encode(card), signers)


def _card_keys(seeds: Mapping[str, bytes]) -> list[CardKey]:
    signing = [CardKey(purpose=name, public=b64(SigningKey(seeds[name]).public)) for name in SIGNING]
    return signing + [CardKey(purpose=name, public=b64(OpeningKey(seeds[name]).public)) for name in OPENING]


def verify_card(data: bytes) -> Card:
    """Check a card by itself: its root keys sign it and hash to its ring id; no weak key stands in it, of any purpose.

    Raises RemoteError: malformed, not_canonical, bad_signature, weak_key, wrong_ring.
    """
    claimed = canonical.parse(envelope.parse_envelope(data).body(), RingCard, limits.DOCUMENT_BYTES)
    roots = [keys.check_public(canonical.unb64(text, 32)) for text in claimed.root_keys]
    if keys.ring_id(roots, claimed.root_threshold) != claimed.ring_id:
        raise RemoteError("wrong_ring", "card's root keys are of another ring")
    by_id = {keys.key_id(claimed.ring_id, root): root for root in roots}
    payload = envelope.open_envelope(data, "ring-card", by_id, claimed.root_threshold)
    for key in claimed.keys:
        check = check_sealing_public if key.purpose in OPENING else keys.check_public
        check(canonical.unb64(key.public, 32))
    return Card(
        card=claimed,
        envelope=data,
        hash=b64(envelope.document_hash("ring-card", payload)),
        frame_keys=_keys_for(claimed, "frame"),
        operator_keys=_keys_for(claimed, "operator"),
        seal_public=_one_key(claimed, "seal"),
    )


def _keys_for(card: RingCard, purpose: str) -> dict[str, bytes]:
    publics = [canonical.unb64(key.public, 32) for key in card.keys if key.purpose == purpose]
    if not publics:
        raise RemoteError("malformed", f"card without {purpose} key")
    return {keys.key_id(card.ring_id, public): public for public in publics}


def _one_key(card: RingCard, purpose: str) -> bytes:
    publics = [canonical.unb64(key.public, 32) for key in card.keys if key.purpose == purpose]
    if len(publics) != 1:
        raise RemoteError("malformed", f"card needs one {purpose} key")
    return publics[0]


def load_identity(card: bytes, seeds: Mapping[str, bytes], boot: bytes) -> RingIdentity:
    """Put the ring's card and its secret seeds together. Raises LocalError('wrong_keys') where they do not match."""
    own = verify_card(card)
    frame = SigningKey(seeds["frame"])
    operator = SigningKey(seeds["operator"])
    frame_id = keys.key_id(own.card.ring_id, frame.public)
    operator_id = keys.key_id(own.card.ring_id, operator.public)
    if frame_id not in own.frame_keys or operator_id not in own.operator_keys:
        raise LocalError("wrong_keys", "the keys in the folder are not those of its card")
    return RingIdentity(
        own=own, net=own.card.net, boot=b64(boot), frame_signer=frame, frame_key_id=frame_id,
        operator_signers=((operator_id, operator),), seal_key=OpeningKey(seeds["seal"]),
        recovery_key=OpeningKey(seeds["recovery"]),
    )  # fmt: skip
