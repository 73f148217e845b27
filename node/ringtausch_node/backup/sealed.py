# SPDX-License-Identifier: AGPL-3.0-or-later
"""A file that only a passphrase opens (docs/backup-file.md): Argon2id, then ChaCha20-Poly1305 in chunks.

The chunks are those of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015) as age uses it: a nonce counts them and says
which is the last, so a file that was cut off, put together anew or lengthened does not open. The header is proved
before anything else, which tells a wrong passphrase from a damaged file.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import struct
from typing import IO, TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from ringtausch_node.errors import LocalError
from ringtausch_protocol.words import WORDS

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MAGIC = b"ringtausch backup 1\n"
SALT_BYTES = 16
#: Who made a file chooses how slow it opens; a stranger's must not fill the machine.
MEMORY_KIB_MAX, ITERATIONS_MAX, LANES_MAX = 256 * 1024, 10, 8
CHUNK_BYTES, TAG_BYTES, _CHECK_BYTES, _KEY_BYTES = 64 * 1024, 16, 32, 32
#: Twelve characters that somebody thought of; the slow hash does the rest. Longer than a thousand is a mistake.
PASSPHRASE_LENGTH_MIN, PASSPHRASE_LENGTH_MAX = 12, 1_000
#: Ten words of 256 are 80 bits: behind this hash more than anybody tries, and they fit on a card.
PHRASE_WORDS = 10
_HEADER = struct.Struct(f">{len(MAGIC)}sIII{SALT_BYTES}s")
HEADER_BYTES = _HEADER.size + _CHECK_BYTES
_SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
_FOLDED = {word.casefold(): word for word in WORDS}


class Cost(NamedTuple):
    """How slow Argon2id is made."""

    memory_kib: int
    iterations: int
    lanes: int


#: RFC 9106's second choice: a fifth of a second here, a second or two on a small machine, once for a file.
COST = Cost(64 * 1024, 3, 4)


class Sealing(NamedTuple):
    """What a new file is sealed with. `salt`: 16 random bytes, never used twice."""

    passphrase: str
    salt: bytes
    cost: Cost = COST


class _Keys(NamedTuple):
    header: bytes
    chunks: ChaCha20Poly1305


def recovery_phrase(chance: bytes) -> str:
    """Ten words to be written down, from as many random bytes."""
    return " ".join(WORDS[byte] for byte in chance[:PHRASE_WORDS])


def parse_passphrase(text: str) -> str:
    """A passphrase for a new file. Raises LocalError('passphrase_short') below 12 characters or above 1 000."""
    plain = _plain(text)
    if not PASSPHRASE_LENGTH_MIN <= len(plain) <= PASSPHRASE_LENGTH_MAX:
        raise LocalError("passphrase_short")
    return plain


def _plain(text: str) -> str:
    """One spelling of what was typed: NFC, single blanks; words of a recovery phrase in any case, also with hyphens."""
    parts = normalize("NFC", text).split()
    words = [_FOLDED.get(part.casefold(), "") for part in " ".join(parts).replace("-", " ").split()]
    return " ".join(words if len(words) == PHRASE_WORDS and all(words) else parts)


def _keys(passphrase: str, salt: bytes, cost: Cost) -> _Keys:
    slow = Argon2id(
        salt=salt, length=_KEY_BYTES, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    root = slow.derive(passphrase.encode())
    header, chunks = (
        HKDFExpand(SHA256(), _KEY_BYTES, b"ringtausch backup " + name).derive(root) for name in (b"header", b"chunks")
    )
    return _Keys(header, ChaCha20Poly1305(chunks))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class SealingWriter(io.RawIOBase):
    """Seals what is written into a stream; `finish` writes the last chunk, without which the file does not open."""

    def __init__(self, out: IO[bytes], sealing: Sealing) -> None:
        super().__init__()
        keys = _keys(parse_passphrase(sealing.passphrase), sealing.salt, sealing.cost)
        start = _HEADER.pack(MAGIC, *sealing.cost, sealing.salt)
        self._header = start + hmac.digest(keys.header, start, hashlib.sha256)
        self._out, self._key, self._number, self._place = out, keys.chunks, 0, 0
        self._waiting = bytearray()
        out.write(self._header)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Take bytes; a chunk is sealed when the next one has begun, for only then it is not the last."""
        self._waiting += (view := memoryview(data))
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        self._place += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """How many bytes were written to it."""
        return self._place

    def finish(self) -> None:
        """Seal what is left as the last chunk."""
        self._seal(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._out.write(self._key.encrypt(_nonce(self._number, is_last=is_last), chunk, self._header))
        self._number += 1


class SealedReader(io.RawIOBase):
    """What is inside a sealed file, to be read from anywhere; nothing of it is shown before it is proved.

    Raises LocalError: not_a_backup (another file, or one that wants too much), passphrase_needed, passphrase_wrong;
    backup_broken while reading.
    """

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        super().__init__()
        if not passphrase:
            raise LocalError("passphrase_needed")
        self._file, self._header = file, file.read(HEADER_BYTES)
        self._key = _opened(self._header, _plain(passphrase))
        self._sealed_bytes = file.seek(0, os.SEEK_END) - HEADER_BYTES
        self._count = max(1, -(-self._sealed_bytes // _SEALED_BYTES))
        self.size = self._sealed_bytes - self._count * TAG_BYTES
        self._place, self._number, self._chunk = 0, -1, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, counted from the start, from here or from the end."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, into: WriteableBuffer) -> int:
        """Read on from here, at most to the end of a chunk. Raises LocalError('backup_broken')."""
        view = memoryview(into)
        number, start = divmod(self._place, CHUNK_BYTES)
        if number >= self._count:
            return 0
        if number != self._number:
            self._number, self._chunk = number, self._open(number)
        part = self._chunk[start : start + view.nbytes]
        view[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _open(self, number: int) -> bytes:
        self._file.seek(HEADER_BYTES + number * _SEALED_BYTES)
        sealed = self._file.read(_SEALED_BYTES)
        try:
            return self._key.decrypt(_nonce(number, is_last=number == self._count - 1), sealed, self._header)
        except InvalidTag:
            raise LocalError("backup_broken", "changed or cut off") from None


def _opened(header: bytes, passphrase: str) -> ChaCha20Poly1305:
    """The key of the chunks. Raises LocalError: not_a_backup, passphrase_wrong."""
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise LocalError("not_a_backup")
    _, *asked, salt = _HEADER.unpack_from(header)
    cost = Cost(*asked)
    is_bearable = 1 <= cost.iterations <= ITERATIONS_MAX and 1 <= cost.lanes <= LANES_MAX
    if not is_bearable or not 8 * cost.lanes <= cost.memory_kib <= MEMORY_KIB_MAX:
        raise LocalError("not_a_backup", "too slow a hash")
    keys = _keys(passphrase, salt, cost)
    check = hmac.digest(keys.header, header[: _HEADER.size], hashlib.sha256)
    if not hmac.compare_digest(check, header[_HEADER.size :]):
        raise LocalError("passphrase_wrong")
    return keys.chunks
