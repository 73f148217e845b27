# SPDX-License-Identifier: Apache-2.0
"""Signed notes of C2SP: a text, an empty line, and a line for each signature (SPEC.md 8.5).

Lines of keys that nobody here knows are skipped. A known key whose line does not verify spoils the whole note.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ringtausch_protocol import canonical, keys, limits
from ringtausch_protocol.canonical import b64_padded, unb64_padded
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import COSIGNER, ED25519, Signer

_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class NoteKey(NamedTuple):
    """A key that notes are checked with: whose it is, its type (ED25519 a log, COSIGNER a witness), 32 public bytes."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> str:
        """`<name>+<8 hex>` (SPEC.md 3.2)."""
        return keys.key_id(self.name, self.public, self.kind)

    @property
    def hash(self) -> bytes:
        """The four bytes that stand before a signature."""
        return bytes.fromhex(self.id[-8:])


class Line(NamedTuple):
    """A signature line: the key's name, its four bytes, and what follows them."""

    name: str
    hash: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {b64_padded(self.hash + self.signature)}\n"


class Note(NamedTuple):
    """A note taken apart, nothing verified. `text` ends with a line feed."""

    text: str
    lines: tuple[Line, ...]

    def to_bytes(self) -> bytes:
        """The note as it travels."""
        return f"{self.text}\n{''.join(map(str, self.lines))}".encode()


class Signed(NamedTuple):
    """A signature that was found good: by which key, and for a cosignature when (Unix seconds)."""

    key: NoteKey
    time: int | None


def parse_vkey(text: str) -> NoteKey:
    """Read a verifier key, `<name>+<8 hex>+<base64>`. Raises RemoteError: malformed, unsupported (type), weak_key."""
    found = _VKEY.fullmatch(text) if len(text) <= limits.VKEY_LENGTH else None
    if found is None:
        raise RemoteError("malformed", "verifier key")
    data = unb64_padded(found[3])
    if data[0] not in (ED25519, COSIGNER):
        raise RemoteError("unsupported", f"type {data[0]} of a key")
    key = NoteKey(found[1], data[0], keys.check_public(data[1:]))
    if key.id != f"{found[1]}+{found[2]}":
        raise RemoteError("malformed", "verifier key with the id of another")
    return key


def parse_decimal(text: str) -> int:
    """A number as C2SP writes it: `0|[1-9][0-9]*`, at most 2^53 - 1. Raises RemoteError('malformed')."""
    if _DECIMAL.fullmatch(text) is None or int(text) > limits.SEQ_MAX:
        raise RemoteError("malformed", "number")
    return int(text)


def parse_hash(text: str) -> bytes:
    """32 bytes in standard base64. Raises RemoteError('malformed')."""
    data = unb64_padded(text)
    if len(data) != 32:
        raise RemoteError("malformed", "hash")
    return data


def parse_text(data: bytes, limit: int) -> str:
    """Bytes as lines that each end with a line feed; no other control or separator. Raises too_large, malformed."""
    if len(data) > limit:
        raise RemoteError("too_large", f"{len(data)} bytes, at most {limit}")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise RemoteError("malformed", "no UTF-8") from None
    if not text.endswith("\n") or canonical.has_controls(text.replace("\n", "")):
        raise RemoteError("malformed", "no line feed at the end, or a control character")
    return text


def parse_note(data: bytes, limit: int = limits.CHECKPOINT_BYTES) -> Note:
    """Read a note strictly; verify nothing. Raises RemoteError: too_large, malformed (also: one key twice)."""
    text = parse_text(data, limit)
    said, empty, signatures = text.rpartition("\n\n")
    if not empty or not said:
        raise RemoteError("malformed", "no empty line")
    lines = parse_lines(signatures)
    return Note(said + "\n", lines)


def parse_lines(text: str) -> tuple[Line, ...]:
    """Read signature lines, 1 to 32. Raises RemoteError('malformed')."""
    rows = text.split("\n")[:-1]
    if not 1 <= len(rows) <= limits.SIGNATURE_LINES_MAX:
        raise RemoteError("malformed", "number of signature lines")
    lines = tuple(map(_line, rows))
    if len({line[:2] for line in lines}) != len(lines):
        raise RemoteError("malformed", "a key that signs twice")
    return lines


def _line(row: str) -> Line:
    found = _LINE.fullmatch(row)
    if found is None:
        raise RemoteError("malformed", "signature line")
    data = unb64_padded(found[2])
    if len(data) < 5:
        raise RemoteError("malformed", "signature line")
    return Line(found[1], data[:4], data[4:])


def sign_note(text: str, name: str, signer: Signer) -> Line:
    """The line of a log's key under a text."""
    key = NoteKey(name, ED25519, signer.public)
    return Line(name, key.hash, signer.sign(text.encode()))


def cosign_note(text: str, name: str, signer: Signer, time: int) -> Line:
    """The line of a witness under a text: C2SP cosignature/v1 at `time` (Unix seconds)."""
    key = NoteKey(name, COSIGNER, signer.public)
    return Line(name, key.hash, time.to_bytes(8) + signer.sign(_cosigned(text, time)))


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def add_lines(note: Note, lines: Iterable[Line]) -> Note:
    """The note with further lines; a key that stands there already keeps its line."""
    known = {line[:2]: line for line in (*note.lines, *lines)}
    known.update({line[:2]: line for line in note.lines})
    return Note(note.text, tuple(known.values()))


def verify_note(note: Note, known: Sequence[NoteKey]) -> list[Signed]:
    """Check every line of a known key; lines of others are skipped. -> what was signed by whom.

    Raises RemoteError('bad_signature') where a known key's line does not verify: somebody changed the note.
    """
    by_line = {(key.name, key.hash): key for key in known}
    return [_verify_line(note.text, line, by_line[line[:2]]) for line in note.lines if line[:2] in by_line]


def _verify_line(text: str, line: Line, key: NoteKey) -> Signed:
    if key.kind == ED25519:
        keys.verify(key.public, text.encode(), line.signature)
        return Signed(key, None)
    time = int.from_bytes(line.signature[:8])
    if not 1 <= time <= limits.TIME_MAX:
        raise RemoteError("bad_signature", "time of a cosignature")
    keys.verify(key.public, _cosigned(text, time), line.signature[8:])
    return Signed(key, time)


def gossip_name(origin: str) -> str:
    """How a witness files the checkpoints of a log: the hex SHA-256 of its origin."""
    return hashlib.sha256(origin.encode()).hexdigest()
