# SPDX-License-Identifier: AGPL-3.0-or-later
"""An audit of our logs and those of our peers, by the program that anybody may run, for a board to read.

What is read is what the rings give to every ring with an agreement, never our own database's opinion. The program runs
by itself: foreign bytes are parsed outside of the node, and a long audit delays no payment.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from ringtausch_node.background import end_tasks
from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.folder import write_file
from ringtausch_node.store import Store
from ringtausch_node.translog.checkpoints import Checkpoints
from ringtausch_node.translog.export import export_logs
from ringtausch_node.upkeep.peer_logs import PeerLogs

logger = logging.getLogger(__name__)

#: A federation of a hundred rings over slow lines; whoever is slower is audited at a desk, not by a node.
AUDIT_SECONDS = 4 * 3_600
ReportName: TypeAlias = Literal["report.html", "findings.csv"]
REPORT: ReportName = "report.html"
TABLE: ReportName = "findings.csv"
_OUTCOME, _WORK = "outcome.json", "work"
#: Exit codes of the program: nothing wrong and all seen, not all seen, something wrong.
_LEVELS = 3


class Unread(msgspec.Struct, frozen=True):
    """A peer whose logs could not be read, and why."""

    address: str
    code: str


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """When the newest audit ended and what it came to.

    `level`: 0 clean, 1 not all was seen, 2 something is wrong; None where it came to no end, with a `code`. `rings`:
    whose logs it was given, ours among them.
    """

    at: int
    level: int | None
    rings: list[str]
    unread: list[Unread]
    code: str | None = None


class Auditing:
    """Audits of one ring; the newest report lies in the folder's `audit/`."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, checkpoints: Checkpoints,
        logs: PeerLogs, folder: Path,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._identity, self._lines = store, clock, identity, lines
        self._checkpoints, self._logs, self._place = checkpoints, logs, folder / "audit"
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether an audit that `begin` began goes on."""
        return self._task is not None and not self._task.done()

    def begin(self, language: str) -> None:
        """Audit in the background, for whoever looks again later; while one runs, another changes nothing."""
        if not self.is_running:
            self._task = asyncio.create_task(self._run(language), name="auditing")

    async def stop(self) -> None:
        """Audit no more. A second call does nothing."""
        task, self._task = self._task, None
        await end_tasks([task])

    def newest(self) -> Audited | None:
        """How the newest audit ended; None before the first one."""
        try:
            return msgspec.json.decode((self._place / _OUTCOME).read_bytes(), type=Audited)
        except (OSError, ValueError, RecursionError):
            return None

    def report(self, name: ReportName) -> bytes:
        """The newest report, to be read by people or by programs. Raises LocalError('not_found')."""
        try:
            return (self._place / name).read_bytes()
        except OSError:
            raise LocalError("not_found", "no audit came to an end yet") from None

    async def _run(self, language: str) -> None:
        try:
            async with asyncio.timeout(AUDIT_SECONDS):
                audited = await self._audit(language)
        except (RingtauschError, OSError) as error:  # a timeout is an OSError too
            code = error.code if isinstance(error, RingtauschError) else "audit_failed"
            logger.warning("audit: %s", code)
            audited = Audited(at=self._clock.now(), level=None, rings=[], unread=[], code=code)
        finally:
            shutil.rmtree(self._place / _WORK, ignore_errors=True)
        with suppress(OSError):
            self._place.mkdir(mode=0o700, exist_ok=True)
            write_file(self._place / _OUTCOME, msgspec.json.encode(audited))

    async def _audit(self, language: str) -> Audited:
        """Gather the logs, run the program, keep its report. Raises RingtauschError, OSError."""
        workplace = self._place / _WORK
        shutil.rmtree(workplace, ignore_errors=True)
        logs = workplace / "logs"
        logs.mkdir(mode=0o700, parents=True)
        unread = await self._gather(logs)
        level = await _run_program(logs, workplace, language)
        for name in (REPORT, TABLE):
            write_file(self._place / name, (workplace / name).read_bytes())
        rings = sorted(path.name for path in logs.iterdir())
        return Audited(at=self._clock.now(), level=level, rings=rings, unread=unread)

    async def _gather(self, logs: Path) -> list[Unread]:
        """Our logs and those of all peers side by side. -> the peers that gave none. Raises LocalError."""
        unread = []
        for line in self._lines.all():
            if line.peer.state != "agreed":
                place = logs / line.peer.address
                try:
                    await self._logs.copy(line, place)
                except RingtauschError as error:
                    shutil.rmtree(place, ignore_errors=True)
                    unread.append(Unread(line.peer.address, error.code))
        await self._checkpoints.make_if_ready()
        cards, own = self._identity.cards.chain, logs / self._identity.address
        await self._store.read_apart(lambda tx: export_logs(tx, cards, own))
        return unread


async def _run_program(logs: Path, workplace: Path, language: str) -> int:
    """-> its exit code. It is ended with us. Raises LocalError('audit_failed')."""
    command = (sys.executable, "-I", "-m", "ringtausch_protocol.audit", str(logs), "--out", str(workplace / REPORT),
               "--csv", str(workplace / TABLE), "--lang", language, "--jobs", "1", "--quiet")  # fmt: skip
    program = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    try:
        level = await program.wait()
    finally:
        await _end(program)
    if not 0 <= level < _LEVELS:
        raise LocalError("audit_failed", f"the program ended with {level}")
    return level


async def _end(program: Process) -> None:
    with suppress(ProcessLookupError):
        program.kill()
    await program.wait()
