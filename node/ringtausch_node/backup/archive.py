# SPDX-License-Identifier: AGPL-3.0-or-later
"""The inside of a backup (docs/backup-file.md): a tar with `manifest.json` first, then settings, card, keys, database.

It holds the ring's secrets: mode 0600, and sealed with a passphrase wherever it leaves the machine.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, TypeAlias, cast

import msgspec

from ringtausch_node.backup.sealed import MAGIC, SealedReader, Sealing, SealingWriter
from ringtausch_node.errors import LocalError
from ringtausch_protocol.canonical import Count, Time

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


#: The id of a boot, in the one way to write hex.
_Boot: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself. `files`: name -> SHA-256 in hex; `boots`: hex -> Unix second."""

    format: int
    address: str
    ring_id: str
    made_at: Time
    log_size: Count
    files: dict[str, str]
    boots: dict[_Boot, Time]


def names_of(folder: Path) -> dict[str, Path]:
    """What of a ring's folder goes into a backup beside its database, by name."""
    found = sorted(f"pages/{path.name}" for path in (folder / "pages").glob("*.txt"))
    texts = [name for name in found if _TEXT.fullmatch(name)][:_TEXTS_MAX]
    return {name: folder / name for name in (*_NEEDED, *_OPTIONAL, *texts) if (folder / name).exists()}


def write_archive(draft: Path, manifest: Manifest, files: dict[str, Path], sealing: Sealing | None) -> None:
    """Write a new file, for its owner alone, and see it to the disk. Raises OSError; LocalError('passphrase_short')."""
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        if sealing is None:
            _write_tar(stream, manifest, files)
        else:
            sealed = SealingWriter(stream, sealing)
            _write_tar(sealed, manifest, files)
            sealed.finish()
        stream.flush()
        os.fsync(stream.fileno())


def _write_tar(stream: IO[bytes] | SealingWriter, manifest: Manifest, files: dict[str, Path]) -> None:
    with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="w", format=tarfile.PAX_FORMAT) as tar:
        data = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
        _add(tar, MANIFEST, len(data), io.BytesIO(data), manifest.made_at)
        for name, path in files.items():
            with path.open("rb") as file:
                _add(tar, name, path.stat().st_size, file, manifest.made_at)


def _add(tar: tarfile.TarFile, name: str, size: int, data: IO[bytes], at: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, at
    tar.addfile(entry, data)


def is_sealed(file: IO[bytes]) -> bool:
    """Whether a backup needs a passphrase."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


@contextmanager
def reading(path: Path, passphrase: str = "") -> Iterator[IO[bytes]]:
    """The tar inside a backup, from its beginning.

    Raises OSError; LocalError: not_a_backup, passphrase_needed, passphrase_wrong.
    """
    with path.open("rb") as file:
        if is_sealed(file):
            yield io.BufferedReader(SealedReader(file, passphrase), _CHUNK_BYTES)
        else:
            yield file


def verify_archive(stream: IO[bytes]) -> Manifest:
    """Read a backup to its end and compare every file with the manifest. Raises LocalError: not_a_backup, broken."""
    with opened(stream) as tar:
        manifest = read_manifest(tar)
        try:
            seen = {name: _sum(file) for name, file in members_of(tar, manifest)}
        except tarfile.TarError:
            raise LocalError("backup_broken", "cut off") from None
    while stream.read(_CHUNK_BYTES):  # to the last chunk: only it proves that nothing is missing
        pass
    if seen != manifest.files:
        raise LocalError("backup_broken", "a file is missing or was changed")
    return manifest


def opened(stream: IO[bytes]) -> tarfile.TarFile:
    """The tar of a stream. Raises LocalError('not_a_backup')."""
    try:
        return tarfile.open(fileobj=stream, mode="r:")
    except tarfile.TarError:
        raise LocalError("not_a_backup") from None


def read_manifest(tar: tarfile.TarFile) -> Manifest:
    """The first file of a backup."""
    try:
        entry = tar.next()
        file = tar.extractfile(entry) if entry is not None and entry.isreg() else None
        if entry is None or file is None or entry.name != MANIFEST or entry.size > _MANIFEST_BYTES:
            raise LocalError("not_a_backup")
        manifest = msgspec.json.decode(file.read(), type=Manifest)
    except (tarfile.TarError, ValueError, RecursionError):
        raise LocalError("not_a_backup") from None
    if manifest.format != FORMAT:
        raise LocalError("not_a_backup", f"format {manifest.format}")
    names = set(manifest.files)
    texts = {name for name in names if _TEXT.fullmatch(name)}
    if not {*_NEEDED, DATABASE} <= names - texts <= {*_NEEDED, *_OPTIONAL, DATABASE} or len(texts) > _TEXTS_MAX:
        raise LocalError("not_a_backup", "other files")
    return manifest


def members_of(tar: tarfile.TarFile, manifest: Manifest) -> Iterator[tuple[str, IO[bytes]]]:
    """The files behind the manifest: only those that it names, once each, of sizes that make sense."""
    left = set(manifest.files)
    while (entry := tar.next()) is not None:
        file = tar.extractfile(entry) if entry.isreg() else None
        is_small = entry.name == DATABASE or entry.size <= _SMALL_BYTES
        if file is None or entry.name not in left or not is_small:
            raise LocalError("backup_broken", "a file that does not belong there")
        left.remove(entry.name)
        yield entry.name, file


def sum_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return _sum(file)


def _sum(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
