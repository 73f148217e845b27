# SPDX-License-Identifier: Apache-2.0
"""Ring-cards: what one proves by itself, what may follow it, and what counts under a revoked key (SPEC.md 3.3 to 3.7).

The first card of a ring proves itself: its root keys make the ring id. Every later one is proved by the card before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ringtausch_protocol import canonical, envelope, keys, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.ring_card import Revocation, RingCard
from ringtausch_protocol.sealing import check_sealing_public

KIND = "ring-card"
#: Purposes whose keys sign (Ed25519); those of the others are X25519.
SIGNING = ("frame", "checkpoint", "witness", "operator")
#: Cards kept as read, by their bytes: those of a thousand rings take some 5 MB.
CARDS_KEPT = 1_024


@dataclass(frozen=True, slots=True)
class Card:
    """A verified ring-card and what is asked of it every day: its hash and the keys by their ids.

    `revoked`: what this card and those before it have revoked, by key id.
    """

    card: RingCard
    envelope: bytes
    hash: str
    root_keys: Mapping[str, bytes]
    frame_keys: Mapping[str, bytes]
    operator_keys: Mapping[str, bytes]
    seal_public: bytes
    revoked: Mapping[str, Revocation]

    @property
    def number(self) -> int:
        """1 for the first card of a ring."""
        return self.card.number


def verify_card(data: bytes) -> Card:
    """Check a first card, or one under the first root keys, by itself: its root keys sign it and hash to its ring id.

    Raises RemoteError: malformed, not_canonical, bad_signature, unknown_key, threshold, weak_key, wrong_ring.
    """
    claimed, root = _parse(data)
    if root != claimed.ring_id:
        raise RemoteError("wrong_ring", "card's root keys are of another ring")
    payload = envelope.open_envelope(data, KIND, _root_ids(claimed), claimed.root_threshold)
    return _card(claimed, data, payload, {})


@lru_cache(CARDS_KEPT)
def read_card(data: bytes) -> Card:
    """Read a card that was proved when it came: its root keys have signed, whosesoever they are.

    Root keys of a card before may have signed too; they are not looked at. The same bytes are the same card: those read
    last are kept. Raises RemoteError as `verify_card`.
    """
    claimed, _ = _parse(data)
    if len(_good_signatures(_root_ids(claimed), data)) < claimed.root_threshold:
        raise RemoteError("threshold", "not signed by its root keys")
    return _card(claimed, data, envelope.parse_envelope(data).body(), {})


def verify_next(before: Card, data: bytes) -> Card:
    """Check that a card follows another by the rules of SPEC.md 3.5.

    Raises RemoteError as `verify_card`, and of a card that the ring's root keys did sign: card_old, two_cards,
    card_skipped, card_prev, card_changed, root_commit, revoked_key.
    """
    claimed, root = _parse(data)
    if claimed.ring_id != before.card.ring_id:
        raise RemoteError("wrong_ring", "card of another ring")
    payload = _open_next(before, claimed, data)
    _verify_place(before, claimed, payload)
    _verify_root(before, claimed, root)
    if (claimed.net, claimed.address) != (before.card.net, before.card.address):
        raise RemoteError("card_changed", "net or address")
    card = _card(claimed, data, payload, before.revoked)
    if card.revoked.keys() & {keys.key_id(claimed.ring_id, canonical.unb64(key.public, 32)) for key in claimed.keys}:
        raise RemoteError("revoked_key", "a revoked key stands on the card")
    return card


def verify_later(known: Card, following: Sequence[bytes]) -> list[Card]:
    """Check cards that follow a known one, in their order. -> them. Raises RemoteError as `verify_next`."""
    found: list[Card] = []
    for data in following:
        found.append(verify_next(found[-1] if found else known, data))
    return found


def verify_chain(chain: Sequence[bytes]) -> list[Card]:
    """Check a ring's cards from one that proves itself on. Raises RemoteError as `verify_card` and `verify_next`."""
    first = verify_card(chain[0])
    return [first, *verify_later(first, chain[1:])]


def number_of(data: bytes) -> int:
    """The number that unverified bytes claim as a card. Raises RemoteError: malformed, not_canonical, weak_key."""
    return _parse(data)[0].number


def is_signed_by_root(before: Card, data: bytes) -> bool:
    """Whether a root key of a known card has signed these bytes as a card: then the ring must answer for them."""
    try:
        return bool(_good_signatures(before.root_keys, data))
    except RemoteError:
        return False


def _good_signatures(known: Mapping[str, bytes], data: bytes) -> list[str]:
    """The key ids of known keys that have signed these bytes as a card."""
    found = envelope.parse_envelope(data)
    message = envelope.pae(envelope.media_type(KIND), found.body())
    return [each.keyid for each in found.signatures if _is_good(known, each, message)]


def _is_good(known: Mapping[str, bytes], signature: envelope.Signature, message: bytes) -> bool:
    try:
        keys.verify(known.get(signature.keyid, b""), message, signature.raw())
    except RemoteError:
        return False
    return True


def _parse(data: bytes) -> tuple[RingCard, str]:
    """An unverified card, and the ring id that its root keys would have."""
    claimed = canonical.parse(envelope.parse_envelope(data).body(), RingCard, limits.DOCUMENT_BYTES)
    roots = [keys.check_public(canonical.unb64(text, 32)) for text in claimed.root_keys]
    return claimed, keys.ring_id(roots, claimed.root_threshold)


def _root_ids(claimed: RingCard) -> dict[str, bytes]:
    publics = [canonical.unb64(text, 32) for text in claimed.root_keys]
    return {keys.key_id(claimed.ring_id, public): public for public in publics}


