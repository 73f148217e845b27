# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backups of an open ring, and when the newest was made; those that a page makes lie in the folder itself."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ringtausch_node.backup import BackupView, make_backup
from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import Folder
from ringtausch_node.store import Store
from ringtausch_node.upkeep import records

#: Backups in the folder: the newest, and two in case somebody notices a mistake late. Each is as large as the ring.
KEPT = 3
#: Whoever clicks twice wants one.
AGAIN_SECONDS = 60
_NAME = re.compile(r"[a-z0-9.-]{1,260}-\d{8}-\d{6}\.tar")


class NewestBackup(msgspec.Struct, frozen=True, kw_only=True):
    """The newest backup, wherever it was put."""

    file: str
    bytes: int
    made_at: int


class Backups:
    """Backups of one ring."""

    def __init__(self, *, store: Store, clock: Clock, folder: Folder, ring_id: str) -> None:
        self._store, self._clock, self._folder, self._ring_id = store, clock, folder, ring_id
        self._place = folder.path / "backups"
        self._turn = asyncio.Lock()

    async def make(self, out: Path) -> BackupView:
        """Write a backup to `out` while the ring goes on, and remember it.

        Raises LocalError: file_exists, file_unwritable, backup_broken, storage_failed.
        """
        made = await make_backup(self._store, self._folder, self._ring_id, self._clock.now(), out)
        await self._store.write(lambda tx: records.set_backup(tx, made.file, made.bytes, made.made_at))
        return made

    async def make_here(self) -> None:
        """Write one into the folder's own `backups/`, and take away the oldest. Raises LocalError as `make`.

        A disk that dies takes them along: somebody must carry one away.
        """
        async with self._turn:
            newest, now = await self.newest(), self._clock.now()
            if newest is not None and self._is_fresh(newest, now):
                return
            try:
                self._place.mkdir(mode=0o700, exist_ok=True)
            except OSError:
                raise LocalError("file_unwritable", "backups") from None
            moment = datetime.fromtimestamp(now, UTC)
            await self.make(self._place / f"{self._folder.config.address}-{moment:%Y%m%d-%H%M%S}.tar")
            self._drop_old()

    def _is_fresh(self, newest: NewestBackup, now: int) -> bool:
        """Made here a while ago; not in the future, by a clock that is right again."""
        return Path(newest.file).parent == self._place and 0 <= now - newest.made_at < AGAIN_SECONDS

    async def newest(self) -> NewestBackup | None:
        """The newest one that this folder made, or None."""
        row = await self._store.read(records.load_backup)
        return None if row is None else NewestBackup(file=row[0], bytes=row[1], made_at=row[2])

    def here(self) -> list[str]:
        """The names of those in the folder, the newest first."""
        names = [path.name for path in self._place.glob("*.tar")] if self._place.is_dir() else []
        return sorted((name for name in names if _NAME.fullmatch(name)), reverse=True)

    def _drop_old(self) -> None:
        for name in self.here()[KEPT:]:
            with suppress(OSError):
                (self._place / name).unlink()
