# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings for the benchmark: real folders on the checkout's own disk (never a memory disk), real rooms."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.cli.serving import calm_collector
from ringtausch_node.config import Config, Lines
from ringtausch_protocol.limits import BYTES_PER_DAY_MAX, FRAMES_PER_MINUTE_MAX

#: Wide enough that no limit is ever met.
WIDE_SECONDS = 10**10
#: What is measured is the node, not the brake that an agreement puts on it.
WIDE_BUDGETS = {"frames_per_minute": FRAMES_PER_MINUTE_MAX, "bytes_per_day": BYTES_PER_DAY_MAX}
MEMBERS = 50
HOST = "127.0.0.1"
CHECKOUT = Path(__file__).parents[2]


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder on the disk of the checkout, gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix=".bench-", dir=CHECKOUT))
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def settings(name: str, port: int) -> Config:
    """A ring on loopback with a line of 500 open holds and the widest budgets."""
    return Config(
        address=f"{name}.example", name=name, net="test", listen=f"127.0.0.1:{port}", url=f"http://127.0.0.1:{port}",
        allow_private_addresses=True,
        lines=Lines(limit_in_seconds=WIDE_SECONDS, limit_out_seconds=WIDE_SECONDS, open_holds=500, **WIDE_BUDGETS),
    )  # fmt: skip


@asynccontextmanager
async def one_ring(root: Path, name: str = "oak", members: int = MEMBERS) -> AsyncIterator[Ring]:
    """A ring with members m0, m1, ... and room on every account, in a process set up as `serve` sets it up."""
    calm_collector()
    found_ring(root / name, settings(name, 1))
    ring = await open_ring(root / name)
    try:
        await add_members(ring, members)
        yield ring
    finally:
        await ring.close()


async def add_members(ring: Ring, count: int) -> None:
    """Members m0 ... with limits that nothing reaches."""
    for number in range(count):
        await ring.members.add(f"m{number}", f"M{number}", min_seconds=-WIDE_SECONDS, max_seconds=WIDE_SECONDS)
