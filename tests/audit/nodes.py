# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings served as `serve` serves them, on ports of their own, and the program that asks them from another thread."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from ringtausch_node.bootstrap import Ring
from ringtausch_node.hosting import Door
from tests.serving.wire import HOST, listening

Program = Callable[[list[str], io.StringIO], int]


@asynccontextmanager
async def served(*rings: Ring) -> AsyncIterator[list[str]]:
    """All that each ring serves, pages and API too, as far as its log has a signed head by now. -> its address."""
    async with AsyncExitStack() as stack:
        urls = []
        for ring in rings:
            await ring.checkpoints.make_if_ready()
            door = Door(ring.ids)
            door.open(ring)
            urls.append(f"http://{HOST}:{await stack.enter_async_context(listening(door))}")
        yield urls


async def asked(program: Program, words: Sequence[Any]) -> int:
    """The exit code of a program that runs beside the rings."""
    return await asyncio.to_thread(partial(program, [*map(str, words), "--lang", "en"], io.StringIO()))
