# SPDX-License-Identifier: AGPL-3.0-or-later
"""A node as its own process, as an operator runs it: `python -m ringtausch_node serve FOLDER`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.rig import CHECKOUT


class Node(NamedTuple):
    """A process that serves. `start_seconds`: from its start to its line that says ready."""

    process: asyncio.subprocess.Process
    listen: str
    start_seconds: float

    def rss_bytes(self) -> int:
        """Resident memory, as Linux counts it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor so far, of all its threads: its clock, as Linux numbers it."""
    return time.clock_gettime(~pid << 3 | 2)


@asynccontextmanager
async def node(folder: Path) -> AsyncIterator[Node]:
    """Serve a folder; in the end the process is killed (SIGKILL), as by a power cut."""
    begin = time.perf_counter()
    with folder.with_suffix(".log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ringtausch_node", "serve", str(folder), "--json", cwd=CHECKOUT,
            stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        seconds = time.perf_counter() - begin
        if not line:
            raise RuntimeError(f"did not start: see {folder.with_suffix('.log').read_text(encoding='utf-8')}")
        yield Node(process, json.loads(line)["listen"], seconds)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def command(*arguments: str) -> None:
    """One `ringtausch` command; what it says is not needed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ringtausch_node", *arguments, cwd=CHECKOUT, stdout=asyncio.subprocess.DEVNULL
    )
    if await process.wait() != 0:
        raise RuntimeError(f"{arguments[:2]} failed")
