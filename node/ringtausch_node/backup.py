# SPDX-License-Identifier: AGPL-3.0-or-later
"""One file that holds a whole ring: made while it runs, checked after it was written, and never put over a ring.

A tar: `manifest.json` first, then settings, card, keys and the database. It holds the ring's secrets: mode 0600, and to
be kept like a key. A ring that is restored from it knows so by a mark in its lock database, and recovers before it pays
anybody.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

import msgspec

from ringtausch_node.errors import LocalError
from ringtausch_node.folder import Folder, write_file
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.store import Store, Tx
from ringtausch_node.store.copies import check_copy
from ringtausch_node.store.lock_database import FolderMarks, LockDatabase, Mark
from ringtausch_node.translog.verify import verify_log

FORMAT = 1
MANIFEST, DATABASE, CONFIG = "manifest.json", "ring.sqlite", "config.toml"
#: Small files of a folder; the root keys only where they still lie there.
_NEEDED = (CONFIG, "card.json", "keys/operational.json")
_OPTIONAL = ("cards.json", "keys/earlier.json", "keys/pending.json", "keys/root.json")
#: Texts that the ring wrote itself; there are a dozen.
_TEXT, _TEXTS_MAX = re.compile(r"pages/[a-z]{1,20}(?:\.en)?\.txt"), 40
#: A settings file, a hundred cards, their keys; the manifest lists a boot for every start of ten years.
_SMALL_BYTES, _MANIFEST_BYTES = 1024 * 1024, 4 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself. `files`: name -> SHA-256 in hex; `boots`: hex -> Unix second."""

    format: int
    address: str
    ring_id: str
    made_at: int
    log_size: int
    files: dict[str, str]
    boots: dict[str, int]


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """What `backup` and `restore` tell."""

    address: str
    ring_id: str
    made_at: int
    log_size: int
    file: str
    bytes: int


async def make_backup(store: Store, folder: Folder, ring_id: str, at: int, out: Path) -> BackupView:
    """Write a backup of an open ring to `out`, while it goes on. Checked: pages, keys, books, log, and the file itself.

    Raises LocalError: file_exists, file_unwritable, backup_broken, storage_failed.
    """
    _verify_free(out)
    database, draft = out.with_name(f".{out.name}.sqlite"), out.with_name(f".{out.name}.new")
    files = _files_of(folder)
    boots = _boots_of(folder)

    def pack(tx: Tx) -> BackupView:
        log_size = _check_books(tx)
        sums = {name: _sum_of(path) for name, path in {**files, DATABASE: database}.items()}
        manifest = Manifest(
            format=FORMAT, address=folder.config.address, ring_id=ring_id, made_at=at, log_size=log_size, files=sums,
            boots=boots,
        )  # fmt: skip
        _write_tar(draft, manifest, {**files, DATABASE: database})
        _verify_tar(draft)
        os.link(draft, out)
        return _view(manifest, out)

    try:
        return await store.copy(database, pack)
    except OSError as error:
        raise LocalError("file_unwritable", f"{out.name}: {error.strerror}") from None
    finally:
        for path in (database, draft):
            with suppress(OSError):
                path.unlink()


def _files_of(folder: Folder) -> dict[str, Path]:
    """What there is beside the database, by name."""
    found = sorted(f"pages/{path.name}" for path in (folder.path / "pages").glob("*.txt"))
    texts = [name for name in found if _TEXT.fullmatch(name)][:_TEXTS_MAX]
    names = (*_NEEDED, *_OPTIONAL, *texts)
    return {name: folder.path / name for name in names if (folder.path / name).exists()}


def _boots_of(folder: Folder) -> dict[str, int]:
    with closing(LockDatabase(folder.lock_database)) as lock:
        return {each.boot.hex(): each.opened_at for each in lock.boots()}


def _verify_free(out: Path) -> None:
    if out.exists():
        raise LocalError("file_exists", out.name)


def _check_books(tx: Tx) -> int:
    """The books of a copy add up and its log can be rebuilt. -> size of the log. Raises LocalError('backup_broken')."""
    if findings := reconcile(tx):
        raise LocalError("backup_broken", f"{findings[0].table}: {findings[0].code}")
    return verify_log(tx).size


def _view(manifest: Manifest, file: Path) -> BackupView:
    return BackupView(
        address=manifest.address, ring_id=manifest.ring_id, made_at=manifest.made_at, log_size=manifest.log_size,
        file=str(file), bytes=file.stat().st_size,
    )  # fmt: skip


