# SPDX-License-Identifier: AGPL-3.0-or-later
"""A card proves itself and tells which keys sign what; any other card tells nothing."""

from __future__ import annotations

import json

import pytest

from ringtausch_protocol import envelope, ring_keys
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import COSIGNER, SigningKey, key_id
from ringtausch_protocol.notes import NoteKey
from tests.vectors.cast import BUCHE, EICHE, LINDE, Case, Town, chance
from tests.vectors.logbook import checkpoint_key, witness_key


def code_of(data: bytes) -> str:
    with pytest.raises(RemoteError) as caught:
        ring_keys.open_card(data)
    return caught.value.code


@pytest.mark.parametrize("town", [EICHE, LINDE, BUCHE], ids=lambda town: str(town.name))
def test_a_card_tells_the_keys_of_every_purpose(town: Town) -> None:
    found = ring_keys.open_card(town.card.envelope)
    origin = f"{town.id}/log/3"

    assert town.id == found.ring_id
    assert tuple(key_id(town.id, root.public) for root in town.roots) == found.root_ids()
    assert found.named("frame") == town.card.frame_keys
    assert found.named("operator") == town.card.operator_keys
    assert (NoteKey(origin, 1, checkpoint_key(town).public),) == found.of_log(origin)
    assert (NoteKey(town.id, COSIGNER, witness_key(town).public),) == found.as_witness()


def resealed(town: Town, signers: tuple[SigningKey, ...], **changed: object) -> bytes:
    value = {**json.loads(envelope.parse_envelope(town.card.envelope).body()), **changed}
    payload = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return envelope.seal("ring-card", payload, [town.named(signer) for signer in signers])


def keys_with(purpose: str, public: bytes) -> list[Case]:
    return [{"purpose": purpose, "public": b64(public)}]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{}", "malformed"),
        (resealed(EICHE, EICHE.roots, ring_id=LINDE.id), "wrong_ring"),
        (resealed(LINDE, LINDE.roots, root_threshold=1), "wrong_ring"),
        (resealed(LINDE, LINDE.roots[:1]), "threshold"),
        (resealed(EICHE, (SigningKey(chance("stranger")),)), "unknown_key"),
        (resealed(EICHE, EICHE.roots, root_keys=[b64(bytes(32))]), "weak_key"),
        (resealed(EICHE, EICHE.roots, keys=keys_with("witness", bytes(32))), "weak_key"),
        (EICHE.card.envelope.replace(b'"sig":"', b'"sig":"A', 1)[: len(EICHE.card.envelope)], "malformed"),
    ],
)
def test_a_card_that_proves_nothing_is_refused(data: bytes, code: str) -> None:
    assert code == code_of(data)


def test_a_changed_card_is_refused() -> None:
    other = resealed(EICHE, EICHE.roots, contact="office")
    signature = json.loads(EICHE.card.envelope)["signatures"]

    assert "bad_signature" == code_of(
        json.dumps({**json.loads(other), "signatures": signature}, separators=(",", ":")).encode()
    )
