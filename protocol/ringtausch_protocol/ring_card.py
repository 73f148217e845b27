# SPDX-License-Identifier: Apache-2.0
"""The ring-card as it stands on the wire: who a ring is, with which keys, and which it takes back (SPEC.md 3.3, 3.6).

Whether a card is true is for `cards` to say.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import Address, Count, Hash32, Id16, Net, RingId, Seq, Wire, type_v1

Key32 = Hash32
KeyId = Annotated[str, msgspec.Meta(min_length=3, max_length=limits.KEY_ID_LENGTH, pattern=r"^[\x21-\x7e]+$")]
Url = Annotated[str, msgspec.Meta(min_length=8, max_length=limits.URL_LENGTH, pattern=r"^https?://[\x21-\x7e]+$")]
Contact = Annotated[str, msgspec.Meta(max_length=limits.CONTACT_LENGTH, pattern=r"^[\x21-\x7e]*$")]
UnitName = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.UNIT_NAME_LENGTH)]
KeyPurpose = Literal["frame", "checkpoint", "witness", "seal", "recovery", "operator"]


class CardKey(Wire, frozen=True):
    """One operational key of a ring: what it is for, and its 32 public bytes."""

    purpose: KeyPurpose
    public: Key32


class CardUnit(Wire, frozen=True):
    """How a ring writes seconds: its unit's name, how many make an hour, how many decimals it shows."""

    name: UnitName
    per_hour: Annotated[int, msgspec.Meta(ge=1, le=3600)]
    decimals: Annotated[int, msgspec.Meta(ge=0, le=3)]


class ChannelEnd(Wire, frozen=True):
    """The last frame of one channel that a ring stands for under keys that it revokes; 0: none."""

    peer: RingId
    epoch: Id16
    seq: Count


class Revocation(Wire, frozen=True):
    """Keys that a ring does not stand for beyond a position: its log up to `size` entries, channels up to a seq.

    By position, not by time: with a time a thief could date back (SPEC.md 3.6).
    """

    keys: Annotated[list[KeyId], msgspec.Meta(min_length=1, max_length=limits.CARD_KEYS_MAX)]
    log: Seq
    size: Count
    channels: Annotated[list[ChannelEnd], msgspec.Meta(max_length=limits.REVOKED_CHANNELS_MAX)]


class RingCard(Wire, frozen=True, omit_defaults=True):
    """`ring-card`: who a ring is (SPEC.md 3.3). Signed by root keys at `root_threshold`."""

    v: type_v1
    net: Net
    ring_id: RingId
    number: Annotated[int, msgspec.Meta(ge=1, le=limits.SEQ_MAX)]
    address: Address
    url: Url
    root_keys: Annotated[list[Key32], msgspec.Meta(min_length=1, max_length=limits.ROOT_KEYS_MAX)]
    root_threshold: Annotated[int, msgspec.Meta(ge=1, le=limits.ROOT_KEYS_MAX)]
    next_root: Hash32
    keys: Annotated[list[CardKey], msgspec.Meta(min_length=1, max_length=limits.CARD_KEYS_MAX)]
    operator_threshold: Annotated[int, msgspec.Meta(ge=1, le=limits.CARD_KEYS_MAX)]
    unit: CardUnit
    contact: Contact
    prev_card: Hash32 | None = None
    revoked: Revocation | None = None
