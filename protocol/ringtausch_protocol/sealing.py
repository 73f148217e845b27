# SPDX-License-Identifier: Apache-2.0
"""Boxes that one ring seals and one ring opens (SPEC.md 2.5).

HPKE base mode (RFC 9180; X25519, HKDF-SHA256, ChaCha20-Poly1305) wraps a key, ChaCha20-Poly1305 with it seals the
texts: a wrapping costs as much as twenty texts, so one serves all boxes of a process to a ring. HPKE's encapsulated key
comes from the library's own randomness: the only chance in this package.
"""

from __future__ import annotations

import hashlib
import itertools
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ringtausch_protocol.errors import LocalError, RemoteError

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
#: A box key of 32 bytes with what HPKE adds to it: encapsulated key and tag.
_WRAPPED_BYTES, _BOX_NONCE_BYTES = 80, 12
_BOX_KEY_INFO = b"ringtausch/box/v1"
#: What a box is longer than its text: wrapped key, nonce and tag.
OVERHEAD_BYTES = _WRAPPED_BYTES + _BOX_NONCE_BYTES + 16
#: Box keys that an opening key remembers: one for each process of each peer, and some that strangers made up.
BOX_KEYS_KEPT = 256
#: What stands before a note to self: the secret of the boot in the clear, and the nonce.
_NOTE_SECRET_BYTES, _NOTE_NONCE_BYTES, _NOTE_TAG_BYTES = 32, 12, 16
#: What sealing adds to the text of a note.
NOTE_AROUND_BYTES = _NOTE_SECRET_BYTES + _NOTE_NONCE_BYTES + _NOTE_TAG_BYTES
_NOTE_DOMAIN = b"ringtausch/note/v1\n"

#: Any key will do to ask whether an exchange is zero; this one guards nothing.
_PROBE = X25519PrivateKey.from_private_bytes(bytes(range(32)))


class OpeningKey:
    """An X25519 key in memory, from its 32 secret bytes."""

    __slots__ = ("_cipher_of", "_key", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise LocalError("seed", "a seed has 32 bytes")
        self._key = X25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        self._cipher_of = lru_cache(BOX_KEYS_KEPT)(self._unwrap)

    def open(self, box: bytes, info: bytes) -> bytes:
        """The text of a box sealed to this key under the same `info`. Raises RemoteError('bad_box')."""
        wrapped, sealed = box[:_WRAPPED_BYTES], box[_WRAPPED_BYTES:]
        try:
            return self._cipher_of(wrapped).decrypt(sealed[:_BOX_NONCE_BYTES], sealed[_BOX_NONCE_BYTES:], info)
        except (InvalidTag, ValueError):
            raise RemoteError("bad_box", "does not open") from None

    def _unwrap(self, wrapped: bytes) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(_SUITE.decrypt(wrapped, self._key, info=_BOX_KEY_INFO))

    def derive(self, secret: bytes) -> bytes:
        """A symmetric key that only the holder of this key can make, from 32 public bytes."""
        return hashlib.sha256(_NOTE_DOMAIN + self._key.private_bytes_raw() + secret).digest()


def check_sealing_public(raw: bytes) -> bytes:
    """Give back 32 public X25519 bytes that are safe to pin. RemoteError('weak_key') for a point of small order.

    Every exchange with such a point is zero, whatever the other key (RFC 7748 section 6.1): one exchange tells it.
    """
    try:
        _PROBE.exchange(X25519PublicKey.from_public_bytes(raw))
    except ValueError:
        raise RemoteError("weak_key", "nothing can be sealed to it") from None
    return raw


class BoxSealer:
    """Seals boxes to one key, for the life of one process.

    `public`: the 32 bytes of the key; `secret`: 32 random bytes for this one sealer. Nonces are counted, whichever
    thread seals. Raises RemoteError('weak_key') for bytes that are no key, or a point of small order (RFC 7748 section
    6.1).
    """

    def __init__(self, public: bytes, secret: bytes) -> None:
        self.public = public
        try:
            self._wrapped = _SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(public), info=_BOX_KEY_INFO)
        except ValueError:
            raise RemoteError("weak_key", "nothing can be sealed to it") from None
        self._cipher, self._nonces = ChaCha20Poly1305(secret), itertools.count()

    def seal(self, text: bytes, info: bytes) -> bytes:
        """The box of a text, bound to `info`."""
        nonce = next(self._nonces).to_bytes(_BOX_NONCE_BYTES)
        return self._wrapped + nonce + self._cipher.encrypt(nonce, text, info)


def box_info(net: str, first: str, last: str, payment_id: str) -> bytes:
    """The `info` of an order's box: nobody can move it to another order, ring or net (SPEC.md 7.3)."""
    return f"{net}\n{first}\n{last}\n{payment_id}".encode()


def message_info(net: str, first: str, last: str, topic: str, message_id: str) -> bytes:
    """The `info` of a message's body: it opens only for its topic and id, from one ring to one other (SPEC.md 7.11)."""
    return f"ringtausch/message/v1\n{net}\n{first}\n{last}\n{topic}\n{message_id}".encode()


class NoteSealer:
    """Seals notes to a ring's own recovery key (SPEC.md 6.8), for the life of one process.

    `secret`: 32 random bytes that serve this one sealer. A note is the secret, a counted nonce and the ciphertext
    (ChaCha20-Poly1305 under a key derived from the recovery key). Unlike a box, which anybody can seal to a card, a
    note that opens was written by the ring itself; `info` binds it to one item.
    """

    def __init__(self, key: OpeningKey, secret: bytes) -> None:
        self._secret, self._count = secret, 0
        self._cipher = ChaCha20Poly1305(key.derive(secret))

    def seal(self, text: bytes, info: bytes) -> bytes:
        """The note of a text: NOTE_AROUND_BYTES longer."""
        nonce = self._count.to_bytes(_NOTE_NONCE_BYTES)
        self._count += 1
        return self._secret + nonce + self._cipher.encrypt(nonce, text, info)


def open_note(key: OpeningKey, note: bytes, info: bytes) -> bytes:
    """The text of a note sealed by the holder of this key under the same `info`. Raises RemoteError('bad_box')."""
    secret, sealed = note[:_NOTE_SECRET_BYTES], note[_NOTE_SECRET_BYTES:]
    try:
        cipher = ChaCha20Poly1305(key.derive(secret))
        return cipher.decrypt(sealed[:_NOTE_NONCE_BYTES], sealed[_NOTE_NONCE_BYTES:], info)
    except (InvalidTag, ValueError):
        raise RemoteError("bad_box", "does not open") from None
