# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a folder still holds what it held when it was last open (PROTOCOL 4, "lock ahead of store").

`lock.sqlite` remembers the boots of the folder, the head of the log at each opening and closing, and the newest
checkpoint; between them the log only grows. So a database that is gone, or that somebody put back from an old copy, is
noticed before anything is signed.
"""

from __future__ import annotations

import logging
from contextlib import closing, suppress

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import Folder
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store
from ringtausch_node.store.lock_database import LockDatabase, Mark, StoreHead
from ringtausch_node.translog import service as translog

logger = logging.getLogger(__name__)

MARK_BYTES = 16


def verify_continues(folder: Folder) -> None:
    """Before the database is opened, which would make a new one where there is none.

    Raises LocalError: replaced (another copy of the ring runs elsewhere), folder_unusable (a ring was open here, and
    its database is gone).
    """
    with closing(LockDatabase(folder.lock_database)) as lock:
        mark = lock.mark()
        if mark is not None and mark.code == "replaced":
            raise LocalError("replaced")
        if not folder.database.exists() and lock.boots():
            raise LocalError("folder_unusable", folder.database.name)
    folder.keep_private()


async def begin_boot(folder: Folder, store: Store, boot: bytes, card: bytes, clock: Clock, ids: Ids) -> None:
    """Remember this opening before anything is signed under it; a database behind what the lock knows is marked.

    `card`: H of the card under which this boot signs. The mark stands before the boot: a crash between them finds the
    same again. Raises LocalError: folder_unusable (the database was emptied), storage_failed.
    """
    head = await _head(store)
    with closing(LockDatabase(folder.lock_database)) as lock:
        known = lock.head()
        if known is not None and known.size > 0 and head.size == 0:
            raise LocalError("folder_unusable", folder.database.name)
        if lock.mark() is None and (_is_old_copy(lock, head) or _is_behind_signed(lock, head)):
            logger.warning("%s is behind %s: an old copy", folder.database.name, folder.lock_database.name)
            lock.set_mark(Mark(ids.random(MARK_BYTES), "old_copy", clock.now(), None))
        lock.register_boot(boot, clock.now(), card)
        lock.note_head(head)


def _is_old_copy(lock: LockDatabase, head: StoreHead) -> bool:
    """The log ends before the end that the lock knows, or in another way; or nobody remembers who wrote it."""
    known = lock.head()
    if known is None:
        return head.size > 0 and not lock.boots()
    return (head.log, head.size) < (known.log, known.size) or (
        (head.log, head.size) == (known.log, known.size) and head.root != known.root
    )


def _is_behind_signed(lock: LockDatabase, head: StoreHead) -> bool:
    """A checkpoint was signed of more than the log holds: the lock knows it from between opening and closing too."""
    signed = lock.checkpoint()
    return signed is not None and (head.log, head.size) < (signed.log, signed.size)


async def end_boot(folder: Folder, store: Store) -> None:
    """Remember where the log ended. Where the disk fails, what the opening noted stands."""
    with suppress(LocalError):
        head = await _head(store)
        with closing(LockDatabase(folder.lock_database)) as lock:
            lock.note_head(head)


async def _head(store: Store) -> StoreHead:
    return StoreHead(*await store.read(translog.head))
