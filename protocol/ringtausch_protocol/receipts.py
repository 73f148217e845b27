# SPDX-License-Identifier: Apache-2.0
"""Receipts, after C2SP tlog-proof: one file that proves offline that an entry stands in a log (SPEC.md 8.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_protocol import limits, merkle, notes
from ringtausch_protocol.canonical import b64_padded, unb64_padded
from ringtausch_protocol.checkpoints import NO_POLICY, Policy, Witnessed, verify_checkpoint
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.notes import NoteKey

FIRST_LINE = "c2sp.org/tlog-proof@v1"


class Receipt(NamedTuple):
    """A receipt read, nothing verified: the number of the entry (from 0), its path, the checkpoint.

    `entry`: the entry itself, where the receipt carries it (its `extra` line).
    """

    number: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    entry: bytes | None = None

    def to_bytes(self) -> bytes:
        """The receipt as it is handed out."""
        rows = [FIRST_LINE, f"index {self.number}", *map(b64_padded, self.path)]
        if self.entry is not None:
            rows.insert(1, f"extra {b64_padded(self.entry)}")
        return "\n".join([*rows, "", ""]).encode() + self.checkpoint


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt strictly; verify nothing. Raises RemoteError: too_large, malformed."""
    text = notes.parse_text(data, limits.RECEIPT_BYTES)
    above, _, checkpoint = text.partition("\n\n")
    rows = above.split("\n")
    if rows.pop(0) != FIRST_LINE:
        raise RemoteError("malformed", "first line")
    entry = unb64_padded(rows.pop(0).removeprefix("extra ")) if rows and rows[0].startswith("extra ") else None
    if not rows or not rows[0].startswith("index "):
        raise RemoteError("malformed", "no index")
    index = notes.parse_decimal(rows.pop(0).removeprefix("index "))
    if len(rows) > limits.PROOF_HASHES_MAX:
        raise RemoteError("malformed", "path too long")
    return Receipt(index, tuple(map(notes.parse_hash, rows)), checkpoint.encode(), entry)


def verify_receipt(
    receipt: Receipt, known: Sequence[NoteKey], policy: Policy = NO_POLICY, entry: bytes | None = None
) -> Witnessed:
    """Check that an entry (the receipt's own, if none is given) stands at its place under a signed checkpoint.

    Raises RemoteError as `verify_checkpoint`; bad_proof (the path does not lead there, or no entry is to be had).
    """
    what = receipt.entry if entry is None else entry
    if what is None:
        raise RemoteError("bad_proof", "a receipt without its entry")
    found = verify_checkpoint(receipt.checkpoint, known, policy)
    merkle.verify_inclusion(merkle.leaf_hash(what), receipt.number, found.head.size, receipt.path, found.head.root)
    return found
