# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of two adverts of one number (SPEC.md 7.5)."""

from __future__ import annotations

import json
from typing import Any

from ringtausch_protocol import advert_proofs, canonical, envelope
from ringtausch_protocol.documents import Advert, Edge
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, Case, Town

_AT = 1_800_000_000


def advert_of(town: Town, seq: int, *peers: Town, signer: Town | None = None) -> bytes:
    """A ring's advert that names these peers, as its envelope."""
    edges = [Edge(peer=each.id, limit_bucket=3_600, free_bucket=1_800, transit=True) for each in peers]
    said = Advert(v=1, net=NET, ring_id=town.id, seq=seq, expires_at=_AT, edges=edges)
    by = signer or town
    return envelope.seal("advert", canonical.encode(said), [by.named(by.frame)])


def proof_of(town: Town, seq: int = 7) -> bytes:
    """That a ring named Linde in one advert, and nobody in another of the same number."""
    told = advert_of(town, seq, LINDE), advert_of(town, seq)
    return advert_proofs.prove_two_adverts([town.card.envelope], *told)


def changed(data: bytes, change: dict[str, Any]) -> bytes:
    """A proof with other fields."""
    return json.dumps({**json.loads(data), **change}, separators=(",", ":")).encode()


def lies() -> dict[str, tuple[dict[str, Any], str]]:
    """What is no proof: the change of a good one, and the code that refuses it."""
    same, later = (json.loads(advert_of(EICHE, seq, LINDE)) for seq in (7, 8))
    forged = json.loads(advert_of(EICHE, 7, signer=BUCHE))
    return {
        "one advert twice": ({"b": same}, "bad_proof"),
        "two numbers": ({"b": later}, "bad_proof"),
        "signed by another ring": ({"b": forged}, "unknown_key"),
        "cards of another ring": ({"cards": [json.loads(BUCHE.card.envelope)]}, "wrong_ring"),
        "of another federation": ({"net": "other"}, "wrong_net"),
        "no cards": ({"cards": []}, "malformed"),
    }


def proofs_file() -> Case:
    """advert-proofs.json."""
    good = proof_of(EICHE)
    return {
        "about": "Proofs that a ring signed two adverts of one number.",
        "accepted": [_case("linde named and not named", good)],
        "refused": [{**_case(name, changed(good, lie)), "code": code} for name, (lie, code) in lies().items()],
    }


def _case(name: str, data: bytes) -> Case:
    value = json.loads(data)
    return {
        "name": name, "is": "two_adverts", "two_adverts": data.decode(), "accused": value["ring_id"],
        "seq": value["seq"],
    }  # fmt: skip
