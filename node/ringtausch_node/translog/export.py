# SPDX-License-Identifier: AGPL-3.0-or-later
"""All logs of a ring as files that anybody can check without it, under the paths at which they are served.

OUT/<log>/checkpoint           the newest one (SPEC.md 8.5)
OUT/<log>/cards.json           the ring's own cards, oldest first: they prove the key under the checkpoint
OUT/<log>/tile/...             tiles and bundles of entries, as far as the checkpoint reaches (8.4)
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ringtausch_node.folder import sync_directory, write_new_file
from ringtausch_node.keyring.cards import format_chain
from ringtausch_node.store import Tx
from ringtausch_node.translog import checkpoint_records, reading
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_protocol import tiles
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.tiles import ENTRIES, Tile

#: Everybody may read what everybody may have: a web server serves the files as they are.
MODE = 0o644


class Exported(NamedTuple):
    """One log that was written: its number, its entries, how many files."""

    log: int
    size: int
    files: int


def export_logs(tx: Tx, cards: Sequence[Card], out: Path) -> list[Exported]:
    """Write all logs that have a checkpoint to a new folder, whole or not at all. `cards`: own cards, oldest first.

    Raises LocalError: file_exists, file_unwritable, no_checkpoint, log_broken.
    """
    if out.exists():
        raise LocalError("file_exists", out.name)
    newest = [checkpoint_records.load_newest(tx, log) for log in reading.log_numbers(tx)]
    rows = [row for row in newest if row is not None]
    if not rows:
        raise LocalError("no_checkpoint")
    draft = out.with_name(f".{out.name}.new")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        written = [_export(tx, row, cards, draft / str(row.log)) for row in rows]
        draft.rename(out)
        sync_directory(out.absolute().parent)
    except OSError as error:
        raise LocalError("file_unwritable", f"{out.name}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            shutil.rmtree(draft)
    return written


def _export(tx: Tx, row: CheckpointRow, cards: Sequence[Card], folder: Path) -> Exported:
    """Bundles, tiles, then what signs them: who looks early finds nothing that leads nowhere."""
    files = 0
    for tile in tiles.tiles_of(row.size):
        data = reading.tile(tx, row.log, *tile)
        if tile.level == 0:
            _write(folder, tile._replace(level=ENTRIES), reading.entries(tx, row.log, tile.number, tile.width))
            files += 1
        _write(folder, tile, data)
        files += 1
    write_new_file(folder / "cards.json", format_chain(cards), mode=MODE)
    write_new_file(folder / "checkpoint", row.note, mode=MODE)
    for path in (folder, *(each for each in folder.rglob("*") if each.is_dir())):
        sync_directory(path)
    return Exported(row.log, row.size, files + 2)


def _write(folder: Path, tile: Tile, data: bytes | None) -> None:
    assert data is not None  # the checkpoint that is written covers every tile that is asked for
    path = folder / tile.path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_new_file(path, data, mode=MODE)
