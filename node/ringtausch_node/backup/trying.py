# SPDX-License-Identifier: AGPL-3.0-or-later
"""A backup opened as a restore would open it, and put away again: whether it helps is known before it is needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ringtausch_node.backup.archive import DATABASE, members_of, opened, read_manifest, reading, verify_archive
from ringtausch_node.backup.making import BackupView, check_books, view_of
from ringtausch_node.backup.restoring import needs_passphrase, write_database
from ringtausch_node.errors import LocalError
from ringtausch_node.store import Tx
from ringtausch_node.store.copies import check_copy

T = TypeVar("T")


def try_backup(file: Path, passphrase: str, scratch: Path, look: Callable[[Tx], T]) -> tuple[BackupView, T]:
    """Prove a whole backup, its database, books and log, and run `look` on the database. Nothing stays of it.

    `scratch`: where the database lies meanwhile; a file of that name is taken away first. Slow: a hash, and every page.
    Raises LocalError: file_unreadable, file_unwritable, not_a_backup, backup_broken, passphrase_needed,
    passphrase_wrong.
    """
    sealed = needs_passphrase(file)
    try:
        with reading(file, passphrase) as stream:
            manifest = verify_archive(stream)
            stream.seek(0)
            scratch.unlink(missing_ok=True)
            with opened(stream) as tar:
                read_manifest(tar)
                for name, data in members_of(tar, manifest):
                    if name == DATABASE:
                        write_database(scratch, data)
        check_copy(scratch, check_books)
        return view_of(manifest, file, is_sealed=sealed), check_copy(scratch, look)
    except OSError as error:
        raise LocalError("file_unwritable", error.strerror or "") from None
    finally:
        with suppress(OSError):
            scratch.unlink()
