# SPDX-License-Identifier: AGPL-3.0-or-later
"""The room's front door: its parts put together, its tasks, and what an operator is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from ringtausch_node.background import end_tasks
from ringtausch_node.clock import Clock
from ringtausch_node.faults import places_of
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.wire.transport import Transport
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store, Tx
from ringtausch_node.witnessing.answers import WitnessAnswers
from ringtausch_node.witnessing.asking import OwnWitnesses
from ringtausch_node.witnessing.cosigner import Cosigner
from ringtausch_node.witnessing.fetching import Fetcher
from ringtausch_node.witnessing.forked import Forked
from ringtausch_node.witnessing.model import COSIGN_SECONDS, WATCH_SECONDS, HeadView, LogWitnesses
from ringtausch_node.witnessing.neighbours import Neighbours
from ringtausch_node.witnessing.remembering import OldCopy, Remembered
from ringtausch_node.witnessing.views import WitnessViews
from ringtausch_node.witnessing.watch import Watch
from ringtausch_node.witnessing.watched import Neighbourhood
from ringtausch_protocol.errors import RingtauschError

logger = logging.getLogger(__name__)


class Witnessing:
    """This ring as a witness, and its own witnesses. `start` when the ring serves."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines, transport: Transport,
        folder: Path, suspect: Callable[[Tx, Line, str, bytes], None], verify_ready: Callable[[], None],
        is_old_copy: OldCopy,
    ) -> None:  # fmt: skip
        self._store, self._ids = store, ids
        self.neighbourhood = Neighbourhood(lines)
        self.cosigner = Cosigner(
            store=store, clock=clock, identity=identity, neighbourhood=self.neighbourhood, verify_ready=verify_ready
        )
        self.forked = Forked(
            store=store, clock=clock, identity=identity, lines=lines, transport=transport, folder=folder,
            suspect=suspect,
        )  # fmt: skip
        fetcher = Fetcher(transport)
        self.watch = Watch(
            store=store, fetcher=fetcher, cosigner=self.cosigner, forked=self.forked,
            neighbourhood=self.neighbourhood,
        )  # fmt: skip
        self.answers = WitnessAnswers(self.cosigner, self.forked)
        self.own = OwnWitnesses(
            store=store, clock=clock, transport=transport, neighbourhood=self.neighbourhood,
            neighbours=Neighbours(clock, transport, identity),
        )  # fmt: skip
        self.remembered = Remembered(
            store=store, identity=identity, fetcher=fetcher, neighbourhood=self.neighbourhood, is_old_copy=is_old_copy
        )
        self._views = WitnessViews(identity, lines, self.own, self.forked)
        self._tasks: list[asyncio.Task[None]] = []

    async def load(self) -> None:
        """Called once after the store is open."""
        await self.forked.load()

    async def start(self, beside: frozenset[str] = frozenset()) -> None:
        """Begin to watch others, and to ask for cosignatures. `beside`: ring ids that the same process serves."""
        self.neighbourhood.beside = beside
        self._tasks = [
            asyncio.create_task(self._repeat(self.watch.look, WATCH_SECONDS), name="witnessing-watch"),
            asyncio.create_task(self._repeat(self.own.round, COSIGN_SECONDS), name="witnessing-own"),
        ]

    async def stop(self) -> None:
        """Stop watching and asking; a second call does nothing."""
        tasks, self._tasks = self._tasks, []
        await end_tasks(tasks)

    async def _repeat(self, turn: Callable[[], Awaitable[None]], seconds: float) -> None:
        """A turn every so many seconds; the first at some moment in between, so that rings do not all come at once."""
        await asyncio.sleep(seconds * self._ids.jitter())
        while not self._store.failed.is_set():
            try:
                await turn()
            except RingtauschError as error:
                logger.warning("witnessing: %s", error.code)
            except Exception as error:  # noqa: BLE001 - one surprise must not end the watch for good
                logger.error("witnessing: %s", places_of(error))  # noqa: TRY400 - its own words may quote anything
            await asyncio.sleep(seconds)

    async def view(self) -> LogWitnesses:
        """Who witnesses us, whom we watch, the newest heads, and proofs."""
        return await self._store.read(self._views.all)

    async def cosigned_head(self) -> HeadView | None:
        """The newest head of our log that enough witnesses cosigned, or None."""
        return await self._store.read(self._views.cosigned_head)
