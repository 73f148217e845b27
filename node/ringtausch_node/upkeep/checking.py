# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recomputing everything: the database, books, log, lines, payments. Nobody is believed, not even ourselves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import msgspec
from msgspec import structs

from ringtausch_node import booking
from ringtausch_node.background import end_tasks
from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.service import Federation
from ringtausch_node.folder import write_file
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.payments import verify as payments
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog.checkpoints import Checkpoints
from ringtausch_node.translog.service import LogHead
from ringtausch_node.translog.verify import LogReplay
from ringtausch_protocol import log_keys
from ringtausch_protocol.canonical import b64

logger = logging.getLogger(__name__)

#: Where the newest check is remembered, beside the database that it judged.
_KEPT = "checked.json"
#: Findings that are remembered: the page shows no more.
FINDINGS_KEPT = 50


class Found(msgspec.Struct, frozen=True):
    """Something that does not fit: the table and row, a code, and words for developers."""

    where: str
    code: str
    detail: str


class LogView(msgspec.Struct, frozen=True):
    """A head of our log; `root` in base64url."""

    origin: str
    size: int
    root: str


class Checked(msgspec.Struct, frozen=True):
    """What a full check found; `log` is None where its leaves are not sound."""

    ok: bool
    findings: list[Found]
    log: LogView | None


class LastCheck(msgspec.Struct, frozen=True):
    """The newest check that a page began: when it ended, and what it found; `code` where it came to no end."""

    at: int
    checked: Checked | None
    code: str | None = None


class Checking:
    """Full checks of one ring."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, federation: Federation, checkpoints: Checkpoints,
        folder: Path,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._identity = store, clock, identity
        self._federation, self._checkpoints = federation, checkpoints
        self._task: asyncio.Task[None] | None = None
        self._file = folder / _KEPT
        #: The newest check that a page began and that has ended, of an earlier boot too: nothing mends itself.
        self.last: LastCheck | None = _remembered(self._file)

    async def check(self) -> Checked:
        """Check every page, replay the books, rebuild the log, check the lines. -> findings; none means sound."""
        damage = await self._store.damage()
        findings = [] if damage is None else [_found(damage.table or "file", "", "database_damaged", damage.detail)]
        if damage is not None and not damage.is_readable:
            return Checked(ok=False, findings=findings, log=None)
        found, head = await self._store.read_apart(self._check)
        findings += found
        return Checked(ok=not findings, findings=findings, log=log_view(self._identity, head) if head else None)

    @property
    def is_running(self) -> bool:
        """Whether a check that `begin` began goes on."""
        return self._task is not None and not self._task.done()

    def begin(self) -> None:
        """Check in the background, for whoever looks again later; while one runs, another changes nothing."""
        if not self.is_running:
            self._task = asyncio.create_task(self._run(), name="checking")

    async def stop(self) -> None:
        """Check no more. A second call does nothing."""
        task, self._task = self._task, None
        await end_tasks([task])

    async def _run(self) -> None:
        try:
            checked = await self.check()
        except RingtauschError as error:
            logger.warning("check: %s", error.code)
            self._keep(LastCheck(self._clock.now(), None, error.code))
        else:
            self._keep(LastCheck(self._clock.now(), checked))

    def _keep(self, last: LastCheck) -> None:
        self.last = last
        with suppress(OSError):
            write_file(self._file, msgspec.json.encode(_short(last)))

    def _check(self, tx: Tx) -> tuple[list[Found], LogHead | None]:
        """All findings in the books, the log and the lines, and the head of the log where its leaves are sound."""
        replay = LogReplay(tx, self._identity.ring_id, lambda origin: [
            key for card in self._identity.cards.chain for key in log_keys.checkpoint_keys(card, origin)
        ])  # fmt: skip
        found = [_found(*each) for each in chain(reconcile(tx), _judged(replay.faults))]
        found += [_found(*each) for each in _judged(lambda: self._federation.find_faults(tx), "line")]
        found += [_found(*each) for each in payments.find_faults(tx)]
        if replay.head is not None:  # commitments are counted: behind a wrong leaf none can be judged
            found += [_found(*each) for each in booking.find_faults(tx)]
            found += [_found(*each) for each in _judged(lambda: self._checkpoints.verify_lock(tx), "checkpoint")]
        return found, replay.head


def _remembered(file: Path) -> LastCheck | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=LastCheck)
    except (OSError, ValueError, RecursionError):
        return None


def _short(last: LastCheck) -> LastCheck:
    """Without what may name people, and not without end: it is kept in a file."""
    if last.checked is None:
        return last
    findings = [structs.replace(each, detail="") for each in last.checked.findings[:FINDINGS_KEPT]]
    return structs.replace(last, checked=structs.replace(last.checked, findings=findings))


def log_view(identity: RingIdentity, head: LogHead) -> LogView:
    """A head of our own log, for people."""
    return LogView(origin=f"{identity.ring_id}/log/{head.log}", size=head.size, root=b64(head.root))


def _judged(
    find: Callable[[], Iterable[tuple[str, str, str, str]] | None], table: str = "log"
) -> Iterator[tuple[str, str, str, str]]:
    """What is found; where a row is missing without which nothing can be judged, that."""
    try:
        yield from find() or ()
    except LocalError as broken:
        yield table, "", broken.code, broken.detail


def _found(table: str, row: str, code: str, detail: str) -> Found:
    return Found(where=f"{table} {row}".strip(), code=code, detail=detail)
