# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checkpoints of the present log: signed at most once a second, at least once an hour (SPEC.md 8.5).

The order is what keeps a ring from ever signing two histories: entries are committed; their end is hashed again from
the disk; the new head takes the place of the one before in the lock database, by compare and swap; only then it is
published in `ring.sqlite`. After a crash between the last two the next start publishes what the lock holds, the same
bytes. Where lock and database contradict each other, or the disk holds other bytes than were hashed, nothing is signed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from ringtausch_node.background import end_tasks
from ringtausch_node.clock import Clock
from ringtausch_node.store import Store, Tx
from ringtausch_node.store.lock_database import LockDatabase, SignedHead
from ringtausch_node.translog import checkpoint_records, reading
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.translog.rehash import rehash
from ringtausch_protocol import checkpoints
from ringtausch_protocol.checkpoints import LogHead as NamedHead
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.keys import Signer
from ringtausch_protocol.notes import Line

logger = logging.getLogger(__name__)

#: Signing, the lock's fsync and the witnesses' answers are shared by all entries of a second.
SPACING_SECONDS = 1.0
#: A head that does not grow is said again: witnesses renew their cosignatures, and silence is not a frozen log.
RENEW_SECONDS = 3_600
#: Codes of a ring that is well and yet signs nothing now.
_SIGNS_NOTHING = frozenset({"recovering", "superseded"})


