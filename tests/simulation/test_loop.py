# SPDX-License-Identifier: AGPL-3.0-or-later
"""The loop itself: virtual time, chosen order, dead nodes that stay dead, a deadlock that is a failure."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import socket
from collections.abc import AsyncGenerator

import pytest

from tests.simulation.loop import NODE, Deadlock, Life, SimLoop, play


def test_time_jumps_and_order_comes_from_the_seed() -> None:
    async def story() -> tuple[list[int], float]:
        order: list[int] = []

        async def walker(number: int) -> None:
            for _ in range(3):
                await asyncio.sleep(0)
                order.append(number)
            await asyncio.sleep(3600)

        await asyncio.gather(*(walker(number) for number in range(4)))
        return order, asyncio.get_running_loop().time()

    runs = [play(SimLoop(seed), story()) for seed in (1, 1, 2)]

    assert runs[0] == runs[1]
    assert runs[0][0] != runs[2][0]
    assert 3600 <= runs[0][1] < 3601


def test_a_dead_node_runs_no_finally() -> None:
    loop, life, marks = SimLoop(1), Life("oak", 0), list[str]()

    async def node() -> None:
        try:
            await asyncio.sleep(1)
            marks.append("went on")
        finally:
            marks.append("finally")

    async def story() -> None:
        context = contextvars.Context()
        context.run(NODE.set, life)
        task = loop.create_task(node(), context=context)
        await asyncio.sleep(0.5)
        loop.dead.add(life)
        await asyncio.sleep(10)
        assert not task.done()
        assert [] == marks

    play(loop, story())


def test_nothing_to_run_is_a_failure() -> None:
    async def story() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        play(SimLoop(1), story())


def test_a_play_that_waits_for_ever_while_others_tick_is_a_failure() -> None:
    """Rings look around every few minutes, whatever their people wait for."""
    loop = SimLoop(1)

    def look_again() -> None:
        loop.call_later(300, look_again)

    async def story() -> None:
        look_again()
        await loop.create_future()

    with pytest.raises(Deadlock, match="still not over"):
        play(loop, story())


def test_a_thread_is_caught() -> None:
    loop = SimLoop(1)

    async def story() -> None:
        loop.call_soon_threadsafe(print)

    with pytest.raises(RuntimeError, match="thread"):
        play(loop, story())


def test_what_a_dead_node_left_half_read_runs_no_more() -> None:
    loop, marks = SimLoop(1), list[str]()

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            marks.append("finally")

    async def story() -> None:
        left = numbers()
        await anext(left)
        del left
        gc.collect()
        await asyncio.sleep(1)

    play(loop, story())

    assert [] == marks


def test_nobody_outside_is_asked_where_a_name_leads() -> None:
    """Seed 191: rings look each other's addresses up every hour; a real answer takes real time and is no seed's."""

    async def story() -> None:
        with pytest.raises(socket.gaierror, match="oak"):
            await asyncio.get_running_loop().getaddrinfo("oak.example", 443)

    play(SimLoop(1), story())