def _open_next(before: Card, claimed: RingCard, data: bytes) -> bytes:
    """Both the roots of the card before and those of the new one sign, each at their threshold. -> the payload."""
    roots = _root_ids(claimed)
    payload = envelope.open_envelope(data, KIND, {**before.root_keys, **roots})
    names = {each.keyid for each in envelope.parse_envelope(data).signatures}
    enough_old = len(names & before.root_keys.keys()) >= before.card.root_threshold
    if not enough_old or len(names & roots.keys()) < claimed.root_threshold:
        raise RemoteError("threshold", "not signed by the root keys of both cards")
    return payload


def _verify_place(before: Card, claimed: RingCard, payload: bytes) -> None:
    number = claimed.number
    if number < before.number or b64(envelope.document_hash(KIND, payload)) == before.hash:
        raise RemoteError("card_old", f"number {number} after {before.number}")
    if number == before.number:
        raise RemoteError("two_cards", f"number {number}")
    if number != before.number + 1:
        raise RemoteError("card_skipped", f"number {number} after {before.number}")
    if claimed.prev_card != before.hash:
        raise RemoteError("card_prev", f"number {number}")


def _verify_root(before: Card, claimed: RingCard, root: str) -> None:
    """New root keys are those committed to, and commit to others; under the same ones the commitment stays.

    Otherwise whoever steals the root could commit to a root of his own and then change to it.
    """
    is_same = (set(claimed.root_keys), claimed.root_threshold) == (
        set(before.card.root_keys), before.card.root_threshold,
    )  # fmt: skip
    if is_same and claimed.next_root != before.card.next_root:
        raise RemoteError("root_commit", "another commitment under the same root keys")
    commitment = next_root_of(root)
    if not is_same and (commitment != before.card.next_root or claimed.next_root == commitment):
        raise RemoteError("root_commit", "not the root keys that were committed to")


def next_root_of(ring_id: str) -> str:
    """The commitment to a root set, by the ring id that it would have (SPEC.md 3.3)."""
    return canonical.sha256_b64(ring_id.encode())


def _card(claimed: RingCard, data: bytes, payload: bytes, revoked: Mapping[str, Revocation]) -> Card:
    new = {} if claimed.revoked is None else dict.fromkeys(claimed.revoked.keys, claimed.revoked)
    return Card(
        card=claimed,
        envelope=data,
        hash=b64(envelope.document_hash(KIND, payload)),
        root_keys=_root_ids(claimed),
        frame_keys=_keys_for(claimed, "frame"),
        operator_keys=_checked(claimed, _keys_for(claimed, "operator")),
        seal_public=_one_key(claimed, "seal"),
        revoked={**new, **revoked},
    )


def _checked(card: RingCard, operators: dict[str, bytes]) -> dict[str, bytes]:
    """No key is weak by the rule for its kind, and the operators' threshold can be reached."""
    for key in card.keys:
        check = keys.check_public if key.purpose in SIGNING else check_sealing_public
        check(canonical.unb64(key.public, 32))
    if card.operator_threshold > len(set(operators.values())):
        raise RemoteError("malformed", "operator threshold")
    return operators


def _keys_for(card: RingCard, purpose: str) -> dict[str, bytes]:
    publics = [canonical.unb64(key.public, 32) for key in card.keys if key.purpose == purpose]
    if not publics:
        raise RemoteError("malformed", f"card without {purpose} key")
    return {keys.key_id(card.ring_id, public): keys.check_public(public) for public in publics}


def _one_key(card: RingCard, purpose: str) -> bytes:
    publics = [canonical.unb64(key.public, 32) for key in card.keys if key.purpose == purpose]
    if len(publics) != 1:
        raise RemoteError("malformed", f"card needs one {purpose} key")
    return publics[0]


# -- revocation by position --------------------------------------------------------------------------------------------


def standing_keys(chain: Sequence[Card]) -> dict[str, bytes]:
    """The frame keys under which a ring may have signed: of all its cards, without those it revoked."""
    revoked = chain[-1].revoked
    return {name: key for card in chain for name, key in card.frame_keys.items() if name not in revoked}


class Place(NamedTuple):
    """Where something signed stands: the key, the leaf in the signer's log, and the frame in the channel to `peer`."""

    key: str
    log: int
    leaf: int
    peer: str
    epoch: str
    seq: int


class Included(NamedTuple):
    """Proved elsewhere: entry `leaf` of log `log` lies under a checkpoint of `size` that others had cosigned."""

    log: int
    leaf: int
    size: int


def is_counted(card: Card, place: Place, *, in_own_channel: bool, included: Included | None = None) -> bool:
    """Whether what was signed at a place still counts, by the newest card of its signer (SPEC.md 3.6).

    `in_own_channel`: the one who asks holds that chain of frames himself, so the place is a fact. Elsewhere the place
    is what the signer says, and a thief says what he likes: then only inclusion in a checkpoint from before the
    revocation counts, and without a proof it does not.
    """
    end = card.revoked.get(place.key)
    if end is None:
        return True
    if in_own_channel:
        return place.seq <= end_of(end, place.peer, place.epoch)
    if included is None or (included.log, included.leaf) != (place.log, place.leaf):
        return False
    return included.leaf < included.size and (included.log, included.size) <= (end.log, end.size)


def end_of(revoked: Revocation, peer: str, epoch: str) -> int:
    """The last seq in a channel that counts under a revoked key; 0 for a channel that the card does not name."""
    return next((end.seq for end in revoked.channels if (end.peer, end.epoch) == (peer, epoch)), 0)
