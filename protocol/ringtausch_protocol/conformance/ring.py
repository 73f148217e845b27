# SPDX-License-Identifier: Apache-2.0
"""The ring that the kit plays: keys and a card, from seeds. It exists for one run and keeps nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ringtausch_protocol import canonical, cards, envelope, keys
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.ring_card import CardKey, CardUnit, RingCard
from ringtausch_protocol.sealing import OpeningKey

#: Random bytes: how many -> them.
Chance = Callable[[int], bytes]
SEED_BYTES = 32
#: 1 in little-endian: the neutral point, under which every message has one signature (SPEC.md 3.1).
WEAK_KEY = b"\x01" + bytes(31)
#: p + 4 in little-endian: the point of y = 4 under a second name (SPEC.md 3.1).
KEY_ABOVE_P = (2**255 - 19 + 4).to_bytes(32, "little")


@dataclass(slots=True)
class KitRing:
    """A ring of one root key, with what it signs and opens."""

    net: str
    address: str
    url: str
    chance: Chance
    root: SigningKey = field(init=False)
    frame: SigningKey = field(init=False)
    checkpoint: SigningKey = field(init=False)
    witness: SigningKey = field(init=False)
    operator: SigningKey = field(init=False)
    seal: OpeningKey = field(init=False)
    card: Card = field(init=False)

    def __post_init__(self) -> None:
        for name in ("root", "frame", "checkpoint", "witness", "operator"):
            setattr(self, name, SigningKey(self.chance(SEED_BYTES)))
        self.seal = OpeningKey(self.chance(SEED_BYTES))
        self.card = cards.verify_card(self.sign_card())

    @property
    def ring_id(self) -> str:
        """Its name."""
        return keys.ring_id([self.root.public], 1)

    @property
    def frame_key_id(self) -> str:
        """Under which its frames are signed."""
        return keys.key_id(self.ring_id, self.frame.public)

    @property
    def operator_signer(self) -> tuple[str, SigningKey]:
        """Its one operator."""
        return keys.key_id(self.ring_id, self.operator.public), self.operator

    def sign_card(self, frame_public: bytes | None = None, **changes: Any) -> bytes:
        """Its card as an envelope, with changes."""
        following = keys.ring_id([SigningKey(self.chance(SEED_BYTES)).public], 1)
        card = RingCard(
            v=1, net=self.net, ring_id=self.ring_id, number=1, address=self.address, url=self.url,
            root_keys=[b64(self.root.public)], root_threshold=1, next_root=cards.next_root_of(following),
            keys=self._keys(frame_public or self.frame.public), operator_threshold=1,
            unit=CardUnit(name="Stunden", per_hour=1, decimals=2), contact="",
        )  # fmt: skip
        signer = (keys.key_id(self.ring_id, self.root.public), self.root)
        return envelope.seal(cards.KIND, canonical.encode(msgspec.structs.replace(card, **changes)), [signer])

    def _keys(self, frame_public: bytes) -> list[CardKey]:
        return [
            CardKey(purpose="frame", public=b64(frame_public)),
            CardKey(purpose="checkpoint", public=b64(self.checkpoint.public)),
            CardKey(purpose="witness", public=b64(self.witness.public)),
            CardKey(purpose="operator", public=b64(self.operator.public)),
            CardKey(purpose="seal", public=b64(self.seal.public)),
        ]
