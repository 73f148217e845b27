# SPDX-License-Identifier: AGPL-3.0-or-later
"""Issuing a ring's cards: the first one, and each that follows (SPEC.md 3.3, 3.5). Seeds in, an envelope out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from ringtausch_node.errors import LocalError
from ringtausch_protocol import canonical, cards, envelope, keys, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card, next_root_of
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.ring_card import CardKey, CardUnit, KeyPurpose, Revocation, RingCard
from ringtausch_protocol.sealing import OpeningKey
from ringtausch_protocol.units import Unit

SIGNING: tuple[KeyPurpose, ...] = ("frame", "checkpoint", "witness", "operator")
OPENING: tuple[KeyPurpose, ...] = ("seal", "recovery")


class Roots(NamedTuple):
    """Seeds of the root keys, and of those that come next. Every root key signs: the threshold is their number."""

    root: Sequence[bytes]
    next_root: Sequence[bytes]

    @property
    def ring_id(self) -> str:
        """The ring id that the root keys have."""
        return _ring_of(self.root)

    @property
    def commitment(self) -> str:
        """How a card commits to the next ones."""
        return next_root_of(_ring_of(self.next_root))


class Change(NamedTuple):
    """What a new card changes. `seeds`: the node's own, by purpose, after the change.

    `replaced`: key ids of the node's own keys that go. `operators`: public keys of operators beside the node's own.
    `following`: new root keys, the ones that the last card committed to.
    """

    seeds: Mapping[str, bytes]
    operators: Sequence[bytes]
    threshold: int
    revoked: Revocation | None = None
    following: Roots | None = None
    url: str | None = None


def issue_card(
    *, net: str, address: str, url: str, unit: Unit, root_seeds: Sequence[bytes], next_root_seeds: Sequence[bytes],
    seeds: Mapping[str, bytes],
) -> bytes:  # fmt: skip
    """Make and sign the first card of a ring. seeds: purpose -> 32 secret bytes.

    Every root key signs; the next root is only committed to, so that a stolen root cannot change it (pre-rotation).
    """
    roots = Roots(root_seeds, next_root_seeds)
    publics = [SigningKey(seed).public for seed in roots.root]
    card = RingCard(
        v=1, net=net, ring_id=roots.ring_id, number=1, address=address, url=url,
        root_keys=[b64(public) for public in publics], root_threshold=len(publics), next_root=roots.commitment,
        keys=_card_keys(seeds, ()), operator_threshold=1,
        unit=CardUnit(name=unit.name, per_hour=unit.per_hour, decimals=unit.decimals), contact="",
    )  # fmt: skip
    return _sign(card, roots.root)


def issue_next(before: Card, roots: Roots, change: Change) -> bytes:
    """Make and sign the card that follows another. -> its envelope.

    Raises LocalError: root_wrong (not the root keys of the card before), operators (more signatures needed than there
    are operators, or too many keys), revoked_key (a key was revoked and may not come back).
    """
    verify_roots(before, roots)
    following = change.following
    if not 1 <= change.threshold <= len(change.operators) + 1:
        raise LocalError("operators", f"{change.threshold} of {len(change.operators) + 1}")
    root_seeds = roots.root if following is None else following.root
    card = msgspec.structs.replace(
        before.card, number=before.number + 1, prev_card=before.hash, url=change.url or before.card.url,
        root_keys=[b64(SigningKey(seed).public) for seed in root_seeds], root_threshold=len(root_seeds),
        next_root=before.card.next_root if following is None else following.commitment,
        keys=_card_keys(change.seeds, change.operators), operator_threshold=change.threshold, revoked=change.revoked,
    )  # fmt: skip
    if len(card.keys) > limits.CARD_KEYS_MAX:
        raise LocalError("operators", f"at most {limits.CARD_KEYS_MAX} keys on a card")
    signed = _sign(card, [*roots.root, *(() if following is None else following.root)])
    try:
        cards.verify_next(before, signed)
    except RemoteError as bad:
        raise LocalError(bad.code, bad.detail) from None
    return signed


def verify_roots(card: Card, roots: Roots) -> None:
    """Raises LocalError('root_wrong') where these are not the root keys of a card, or not the next ones."""
    publics = {b64(SigningKey(seed).public) for seed in roots.root}
    if publics != set(card.card.root_keys) or roots.commitment != card.card.next_root:
        raise LocalError("root_wrong")


def _sign(card: RingCard, root_seeds: Sequence[bytes]) -> bytes:
    signers = [SigningKey(seed) for seed in root_seeds]
    return envelope.seal(
        cards.KIND, canonical.encode(card), [(keys.key_id(card.ring_id, signer.public), signer) for signer in signers]
    )


def _card_keys(seeds: Mapping[str, bytes], operators: Sequence[bytes]) -> list[CardKey]:
    signing = [CardKey(purpose=name, public=b64(SigningKey(seeds[name]).public)) for name in SIGNING]
    more = [CardKey(purpose="operator", public=b64(public)) for public in operators]
    opening = [CardKey(purpose=name, public=b64(OpeningKey(seeds[name]).public)) for name in OPENING]
    return signing + more + opening


def _ring_of(seeds: Sequence[bytes]) -> str:
    return keys.ring_id([SigningKey(seed).public for seed in seeds], len(seeds))
