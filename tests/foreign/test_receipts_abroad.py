# SPDX-License-Identifier: AGPL-3.0-or-later
"""The receipt of a payment between two rings, checked by code that nobody here wrote.

securesystemslib verifies the headers of both rings' frames under the keys of their cards, sigstore that the items
stand under those headers, and that the entries of all three stand in the log.
"""

from __future__ import annotations

import base64
import hashlib
import json
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from securesystemslib.exceptions import VerificationError as BadSignature
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore.errors import VerificationError

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.receipts import PaymentReceipt
from ringtausch_protocol import log_keys
from tests.federation.conftest import elm, oak, open_pair, pair, towns
from tests.federation.towns import HOUR, end_of, pay
from tests.foreign.test_securesystemslib import verified
from tests.foreign.test_sigstore import verify_note

__all__ = ["elm", "oak", "open_pair", "pair", "towns"]


class Proof(NamedTuple):
    """A tlog-proof taken apart by its lines."""

    entry: bytes
    place: int
    path: list[bytes]
    checkpoint: str


@pytest.fixture
async def receipt(open_pair: tuple[Ring, Ring]) -> PaymentReceipt:
    """What Alma in Oak shows of a payment to Ben in Elm."""
    ring = open_pair[0]
    payment_id = (await pay(ring, "alma", "ben@elm.example", HOUR)).payment_id
    await end_of(ring, payment_id)
    return await ring.receipts.receipt(payment_id, OPERATOR)


def text_of(text: str | None) -> str:
    assert text is not None
    return text


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def proof_of(text: str | None) -> Proof:
    above, _, checkpoint = text_of(text).partition("\n\n")
    first, extra, index, *path = above.split("\n")
    assert "c2sp.org/tlog-proof@v1" == first
    return Proof(
        base64.b64decode(extra.removeprefix("extra ")), int(index.removeprefix("index ")),
        [base64.b64decode(step) for step in path], checkpoint,
    )  # fmt: skip


def verify_place(entry: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    """sigstore does not look whether the index is inside: we do."""
    assert 0 <= index < size
    proof = SimpleNamespace(log_index=index, tree_size=size, hashes=path, root_hash=root)
    told: Any = SimpleNamespace(_inner=SimpleNamespace(canonicalized_body=entry, inclusion_proof=proof))
    verify_merkle_inclusion(told)


def verify_item(signed: dict[str, Any], ring: Ring) -> dict[str, Any]:
    """A signed item under the frame keys of its ring's card. -> the item."""
    known = {name: public.hex() for name, public in ring.identity.own.frame_keys.items()}
    assert set(known) == verified(json.dumps(signed["header"]), known, 1)
    header = json.loads(base64.b64decode(signed["header"]["payload"]))
    item = json.dumps(signed["item"], ensure_ascii=False, separators=(",", ":")).encode()
    verify_place(
        item, signed["index"], header["count"], [unpadded(step) for step in signed["path"]],
        unpadded(header["items_root"]),
    )  # fmt: skip
    found: dict[str, Any] = signed["item"]
    return found


def verify_in_log(proof: Proof, ring: Ring) -> None:
    """An entry under the checkpoint of the log of a ring, by the key on its card."""
    (key,) = log_keys.checkpoint_keys(ring.identity.own, f"{ring.identity.ring_id}/log/1")
    checkpoint = verify_note(proof.checkpoint, key).checkpoint
    verify_place(proof.entry, proof.place, checkpoint.log_size, proof.path, bytes.fromhex(checkpoint.log_hash))


async def test_what_both_rings_signed_is_verified_abroad(receipt: PaymentReceipt, pair: tuple[Ring, Ring]) -> None:
    for text, proof, signer in (
        (receipt.order, receipt.order_proof, pair[0]), (receipt.decision, receipt.decision_proof, pair[1])
    ):  # fmt: skip
        signed = json.loads(text_of(text))
        verify_item(signed, signer)
        verify_in_log(proof_of(proof), pair[0])
        header = json.dumps(signed["header"], separators=(",", ":")).encode()
        assert header in proof_of(proof).entry

    assert HOUR == json.loads(text_of(receipt.order))["item"]["amount_seconds"]


async def test_the_booking_is_verified_abroad_and_opened_by_its_salt(
    receipt: PaymentReceipt, pair: tuple[Ring, Ring]
) -> None:
    opened, proof = json.loads(text_of(receipt.booking)), proof_of(receipt.booking_proof)
    booking = json.dumps(opened["booking"], separators=(",", ":")).encode()
    commitment = hashlib.sha256(b"ringtausch/booking/v1\n" + unpadded(opened["salt"]) + booking).digest()

    assert b"\5" + (32).to_bytes(4) + commitment == proof.entry
    verify_in_log(proof, pair[0])


async def test_changed_items_and_entries_are_refused_abroad(receipt: PaymentReceipt, pair: tuple[Ring, Ring]) -> None:
    signed, proof = json.loads(text_of(receipt.order)), proof_of(receipt.order_proof)
    dearer = {**signed, "item": {**signed["item"], "amount_seconds": HOUR + 1}}

    with pytest.raises(VerificationError):
        verify_item(dearer, pair[0])
    with pytest.raises(BadSignature):
        verified(
            json.dumps({**signed["header"], "payloadType": "application/vnd.ringtausch.statement.v1+json"}),
            {name: public.hex() for name, public in pair[0].identity.own.frame_keys.items()}, 1,
        )  # fmt: skip
    with pytest.raises(VerificationError):
        verify_in_log(proof._replace(entry=proof.entry + b"\0"), pair[0])
