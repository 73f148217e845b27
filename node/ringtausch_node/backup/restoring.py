# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring brought back from a backup into a new folder, never put over a ring.

It knows so by a mark in its lock database, and recovers before it pays anybody.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

from ringtausch_node.backup.archive import (
    CONFIG,
    DATABASE,
    Manifest,
    is_sealed,
    members_of,
    opened,
    read_manifest,
    reading,
    verify_archive,
)
from ringtausch_node.backup.making import BackupView, check_books, view_of
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import Folder, write_file
from ringtausch_node.store.copies import check_copy
from ringtausch_node.store.lock_database import FolderMarks, LockDatabase, Mark

_CHUNK_BYTES = 1024 * 1024


def take_place(path: Path) -> None:
    """The operator's word: of two copies of a ring this folder is the one that counts. The other must be off.

    Raises LocalError: folder_missing, config, folder_in_use, not_replaced.
    """
    folder = Folder.open(path)
    try:
        marks = FolderMarks(folder.lock_database)
        mark = marks.load()
        if mark is None or mark.code != "replaced":
            raise LocalError("not_replaced")
        marks.clear()
    finally:
        folder.close()


def needs_passphrase(file: Path) -> bool:
    """Whether a backup is sealed. Raises LocalError('file_unreadable')."""
    try:
        with file.open("rb") as stream:
            return is_sealed(stream)
    except OSError as error:
        raise LocalError("file_unreadable", error.strerror or "") from None


def restore_backup(file: Path, folder: Path, *, mark: bytes, at: int, passphrase: str = "") -> BackupView:
    """Lay out a ring's folder from a backup and mark it as restored. An existing ring is never touched.

    `mark`: 16 random bytes. Nothing is written before the whole file was read and proved. Raises LocalError:
    folder_not_empty, folder_not_made, file_unreadable, not_a_backup, backup_broken, passphrase_needed,
    passphrase_wrong.
    """
    existed = folder.exists()
    if existed and (not folder.is_dir() or any(folder.iterdir())):
        raise LocalError("folder_not_empty")
    sealed = needs_passphrase(file)
    try:
        with reading(file, passphrase) as stream:
            manifest = verify_archive(stream)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            stream.seek(0)
            _fill(folder, stream, manifest, Mark(mark, "restored", at, manifest.made_at), keep=existed)
    except OSError as error:
        raise LocalError("file_unreadable", error.strerror or "") from None
    return view_of(manifest, file, is_sealed=sealed)


def _fill(folder: Path, stream: IO[bytes], manifest: Manifest, mark: Mark, *, keep: bool) -> None:
    """All or nothing. Raises LocalError."""
    try:
        _lay_out(folder, stream, manifest, mark)
    except BaseException as error:
        _clear(folder, keep=keep)
        if isinstance(error, OSError):
            raise LocalError("folder_not_made", error.strerror or "") from None
        raise


def _lay_out(folder: Path, stream: IO[bytes], manifest: Manifest, mark: Mark) -> None:
    """Write everything; `config.toml` last: a folder without it is not a ring, whatever a crash left in it."""
    for name in ("keys", "pages"):
        (folder / name).mkdir(mode=0o700)
    config = b""
    with opened(stream) as tar:
        read_manifest(tar)
        for name, data in members_of(tar, manifest):
            if name == DATABASE:
                write_database(folder / DATABASE, data)
            elif name == CONFIG:
                config = data.read()
            else:
                write_file(folder / name, data.read())
    check_copy(folder / DATABASE, check_books)
    with closing(LockDatabase(folder / "lock.sqlite")) as lock:
        for boot, opened_at in manifest.boots.items():
            lock.register_boot(bytes.fromhex(boot), opened_at)
    FolderMarks(folder / "lock.sqlite").set(mark)
    write_file(folder / CONFIG, config)


def write_database(path: Path, data: IO[bytes]) -> None:
    """Write a new file for its owner alone, and see it to the disk. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        shutil.copyfileobj(data, out, _CHUNK_BYTES)
        out.flush()
        os.fsync(out.fileno())


def _clear(folder: Path, *, keep: bool) -> None:
    """Take away what a restore that failed has written; the folder was empty before."""
    remove: Callable[[Path], None]
    for path in list(folder.iterdir()):
        remove = shutil.rmtree if path.is_dir() else Path.unlink
        with suppress(OSError):
            remove(path)
    if not keep:
        with suppress(OSError):
            folder.rmdir()
