# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store runs without a thread, as in the simulator: same seed, same groups, same commits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite.core
import pytest

from ringtausch_node.clock import SystemClock
from ringtausch_node.store import Store
from tests.store.notes import add_note, create_notes, notes


class NoThread:
    def __init__(self, *_args: object, **_named: object) -> None: ...

    def start(self) -> None: ...


def _without_thread(monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
    async def execute(self: Any, fn: Callable[..., Any], *args: Any, **named: Any) -> Any:
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        return fn(*args, **named)

    async def connect(self: Any) -> Any:
        self._connection = self._connection or self._connector()
        return self

    monkeypatch.setattr(aiosqlite.core, "Thread", NoThread)
    monkeypatch.setattr(aiosqlite.core.Connection, "_execute", execute)
    monkeypatch.setattr(aiosqlite.core.Connection, "_connect", connect)
    monkeypatch.setattr(aiosqlite.core.Connection, "stop", lambda self: None)


async def _work(path: Path, seed: int) -> tuple[list[str], int]:
    points: list[str] = []
    store = await Store.open(path, clock=SystemClock(), on_commit_point=points.append)
    await store.write(create_notes)
    chance = random.Random(seed)

    async def caller(name: int) -> None:
        for number in range(10):
            await store.write(add_note(f"{name}-{number}"))
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)

    await asyncio.gather(*(caller(name) for name in range(5)))
    found = await store.read(notes)
    hops = store.hops
    await store.close()
    assert 50 == len(found)
    assert 3 * hops == len(points)
    return points, hops


async def test_the_store_needs_no_thread_and_repeats_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    for name in ("first", "second"):
        with monkeypatch.context() as patch:
            _without_thread(patch, random.Random(7))
            runs.append(await _work(tmp_path / name, 7))
    assert runs[0] == runs[1]
