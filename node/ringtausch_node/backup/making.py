# SPDX-License-Identifier: AGPL-3.0-or-later
"""A backup of an open ring: made while it runs, and checked after it was written."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from ringtausch_node.backup.archive import (
    DATABASE,
    FORMAT,
    Manifest,
    names_of,
    reading,
    sum_of,
    verify_archive,
    write_archive,
)
from ringtausch_node.backup.sealed import Sealing
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import Folder
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.store import Store, Tx
from ringtausch_node.store.lock_database import LockDatabase
from ringtausch_node.translog.verify import verify_log


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """What `backup` and `restore` tell."""

    address: str
    ring_id: str
    made_at: int
    log_size: int
    file: str
    bytes: int
    is_sealed: bool


async def make_backup(
    store: Store, folder: Folder, ring_id: str, at: int, out: Path, sealing: Sealing | None = None
) -> BackupView:
    """Write a backup of an open ring to `out`, while it goes on. Checked: pages, keys, books, log, and the file itself.

    Without `sealing` whoever has the file has the ring.
    Raises LocalError: passphrase_short, file_exists, file_unwritable, backup_broken, storage_failed.
    """
    _verify_free(out)
    database, draft = out.with_name(f".{out.name}.sqlite"), out.with_name(f".{out.name}.new")
    files = {**names_of(folder.path), DATABASE: database}

    def pack(tx: Tx) -> BackupView:
        manifest = Manifest(
            format=FORMAT, address=folder.config.address, ring_id=ring_id, made_at=at, log_size=check_books(tx),
            files={name: sum_of(path) for name, path in files.items()}, boots=_boots_of(folder),
        )  # fmt: skip
        _write(draft, manifest, files, sealing)
        os.link(draft, out)
        return view_of(manifest, out, is_sealed=sealing is not None)

    try:
        return await store.copy(database, pack)
    except OSError as error:
        raise LocalError("file_unwritable", f"{out.name}: {error.strerror}") from None
    finally:
        for path in (database, draft):
            with suppress(OSError):
                path.unlink()


def _write(draft: Path, manifest: Manifest, files: dict[str, Path], sealing: Sealing | None) -> None:
    """Write the file and read it again to its end. Raises OSError, LocalError."""
    write_archive(draft, manifest, files, sealing)
    with reading(draft, sealing.passphrase if sealing else "") as stream:
        verify_archive(stream)


def _boots_of(folder: Folder) -> dict[str, int]:
    with closing(LockDatabase(folder.lock_database)) as lock:
        return {each.boot.hex(): each.opened_at for each in lock.boots()}


def _verify_free(out: Path) -> None:
    if out.exists():
        raise LocalError("file_exists", out.name)


def check_books(tx: Tx) -> int:
    """The books of a copy add up and its log can be rebuilt. -> size of the log. Raises LocalError('backup_broken')."""
    if findings := reconcile(tx):
        raise LocalError("backup_broken", f"{findings[0].table}: {findings[0].code}")
    return verify_log(tx).size


def view_of(manifest: Manifest, file: Path, *, is_sealed: bool) -> BackupView:
    """What is told of a backup."""
    return BackupView(
        address=manifest.address, ring_id=manifest.ring_id, made_at=manifest.made_at, log_size=manifest.log_size,
        file=str(file), bytes=file.stat().st_size, is_sealed=is_sealed,
    )  # fmt: skip
