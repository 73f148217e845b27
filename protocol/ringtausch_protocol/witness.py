# SPDX-License-Identifier: Apache-2.0
"""What a witness does with the checkpoint it is shown, after C2SP tlog-witness (SPEC.md 8.8).

The table is here; who uses it keeps the newest head of each log it cosigned, in one transaction with the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_protocol import limits, notes
from ringtausch_protocol.canonical import b64_padded
from ringtausch_protocol.checkpoints import (
    Checkpoint,
    LogHead,
    parse_checkpoint,
    verify_checkpoint,
    verify_growth,
)
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import EMPTY
from ringtausch_protocol.notes import NoteKey

#: The type of a 409's body, which says the size that the witness knows.
SIZE_TYPE = "text/x.tlog.size"


class AddCheckpoint(NamedTuple):
    """`add-checkpoint`: the size that the log believes the witness knows, a consistency path from there, its head."""

    old: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def origin(self) -> str:
        """Which log."""
        return self.checkpoint.head.origin


class Watched(NamedTuple):
    """A log that a witness watches: its keys, and the newest head it cosigned (None: none yet)."""

    keys: tuple[NoteKey, ...]
    head: LogHead | None = None


class Verdict(NamedTuple):
    """What to answer. With status 200 the head is stored, then cosigned; else `code` says why not.

    `is_evidence`: the head is validly signed and was refused: it is kept, for it may prove a fork.
    """

    status: int
    code: str | None = None
    body: str = ""
    is_evidence: bool = False


def format_request(old: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The body of an `add-checkpoint`."""
    return "\n".join([f"old {old}", *map(b64_padded, path), "", ""]).encode() + checkpoint


def parse_request(body: bytes) -> AddCheckpoint:
    """Read the body of an `add-checkpoint` strictly. Raises RemoteError: too_large, malformed; both are status 400."""
    text = notes.parse_text(body, limits.WITNESS_REQUEST_BYTES)
    above, _, checkpoint = text.partition("\n\n")
    first, *hashes = above.split("\n")
    if not first.startswith("old ") or len(hashes) > limits.PROOF_HASHES_MAX:
        raise RemoteError("malformed", "no old size, or a path too long")
    old = notes.parse_decimal(first.removeprefix("old "))
    return AddCheckpoint(old, tuple(map(notes.parse_hash, hashes)), parse_checkpoint(checkpoint.encode()))


def judge(asked: AddCheckpoint, watched: Watched | None) -> Verdict:
    """The table of C2SP tlog-witness. `watched`: what is known of the log `asked.origin`; None: nothing."""
    if watched is None:
        return Verdict(404, "unknown_log")
    try:
        verify_checkpoint(asked.checkpoint.note.to_bytes(), watched.keys)
    except RemoteError as error:
        return Verdict(403, error.code)
    known = watched.head or LogHead(asked.origin, 0, EMPTY)
    if asked.old > asked.checkpoint.head.size:
        return Verdict(400, "malformed", is_evidence=True)
    if asked.old != known.size:
        return Verdict(409, "log_size", f"{known.size}\n", is_evidence=True)
    try:
        verify_growth(known, asked.checkpoint.head, asked.path)
    except RemoteError as error:
        return Verdict(422, error.code, is_evidence=True)
    return Verdict(200)
