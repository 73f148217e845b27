# SPDX-License-Identifier: AGPL-3.0-or-later
"""Slow hashes for what people remember or read from paper: Argon2id (RFC 9106), one at a time, off the loop.

7 MiB, five passes, one lane: of OWASP's equal settings the one with the least memory, for the C library keeps what a
hash once took. It takes 40 ms here and some 300 ms on a Raspberry Pi, and one at a time keeps a crowd of guessers from
filling a small machine.
"""

from __future__ import annotations

import asyncio

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

HASH_BYTES = 32
SALT_BYTES = 16
_ITERATIONS, _LANES, _MEMORY_KIB = 5, 1, 7 * 1024


class Hasher:
    """The slow hash of one ring."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def digest(self, secret: str, salt: bytes) -> bytes:
        """32 bytes of a secret under a salt of at least 8 bytes."""
        async with self._turn:
            return await asyncio.to_thread(_argon(salt).derive, secret.encode())

    async def phc(self, secret: str, salt: bytes) -> str:
        """A secret as it is stored: the PHC string, with its parameters and salt."""
        async with self._turn:
            return await asyncio.to_thread(_argon(salt).derive_phc_encoded, secret.encode())

    async def is_secret(self, secret: str, phc: str) -> bool:
        """Whether a stored PHC string is that of `secret`."""
        async with self._turn:
            return await asyncio.to_thread(_is_secret, secret, phc)


def _argon(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=HASH_BYTES, iterations=_ITERATIONS, lanes=_LANES, memory_cost=_MEMORY_KIB)


def _is_secret(secret: str, phc: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(secret.encode(), phc)
    except InvalidKey:
        return False
    return True
