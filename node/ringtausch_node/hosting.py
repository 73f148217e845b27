# SPDX-License-Identifier: AGPL-3.0-or-later
"""A process that serves rings: opens their folders, listens, talks to other rings, and stops gracefully.

Each ring has a keeper. When its disk fails, the keeper closes the ring, waits, and opens it again: a COMMIT that
reported an error may be durable all the same, and only a fresh reading tells (RELIABILITY, rule 2). Meanwhile the
ring's door answers `storage_failed`; the other rings of the process go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

import msgspec
from aiohttp.web import BaseRequest, StreamResponse

from ringtausch_node import api, peer_api, web
from ringtausch_node.bootstrap import Ring, open_ring
from ringtausch_node.control.app import ControlServer
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.ids import Ids
from ringtausch_node.serving import App, Server, ServingLimits, problem_answer
from ringtausch_node.serving.problems import OWN_LANGUAGE, PROBLEM_PAGE, ProblemPage

logger = logging.getLogger(__name__)

#: Waiting before a ring is opened again: a full disk is not emptied in a second, but a hiccup is over in one.
REOPEN_FIRST_SECONDS = 1.0
REOPEN_MOST_SECONDS = 60.0
#: A ring that opens again for new settings is back in a second: who asks meanwhile waits for it; who asked before is
#: answered first.
HOLD_SECONDS, DRAIN_SECONDS = 15.0, 5.0


class Ready(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ring is served: where it listens, with the port the system chose if port 0 was asked.

    `waits_for_setup`: nobody is operator yet. `setup`: then the link with which the first one comes in, only where a
    person reads it: in a journal it would lie for a week, for everybody who may read journals.
    """

    ready: bool
    address: str
    listen: str
    url: str
    waits_for_setup: bool = False
    setup: str = ""


class Door(App):
    """The routes of one ring, whichever opening of it is the present one."""

    def __init__(self, ids: Ids) -> None:
        super().__init__((), ids)
        self._inside: App | None = None
        self._code = "storage_failed"
        self._language = "de"
        self._problem_page: ProblemPage | None = None
        self._running = 0
        self._idle, self._back = asyncio.Event(), asyncio.Event()
        self._back.set()

    def open(self, ring: Ring) -> None:
        """From now on requests go to this opening of the ring."""
        pages = web.build_app(ring)
        routes = (*api.build_app(ring).routes, *peer_api.build_app(ring).routes, *pages.routes)
        self._inside = App(routes, ring.ids)
        self._language = ring.config.language
        self._problem_page = pages.problem_page
        self._back.set()

    def shut(self, code: str = "storage_failed") -> None:
        """The ring is closed for a while, or for good; `code` says why."""
        self._inside, self._code = None, code
        self._back.set()

    async def hold(self) -> None:
        """The ring opens again in a moment: new requests wait for it. Returns once those that run are answered."""
        self._back.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._running:
                    self._idle.clear()
                    await self._idle.wait()

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        """Answer a request, or say why the ring is closed."""
        request[OWN_LANGUAGE] = self._language
        if self._problem_page is not None:
            request[PROBLEM_PAGE] = self._problem_page
        if not self._back.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(HOLD_SECONDS):
                    await self._back.wait()
        if self._inside is None:
            return problem_answer(request, self._code)
        self._running += 1
        try:
            return await self._inside(request)
        finally:
            self._running -= 1
            self._idle.set()


class Keeper:
    """Keeps one ring open for as long as the process serves it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opening: AsyncExitStack | None = None
        self.ring: Ring | None = None
        self.door: Door | None = None
        #: Ring ids that this process serves: they are no witnesses for each other.
        self._beside: frozenset[str] = frozenset()
        #: Another copy of the ring runs elsewhere and has taken its place.
        self.replaced = asyncio.Event()

    async def open(self) -> Ring:
        """Open the ring and its door. Raises LocalError as `open_ring` does."""
        self.ring = await open_ring(self._folder)
        self._opening = AsyncExitStack()
        self._opening.push_async_callback(self.ring.close)
        self.door = self.door or Door(self.ring.ids)
        self.door.open(self.ring)
        return self.ring

    async def begin(self, beside: frozenset[str] | None = None) -> None:
        """Take commands on the control socket, sign the log, and talk to other rings.

        `beside`: ids of the rings that are served here. Raises LocalError: log_broken, log_forked (nothing may be
        signed on top of this log).
        """
        assert self.ring is not None
        assert self._opening is not None
        self._beside = self._beside if beside is None else beside
        await self.ring.checkpoints.take_up()
        control = ControlServer(self.ring)
        self._opening.push_async_callback(control.stop)
        await control.start()
        await self.ring.talk(self._beside)

    async def close(self, code: str = "storage_failed") -> None:
        """Finish what runs and close the ring; its door answers `code` from now on. A second call does nothing."""
        if self.door is not None and self._opening is not None:
            self.door.shut(code)
        await self._close_ring()

    async def _close_ring(self) -> None:
        if self._opening is not None:
            opening, self._opening = self._opening, None
            await opening.aclose()

    async def watch(self) -> None:
        """For ever: when the store fails, close the ring and open it again; a replaced ring is closed for good."""
        while self.ring is not None:
            await _ended(self.ring)
            if self.ring.federation.second_copy.found.is_set():
                logger.error("%s: replaced by another copy; this ring is closed", self.ring.config.address)
                await self.close("replaced")
                self.replaced.set()  # only now: the process may end with it
                return
            if self.ring.settings.changed.is_set():
                await self._open_anew()
                continue
            logger.error("%s: disk or log failed; closing the ring and opening it again", self.ring.config.address)
            await self.close(self.ring.checkpoints.broken_code or "storage_failed")
            await self._reopen()

    async def _open_anew(self) -> None:
        """The settings have changed: open the ring with them, and keep whoever asks meanwhile waiting."""
        assert self.ring is not None
        assert self.door is not None
        logger.info("%s: new settings; opening the ring again", self.ring.config.address)
        await self.door.hold()
        await self._close_ring()
        await self._reopen(0.0)

    async def _reopen(self, wait_seconds: float = REOPEN_FIRST_SECONDS) -> None:
        while True:
            await asyncio.sleep(wait_seconds)
            try:
                ring = await self.open()
                await self.begin()
            except Exception as error:  # noqa: BLE001 - a full disk has many faces, and nobody else tries again
                code = error.code if isinstance(error, RingtauschError) else type(error).__name__
                logger.error("still closed: %s", code)  # noqa: TRY400 - the code says it, a traceback does not
                await self.close(code if isinstance(error, RingtauschError) else "storage_failed")
                wait_seconds = min(max(wait_seconds * 2, REOPEN_FIRST_SECONDS), REOPEN_MOST_SECONDS)
            else:
                logger.warning("%s: open again", ring.config.address)
                return


async def _ended(ring: Ring) -> None:
    """Return when the ring's disk or log has failed, another copy has taken its place, or it has new settings."""
    events = (
        ring.store.failed, ring.checkpoints.broken, ring.federation.second_copy.found, ring.settings.changed,
    )  # fmt: skip
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


