# SPDX-License-Identifier: AGPL-3.0-or-later
"""A disk that loses power: what was not synced is lost, torn or kept, each write by chance; and one that fails.

A SQLite VFS over real files. Beside each file stands what is durable, and what was written since the last sync. A cut
takes the durable image and a part of the rest, as a controller with a volatile cache would leave it.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import apsw

#: A write that is not synced yet: (offset, bytes), or (new length, None).
Write: TypeAlias = tuple[int, bytes | None]
#: What a disk writes whole or not at all.
SECTOR_BYTES = 512
#: Of the unsynced writes at a cut so many are kept, and so many torn; the rest is lost.
KEPT, TORN = 0.4, 0.2

_numbers = itertools.count()


@dataclass(eq=False)
class Platter:
    """One file: what survives for sure, and what may."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Write] = field(default_factory=list)

    def sync(self) -> None:
        """Everything written so far survives."""
        for write in self.pending:
            _apply(self.durable, write)
        self.pending.clear()

    def after_cut(self, chance: random.Random, seen: Counter[str]) -> bytes:
        """What is on the disk when the power comes back. `seen` counts what it did."""
        image = bytearray(self.durable)
        for at, data in self.pending:
            luck = chance.random()
            if luck < KEPT or data is None:
                _apply(image, (at, data))
            elif luck < KEPT + TORN:
                _apply(image, (at, data[: chance.randrange(0, len(data) + 1, min(SECTOR_BYTES, len(data)))]))
                seen["write torn"] += 1
            else:
                seen["write lost"] += 1
        return bytes(image)


def _apply(image: bytearray, write: Write) -> None:
    at, data = write
    if data is None:
        del image[at:]
        return
    image.extend(bytes(max(0, at + len(data) - len(image))))
    image[at : at + len(data)] = data


class Disk(apsw.VFS):
    """The disk of a world. `name` is what SQLite knows it by."""

    def __init__(self, chance: random.Random) -> None:
        self.name = f"simulated-{next(_numbers)}"
        self._chance = chance
        self.platters: dict[str, Platter] = {}
        #: Writes and syncs until the image of a folder is taken, as at a power cut in the midst of a COMMIT.
        self._cut_in: dict[str, int] = {}
        self._images: dict[str, dict[str, bytes]] = {}
        #: Writes and syncs in a folder until one fails, and how.
        self._fails_in: dict[str, tuple[int, type[apsw.Error]]] = {}
        #: What it did.
        self.seen: Counter[str] = Counter()
        super().__init__(self.name, "")

    def arm_cut(self, folder: Path, operations: int) -> None:
        """Take the image that a power cut would leave after so many more writes and syncs."""
        self._cut_in[str(folder)] = operations

    def arm_failure(self, folder: Path, operations: int, error: type[apsw.Error]) -> None:
        """Fail once, after so many more writes and syncs."""
        self._fails_in[str(folder)] = (operations, error)

    def disarm_failures(self) -> None:
        """It is repaired."""
        self._fails_in.clear()

    def is_armed(self, folder: Path) -> bool:
        """Whether a power cut is due."""
        return str(folder) in self._cut_in or str(folder) in self._images

    def take_image(self, folder: Path) -> None:
        """The power goes now, unless it went before."""
        self._cut_in.pop(str(folder), None)
        if str(folder) not in self._images:
            files = [path for path in self.platters if Path(path).parent == folder]
            self._images[str(folder)] = {path: self.platters[path].after_cut(self._chance, self.seen) for path in files}

    def lay_out(self, old: Path, new: Path) -> None:
        """Write what the cut has left into a new folder."""
        for path, data in self._images.pop(str(old)).items():
            (new / Path(path).name).write_bytes(data)

    def passes(self, path: str) -> None:
        """Called before each write and sync of a file. Raises what `arm_failure` was given."""
        folder = path.rpartition("/")[0]
        if folder in self._cut_in:
            self._cut_in[folder] -= 1
            if self._cut_in[folder] < 0:
                self.take_image(Path(folder))
        if folder in self._fails_in:
            left, error = self._fails_in.pop(folder)
            if left == 0:
                self.seen["disk failed"] += 1
                self.seen["disk full" if error is apsw.FullError else "disk in error"] += 1
                raise error("simulated")
            self._fails_in[folder] = (left - 1, error)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> File:  # noqa: N802 - SQLite's name
        """As SQLite says."""
        return File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's signature
        """As SQLite says; a journal that is deleted stays deleted."""
        self.platters.pop(filename, None)
        super().xDelete(filename, syncdir)


class File(apsw.VFSFile):
    """One open file of the disk."""

    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._path = (name.filename() if isinstance(name, apsw.URIFilename) else name) or ""
        if self._path and self._path not in disk.platters:
            disk.platters[self._path] = Platter(bytearray(Path(self._path).read_bytes()))
        self._platter = disk.platters.get(self._path) or Platter()

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """As SQLite says."""
        self._disk.passes(self._path)
        self._platter.pending.append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        """As SQLite says."""
        self._disk.passes(self._path)
        self._platter.pending.append((newsize, None))
        super().xTruncate(newsize)

    def xSync(self, _flags: int) -> None:  # noqa: N802
        """The real file lies in memory: there is nothing to wait for."""
        self._disk.passes(self._path)
        self._platter.sync()
