# SPDX-License-Identifier: AGPL-3.0-or-later
"""Boxes (SPEC.md 2.5) with a given key, nonce and ephemeral key.

HPKE gives another wrapping each time; vectors must not. So its one random value is an argument here, and the package,
which never lets anyone choose it, only opens what this writes: two implementations that must agree.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

_KEM = b"KEM\x00\x20"
_SUITE = b"HPKE\x00\x20\x00\x01\x00\x03"


def _extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + secret, sha256)


def _expand(suite: bytes, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2) + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, labelled).derive(secret)


def seal(public: bytes, text: bytes, info: bytes, chance: Callable[[str], bytes]) -> bytes:
    """A box for `public`: wrapped key, nonce, ciphertext and tag. `chance` makes 32 bytes of a label."""
    key, nonce = chance("key"), chance("nonce")[:12]
    wrapped = _hpke(public, key, b"ringtausch/box/v1", chance("ephemeral"))
    return wrapped + nonce + ChaCha20Poly1305(key).encrypt(nonce, text, info)


def _hpke(public: bytes, text: bytes, info: bytes, ephemeral_seed: bytes) -> bytes:
    """HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256, ChaCha20-Poly1305: encapsulated key, ciphertext, tag."""
    ephemeral = X25519PrivateKey.from_private_bytes(ephemeral_seed)
    enc = ephemeral.public_key().public_bytes_raw()
    agreed = _extract(_KEM, b"", b"eae_prk", ephemeral.exchange(X25519PublicKey.from_public_bytes(public)))
    shared = _expand(_KEM, agreed, b"shared_secret", enc + public, 32)
    context = b"\x00" + _extract(_SUITE, b"", b"psk_id_hash", b"") + _extract(_SUITE, b"", b"info_hash", info)
    secret = _extract(_SUITE, shared, b"secret", b"")
    key = _expand(_SUITE, secret, b"key", context, 32)
    nonce = _expand(_SUITE, secret, b"base_nonce", context, 12)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, text, b"")
