# SPDX-License-Identifier: AGPL-3.0-or-later
"""P13: what honest members and a neighbouring ring notice while a node is attacked. Real processes, real HTTP.

Members pay at home by the HTTP API and in the next town by the line between two nodes, one payment at a time, a pause
between two: first in peace, then beside each attack. A payment counts from the wish to the answer that it is paid.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.rig import HOST
from tests.processes.hostile import MODES
from tests.processes.test_exhaustion import SLOW, crowd
from tests.processes.test_hostile_servers import PATIENT, hostile
from tests.processes.towns import Town, befriend, introduce, line_state, most_memory_bytes, payment_id, until

logger = logging.getLogger(__name__)

#: Payments of each kind beside each attack, and the pause between two: well within what a line may carry a minute.
COUNT, PAUSE_SECONDS = 60, 0.15
LOCAL_FIRST, CROSS_FIRST, FLOOD_FIRST = 1_000_000, 2_000_000, 3_000_000
UNANSWERED, PAYERS = 10_000, 50
P95_MOST_SECONDS, MEMORY_MOST_MIB = 0.5, 256
MIB = 1 << 20
WAIT_SECONDS = 20.0

Attack = Callable[[], AbstractContextManager[None]]


class Honest:
    """Members who pay at home and in the next town, whatever else goes on."""

    def __init__(self, oak: Town, ash: Town) -> None:
        self._oak, self._ash, self._done = oak, ash, 0
        self._token = oak.ask("member.token", handle="m0")["token"]

    def pay(self) -> tuple[list[float], list[float]]:
        """COUNT payments of each kind. -> their seconds, at home and abroad."""
        local, cross = [], []
        for _ in range(COUNT):
            self._done += 1
            local.append(_seconds(self._at_home))
            cross.append(_seconds(self._abroad))
            time.sleep(PAUSE_SECONDS)
        return local, cross

    def _at_home(self) -> None:
        number = payment_id(LOCAL_FIRST + self._done)
        body = {"payment_id": number, "from": "m0", "to": "m1", "amount_seconds": 1, "memo": "Kuchen"}
        asked = http.client.HTTPConnection(HOST, self._oak.port, timeout=WAIT_SECONDS)
        head = {
            "Host": self._oak.address, "Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
        }  # fmt: skip
        try:
            asked.request("POST", "/api/v1/payments", json.dumps(body), head)
            status = asked.getresponse().status
        finally:
            asked.close()
        if status not in (200, 201):
            raise RuntimeError(f"an honest member is answered {status}")

    def _abroad(self) -> None:
        view = self._oak.ask(
            "pay", from_="m0", to=f"m0@{self._ash.address}", amount_seconds=1, memo="Rasen",
            payment_id=payment_id(CROSS_FIRST + self._done), wait_seconds=WAIT_SECONDS,
        )  # fmt: skip
        if view["state"] != "paid":
            raise RuntimeError(f"an honest payment is {view['state']}")


def _seconds(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


class Siege:
    """The towns, and the attacks on oak."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self._root, self._stack = root, stack
        self.oak, self.ash, self._mute = self._found("oak"), self._found("ash"), self._found("mute")
        self._villains = {mode: self._found(f"v-{mode}") for mode in MODES}
        for town in (self.oak, self.ash):
            town.start()
        befriend(self.oak, self.ash)
        for number in range(4, PAYERS):
            self.oak.ask("member.add", handle=f"m{number}", name="Mitglied")
        self._mute.start(*self._villains.values())
        for town in (self._mute, *self._villains.values()):
            town.ask("member.add", handle="m0", name="Mitglied")
            introduce(self.oak, town)
        self._mute.stop()

    def _found(self, name: str) -> Town:
        town = Town(self._root, name)
        self._stack.callback(town.clean_up)
        return town

    @contextmanager
    def peace(self) -> Iterator[None]:
        """Nothing happens besides."""
        yield

    @contextmanager
    def packed(self) -> Iterator[None]:
        """A gibibyte packed into one mebibyte, again and again."""
        with crowd(self.oak.port, 0) as seen:
            until(lambda: "415:" in seen.bombs, "the first of them")
            yield

    @contextmanager
    def slow(self) -> Iterator[None]:
        """A thousand connections that send a byte now and then, and the packed gibibytes."""
        with crowd(self.oak.port) as seen:
            until(lambda: seen.made >= SLOW, "the crowd")
            yield

    @contextmanager
    def servers(self) -> Iterator[None]:
        """Each kind of bad server in the place of a peer, with a payment that waits for it."""
        with hostile({mode: town.port for mode, town in self._villains.items()}) as seen:
            for place, town in enumerate(self._villains.values()):
                self._send(town, UNANSWERED + place)
            self._wake()
            until(lambda: all(seen[mode] for mode in MODES if mode not in PATIENT), "every one of them asked")
            yield

    def _wake(self) -> None:
        """Peers that were away for long are asked seldom; a node that starts anew asks at once."""
        self.oak.stop()
        self.oak.start()
        until(lambda: line_state(self.oak, self.ash) == "open", "the honest line")

    @contextmanager
    def unanswered(self) -> Iterator[None]:
        """Ten thousand orders to a ring that takes every question and never answers."""
        with hostile({"silence": self._mute.port}):
            for number in range(UNANSWERED):
                self._send(self._mute, number)
            yield

    def _send(self, town: Town, number: int) -> None:
        """An order that nobody will answer; never of the honest member, who may have five under way."""
        self.oak.ask(
            "pay", from_=f"m{2 + number % (PAYERS - 2)}", to=f"m0@{town.address}", amount_seconds=1, memo="",
            payment_id=payment_id(FLOOD_FIRST + number),
        )  # fmt: skip


def _figures(name: str, honest: Honest, attack: Attack, oak: Town) -> Iterator[Figure]:
    logger.info("now: %s", name)
    with attack():
        taken = honest.pay()
    for kind, seconds in zip(("at home", "abroad"), taken, strict=True):
        high = statistics.quantiles(seconds, n=20)[-1]
        what, beside = f"p95 of payments {kind}, {name}", {"p50 ms": statistics.median(seconds) * 1_000}
        yield Figure("P13", what, high * 1_000, "ms", P95_MOST_SECONDS * 1_000, False, beside)
    most = most_memory_bytes(oak.pid) / MIB
    yield Figure("P13", f"most memory of the node, {name}", most, "MiB", MEMORY_MOST_MIB, False)


def _measure(root: Path) -> list[Figure]:
    with ExitStack() as stack:
        siege = Siege(root, stack)
        honest = Honest(siege.oak, siege.ash)
        attacks: dict[str, Attack] = {
            "in peace": siege.peace, "packed gibibytes": siege.packed, f"{SLOW:,} slow connections": siege.slow,
            f"{len(MODES)} hostile servers": siege.servers, f"{UNANSWERED:,} orders unanswered": siege.unanswered,
            "in peace again": siege.peace,
        }  # fmt: skip
        return [figure for name, attack in attacks.items() for figure in _figures(name, honest, attack, siege.oak)]


async def measure(root: Path) -> list[Figure]:
    """P13; what it drives are processes, so it needs no loop of its own."""
    return await asyncio.to_thread(_measure, root)
