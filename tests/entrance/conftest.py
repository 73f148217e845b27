# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring with three members whose letters nobody sends: they stand in the outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.clock import SystemClock
from ringtausch_node.config import Config, Mail
from ringtausch_node.post.records import Letter, load_due


class Clock(SystemClock):
    """Our time, which a test can set forward."""

    ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def ring(tmp_path: Path, clock: Clock) -> AsyncIterator[Ring]:
    mail = Mail(host="127.0.0.1", port=9, encryption="none", sender="ring@oak.example")
    config = Config(
        address="oak.example", name="Eiche", net="test", url="http://127.0.0.1", allow_private_addresses=True, mail=mail
    )
    found_ring(tmp_path / "oak", config)
    opened = await open_ring(tmp_path / "oak", clock=clock)
    for handle, role in (("alma", "member"), ("ben", "member"), ("cleo", "member"), ("buero", "office")):
        await opened.members.add(handle, handle.title(), role)
    yield opened
    await opened.close()


async def letters(ring: Ring) -> list[Letter]:
    """What waits to be sent."""
    return await ring.store.read(lambda tx: load_due(tx, ring.clock.now(), 100))
