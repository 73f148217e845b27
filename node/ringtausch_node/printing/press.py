# SPDX-License-Identifier: AGPL-3.0-or-later
"""The queue before the program that lays out: one page at a time, within a time, and no secrets in its surroundings."""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec

import msgspec

from ringtausch_node.errors import LocalError
from ringtausch_node.printing.program import MISSING, Job

logger = logging.getLogger(__name__)

PROGRAM = (sys.executable, "-I", "-m", "ringtausch_node.printing.program")
#: From the click to the file, waiting for others included: statements for 100 members take 20 s of a small machine.
#: Whoever waits longer believes that nothing happens.
PRINT_SECONDS = 60.0
#: Who may stand in the queue; the next one is asked to come back, not to wait for nothing.
WAITING_MAX = 8
#: What the program may write: a hundred statements are 1 MB. A page that yields more is no letter.
PDF_BYTES = 32 * 1024 * 1024
#: A page of which every character counts is laid out slowly; nothing that the office prints is longer.
HTML_BYTES = 4 * 1024 * 1024
_BLOCK_BYTES = 64 * 1024
#: The same bytes on every day: no time of printing stands in a file (reproducible-builds.org, SOURCE_DATE_EPOCH).
_SURROUNDINGS = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "SOURCE_DATE_EPOCH": "0"}


class Press:
    """Makes PDFs, one after the other."""

    def __init__(self, program: Sequence[str] = PROGRAM, *, seconds: float = PRINT_SECONDS) -> None:
        self._program, self._seconds = tuple(program), seconds
        self._turn, self._waiting = asyncio.Lock(), 0
        self._is_ready: bool | None = None

    async def is_ready(self) -> bool:
        """Whether the extra and Debian's libraries are there: asked once, for a twentieth of a second."""
        if self._is_ready is None:
            self._is_ready = find_spec("weasyprint") is not None and await self._probe()
        return self._is_ready

    async def _probe(self) -> bool:
        try:
            await self._run(("--probe",), b"")
        except LocalError as error:
            logger.info("no pdf: %s", error.code)
            return False
        return True

    async def pdf(self, job: Job) -> bytes:
        """A page as PDF. Raises LocalError: pdf_missing, pdf_slow, pdf_failed."""
        if not await self.is_ready():
            raise LocalError("pdf_missing")
        if len(job.html) > HTML_BYTES:
            raise LocalError("pdf_failed", "too long")
        if self._waiting >= WAITING_MAX:
            raise LocalError("pdf_slow", "many wait")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds), self._turn:
                return await self._run((), msgspec.json.encode(job))
        except TimeoutError:
            raise LocalError("pdf_slow", "took too long") from None
        finally:
            self._waiting -= 1

    async def _run(self, arguments: tuple[str, ...], data: bytes) -> bytes:
        """-> what the program wrote; it is ended with us. Raises LocalError: pdf_missing, pdf_failed."""
        program = await asyncio.create_subprocess_exec(
            *self._program, *arguments, stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.DEVNULL, env=_SURROUNDINGS
        )
        try:
            made = await _made_of(program, data)
            code = await program.wait()
        finally:
            await _end(program)
        if code == MISSING:
            raise LocalError("pdf_missing", "libraries")
        if code:
            raise LocalError("pdf_failed", f"the program ended with {code}")
        return made


async def _made_of(program: Process, data: bytes) -> bytes:
    """Give it `data`, at once and whole, and take all that it writes. Raises LocalError('pdf_failed')."""
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(data)
    program.stdin.close()
    made = bytearray()
    while block := await program.stdout.read(_BLOCK_BYTES):
        made += block
        if len(made) > PDF_BYTES:
            raise LocalError("pdf_failed", "too large")
    return bytes(made)


async def _end(program: Process) -> None:
    with suppress(ProcessLookupError):
        program.kill()
    assert program.stdout is not None
    while await program.stdout.read(_BLOCK_BYTES):  # what nobody reads keeps asyncio waiting for a process that is gone
        pass
    await program.wait()
