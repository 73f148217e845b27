# SPDX-License-Identifier: Apache-2.0
"""Ed25519 keys (RFC 8032): signing, verifying, refusing weak ones, and the names made of them (SPEC.md 3)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ringtausch_protocol.errors import LocalError, RemoteError

#: Signature types of a C2SP signed-note key id: ours everywhere but for cosigners.
ED25519 = 0x01
COSIGNER = 0x04

_P = 2**255 - 19
_D = -121665 * pow(121666, _P - 2, _P) % _P
_SIGN_BIT = 1 << 255


class Signer(Protocol):
    """Whatever signs: a key in memory, later a key elsewhere."""

    @property
    def public(self) -> bytes:
        """The 32 public bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """64 signature bytes over `message`."""
        ...


class SigningKey:
    """An Ed25519 key in memory, from its 32 secret bytes."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise LocalError("seed", "a seed has 32 bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """64 signature bytes over `message` (RFC 8032, pure Ed25519)."""
        return self._key.sign(message)


def _small_order_y() -> frozenset[int]:
    """The y of all points of order 1, 2, 4 and 8: 1, -1, 0 and the two roots of d y^4 + 2 y^2 - 1 = 0.

    A point of order 8 doubles to one of order 4, whose y is 0; doubling gives y = 0 exactly where x^2 = -y^2, and with
    that the curve -x^2 + y^2 = 1 + d x^2 y^2 becomes d y^4 + 2 y^2 - 1 = 0.
    """
    root = _square_root((1 + _D) % _P)
    found = {0, 1, _P - 1}
    for sign in (root, _P - root):
        square = (sign - 1) * pow(_D, _P - 2, _P) % _P
        if pow(square, (_P - 1) // 2, _P) == 1:
            y = _square_root(square)
            found |= {y, _P - y}
    return frozenset(found)


def _square_root(square: int) -> int:
    """A root modulo 2^255-19 of a number that has one (RFC 8032 section 5.1.1)."""
    root = pow(square, (_P + 3) // 8, _P)
    return root if root * root % _P == square else root * pow(2, (_P - 1) // 4, _P) % _P


_SMALL_ORDER_Y = _small_order_y()


def check_public(raw: bytes) -> bytes:
    """Give back 32 public bytes that are safe to pin. RemoteError('weak_key') for small order and odd encodings.

    Under a small-order key one signature fits many messages; a non-canonical encoding (y not below 2^255-19) gives one
    key two names. These are the 14 encodings of "Taming the many EdDSAs" and C2SP CCTV, and every other y out of range.
    """
    if len(raw) != 32:
        raise RemoteError("weak_key", "a public key has 32 bytes")
    number = int.from_bytes(raw, "little")
    y = number & (_SIGN_BIT - 1)
    if y >= _P or y in _SMALL_ORDER_Y:
        raise RemoteError("weak_key", "small order or not canonical")
    return raw


@lru_cache(maxsize=4096)
def _public_key(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Check one signature. Raises RemoteError('bad_signature')."""
    try:
        _public_key(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise RemoteError("bad_signature") from None


def ring_id(root_publics: Sequence[bytes], threshold: int) -> str:
    """The self-certifying name of a ring: base32, 52 lower-case characters, over its root key set and threshold.

    Raises RemoteError('malformed') where the threshold does not fit the keys, a key stands twice or has not 32 bytes.
    """
    if not 1 <= threshold <= len(root_publics):
        raise RemoteError("malformed", "root threshold")
    if len(set(root_publics)) != len(root_publics) or {*map(len, root_publics)} != {32}:
        raise RemoteError("malformed", "root keys")
    data = b"ringtausch/root/v1\n" + bytes((threshold,)) + b"".join(sorted(root_publics))
    return base64.b32encode(hashlib.sha256(data).digest()).decode().rstrip("=").lower()


@lru_cache(maxsize=4096)
def key_id(name: str, public: bytes, kind: int = ED25519) -> str:
    """`<name>+<8 hex>`: the C2SP signed-note key id, SHA-256(name LF type key)[:4]."""
    digest = hashlib.sha256(name.encode() + b"\n" + bytes((kind,)) + public).digest()
    return f"{name}+{digest[:4].hex()}"


def vkey(name: str, public: bytes, kind: int = ED25519) -> str:
    """The verifier key of C2SP signed-note: `<name>+<8 hex>+<base64 of type and key>`."""
    return f"{key_id(name, public, kind)}+{base64.b64encode(bytes((kind,)) + public).decode()}"
