# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day with liars: what holds among the honest rings, what they lose at most, and whom the logs accuse."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.store import Tx
from tests.audit.exports import Export
from tests.simulation.assigned import Assigned
from tests.simulation.auditing import accusations, logs_of, some_of
from tests.simulation.chance import Options
from tests.simulation.checks import settled
from tests.simulation.day import Day
from tests.simulation.liars.bending import Contradicts, Invents, Jams, Overclaims, Swaps
from tests.simulation.liars.breaking import Breaks
from tests.simulation.liars.copying import RunsTwice
from tests.simulation.liars.giving_up import give_up
from tests.simulation.liars.retelling import Steals, TellsOtherwise
from tests.simulation.liars.speaking import Claims, Equivocates, Hides, Replays
from tests.simulation.liars.together import Colludes, Forks
from tests.simulation.liars.tongue import Liar
from tests.simulation.nodes import Crashed, Killed
from tests.simulation.story import DECIDING_SECONDS, HEALING_SECONDS, findings, is_decided
from tests.simulation.world import World

KINDS_OF_LIARS: Mapping[str, type[Liar]] = {
    "equivocates": Equivocates, "replays": Replays, "hides": Hides, "claims": Claims, "forks": Forks,
    "colludes": Colludes, "contradicts": Contradicts, "invents": Invents, "overclaims": Overclaims, "swaps": Swaps,
    "jams": Jams, "tells_otherwise": TellsOtherwise, "steals": Steals, "runs_twice": RunsTwice, "breaks": Breaks,
}  # fmt: skip

_UNDER_WAY = (
    "SELECT count(*) FROM order_out o JOIN peer p ON p.id = o.peer WHERE o.ended_at IS NULL AND o.purpose <> 'probe'"
    " AND p.address IN ({})"
)


class LyingDay(Day):
    """A day on which the last ring of the world lies, or the last two."""

    def __init__(self, world: World, options: Options) -> None:
        super().__init__(world, options)
        assert options.liar is not None
        names = options.rings[-(2 if options.liar == "colludes" else 1) :]
        self.liar_kind = options.liar
        self.liar = KINDS_OF_LIARS[options.liar](world, names, random.Random(f"liar-{options.seed}"))
        self._liars: set[str] = set()
        self.assigned, self.lying = Assigned(world, self.witness.put_back, names), names
        self._honest = tuple(name for name in options.rings if name not in names)

    async def play(self) -> None:
        """Trouble and lies, then the liars are gone for ever, and the others must stand as they should."""
        self.witness.liars = frozenset(f"{name}.example" for name in self.liar.names)
        lies = asyncio.ensure_future(self.liar.live())
        await self._live()
        lies.cancel()
        with suppress(asyncio.CancelledError):
            await lies
        logs = await self._leave()
        self.world.pairs = [pair for pair in self.world.pairs if set(pair) <= set(self._honest)]
        self.options = replace(self.options, rings=self._honest)
        for name in self._honest:
            await self.world.insist(name, self._go_without)
        if "assigning" in self.options.kinds:
            await give_up(self.world, self.liar.names)
        await self.people.open_lines()
        await self.world.until(lambda: is_decided(self.world), DECIDING_SECONDS, "the honest are undecided")
        await self._rest()
        await self._check_promises()
        await self._fill_a_line()
        await self._judge(logs)
        await self.world.close()

    async def _leave(self) -> list[Export]:
        """The logs of the liars as they show them; then they are never heard of again."""
        logs: list[Export] = []
        for name in self.liar.names:
            folder = self.world.folder(self.world.nodes[name])
            self._liars.add(CardFiles(folder).load().chain[-1].card.ring_id)
            if name not in self.world.shut:
                logs += await logs_of(self.world, name)
            self.world.leave(name)
        return self.liar.show(logs)

    async def _go_without(self, ring: Ring) -> None:
        """The operator of a ring that was put back from a backup says which neighbours will not come any more."""
        recovery = ring.federation.recovery
        for line in ring.federation.lines.all():
            if line.peer.address in self.witness.liars and recovery.awaits(line):
                self.world.seen["went without a liar"] += 1
                await recovery.go_without(line)

    async def _rest(self) -> None:
        await self.world.until(self._is_over, HEALING_SECONDS, "honest orders have no end")

    async def _is_over(self) -> bool:
        """Whether no order among honest rings is under way; one to a liar may be for ever."""
        addresses = ", ".join(f"'{name}.example'" for name in self._honest)

        def count(tx: Tx) -> int:
            return int(tx.one(_UNDER_WAY.format(addresses))[0])

        with suppress(Killed):
            return not sum([await self.world.ask(name, lambda ring: ring.store.read(count)) for name in self._honest])
        return False

    # -- judging -----------------------------------------------------------------------------------------------------

    async def _judge(self, logs: list[Export]) -> None:
        books: dict[str, int] = {}
        for name in self._honest:
            books |= await self._books(name)
            logs = logs + await logs_of(self.world, name)
        for pair, seconds in books.items():
            one, _, other = pair.partition(">")
            assert seconds == -books[f"{other}>{one}"], f"{one} and {other}, seed {self.world.seed}"
        assert [] == self.world.complaints, self.world.complaints[:3]
        if failures := self.world.failures():
            raise Crashed(str(failures))
        self.settled = settled(self.world, books)
        await self.assigned.check()
        self._accuse(logs)

    async def _books(self, name: str) -> dict[str, int]:
        """How a ring stands with the honest; its books are sound, and a liar owes it no more than it ever gave."""
        world = self.world
        found = await world.ask(name, lambda ring: ring.store.read(lambda tx: findings(ring, tx)))
        assert [] == found, f"{name}: {found[:3]}, seed {world.seed}"
        peers = await world.ask(name, lambda ring: ring.federation.peers())
        for peer in peers:
            if _name(peer) in self.liar.names:
                given = self.witness.most_given(name, peer.address.partition("~")[0])
                assert -peer.clearing_seconds <= given, f"{name} loses more than {given}, seed {world.seed}"
        return {f"{name}>{_name(peer)}": peer.clearing_seconds for peer in peers if _name(peer) in self._honest}

    def _accuse(self, logs: list[Export]) -> None:
        """The logs name a liar whose lie stands in one of them, and no honest ring."""
        found, liars = accusations(logs), self._liars
        accused = {each.place.ring for each in found}
        assert accused <= liars, f"an honest ring is accused: {found}, seed {self.world.seed}"
        partly = accusations(some_of(logs, self.world.seed))
        assert {each.place.ring for each in partly} <= liars, f"by some of the logs: {partly}, seed {self.world.seed}"
        if self.liar.kept:
            assert accused or self.liar.why_unseen, f"{self.liar.kept} lies and no finding, seed {self.world.seed}"
            self.world.seen["liar named" if accused else "liar not named"] += 1


def _name(peer: PeerView) -> str:
    return peer.address.partition(".")[0]