class Checkpoints:
    """The signed heads of one ring's log. `start` when the ring serves; `make` for a command."""

    def __init__(
        self, *, store: Store, clock: Clock, lock: Path, ring_id: str, signer: Signer,
        verify_ready: Callable[[], None], ask_others: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._ask_others, self._has_asked = ask_others, False
        self._store, self._clock, self._lock = store, clock, lock
        self._ring_id, self._signer, self._verify_ready = ring_id, signer, verify_ready
        self._one_at_a_time = asyncio.Lock()
        #: The simulator lets most of its rings sign less often.
        self.spacing_seconds = SPACING_SECONDS
        self._is_taken_up = False
        self._held: SignedHead | None = None
        self._last: float | None = None
        self._grew = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        #: The log on the disk is not what was hashed, or a disk fails: the owner closes the ring.
        self.broken = asyncio.Event()
        self.broken_code = ""

    def seal(self, tx: Tx) -> None:
        """A seal hook behind the one that appends: a log that has grown gets a checkpoint soon."""
        if tx.collected(translog.GREW):
            tx.after_commit(self._grew.set)

    # -- life --------------------------------------------------------------------------------------------------------

    async def take_up(self) -> None:
        """Before a ring serves: lock and database agree, and the end of the log is what was hashed.

        Raises LocalError: log_forked (lock and database contradict each other), log_broken (with the place).
        """
        self._held, late = await self._store.read_apart(self._compare)
        if late is not None:
            logger.warning("log %d: the checkpoint at %d was signed and not published; it is now", late.log, late.size)
            await self._store.write(lambda tx: checkpoint_records.insert(tx, late))
        await self._store.read_apart(lambda tx: rehash(tx, _newest(tx)[0]))
        self._is_taken_up = True

    def start(self) -> None:
        """Sign from now on whenever the log has grown."""
        self._grew.set()
        self._task = asyncio.create_task(self._run(), name="checkpoints")

    async def stop(self) -> None:
        """Sign nothing more; a second call does nothing."""
        task, self._task = self._task, None
        await end_tasks([task])

    async def _run(self) -> None:
        while not self.broken.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(RENEW_SECONDS):
                    await self._grew.wait()
            self._grew.clear()
            try:
                await self.make()
            except LocalError as error:
                self._note_failure(error)

    def _note_failure(self, error: LocalError) -> None:
        """A ring that recovers, or has a newer card elsewhere, signs nothing; whatever else it is ends its service."""
        if error.code not in _SIGNS_NOTHING:
            logger.error("no checkpoint is signed: %s", error)
            self.broken_code = error.code
            self.broken.set()

    # -- signing -----------------------------------------------------------------------------------------------------

    async def make(self) -> CheckpointRow | None:
        """The checkpoint of everything committed, signed now if there is none yet; None where the log is empty.

        Raises LocalError: recovering, superseded (nothing is signed now), log_broken, log_forked, storage_failed.
        """
        async with self._one_at_a_time:
            await self._ask_once()
            self._verify_ready()
            if not self._is_taken_up:
                await self.take_up()
            known, size = await self._store.read(_newest)
            if size == 0 or (known is not None and not self._is_due(known, size)):
                return known
            await self._keep_distance(known)
            return await self._publish(await self._store.read_apart(self._sign))

    async def make_if_ready(self) -> None:
        """As `make`; a ring that recovers, or has a newer card elsewhere, still shows what it has signed."""
        try:
            await self.make()
        except LocalError as error:
            if error.code not in _SIGNS_NOTHING:
                raise

    async def make_if_serving(self) -> None:
        """As `make_if_ready` where the ring signs by itself; for a command on a folder nobody else is asked."""
        if self._task is not None:
            await self.make_if_ready()

    async def _ask_once(self) -> None:
        """Before the first signature of a boot: a newer head of ours that others know makes the ring recover."""
        if not self._has_asked:
            await self._ask_others()
            self._has_asked = True

    def _is_due(self, known: CheckpointRow, size: int) -> bool:
        return size > known.size or not 0 <= self._clock.now() - known.at < RENEW_SECONDS

    async def _keep_distance(self, known: CheckpointRow | None) -> None:
        """Wait until a second has passed since the checkpoint before, also where another boot signed it."""
        passed = self.spacing_seconds if self._last is None else self._clock.monotonic() - self._last
        if self._last is None and known is not None and known.at == self._clock.now():
            passed = 0.0
        if passed < self.spacing_seconds:
            await asyncio.sleep(self.spacing_seconds - passed)

    def _sign(self, tx: Tx) -> CheckpointRow:
        """Hash the end of the log again and lock its head. What did not grow keeps its note, and its cosignatures.

        On a connection and a thread of its own: what is read comes from the file, and members wait for nothing.
        """
        known, _ = _newest(tx)
        head = rehash(tx, known)
        self._verify_ready()
        if known is not None and head.size == known.size:
            return known._replace(at=self._clock.now())
        named = NamedHead(checkpoints.origin_of(self._ring_id, head.log), head.size, head.root)
        note = checkpoints.sign_checkpoint(named, self._signer).to_bytes()
        new = SignedHead(*head, note)
        with closing(LockDatabase(self._lock)) as lock:
            lock.swap_checkpoint(self._held, new)
        self._held = new
        return CheckpointRow(*head, note, self._clock.now(), 0)

    async def _publish(self, row: CheckpointRow) -> CheckpointRow:
        await self._store.write(lambda tx: checkpoint_records.put(tx, row))
        self._last = self._clock.monotonic()
        return row

    def verify_lock(self, tx: Tx) -> None:
        """Lock and database agree. Raises LocalError: log_forked, log_broken."""
        self._compare(tx)

    def _compare(self, tx: Tx) -> tuple[SignedHead | None, CheckpointRow | None]:
        """What the lock holds, and the same as a row where the database has not published it yet."""
        with closing(LockDatabase(self._lock)) as lock:
            held = lock.checkpoint()
        return held, self._late(tx, held)

    def _late(self, tx: Tx, held: SignedHead | None) -> CheckpointRow | None:
        head = translog.head(tx)
        row = checkpoint_records.load_newest(tx, head.log)
        if held is None or held.log < head.log:
            if row is not None:
                raise LocalError("log_forked", "lock.sqlite stands behind ring.sqlite")
            return None
        if (held.log, held.size) > (head.log, head.size):
            raise LocalError("log_forked", "ring.sqlite stands behind lock.sqlite")
        if row is not None and row.size >= held.size:
            if row[:3] != held.head:
                raise LocalError("log_forked", "lock.sqlite and ring.sqlite hold different checkpoints")
            return None
        if reading.root_at(tx, held.log, held.size) != held.root:
            raise LocalError("log_broken", f"log {held.log} at {held.size} is not what was signed")
        return CheckpointRow(*held, self._clock.now(), 0)


def _newest(tx: Tx) -> tuple[CheckpointRow | None, int]:
    """The newest checkpoint of the present log, and how many entries it has by now."""
    head = translog.head(tx)
    return checkpoint_records.load_newest(tx, head.log), head.size


def add_cosignatures(tx: Tx, log: int, size: int, lines: Sequence[Line]) -> CheckpointRow | None:
    """Add witnesses' lines to a published checkpoint. -> it; None where it is not kept any more.

    The caller has verified the lines (`checkpoints.read_cosignatures`). A witness's later line takes the place of its
    earlier one; the log's own stays.
    """
    row = checkpoint_records.load_at_size(tx, log, size)
    if row is None:
        return None
    note = checkpoints.parse_checkpoint(row.note).note
    own, *others = note.lines
    by_key = {line[:2]: line for line in (*others, *lines)}
    by_key.pop(own[:2], None)
    changed = row._replace(note=note._replace(lines=(own, *by_key.values())).to_bytes(), cosigned=len(by_key))
    checkpoint_records.set_note(tx, changed)
    return changed
