# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: the head of a log as a note signed by its key and cosigned by witnesses (SPEC.md 8.5, 8.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ringtausch_protocol import limits, notes
from ringtausch_protocol.canonical import b64_padded
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import COSIGNER, Signer
from ringtausch_protocol.merkle import EMPTY, verify_consistency
from ringtausch_protocol.notes import Note, NoteKey, Signed

_ORIGIN = re.compile(r"([a-z2-7]{51}[aq])/log/([1-9][0-9]{0,15})", re.ASCII)


class LogHead(NamedTuple):
    """Where a log stood: its origin, its size in entries, its root (32 bytes)."""

    origin: str
    size: int
    root: bytes


class Checkpoint(NamedTuple):
    """A checkpoint read, nothing verified."""

    head: LogHead
    note: Note


class Witnessed(NamedTuple):
    """A checkpoint that was verified: the key of the log, and each witness's cosignature with its time."""

    head: LogHead
    key: NoteKey
    cosigned: tuple[Signed, ...]


class Policy(NamedTuple):
    """Whose cosignatures count for a log, and how many distinct keys among them are enough."""

    witnesses: tuple[NoteKey, ...] = ()
    quorum: int = 0


#: Nobody is asked: the log's own signature is enough.
NO_POLICY = Policy()


def origin_of(ring_id: str, log: int) -> str:
    """The name of a ring's log, `<ring_id>/log/<n>`: it stays when the address moves."""
    return f"{ring_id}/log/{log}"


def parse_origin(origin: str) -> tuple[str, int]:
    """Ring id and number of a log's name. Raises RemoteError('malformed')."""
    found = _ORIGIN.fullmatch(origin)
    if found is None or int(found[2]) > limits.SEQ_MAX:
        raise RemoteError("malformed", "origin")
    return found[1], int(found[2])


def quorum_of(witnesses: int) -> int:
    """How many of a log's witnesses must have cosigned: 5 of 7, else more than half of what there is; 0 of none."""
    if witnesses >= limits.WITNESSES_MAX:
        return limits.QUORUM
    return witnesses // 2 + 1 if witnesses else 0


def checkpoint_text(head: LogHead) -> str:
    """What is signed: origin, size, root, each on a line."""
    return f"{head.origin}\n{head.size}\n{b64_padded(head.root)}\n"


def sign_checkpoint(head: LogHead, signer: Signer) -> Note:
    """A log signs its head; the key's name is the origin."""
    text = checkpoint_text(head)
    return Note(text, (notes.sign_note(text, head.origin, signer),))


def parse_checkpoint(data: bytes) -> Checkpoint:
    """Read a checkpoint strictly; verify nothing. Raises RemoteError: too_large, malformed."""
    note = notes.parse_note(data)
    rows = note.text.split("\n")
    if len(rows) != 4:
        raise RemoteError("malformed", "a checkpoint says origin, size and root")
    parse_origin(rows[0])
    head = LogHead(rows[0], notes.parse_decimal(rows[1]), notes.parse_hash(rows[2]))
    if head.size == 0 and head.root != EMPTY:
        raise RemoteError("malformed", "root of an empty log")
    return Checkpoint(head, note)


def verify_checkpoint(data: bytes, known: Sequence[NoteKey], policy: Policy = NO_POLICY) -> Witnessed:
    """Check a checkpoint: signed by a known key of its log, cosigned as the policy asks.

    `known`: keys of logs; only those with the checkpoint's origin as name count. Cosignatures are counted by distinct
    public keys. Raises RemoteError: too_large, malformed, unknown_key (no key of this log), bad_signature, quorum.
    """
    checkpoint = parse_checkpoint(data)
    of_log = [key for key in known if key.kind != COSIGNER and key.name == checkpoint.head.origin]
    signed = notes.verify_note(checkpoint.note, [*of_log, *policy.witnesses])
    by_log = [each.key for each in signed if each.time is None]
    cosigned = tuple(each for each in signed if each.time is not None)
    if not by_log:
        raise RemoteError("unknown_key", checkpoint.head.origin)
    if len({each.key.public for each in cosigned}) < policy.quorum:
        raise RemoteError("quorum", f"{len(cosigned)} of {policy.quorum} cosignatures")
    return Witnessed(checkpoint.head, by_log[0], cosigned)


def verify_growth(old: LogHead, new: LogHead, path: Sequence[bytes]) -> None:
    """Check that a log went on from one head to another. Raises RemoteError('bad_proof'), also for another log.

    From nothing everything grows, without a path; two heads of one size must be the same.
    """
    if old.origin != new.origin or len(path) > limits.PROOF_HASHES_MAX:
        raise RemoteError("bad_proof", "another log, or a path too long")
    if old.size == 0:
        if path or old.root != EMPTY:
            raise RemoteError("bad_proof", "nothing has no path")
        return
    verify_consistency(old.size, new.size, old.root, new.root, path)


def read_cosignatures(checkpoint: Checkpoint, data: bytes, witnesses: Sequence[NoteKey]) -> list[notes.Line]:
    """The lines of an answer that are cosignatures of these witnesses under this checkpoint; others are left.

    Raises RemoteError: too_large, malformed, bad_signature (a known witness's line does not verify).
    """
    lines = notes.parse_lines(notes.parse_text(data, limits.CHECKPOINT_BYTES))
    known = {(key.name, key.hash) for key in witnesses}
    notes.verify_note(Note(checkpoint.note.text, lines), witnesses)
    return [line for line in lines if line[:2] in known]


def told_cosigners(checkpoint: Checkpoint) -> list[tuple[str, int]]:
    """Who cosigned by the lines beside the log's own, and when (Unix seconds); nothing is verified."""
    others = [line for line in checkpoint.note.lines if line.name != checkpoint.head.origin]
    return [(line.name, int.from_bytes(line.signature[:8])) for line in others]


def with_cosignatures(checkpoint: Checkpoint, lines: Iterable[notes.Line]) -> bytes:
    """The checkpoint with further lines, as it is published."""
    return notes.add_lines(checkpoint.note, lines).to_bytes()
