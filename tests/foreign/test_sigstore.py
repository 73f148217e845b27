# SPDX-License-Identifier: AGPL-3.0-or-later
"""sigstore's own code reads our checkpoints and inclusion paths. Its inside is used, so its version is pinned.

It is lax where we are strict (a size of `+300`, an index beyond the size): it shows that others can read us, no more.
"""

from __future__ import annotations

import base64
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore._internal.trust import Keyring, RekorKeyring
from sigstore._utils import KeyID
from sigstore.errors import VerificationError
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails

from ringtausch_protocol import merkle
from ringtausch_protocol.notes import NoteKey
from tests.vectors.cast import BUCHE, EICHE, LINDE
from tests.vectors.logbook import Logbook, entries_of

BOOK = Logbook(EICHE, entries_of(300))


def keyring(key: NoteKey) -> RekorKeyring:
    der = Ed25519PublicKey.from_public_bytes(key.public).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    public = PublicKey(raw_bytes=base64.b64encode(der), key_details=PublicKeyDetails.PKIX_ED25519)
    return RekorKeyring(Keyring([public]))


def verify_note(text: str, key: NoteKey) -> SignedCheckpoint:
    found = SignedCheckpoint.from_text(text)
    found.signed_note.verify(keyring(key), KeyID(key.hash))
    return found


def inclusion(place: int, size: int, entry: bytes, root: bytes) -> Any:
    path = merkle.prove_inclusion(BOOK.node, place, size)
    proof = SimpleNamespace(log_index=place, tree_size=size, hashes=path, root_hash=root)
    return SimpleNamespace(_inner=SimpleNamespace(canonicalized_body=entry, inclusion_proof=proof))


def test_it_is_the_version_whose_inside_we_know() -> None:
    assert "4.5.1" == metadata.version("sigstore")


def test_it_verifies_our_checkpoints() -> None:
    for text in (BOOK.checkpoint(300), BOOK.checkpoint(300, LINDE, BUCHE)):
        found = verify_note(text.to_bytes().decode(), BOOK.key)

        assert (BOOK.origin, 300) == (found.checkpoint.origin, found.checkpoint.log_size)
        assert BOOK.head(300).root.hex() == found.checkpoint.log_hash


@pytest.mark.parametrize("change", [("\n300\n", "\n301\n"), ("/log/1\n", "/log/2\n")])
def test_it_refuses_a_changed_checkpoint(change: tuple[str, str]) -> None:
    text = BOOK.checkpoint(300).to_bytes().decode()
    with pytest.raises(VerificationError):
        verify_note(text.replace(*change), BOOK.key)
    with pytest.raises(VerificationError):
        verify_note(text, BOOK.key._replace(public=LINDE.frame.public))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 255, 256, 257, 300])
def test_it_finds_every_entry_where_we_say(size: int) -> None:
    root = BOOK.head(size).root
    for place in range(size):
        verify_merkle_inclusion(inclusion(place, size, BOOK.entries[place], root))


def test_it_refuses_another_entry_and_another_root() -> None:
    for entry, root in ((BOOK.entries[4], BOOK.head(300).root), (BOOK.entries[3], BOOK.head(299).root)):
        with pytest.raises(VerificationError):
            verify_merkle_inclusion(inclusion(3, 300, entry, root))
