# SPDX-License-Identifier: AGPL-3.0-or-later
"""What need not be worked out twice in one process: all rings of a world live in it and read the same bytes.

Only functions of their arguments and of nothing else, and only their good answers: what they refuse is refused anew.
The words that two operators compare are slow on purpose, so that nobody guesses; here nobody guesses, and they are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from ringtausch_node import config
from ringtausch_protocol import canonical, keys, sealing

#: As many as some days of a world bring: verified signatures, and bytes as they were read.
_KEPT = 1 << 14

#: A key of one exchange, and an authentication tag.
_AROUND_BYTES = 32 + 16

_verify = lru_cache(_KEPT)(keys.verify)
_parse = lru_cache(_KEPT)(canonical.parse_with)
_parse_config = lru_cache(_KEPT)(config.parse_config)
_scrypt = hashlib.scrypt


def _quick_scrypt(password: bytes, **settings: Any) -> bytes:
    """Scrypt with the least of work: the same words on both sides, and others for other keys."""
    return _scrypt(password, **settings | {"n": 2, "r": 1})


class Made:
    """Signatures that keys of this world have made: Ed25519 verifies what it has signed itself.

    A signature over anything else, or under another key, is none of these, and is checked as everywhere.
    """

    def __init__(self) -> None:
        self._made: set[tuple[bytes, bytes, bytes]] = set()
        self._sign = keys.SigningKey.sign

    def sign(self, key: keys.SigningKey, message: bytes) -> bytes:
        """As `SigningKey.sign`."""
        signature = self._sign(key, message)
        self._made.add((key.public, message, signature))
        return signature

    def verify(self, public: bytes, message: bytes, signature: bytes) -> None:
        """As `keys.verify`."""
        if (public, message, signature) not in self._made:
            _verify(public, message, signature)


class Wrapped:
    """Keys of boxes that were wrapped in this world, each for one ring: HPKE opens what it has wrapped itself.

    In place of a suite of HPKE. Whatever was wrapped elsewhere, or for another key, is none of these, and is opened as
    everywhere.
    """

    def __init__(self) -> None:
        self._wrapped: dict[tuple[bytes, bytes, bytes], bytes] = {}
        self._suite = sealing._SUITE

    def encrypt(self, text: bytes, public: X25519PublicKey, info: bytes) -> bytes:
        """As HPKE's: of its length, and without a word of the text."""
        name = public.public_bytes_raw()
        found = hashlib.shake_256(b"%d" % len(self._wrapped) + name).digest(len(text) + _AROUND_BYTES)
        self._wrapped[name, info, found] = text
        return found

    def decrypt(self, wrapped: bytes, key: X25519PrivateKey, info: bytes) -> bytes:
        """As HPKE's."""
        found = self._wrapped.get((key.public_key().public_bytes_raw(), info, wrapped))
        return self._suite.decrypt(wrapped, key, info=info) if found is None else found


@contextmanager
def remembered(*, has_bytes: bool) -> Iterator[None]:
    """While a world is played. Days over real HTTP take nobody's word: every signature is verified there."""
    made = Made()

    def sign(key: keys.SigningKey, message: bytes) -> bytes:
        return made.sign(key, message)

    with ExitStack() as stack:
        stack.enter_context(mock.patch("ringtausch_protocol.keys.verify", _verify if has_bytes else made.verify))
        stack.enter_context(mock.patch("ringtausch_protocol.canonical.parse_with", _parse))
        stack.enter_context(mock.patch("ringtausch_node.folder.parse_config", _parse_config))
        stack.enter_context(mock.patch("hashlib.scrypt", _quick_scrypt))
        if not has_bytes:
            stack.enter_context(mock.patch.object(keys.SigningKey, "sign", sign))
            stack.enter_context(mock.patch("ringtausch_protocol.sealing._SUITE", Wrapped()))
        yield
