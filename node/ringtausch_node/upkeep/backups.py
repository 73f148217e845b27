# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backups of an open ring, and when the newest was made; those that a page makes lie in the folder itself."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
from msgspec import structs

from ringtausch_node.backup import SALT_BYTES, BackupView, Sealing, make_backup, recovery_phrase, try_backup
from ringtausch_node.backup.sealed import PHRASE_WORDS, parse_passphrase
from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import Folder
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store
from ringtausch_node.upkeep import records

#: Backups in the folder: the newest, and two in case somebody notices a mistake late. Each is as large as the ring.
KEPT = 3
#: A ring that books little loses a month of slips that its office still has; more is hard to write again.
OLD_SECONDS = 31 * 86_400
#: In its first week a ring is set up, and there is little to lose.
YOUNG_SECONDS = 7 * 86_400
#: What a sealed one is called; those that lie open (.tar) come from the command, or from before.
SEALED = ".backup"
#: Where a database lies while a backup is tried: beside the ring's own, which is no less secret.
_SCRATCH, _GUEST = ".tried.sqlite", ".tried.backup"
#: The backup of a ring with a million bookings has some 600 MB.
GUEST_BYTES_MAX = 1024 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9.-]{1,260}-\d{8}-\d{6}(?:\.backup|\.tar)")

BackupDue: TypeAlias = Literal["first", "missing", "old"]


class NewestBackup(msgspec.Struct, frozen=True, kw_only=True):
    """The newest backup, wherever it was put."""

    file: str
    bytes: int
    made_at: int


class TriedBackup(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds, and what this ring would lose if it were put back from it now.

    `lost_bookings`: booked since in this ring alone; `returning_bookings`: with other rings, whence they come back;
    `joined_members`: who would be unknown. `knows_more`: the file is ahead of this ring, so the ring itself is an old
    copy. Of another ring's backup only the address and age are told, and the figures are zero.
    """

    address: str
    is_own: bool
    made_at: int
    bytes: int
    is_sealed: bool
    members: int = 0
    bookings: int = 0
    knows_more: bool = False
    lost_bookings: int = 0
    returning_bookings: int = 0
    joined_members: int = 0


class Backups:
    """Backups of one ring. `sign_log`: signs the head of its log, where it serves."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, folder: Folder, ring_id: str,
        sign_log: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids, self._folder, self._ring_id = store, clock, ids, folder, ring_id
        self._sign_log = sign_log
        self._place = folder.path / "backups"
        self._turn, self._form = asyncio.Lock(), ""
        self._guest = asyncio.Lock()

    def propose(self) -> str:
        """Ten words to seal a backup with, new at every call."""
        return recovery_phrase(self._ids.random(PHRASE_WORDS))

    async def make(self, out: Path, passphrase: str = "") -> BackupView:
        """Write a backup to `out` while the ring goes on, and remember it; sealed, where there is a passphrase.

        Raises LocalError: passphrase_short, file_exists, file_unwritable, backup_broken, storage_failed.
        """
        sealing = Sealing(parse_passphrase(passphrase), self._ids.random(SALT_BYTES)) if passphrase else None
        with suppress(
            LocalError
        ):  # put back, it closes this log, of which an auditor is given what a checkpoint covers
            await self._sign_log()
        made = await make_backup(self._store, self._folder, self._ring_id, self._clock.now(), out, sealing)
        await self._store.write(lambda tx: records.set_backup(tx, made.file, made.bytes, made.made_at))
        return made

    async def make_here(self, passphrase: str, form: str) -> None:
        """Write a sealed one into the folder's own `backups/`, and take away the oldest. Raises LocalError as `make`.

        `form`: a number of the form that was sent; sent twice, it makes one. A disk that dies takes them along:
        somebody must carry one away.
        """
        parse_passphrase(passphrase)
        async with self._turn:
            if form and form == self._form:
                return
            try:
                self._place.mkdir(mode=0o700, exist_ok=True)
            except OSError:
                raise LocalError("file_unwritable", "backups") from None
            moment = datetime.fromtimestamp(self._clock.now(), UTC)
            name = f"{self._folder.config.address}-{moment:%Y%m%d-%H%M%S}{SEALED}"
            await self.make(self._place / name, passphrase)
            self._form = form
            self._drop_old()

    def sealed_file(self, name: str) -> Path:
        """One of those in the folder, to be carried away; only a sealed one. Raises LocalError('not_found')."""
        if name not in self.here() or not name.endswith(SEALED):
            raise LocalError("not_found", "backup")
        return self._place / name

    async def try_here(self, name: str, passphrase: str) -> TriedBackup:
        """Try one of those in the folder. Raises LocalError: not_found, and as `try_file`."""
        if name not in self.here():
            raise LocalError("not_found", "backup")
        return await self.try_file(self._place / name, passphrase)

    @asynccontextmanager
    async def room_for_a_file(self) -> AsyncIterator[tuple[Path, int]]:
        """Where a backup from elsewhere lies while it is tried, and how large it may be; one at a time.

        Never so large that the disk gets full: the file and the database in it lie there together.
        """
        async with self._guest:
            path = self._folder.path / _GUEST
            try:
                path.unlink(missing_ok=True)
                yield path, min(GUEST_BYTES_MAX, shutil.disk_usage(path.parent).free // 4)
            finally:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    async def try_file(self, file: Path, passphrase: str) -> TriedBackup:
        """Open a backup as a restore would, and hold it beside this ring; the ring goes on and nothing is changed.

        Raises LocalError: file_unreadable, file_unwritable, not_a_backup, backup_broken, passphrase_needed,
        passphrase_wrong.
        """
        async with self._turn:
            scratch = self._folder.path / _SCRATCH
            made, holding = await asyncio.to_thread(try_backup, file, passphrase, scratch, records.load_holding)
        tried = TriedBackup(
            address=made.address, is_own=made.ring_id == self._ring_id, made_at=made.made_at, bytes=made.bytes,
            is_sealed=made.is_sealed,
        )  # fmt: skip
        return await self._compared(tried, holding) if tried.is_own else tried

    async def _compared(self, tried: TriedBackup, holding: records.Holding) -> TriedBackup:
        now = await self._store.read(records.load_holding)
        since = await self._store.read(lambda tx: records.load_since(tx, holding.bookings))
        joined = len(now.members - holding.members)
        return structs.replace(
            tried, members=len(holding.members), bookings=holding.bookings, knows_more=holding.bookings > now.bookings,
            lost_bookings=since.here, returning_bookings=since.with_others, joined_members=joined,
        )  # fmt: skip

    async def newest(self) -> NewestBackup | None:
        """The newest one that this folder made, or None."""
        row = await self._store.read(records.load_backup)
        return None if row is None else NewestBackup(file=row[0], bytes=row[1], made_at=row[2])

    async def due(self) -> BackupDue | None:
        """Whether it is time for one: `first` while the ring is young and has none, `missing` later, `old`."""
        newest, now = await self.newest(), self._clock.now()
        if newest is not None:
            return "old" if now - newest.made_at > OLD_SECONDS else None
        founded = await self._store.read(records.load_founded)
        return "missing" if now - founded > YOUNG_SECONDS else "first"

    def here(self) -> list[str]:
        """The names of those in the folder, the newest first (a name holds the moment)."""
        names = [path.name for path in self._place.iterdir()] if self._place.is_dir() else []
        return sorted((name for name in names if _NAME.fullmatch(name)), reverse=True)

    def _drop_old(self) -> None:
        for name in self.here()[KEPT:]:
            with suppress(OSError):
                (self._place / name).unlink()
