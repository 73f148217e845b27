# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who this ring is: its keys by purpose, its signed cards, and the boot that this opening of the folder is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringtausch_node.keyring.cards import OwnCards
from ringtausch_protocol import keys
from ringtausch_protocol.canonical import b64, unb64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.keys import Signer, SigningKey
from ringtausch_protocol.sealing import OpeningKey

#: Earlier keys that are tried on a box: it was sealed before its sender knew the new card. More would only cost time.
EARLIER_TRIED = 8


class OpeningKeys:
    """The key that others seal to, and the ones before it: what was sealed to those may still arrive."""

    def __init__(self, present: OpeningKey, earlier: Sequence[OpeningKey] = ()) -> None:
        self.present, self.all = present, (present, *earlier[:EARLIER_TRIED])

    def open(self, box: bytes, info: bytes) -> bytes:
        """The text of a box sealed to any of the keys. Raises RemoteError('bad_box')."""
        for key in self.all:
            try:
                return key.open(box, info)
            except RemoteError:
                continue
        raise RemoteError("bad_box", "does not open")


@dataclass(frozen=True, slots=True)
class RingIdentity:
    """The ring's own cards and signers; `boot` is a fresh random id for every opening of the folder.

    `own` is the card of this boot; `operator_signers` are the node's own, fewer perhaps than the card asks for.
    """

    own: Card
    cards: OwnCards
    net: str
    boot: str
    frame_signer: Signer
    frame_key_id: str
    checkpoint_signer: Signer
    operator_signers: tuple[tuple[str, Signer], ...]
    witness_signer: Signer
    seal_key: OpeningKeys
    recovery_key: OpeningKeys

    @property
    def ring_id(self) -> str:
        """The self-certifying name of this ring."""
        return self.own.card.ring_id

    @property
    def address(self) -> str:
        """The address that members write behind the @."""
        return self.own.card.address


def load_identity(
    own: OwnCards, seeds: Mapping[str, bytes], boot: bytes, earlier: Mapping[str, Sequence[bytes]] | None = None
) -> RingIdentity:
    """Put the ring's cards and its secret seeds together. `earlier`: seeds by purpose that still open old boxes.

    Raises LocalError('wrong_keys') where they do not match.
    """
    card = own.present
    frame = SigningKey(seeds["frame"])
    operator = SigningKey(seeds["operator"])
    frame_id = keys.key_id(card.card.ring_id, frame.public)
    checkpoint = SigningKey(seeds["checkpoint"])
    of_log = {unb64(key.public, 32) for key in card.card.keys if key.purpose == "checkpoint"}
    operator_id = keys.key_id(card.card.ring_id, operator.public)
    if frame_id not in card.frame_keys or operator_id not in card.operator_keys or checkpoint.public not in of_log:
        raise LocalError("wrong_keys", "the keys in the folder are not those of its card")
    return RingIdentity(
        own=card, cards=own, net=card.card.net, boot=b64(boot), frame_signer=frame, frame_key_id=frame_id,
        checkpoint_signer=checkpoint, witness_signer=SigningKey(seeds["witness"]),
        operator_signers=((operator_id, operator),), seal_key=_opening("seal", seeds, earlier or {}),
        recovery_key=_opening("recovery", seeds, earlier or {}),
    )  # fmt: skip


def _opening(purpose: str, seeds: Mapping[str, bytes], earlier: Mapping[str, Sequence[bytes]]) -> OpeningKeys:
    before = [seed for seed in earlier.get(purpose, ()) if seed != seeds[purpose]]
    return OpeningKeys(OpeningKey(seeds[purpose]), [OpeningKey(seed) for seed in dict.fromkeys(before)])
