# SPDX-License-Identifier: Apache-2.0
"""Two adverts of one number: a small file that shows to anyone, offline, that a ring said two things (SPEC.md 7.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec

from ringtausch_protocol import canonical, cards, envelope, limits
from ringtausch_protocol.canonical import Net, RingId, Seq, Wire, type_v1
from ringtausch_protocol.documents import Advert
from ringtausch_protocol.errors import RemoteError

KIND = "advert"
FAULT: Literal["two_adverts"] = "two_adverts"


class AdvertProof(Wire, frozen=True):
    """`advert-proof`: two adverts of one `seq` that differ (SPEC.md 7.5). Signed by nobody: it proves itself."""

    v: type_v1
    net: Net
    ring_id: RingId
    seq: Seq
    fault: Literal["two_adverts"]
    cards: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=limits.FORK_CARDS_MAX)]
    a: msgspec.Raw
    b: msgspec.Raw


class TwoAdverts(NamedTuple):
    """A proof that holds, and the key ids under which the adverts were signed."""

    proof: AdvertProof
    by: tuple[str, ...]


def prove_two_adverts(chain: Sequence[bytes], a: bytes, b: bytes) -> bytes:
    """The proof's bytes, verified first. `chain`: the ring's cards, oldest first; a, b: envelopes, as they came.

    Raises RemoteError as `verify_two_adverts`.
    """
    payload = envelope.parse_envelope(a).body()
    said = canonical.parse(payload, Advert, limits.DOCUMENT_BYTES)
    proof = AdvertProof(
        v=1, net=said.net, ring_id=said.ring_id, seq=said.seq, fault=FAULT, cards=[*map(msgspec.Raw, chain)],
        a=msgspec.Raw(a), b=msgspec.Raw(b),
    )  # fmt: skip
    data = canonical.encode(proof)
    verify_two_adverts(data)
    return data


def verify_two_adverts(data: bytes) -> TwoAdverts:
    """Check a proof; it needs nothing beside itself.

    Raises RemoteError: too_large, malformed, not_canonical; as `verify_chain`; wrong_ring, wrong_net (cards or adverts
    of another ring); unknown_key, bad_signature; bad_proof (other numbers, or the same words).
    """
    proof = canonical.parse(data, AdvertProof, limits.ADVERT_PROOF_BYTES)
    chain = cards.verify_chain([bytes(card) for card in proof.cards])
    _verify_whose(proof, chain[0].card.ring_id, chain[0].card.net)
    known = {name: key for card in chain for name, key in card.frame_keys.items()}
    a, b = (_verify_advert(proof, bytes(shown), known) for shown in (proof.a, proof.b))
    if a == b:
        raise RemoteError("bad_proof", "both adverts say the same")
    names = [each.keyid for shown in (proof.a, proof.b) for each in envelope.parse_envelope(bytes(shown)).signatures]
    return TwoAdverts(proof, tuple(dict.fromkeys(names)))


def _verify_advert(proof: AdvertProof, data: bytes, known: Mapping[str, bytes]) -> Advert:
    advert = canonical.parse(envelope.open_envelope(data, KIND, known), Advert, limits.DOCUMENT_BYTES)
    _verify_whose(proof, advert.ring_id, advert.net)
    if advert.seq != proof.seq:
        raise RemoteError("bad_proof", "an advert of another number")
    return advert


def _verify_whose(proof: AdvertProof, ring_id: str, net: str) -> None:
    if ring_id != proof.ring_id:
        raise RemoteError("wrong_ring", "evidence about another ring")
    if net != proof.net:
        raise RemoteError("wrong_net", "evidence from another federation")
