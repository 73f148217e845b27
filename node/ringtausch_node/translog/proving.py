# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts out of the log: where an entry stands, and what proves that to a stranger (SPEC.md 8.7)."""

from __future__ import annotations

from collections.abc import Iterator

from ringtausch_node.store import Tx
from ringtausch_node.translog import checkpoint_records, commitments, reading, records, tile_records
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.translog.service import LogPlaces
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.receipts import Receipt


def prove(tx: Tx, leaf: int) -> Receipt:
    """The receipt of a leaf, with its entry, under the best cosigned checkpoint that covers it.

    Raises LocalError('no_checkpoint') where none does.
    """
    log, index = LogPlaces(tx).of(leaf)
    row = checkpoint_records.load_covering(tx, log, index)
    if row is None:
        raise LocalError("no_checkpoint", f"entry {index} of log {log}")
    return receipt_under(tx, row, index)


def receipt_under(tx: Tx, row: CheckpointRow, index: int) -> Receipt:
    """The receipt of entry `index` of a log, with the entry, under one of its checkpoints, which covers it."""
    log = reading.find_log(tx, row.log)
    assert log is not None
    entry = tile_records.load_entries(tx, log, index, 1)[0]
    return Receipt(index, tuple(reading.inclusion_proof(tx, row.log, index, row.size)), row.note, entry)


def prove_commitment(tx: Tx, number: int, entry: bytes) -> Receipt:
    """The receipt of commitment `number` (from 1) of the log, which is this entry.

    Raises LocalError: no_checkpoint; log_broken where something else stands there.
    """
    leaf = commitments.find_leaf(tx, number)
    receipt = None if leaf is None else prove(tx, leaf)
    if receipt is None or receipt.entry != entry:
        raise LocalError("log_broken", f"commitment {number} does not stand at leaf {leaf}")
    return receipt


def each_holding(tx: Tx, text: bytes, first: int) -> Iterator[tuple[int, bytes]]:
    """Leaves from `first` on in whose entries a text stands, each with its entry, in their order, streamed."""
    return records.each_holding(tx, text, first)


def each_holding_before(tx: Tx, text: bytes, last: int) -> Iterator[tuple[int, bytes]]:
    """The same of leaves before `last`, newest first: what is looked for stands shortly before it."""
    return records.each_holding_before(tx, text, last)
