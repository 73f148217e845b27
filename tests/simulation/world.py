# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings in a world made of chance: real folders, books and signatures; clock, ids, network and deaths from one seed.

The trace holds who said what to whom and every commit, but no ciphertext and no hash: HPKE draws its own randomness
(the one exception to our rule that chance is an argument), so sealed boxes differ from run to run.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.config import Config
from ringtausch_node.errors import LocalError
from ringtausch_node.translog.checkpoints import SPACING_SECONDS
from tests.simulation.clockwork import SimClock, SimIds
from tests.simulation.disk import Disk
from tests.simulation.inline import abandon, inline_database
from tests.simulation.keeping import come_back_later, hand_on, keep_running, keep_signing, was_not_opened
from tests.simulation.kept_open import files_of
from tests.simulation.loop import NODE, Life, SimLoop, play
from tests.simulation.network import Network, Wire
from tests.simulation.nodes import Killed, Node
from tests.simulation.streams import Streams

T = TypeVar("T")


class World:
    """Several rings, what is between them, and who kills them. Use as a context manager, and `run` a story in it."""

    def __init__(self, seed: int, root: Path, *, has_disk: bool = False, has_bytes: bool = False) -> None:
        self.loop, self.seed, self.root = SimLoop(seed), seed, root
        self.disk = Disk(random.Random(f"disk-{seed}")) if has_disk else None
        self.crash = random.Random(f"crash-{seed}")
        self.nodes: dict[str, Node] = {}
        #: Who has a line to whom, each pair once.
        self.pairs: list[tuple[str, str]] = []
        #: Rings look at each other's logs, as `serve` has them do. Needs real HTTP.
        self.watches = False
        #: Rings that wind down: their lines have ended.
        self.stopped: set[str] = set()
        #: Rings that their copies have replaced: they are not opened any more.
        self.shut: set[str] = set()
        self.network = Network(self, random.Random(f"network-{seed}"))
        #: Real HTTP in memory; without it whole messages are carried, which is faster.
        self.streams = Streams(self.network) if has_bytes else None
        self.seen: Counter[str] = Counter()
        self.spacing_seconds = SPACING_SECONDS
        #: What did not hold after some commit.
        self.complaints: list[str] = []
        #: (name, steps, commit points) of each node at the moment that the story names.
        self.run_up: list[tuple[str, int, int]] = []
        #: Called after every commit, still on the stack of the one who committed.
        self.after_commit: Callable[[Node], None] = lambda _node: None
        #: Asked at every step and commit point: (node, kind) -> die here?
        self.dies_here: Callable[[Node, str], bool] = lambda _node, _kind: False
        self._tasks: list[asyncio.Task[Any]] = []
        self._guards: list[asyncio.Task[None]] = []
        self._revivals: list[asyncio.Task[None]] = []
        self._connections: dict[Life | None, list[Any]] = {}

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        """Play a story to its end."""
        with ExitStack() as stack:
            stack.enter_context(inline_database(self.loop, self._connections))
            files = files_of(self.disk)
            stack.enter_context(mock.patch("sqlite3.connect", files.connect))
            stack.callback(files.close)
            stack.callback(self._close_files)
            if self.streams is not None:
                stack.enter_context(mock.patch("aiohttp.TCPConnector", self.streams.connector))
            self.loop.on_step = self._on_step
            return play(self.loop, story)

    def _close_files(self) -> None:
        for connections in self._connections.values():
            abandon(connections)

    # -- nodes -------------------------------------------------------------------------------------------------------

    def add(self, name: str) -> Node:
        """A node whose folder lies in the world's root, or will."""
        clock = SimClock(self.loop)
        node = Node(name, clock, SimIds(f"ids-{self.seed}-{name}", clock), Life(name, 0), self.loop.create_future())
        self.nodes[name] = node
        return node

    def found(self, name: str, **settings: Any) -> Node:
        """A new ring with an empty folder."""
        node = self.add(name)
        config = Config(address=node.address, name=name, net="test", url=f"https://{node.address}", **settings)
        found_ring(self.folder(node), config, node.ids)
        return node

    def folder(self, node: Node) -> Path:
        """Where the present life of a node lies."""
        return self.root / f"{node.name}.{node.life.number}"

    async def boot(self, name: str, *, starts: bool = True, signs: bool = True) -> None:
        """Open the ring, let it talk and sign its log. If it is killed meanwhile, nobody hears of it."""
        node = self.nodes[name]
        node.died = self.loop.create_future()

        async def opening() -> None:
            wire = Wire(self.network, node.name) if self.streams is None else None
            try:
                ring = await open_ring(
                    self.folder(node), clock=node.clock, ids=node.ids, transport=wire,
                    on_commit_point=lambda point: self._on_point(node, point),
                )  # fmt: skip
            except LocalError as error:
                was_not_opened(self, node, error)
                return
            node.ring = ring
            await self._begin(node, ring, starts=starts, signs=signs)
            node.up.set()
            self._guards.append(self.spawn(node, keep_running(self, node, ring)))
            if self.disk is not None:
                self._guards.append(self.spawn(node, keep_signing(self, node, ring)))

        self.loop.note("boot", node.life)
        with suppress(Killed):
            await self._either(self.spawn(node, opening()), node)

    async def _begin(self, node: Node, ring: Ring, *, starts: bool, signs: bool) -> None:
        """It signs its log, can be asked, talks, and watches others, as far as this day has it."""
        if starts and signs:
            ring.checkpoints.spacing_seconds = self.spacing_seconds
            await ring.checkpoints.take_up()
            ring.checkpoints.start()
        if self.streams is not None:
            self.streams.listen(node, ring)
        if starts:
            await ring.federation.start()
        if self.watches:
            await ring.witnessing.start()

    def spawn(self, node: Node, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that belongs to the present life of a node and dies with it."""
        context = contextvars.Context()
        context.run(NODE.set, node.life)
        task = self.loop.create_task(coroutine, context=context)
        self._tasks.append(task)
        return task

    @property
    def kills(self) -> int:
        """How often a node died."""
        return self.seen["crashed"] + self.seen["power_cut"] + self.seen["restored"]

    def kill(
        self, node: Node, lay_out: Callable[[Path, Path], object] | None = None, away_seconds: float | None = None
    ) -> None:
        """kill -9: nothing of it runs again, its files lie as they lie, its connections are reset.

        `lay_out(old, new)` makes the folder of the next life otherwise. It is away for some seconds, or so many.
        """
        self.seen["restored" if lay_out else "power_cut" if node.loses_power else "crashed"] += 1
        self.loop.note("kill", node.life)
        old, life = self.folder(node), node.life
        self.loop.dead.add(life)
        node.life = Life(node.name, life.number + 1)
        (lay_out or self._copy)(old, self.folder(node))
        node.loses_power = False
        abandon(self._connections.pop(life, []))
        if node.ring is not None:
            node.ring.folder.close()  # the kernel gives back the lock of a process that is gone
        node.ring = None
        node.up.clear()
        if not node.died.done():
            node.died.set_result(None)
        self.network.reset(node.name)
        self.network.on_death(life)
        come_back_later(self, node, away_seconds or self.crash.uniform(0.1, 5.0))

    def leave(self, name: str) -> None:
        """A ring is gone, and nobody hears of it again."""
        node = self.nodes[name]
        self.kill(node)
        node.life = Life(name, node.life.number + 1)  # to which it never comes back
        del self.nodes[name]

    def _copy(self, old: Path, new: Path) -> None:
        hand_on(old, new)
        if self.disk is not None and self.disk.is_armed(old):
            self.disk.take_image(old)
            self.disk.lay_out(old, new)

    def cut_power(self, node: Node, operations: int | None = None) -> None:
        """Everything that was not synced is lost, torn or kept: now, or so many writes after the next BEGIN."""
        assert self.disk is not None
        node.loses_power = True
        if operations is None:
            self.disk.take_image(self.folder(node))
            self.kill(node)
        else:
            self.disk.arm_cut(self.folder(node), operations)

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.network.heal()
        self.dies_here = lambda _node, _kind: False

    def spawn_boot(self, name: str) -> None:
        """Boot a node without waiting for it."""
        self._revivals.append(self.loop.create_task(self.boot(name)))

    def _on_step(self, life: Life) -> None:
        node = self.nodes[life.name]
        node.steps += 1
        if self.dies_here(node, "step"):
            self.seen["died at a step"] += 1
            self.kill(node)

    def _on_point(self, node: Node, point: str) -> None:
        """Called by the store around COMMIT; who dies here says so by an error that his own store swallows."""
        if self.loop.is_dead():
            raise Killed
        node.points += 1
        self.loop.note(node.name, point)
        if point == "after" and not node.loses_power:
            self.after_commit(node)
        if self.dies_here(node, point) or (node.loses_power and point == "after"):
            self.seen[f"died {point} a commit"] += 1
            self.kill(node)
            raise Killed

    # -- people ------------------------------------------------------------------------------------------------------

    async def ask(self, name: str, question: Callable[[Ring], Coroutine[Any, Any, T]]) -> T:
        """Ask a running node something, as a person does. Raises Killed if it dies before it answers."""
        node = self.nodes[name]
        if node.ring is None:
            raise Killed
        return await self._either(self.spawn(node, question(node.ring)), node)

    async def insist(self, name: str, question: Callable[[Ring], Coroutine[Any, Any, T]]) -> T:
        """Ask until there is an answer: what a program does that was given an id to repeat with.

        Raises LocalError('replaced') where there will be none.
        """
        while True:
            await self.nodes[name].up.wait()
            if name in self.shut:
                raise LocalError("replaced")
            try:
                return await self.ask(name, question)
            except Killed:
                continue
            except LocalError as error:
                if error.code != "storage_failed":
                    raise
                await asyncio.sleep(0.1)

    async def until(self, what: Callable[[], Awaitable[bool]], seconds: float, complaint: str) -> None:
        """Wait until something holds. Raises AssertionError after so many virtual seconds."""
        began = self.loop.time()
        while not await what():
            waited = self.loop.time() - began
            assert waited < seconds, f"{complaint} ({seconds:.0f} s, seed {self.seed})"
            await asyncio.sleep(1.0 + waited / 20)

    async def _either(self, task: asyncio.Task[T], node: Node) -> T:
        await asyncio.wait((task, node.died), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Killed
        return task.result()

    # -- the end -----------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Close every ring as an operator does."""
        for node in self.nodes.values():
            if node.ring is not None:
                ring, node.ring = node.ring, None
                await self.spawn(node, ring.close())

    def failures(self) -> list[str]:
        """What nobody may see: a task or callback that ended with an error of our own code."""
        found = [f"{each.get('message')}: {each.get('exception')!r}" for each in self.loop.problems]
        found += [
            f"{node.name}: {task.get_name()} ended: {task.exception()!r}"
            for node in self.nodes.values()
            for task in (node.ring.federation._tasks.values() if node.ring else ())
            if task.done() and not task.cancelled()
        ]
        boots = [each.exception() for each in self._revivals if each.done()]
        found += [f"a node did not come back: {error!r}" for error in boots if error is not None]
        return found + self.network.failures + self.complaints