def _write_tar(draft: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            data = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
            _add(tar, MANIFEST, len(data), io.BytesIO(data), manifest.made_at)
            for name, path in files.items():
                with path.open("rb") as file:
                    _add(tar, name, path.stat().st_size, file, manifest.made_at)
        stream.flush()
        os.fsync(stream.fileno())


def _add(tar: tarfile.TarFile, name: str, size: int, data: IO[bytes], at: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, at
    tar.addfile(entry, data)


def _verify_tar(path: Path) -> Manifest:
    """Read a backup to its end and compare every file with the manifest. Raises LocalError: not_a_backup, broken."""
    with path.open("rb") as stream, _opened(stream) as tar:
        manifest = _manifest(tar)
        try:
            seen = {name: _sum(file) for name, file in _members(tar, manifest)}
        except tarfile.TarError:
            raise LocalError("backup_broken", "cut off") from None
    if seen != manifest.files:
        raise LocalError("backup_broken", "a file is missing or was changed")
    return manifest


def _opened(stream: IO[bytes]) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=stream, mode="r:")
    except tarfile.TarError:
        raise LocalError("not_a_backup") from None


def _manifest(tar: tarfile.TarFile) -> Manifest:
    """The first file of a backup."""
    try:
        entry = tar.next()
        file = tar.extractfile(entry) if entry is not None and entry.isreg() else None
        if entry is None or file is None or entry.name != MANIFEST or entry.size > _MANIFEST_BYTES:
            raise LocalError("not_a_backup")
        manifest = msgspec.json.decode(file.read(), type=Manifest)
    except (tarfile.TarError, msgspec.DecodeError, UnicodeDecodeError):
        raise LocalError("not_a_backup") from None
    if manifest.format != FORMAT:
        raise LocalError("not_a_backup", f"format {manifest.format}")
    names = set(manifest.files)
    texts = {name for name in names if _TEXT.fullmatch(name)}
    if not {*_NEEDED, DATABASE} <= names - texts <= {*_NEEDED, *_OPTIONAL, DATABASE} or len(texts) > _TEXTS_MAX:
        raise LocalError("not_a_backup", "other files")
    return manifest


def _members(tar: tarfile.TarFile, manifest: Manifest) -> Iterator[tuple[str, IO[bytes]]]:
    """The files behind the manifest: only those that it names, once each, of sizes that make sense."""
    left = set(manifest.files)
    while (entry := tar.next()) is not None:
        file = tar.extractfile(entry) if entry.isreg() else None
        is_small = entry.name == DATABASE or entry.size <= _SMALL_BYTES
        if file is None or entry.name not in left or not is_small:
            raise LocalError("backup_broken", "a file that does not belong there")
        left.remove(entry.name)
        yield entry.name, file


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return _sum(file)


def _sum(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


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


def restore_backup(file: Path, folder: Path, *, mark: bytes, at: int) -> BackupView:
    """Lay out a ring's folder from a backup and mark it as restored. An existing ring is never touched.

    `mark`: 16 random bytes. Raises LocalError: folder_not_empty, folder_not_made, file_unreadable, not_a_backup,
    backup_broken.
    """
    existed = folder.exists()
    if existed and (not folder.is_dir() or any(folder.iterdir())):
        raise LocalError("folder_not_empty")
    try:
        manifest = _verify_tar(file)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise LocalError("file_unreadable", error.strerror or "") from None
    try:
        _lay_out(file, folder, manifest, Mark(mark, "restored", at, manifest.made_at))
    except BaseException as error:
        _clear(folder, keep=existed)
        if isinstance(error, OSError):
            raise LocalError("folder_not_made", error.strerror or "") from None
        raise
    return _view(manifest, file)


def _lay_out(file: Path, folder: Path, manifest: Manifest, mark: Mark) -> None:
    """Write everything; `config.toml` last: a folder without it is not a ring, whatever a crash left in it."""
    for name in ("keys", "pages"):
        (folder / name).mkdir(mode=0o700)
    config = b""
    with file.open("rb") as stream, _opened(stream) as tar:
        _manifest(tar)
        for name, data in _members(tar, manifest):
            if name == DATABASE:
                _write_database(folder / DATABASE, data)
            elif name == CONFIG:
                config = data.read()
            else:
                write_file(folder / name, data.read())
    check_copy(folder / DATABASE, _check_books)
    with closing(LockDatabase(folder / "lock.sqlite")) as lock:
        for boot, opened_at in manifest.boots.items():
            lock.register_boot(bytes.fromhex(boot), opened_at)
    FolderMarks(folder / "lock.sqlite").set(mark)
    write_file(folder / CONFIG, config)


def _write_database(path: Path, data: IO[bytes]) -> None:
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
