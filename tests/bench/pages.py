# SPDX-License-Identifier: AGPL-3.0-or-later
"""P7: a member's pages in a ring with many bookings, against the same pages in a young ring; and how large they are."""

from __future__ import annotations

import random
import time
from pathlib import Path
from unittest.mock import MagicMock

from aiohttp.test_utils import make_mocked_request
from aiohttp.web import Response

from ringtausch_node import web
from ringtausch_node.bootstrap import Ring
from ringtausch_node.entrance.model import STAY_SECONDS
from ringtausch_node.serving import App
from ringtausch_node.web.look.rendering import static_file
from tests.bench.figures import Figure, interleaved
from tests.bench.long import pay
from tests.bench.rig import MEMBERS, one_ring

FEW_BOOKINGS, MANY_BOOKINGS = 1_000, 100_000
ROUND = 40
PATHS = ("/konto", "/konto/buchungen", "/zahlen", "/rechnungen")


class Reader:
    """A member who looks at one page after the other, without a network in between."""

    def __init__(self, ring: Ring, token: str) -> None:
        self._app = App(web.build_app(ring).routes, ring.ids)
        cookies = "; ".join(f"{name}={token}" for name in ("sitzung", "__Host-sitzung"))
        self._headers = {"Host": "town.example", "Accept": "text/html", "Cookie": cookies}

    async def look(self, path: str) -> bytes:
        """A page."""
        answer = await self._app(make_mocked_request("GET", path, self._headers, transport=MagicMock()))
        assert isinstance(answer, Response)
        assert 200 == answer.status, answer.status
        return bytes(answer.body or b"")  # type: ignore[arg-type]

    async def milliseconds(self) -> float:
        """The mean of a round of pages, in the time of the processor: others may work beside it."""
        begin = time.process_time()
        for number in range(ROUND):
            await self.look(PATHS[number % len(PATHS)])
        return (time.process_time() - begin) / ROUND * 1_000


async def measure(root: Path) -> list[Figure]:
    """Two figures: how much slower, and how large."""
    async with one_ring(root / "old") as large, one_ring(root / "young") as small:
        chance = random.Random(3)
        await pay(large, MANY_BOOKINGS, MEMBERS, chance)
        await pay(small, FEW_BOOKINGS, MEMBERS, chance)
        old, young = [await _reader(ring) for ring in (large, small)]
        slow, fast = await interleaved(old.milliseconds, young.milliseconds)
        files = sum(len(static_file(name)[0]) for name in ("style.css", "enhance.js"))
        size = (max([len(await old.look(path)) for path in PATHS]) + files) / 1_000
    what = f"a member's page at {MANY_BOOKINGS:,} bookings against {FEW_BOOKINGS:,}"
    return [
        Figure("P7", what, slow / fast, "x", 1.3, False, {"large ms": slow, "small ms": fast}),
        Figure("P7", "the largest of these pages with stylesheet and script", size, "KB", 60, False),
    ]


async def _reader(ring: Ring) -> Reader:
    return Reader(ring, await device(ring))


async def device(ring: Ring) -> str:
    """The token of a device on which a member is signed in."""
    access = ring.members.access
    return await ring.store.write(
        lambda tx: access.admit_device(
            tx, ring.members.present(tx, "m1"), "bench", ring.clock.now() + STAY_SECONDS, "a code"
        )
    )