class Host:
    """The rings of one process and what listens for them. `shows_link`: a person reads what is announced."""

    def __init__(
        self, folders: Sequence[Path], limits: ServingLimits | None = None, *, shows_link: bool = False
    ) -> None:
        self._keepers = [Keeper(folder) for folder in folders]
        self._shows_link = shows_link
        self._limits = limits or ServingLimits()
        self._server = Server(self._limits)

    async def run(self, stop: asyncio.Event, announce: Callable[[Ready], None]) -> None:
        """Serve until `stop` is set; `announce` is called once for each ring that listens.

        Raises LocalError if one of the rings cannot be opened or the address is taken: then none is served.
        """
        async with AsyncExitStack() as stack:
            for keeper in self._keepers:
                stack.push_async_callback(keeper.close)
                await keeper.open()
            self._server = Server(replace(self._limits, proxies=self._limits.proxies | self._proxies()))
            listening = await self._listen()
            stack.push_async_callback(self._server.stop)
            watchers = []
            beside = frozenset(each.ring.identity.ring_id for each in self._keepers if each.ring is not None)
            for keeper, (host, port) in zip(self._keepers, listening, strict=True):
                await keeper.begin(beside)
                watchers.append(asyncio.create_task(keeper.watch(), name="keeper"))
                announce(await self._ready(keeper, host, port))
            await self._until(stop)
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)

    async def _until(self, stop: asyncio.Event) -> None:
        """Wait for the stop. A replaced ring stops alone; raises LocalError('replaced') once none is left to serve."""
        stopping = asyncio.create_task(stop.wait())
        all_replaced = asyncio.ensure_future(asyncio.gather(*(keeper.replaced.wait() for keeper in self._keepers)))
        await asyncio.wait((stopping, all_replaced), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        all_replaced.cancel()
        await asyncio.gather(stopping, all_replaced, return_exceptions=True)
        if not stop.is_set():
            raise LocalError("replaced")

    def _proxies(self) -> frozenset[str]:
        """Web servers that stand in front of any of the rings."""
        rings = [keeper.ring for keeper in self._keepers if keeper.ring is not None]
        return frozenset(address for ring in rings for address in ring.config.proxies)

    async def _ready(self, keeper: Keeper, host: str, port: int) -> Ready:
        assert keeper.ring is not None
        config, founding = keeper.ring.config, keeper.ring.founding
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        ready = Ready(ready=True, address=config.address, listen=where, url=config.public_url)
        with suppress(RingtauschError):  # a disk that fails now is the keeper's business, not a reason to end
            if await founding.is_open():
                setup = await founding.issue() if self._shows_link else ""
                return msgspec.structs.replace(ready, waits_for_setup=True, setup=setup)
        return ready

    async def _listen(self) -> list[tuple[str, int]]:
        """Listen for all rings. -> where each one is reached."""
        places = []
        for keeper in self._keepers:
            if keeper.ring is None or keeper.door is None:
                raise LocalError("internal", "not open")
            place = keeper.ring.config.listen_at
            self._server.add(*place, names_of(keeper.ring), keeper.door)
            places.append(place)
        distinct = list(dict.fromkeys(places))
        found = dict(zip(distinct, await self._server.start(), strict=True))
        return [found[place] for place in places]


def names_of(ring: Ring) -> list[str]:
    """The Host headers under which a ring is asked: its address, and the hosts of its URL, on the card and as set."""
    urls = (ring.identity.own.card.url, ring.config.public_url)
    hosts = [url.partition("://")[2].rstrip("/").lower() for url in urls]
    return list(dict.fromkeys([ring.config.address, *hosts]))
