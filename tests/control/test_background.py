# SPDX-License-Identifier: AGPL-3.0-or-later
"""What rooms do by themselves ends when it is told to, whatever became of it."""

from __future__ import annotations

import asyncio

import pytest

from ringtausch_node.background import end_tasks


async def _die() -> None:
    raise ValueError("alma")


async def test_all_end_and_a_mistake_is_named_by_its_place_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    dead = asyncio.create_task(_die(), name="dead")
    running = asyncio.create_task(asyncio.sleep(3_600), name="running")
    await asyncio.sleep(0)
    await end_tasks([None, dead, running])
    assert (True, True) == (dead.done(), running.cancelled())
    [line] = [record.getMessage() for record in caplog.records if record.name == "ringtausch_node.background"]
    assert ("dead: ValueError", False) == (line[:16], "alma" in line)
