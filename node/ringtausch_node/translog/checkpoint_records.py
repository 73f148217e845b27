# SPDX-License-Identifier: AGPL-3.0-or-later
"""The SQL of published checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ringtausch_node.store import Tx, is_sound, row_check

#: So many of a log are kept: cosignatures that come late still find theirs. Beside them the best cosigned one is.
KEPT = 100


class CheckpointRow(NamedTuple):
    """A published checkpoint: the head, the note with its cosignatures so far, when it was signed or said again."""

    log: int
    size: int
    root: bytes
    note: bytes
    at: int
    cosigned: int


_COLUMNS = "log, size, root, note, at, cosigned"


def load_newest(tx: Tx, log: int) -> CheckpointRow | None:
    """The newest checkpoint of a log, or None."""
    row = tx.row(f"SELECT {_COLUMNS} FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1", (log,))
    return None if row is None else CheckpointRow._make(row)


def load_at_size(tx: Tx, log: int, size: int) -> CheckpointRow | None:
    """The checkpoint of a log at a size, where it is still kept."""
    row = tx.row(f"SELECT {_COLUMNS} FROM checkpoint WHERE log = ? AND size = ?", (log, size))
    return None if row is None else CheckpointRow._make(row)


def load_best_cosigned(tx: Tx, log: int) -> CheckpointRow | None:
    """The checkpoint of a log with the most cosignatures, of several the newest; None where none has any."""
    sql = f"SELECT {_COLUMNS} FROM checkpoint WHERE log = ? AND cosigned > 0 ORDER BY cosigned DESC, size DESC LIMIT 1"
    row = tx.row(sql, (log,))
    return None if row is None else CheckpointRow._make(row)


def load_newest_cosigned(tx: Tx, log: int, quorum: int) -> CheckpointRow | None:
    """The newest checkpoint of a log with so many cosignatures, or None."""
    sql = f"SELECT {_COLUMNS} FROM checkpoint WHERE log = ? AND cosigned >= ? ORDER BY size DESC LIMIT 1"
    row = tx.row(sql, (log, quorum))
    return None if row is None else CheckpointRow._make(row)


def load_covering(tx: Tx, log: int, index: int) -> CheckpointRow | None:
    """Of the checkpoints that cover entry `index` the one with the most cosignatures, of several the newest."""
    sql = f"SELECT {_COLUMNS} FROM checkpoint WHERE log = ? AND size > ? ORDER BY cosigned DESC, size DESC LIMIT 1"
    row = tx.row(sql, (log, index))
    return None if row is None else CheckpointRow._make(row)


def load_all(tx: Tx) -> list[CheckpointRow]:
    """All that are kept, by log and size."""
    rows = tx.execute(f"SELECT {_COLUMNS} FROM checkpoint ORDER BY log, size")
    return [CheckpointRow._make(row) for row in rows]


def insert(tx: Tx, row: CheckpointRow) -> None:
    """Publish a checkpoint and drop what nobody will ask for any more. The table itself refuses a log that shrinks."""
    tx.change(f"INSERT INTO checkpoint ({_COLUMNS}, row_check) VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, row_check(*row)))
    tx.change(
        "DELETE FROM checkpoint WHERE log = ? AND size <= coalesce("
        "(SELECT size FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1 OFFSET ?), 0)"
        " AND size <> (SELECT size FROM checkpoint WHERE log = ? ORDER BY cosigned DESC, size DESC LIMIT 1)",
        (row.log, row.log, KEPT, row.log),
    )


def put(tx: Tx, row: CheckpointRow) -> None:
    """Publish a checkpoint; one that is said again with the same head only gets its new time."""
    if (known := load_at_size(tx, row.log, row.size)) is None:
        insert(tx, row)
    else:
        _write_back(tx, known._replace(at=row.at))


def set_note(tx: Tx, row: CheckpointRow) -> None:
    """Rewrite a note and the number of its cosignatures; head and root stay."""
    known = load_at_size(tx, row.log, row.size)
    if known is not None:
        _write_back(tx, known._replace(note=row.note, cosigned=row.cosigned))


def _write_back(tx: Tx, row: CheckpointRow) -> None:
    sql = "UPDATE checkpoint SET note = ?, at = ?, cosigned = ?, row_check = ? WHERE log = ? AND size = ?"
    tx.change(sql, (row.note, row.at, row.cosigned, row_check(*row), row.log, row.size))


def each_unsound(tx: Tx) -> Iterator[tuple[int, int]]:
    """(log, size) of the checkpoints that are no longer what was written, streamed."""
    rows = tx.execute(f"SELECT {_COLUMNS}, row_check FROM checkpoint ORDER BY log, size")
    return ((values[0], values[1]) for *values, check in rows if not is_sound(check, *values))
