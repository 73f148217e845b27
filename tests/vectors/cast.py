# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who plays in the vectors: three rings from fixed seeds, and chance that is the same each time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from ringtausch_node.keyring.issue import issue_card
from ringtausch_protocol import canonical, envelope, frames
from ringtausch_protocol.canonical import Wire, b64
from ringtausch_protocol.cards import Card, verify_card
from ringtausch_protocol.documents import Head
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.keys import SigningKey, key_id
from ringtausch_protocol.sealing import OpeningKey
from ringtausch_protocol.units import Unit, parse_unit
from tests.vectors import boxes

Case = dict[str, Any]

NET = "test"
#: 1 January 2030, noon.
NOON = 1_893_499_200
_PURPOSES = ("frame", "checkpoint", "witness", "operator", "seal", "recovery")


def chance(label: str, size: int = 32) -> bytes:
    """The "random" bytes called `label`."""
    return hashlib.sha256(f"ringtausch vectors {label}".encode()).digest()[:size]


def id16(label: str) -> str:
    """The id called `label`."""
    return b64(chance(label, 16))


def hash32(label: str) -> str:
    """The hash called `label`."""
    return b64(chance(label))


class Town(NamedTuple):
    """A ring with all its secrets."""

    name: str
    card: Card
    roots: tuple[SigningKey, ...]
    frame: SigningKey
    operator: SigningKey
    seal: OpeningKey
    boot: str

    @property
    def id(self) -> str:
        """Its ring id."""
        return self.card.card.ring_id

    def named(self, key: SigningKey) -> tuple[str, SigningKey]:
        """A key of this ring with its id."""
        return key_id(self.id, key.public), key

    def known(self, *signers: SigningKey) -> dict[str, str]:
        """Key id -> public key in hex, as cases list them; the frame key unless others are named."""
        return {key_id(self.id, key.public): key.public.hex() for key in signers or (self.frame,)}


def _town(name: str, unit: Unit, root_count: int) -> Town:
    seeds = {purpose: chance(f"{name} {purpose}") for purpose in _PURPOSES}
    root_seeds = [chance(f"{name} root {place}") for place in range(root_count)]
    signed = issue_card(
        net=NET, address=f"{name}.example", url=f"https://{name}.example", unit=unit, root_seeds=root_seeds,
        next_root_seeds=[chance(f"{name} next root")], seeds=seeds,
    )  # fmt: skip
    return Town(
        name, verify_card(signed), tuple(map(SigningKey, root_seeds)), SigningKey(seeds["frame"]),
        SigningKey(seeds["operator"]), OpeningKey(seeds["seal"]), id16(f"{name} boot"),
    )  # fmt: skip


EICHE = _town("eiche", parse_unit("hours"), 1)
LINDE = _town("linde", parse_unit("Talente:20:1"), 2)
BUCHE = _town("buche", parse_unit("Minuten:60:0"), 3)
#: For long ways; no vector names it.
ULME = _town("ulme", parse_unit("hours"), 1)


def secret_of(one: Town, other: Town) -> bytes:
    """The secret of the invitation between two rings."""
    return chance(f"secret {' '.join(sorted((one.name, other.name)))}")


def epoch_of(one: Town, other: Town) -> str:
    """The epoch of the channel between two rings; the one later in the alphabet accepted (SPEC.md 5.1)."""
    inviter, accepter = sorted((one, other), key=lambda town: town.name)
    seed = secret_of(one, other) + accepter.id.encode() + inviter.id.encode()
    return b64(hashlib.sha256(b"ringtausch/epoch/v1\n" + seed).digest()[:16])


def box_for(town: Town, text: bytes, info: bytes, label: str) -> bytes:
    """A box that only `town` opens, the same each time."""
    return boxes.seal(town.seal.public, text, info, lambda part: chance(f"{part} {label}"))


def sealed(kind: str, value: Wire | bytes, *signers: tuple[str, SigningKey]) -> tuple[bytes, bytes]:
    """A document's payload and its envelope."""
    payload = value if isinstance(value, bytes) else canonical.encode(value)
    return payload, envelope.seal(kind, payload, signers)


def header_for(sender: Town, receiver: Town, items: Sequence[bytes], **changed: object) -> Header:
    """The header of the seventh frame from `sender` to `receiver`, with fields changed as asked."""
    fields: Case = {
        "v": 1, "net": NET, "from_": sender.id, "to": receiver.id, "epoch": epoch_of(sender, receiver),
        "boot": sender.boot, "to_boot": receiver.boot, "seq": 7, "prev": hash32(f"{sender.name} frame 6"),
        "ack_seq": 4, "ack_hash": hash32(f"{receiver.name} frame 4"),
        "head": Head(log=1, size=23, root=hash32(f"{sender.name} log")), "at": NOON, "count": len(items),
        "items_root": frames.items_root(items),
    }  # fmt: skip
    return Header(**{**fields, **changed})


def frame_of(sender: Town, receiver: Town, items: Sequence[bytes], **changed: object) -> Frame:
    """A signed frame."""
    header = header_for(sender, receiver, items, **changed)
    return frames.seal_frame(header, items, *sender.named(sender.frame))
