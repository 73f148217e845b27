# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps a node running: it comes back after its death, and a ring whose disk failed is opened until it opens."""

from __future__ import annotations

import contextvars
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError

if TYPE_CHECKING:
    from tests.simulation.nodes import Node
    from tests.simulation.world import World


#: By far the largest files of a folder.
_BOOKS = ("ring.sqlite", "ring.sqlite-wal")


def hand_on(old: Path, new: Path) -> None:
    """The folder of a life that has ended becomes that of the next. What only the kernel notes is no part of it.

    The books are moved: a connection that is closed later writes what stands in its log into no file that was moved.
    """
    shutil.copytree(old, new, ignore=shutil.ignore_patterns("*-shm", *_BOOKS), copy_function=shutil.copy)
    for name in _BOOKS:
        with suppress(FileNotFoundError):
            (old / name).rename(new / name)


def come_back_later(world: World, node: Node, seconds: float) -> None:
    """Boot a node after a death. Who dies again before has another life to come back to, at a time of its own."""
    life = node.life

    def again() -> None:
        if node.life == life:
            world.spawn_boot(node.name)

    world.loop.call_later(seconds, again, context=contextvars.Context())


async def keep_running(world: World, node: Node, ring: Ring) -> None:
    """A task of a node that begins anew when its store has failed."""
    await ring.store.failed.wait()
    _restart_soon(world, node)


async def keep_signing(world: World, node: Node, ring: Ring) -> None:
    """Likewise where its log could not be signed: `serve` ends then, and is started again."""
    await ring.checkpoints.broken.wait()
    _restart_soon(world, node)


def was_not_opened(world: World, node: Node, error: LocalError) -> None:
    """A disk that failed at the opening is tried again; a ring that its copy replaced stays shut. Raises all else."""
    if error.code == "replaced":
        world.shut.add(node.name)
        node.up.set()
        return
    if error.code != "storage_failed" or world.disk is None:
        raise error
    _restart_soon(world, node)


def _restart_soon(world: World, node: Node) -> None:
    """In a step that belongs to nobody: who kills himself would run on."""
    life = node.life

    def again() -> None:
        if node.life == life:
            world.kill(node)

    world.loop.call_soon(again, context=contextvars.Context())
