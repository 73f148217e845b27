# SPDX-License-Identifier: AGPL-3.0-or-later
"""A store with a log that is signed: real files, a clock that the test moves."""

from __future__ import annotations

from contextlib import AsyncExitStack, closing
from pathlib import Path

from ringtausch_node.errors import LocalError
from ringtausch_node.store import Store, Tx
from ringtausch_node.store.lock_database import LockDatabase, SignedHead
from ringtausch_node.translog import checkpoint_records
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.translog.checkpoints import Checkpoints
from ringtausch_protocol import checkpoints
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.keys import ED25519, SigningKey
from ringtausch_protocol.merkle import leaf_hash, tree_root
from ringtausch_protocol.notes import NoteKey

RING = "a" * 52
SIGNER = SigningKey(b"k" * 32)


class HandClock:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def now(self) -> int:
        """See `Clock`."""
        return int(self.seconds)

    def monotonic(self) -> float:
        """See `Clock`."""
        return self.seconds


class Signing:
    """One folder; `open` is a boot of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.refuses = folder, HandClock(), ""
        self._stack = AsyncExitStack()
        self.store: Store
        self.checkpoints: Checkpoints

    async def open(self) -> Checkpoints:
        """Close what is open and open the folder as a new process would."""
        await self.close()
        self.store = await Store.open(self.folder / "ring.sqlite", clock=self.clock)
        self._stack.push_async_callback(self.store.close)
        self.checkpoints = Checkpoints(
            store=self.store, clock=self.clock, lock=self.folder / "lock.sqlite", ring_id=RING, signer=SIGNER,
            verify_ready=self._verify_ready, ask_others=self._ask_others,
        )  # fmt: skip
        self.store.on_seal(translog.seal)
        self.store.on_seal(self.checkpoints.seal)
        self._stack.push_async_callback(self.checkpoints.stop)
        return self.checkpoints

    async def close(self) -> None:
        """End the boot."""
        await self._stack.aclose()

    async def _ask_others(self) -> None:
        """This ring has no peers."""

    def _verify_ready(self) -> None:
        if self.refuses:
            raise LocalError(self.refuses)

    async def append(self, count: int) -> None:
        """So many entries in one commit."""

        def use_case(tx: Tx) -> None:
            first = translog.head(tx).size
            for number in range(first, first + count):
                translog.append_later(tx, b"entry %d" % number)

        await self.store.write(use_case)

    async def signed(self, count: int) -> CheckpointRow:
        """Append, and sign a second later."""
        await self.append(count)
        self.clock.seconds += 1
        row = await self.checkpoints.make()
        assert row is not None
        return row

    async def rows(self) -> list[CheckpointRow]:
        """What is published."""
        return await self.store.read(checkpoint_records.load_all)

    def locked(self) -> SignedHead | None:
        """What the lock holds."""
        with closing(LockDatabase(self.folder / "lock.sqlite")) as lock:
            return lock.checkpoint()

    async def spoil(self, sql: str, *values: object) -> None:
        """Change what triggers protect, as a bad disk does."""

        def use_case(tx: Tx) -> None:
            rows = tx.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in rows:
                tx.execute("DROP TRIGGER " + name)
            tx.execute(sql, values)
            for _, text in rows:
                tx.execute(text)

        await self.store.write(use_case)


def verified(row: CheckpointRow) -> LogHead:
    """The head that the note says, under the ring's key."""
    key = NoteKey(checkpoints.origin_of(RING, row.log), ED25519, SIGNER.public)
    found = checkpoints.verify_checkpoint(row.note, [key]).head
    assert (found.size, found.root) == (row.size, row.root)
    return found


def root_of(size: int) -> bytes:
    """The root over so many of the entries that `append` makes."""
    return tree_root([leaf_hash(b"entry %d" % number) for number in range(size)])
