# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring of ours on a loopback socket, and the kit that judges it there."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from unittest import mock

from ringtausch_node import peer_api
from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.clock import Clock
from ringtausch_node.config import Config
from ringtausch_node.federation.agreement import confirming
from ringtausch_protocol import canonical
from ringtausch_protocol.cards import verify_card
from ringtausch_protocol.conformance import line as kit_line
from ringtausch_protocol.conformance import sending
from ringtausch_protocol.conformance.listening import listening as kit_listening
from ringtausch_protocol.conformance.model import Heard
from ringtausch_protocol.conformance.patience import Patient
from ringtausch_protocol.conformance.playing import Send, play_all
from ringtausch_protocol.conformance.rule import Outcome, Result, Rule
from ringtausch_protocol.conformance.rules import AFTER_AGREEMENT, AFTER_STOP, AFTER_WORDS, BEFORE_WORDS
from ringtausch_protocol.conformance.stage import ONWARD, Stage
from ringtausch_protocol.requests import INVITATION_BYTES, Invitation
from ringtausch_protocol.words import peering_words
from tests.serving.wire import listening

Words = Callable[[str, str, bytes], list[str]]
Pause = Callable[[float], None]
PAYEE, SECOND_PAYEE = "alma", "berta"
#: One for what a line survives, four for fatal lies, one for the ring behind, one that ends, one that is kept, one for
#: the ring to which claims are assigned, and one for one lie more.
LINES = 10
LIMIT_SECONDS = 36_000


@dataclasses.dataclass
class Judged:
    """A running ring and the stage on which it is judged. `given`: its invitations."""

    ring: Ring
    given: Sequence[bytes]
    stage: Stage
    url: str
    send: Send

    async def judge(self, *, agrees: bool = True, carries: bool = True, stops: bool = True) -> dict[str, Result]:
        """All rules, with the words compared between. -> results by rule. What operators do is asked for each."""
        results = await asyncio.to_thread(self._play, BEFORE_WORDS)
        await self.confirm(carries=carries)
        await self.ring.checkpoints.make()
        await self.ring.store.write(self.ring.federation.ways.adverts.refresh)
        results += await asyncio.to_thread(self._play, AFTER_WORDS)
        if agrees:
            await self._agree()
        await self.ring.checkpoints.make()
        results += await asyncio.to_thread(self._play, AFTER_AGREEMENT)
        if stops:
            await self.ring.winding_down.begin()
        results += await asyncio.to_thread(self._play, AFTER_STOP)
        return {result.rule.id: result for result in results}

    async def play(self, *books: Iterable[Rule]) -> dict[str, Result]:
        """Some rules, one after the other. -> results by rule."""
        results = await asyncio.to_thread(self._play, [rule for book in books for rule in book])
        return {result.rule.id: result for result in results}

    async def confirm(self, *, carries: bool) -> None:
        """The operator compares the words, and lets payments of others pass."""
        for line in self.stage.lines:
            if line.is_agreed:
                await self.ring.federation.confirm(line.ring.address, line.words)
        for line in (line for number, line in enumerate(self.stage.lines) if carries and number in (0, ONWARD)):
            await self.ring.federation.carrying.set(line.ring.address, carries=True)

    async def _agree(self) -> None:
        """To all that the kit has asked for."""
        for each in await self.ring.assigning.asked():
            await self.ring.assigning.answer(each.leaver, each.other, each.amount_seconds, agrees=True)
        self.stage.has_agreed = True

    def _play(self, rules: Sequence[Rule]) -> list[Result]:
        return [*play_all(rules, self.stage, self.send)]


def found_oak(root: Path, address: str = "oak.example") -> None:
    """A ring that calls its neighbours on this machine."""
    found_ring(root, Config(address=address, name="Oak", net="test", allow_private_addresses=True))


@asynccontextmanager
async def judged(
    root: Path,
    words: Words = peering_words,
    count: int = LINES,
    limit_seconds: int = LIMIT_SECONDS,
    clock: Clock | None = None,
    pause: Pause = sending.wait,
) -> AsyncIterator[Judged]:
    """A new ring, served, with so many invitations given, of this room.

    `words`: how both sides work out what operators compare. `pause`: how time passes for the kit, which waits for what
    comes late; a ring that deviates need not be waited for (`at_once`).
    """
    found_oak(root)
    ring = await open_ring(root, clock=clock)
    try:
        given = [await ring.federation.invite(limit_seconds, limit_seconds) for _ in range(count)]
        async with _served(ring, words, given, clock.now if clock else sending.now) as kit:
            kit.send = Patient(kit.send, kit.stage.patience, lambda *_: None, pause)
            yield kit
    finally:
        await ring.close()


@asynccontextmanager
async def _served(ring: Ring, words: Words, given: Sequence[bytes], now: Callable[[], int]) -> AsyncIterator[Judged]:
    await ring.federation.start()
    await ring.members.add(PAYEE, "Alma")
    await ring.members.add(SECOND_PAYEE, "Berta")
    read = [canonical.parse(data, Invitation, INVITATION_BYTES) for data in given]
    heard: list[Heard] = []
    said, expected = (mock.patch.object(side, "peering_words", words) for side in (confirming, kit_line))
    with said, expected, kit_listening("127.0.0.1", 0, heard) as own:
        async with listening(peer_api.build_app(ring)) as port:
            own_url, url = (f"http://127.0.0.1:{each}" for each in (own, port))
            card = verify_card(bytes(read[0].card))
            stage = Stage(read, card, sending.chance, now, own_url, PAYEE, SECOND_PAYEE, heard=heard)
            yield Judged(ring, given, stage, url, sending.Sender(url))


def at_once(_seconds: float) -> None:
    """No time passes: what does not come at once is taken for what never comes."""


def broken(results: dict[str, Result]) -> dict[str, str]:
    """The rules that did not hold, and what came."""
    return {name: each.came for name, each in results.items() if each.outcome is Outcome.BROKEN}
