# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day on which one ring, or two together, lies: what the honest ones keep, and what an audit of all logs says."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace

from ringtausch_node.bootstrap import Ring
from ringtausch_node.ledger import service as ledger
from ringtausch_protocol.audit.findings.codes import Level
from tests.audit.exports import Export, audited, export
from tests.simulation.chance import Options
from tests.simulation.checks import Witness, settled
from tests.simulation.loop import Life
from tests.simulation.lying.histories import ForksHisLog, RunsTwice
from tests.simulation.lying.liars import Claims, Equivocates, Invents, Jams, Liar, SwapsTheDecider
from tests.simulation.lying.wires import Hides, Replays, Thief, TwoStories
from tests.simulation.network import Call
from tests.simulation.people import People
from tests.simulation.story import decided, faults_in
from tests.simulation.trouble import Trouble
from tests.simulation.world import Node, World

LIARS: tuple[type[Liar], ...] = (
    Equivocates, Invents, Claims, SwapsTheDecider, Jams, TwoStories, Thief, Hides, Replays, ForksHisLog, RunsTwice,
)  # fmt: skip
#: Lies are told on good days too; what old copies and lost power do is played on other days.
NOT_HERE = frozenset({"power", "disk", "restore"})
#: How often two lie together, and from how many rings on: two honest ones must be left to trade.
PAIRS, PAIRS_FROM = 0.5, 4
#: After the last trouble the liars stay so long, in virtual seconds, and then they are gone.
STAYING_SECONDS = 60.0


class LyingDay:
    """Who lies how, and what became of it."""

    def __init__(self, world: World, options: Options, kind: type[Liar]) -> None:
        self.world, self.options, self.kind = world, options, kind
        chance = random.Random(f"liars-{options.seed}")
        count = 2 if chance.random() < PAIRS and len(options.rings) >= PAIRS_FROM else 1
        names = frozenset(chance.sample(options.rings, count))
        self.liars = {name: kind(world, name, names - {name}, chance) for name in sorted(names)}
        self.honest = [name for name in options.rings if name not in names]
        self.people, self.witness = People(world, options), Witness(world)
        self.witness.liars = frozenset(f"{name}.example" for name in names)
        self._trouble = Trouble(world, options, self.people, self.witness)
        self.settled = 0
        self.ends: Counter[str] = Counter()
        self.codes: list[tuple[str, str]] = []
        world.after_commit, world.on_open, world.network.heard = self._committed, self._opened, self._heard

    @property
    def lies(self) -> int:
        """How often a liar lied."""
        return sum(liar.lies for liar in self.liars.values())

    def _committed(self, node: Node) -> None:
        if node.name in self.honest:
            self.witness(node)

    def _opened(self, node: Node, ring: Ring) -> None:
        if node.name in self.liars:
            self.liars[node.name].bend(node, ring)

    def _heard(self, call: Call) -> None:
        for liar in self.liars.values():
            liar.hear(call)

    async def play(self) -> None:
        """A day, the liars go, the honest ones heal, and everything is looked at."""
        self._trouble.begin()
        for name in self.options.rings:
            self.world.spawn_boot(name)
        await self.people.live()
        await self._trouble.end()
        self.world.calm()
        await asyncio.sleep(STAYING_SECONDS)
        logs = await self._end_liars()
        await self.people.open_lines()
        await decided(self.world)
        await self._check_books()
        for name in self.honest:
            logs += await self._logs_of(name)
        self._judge(logs)
        await self.world.close()

    async def _logs_of(self, name: str) -> list[Export]:
        folder = self.world.folder(self.world.nodes[name])
        return await self.world.ask(name, lambda ring: export(ring, folder, name))

    async def _end_liars(self) -> list[Export]:
        """They show their logs, and are gone for good."""
        shown: list[Export] = []
        for name, liar in self.liars.items():
            node = self.world.nodes[name]
            await node.up.wait()
            if node.ring is not None:
                shown += liar.logs(await self._logs_of(name))
        for name in [name for name in self.world.nodes if name not in self.honest]:
            node = self.world.nodes[name]
            if node.ring is not None:
                ring, node.ring = node.ring, None
                await self.world.spawn(node, ring.close())
            del self.world.nodes[name]
            self.world.loop.dead.add(node.life)
            node.life = Life(name, node.life.number + 1)  # nothing brings it back
        self.world.pairs = [pair for pair in self.world.pairs if set(pair) <= set(self.honest)]
        return shown

    async def _check_books(self) -> None:
        """Each honest ring sums to zero and checks out; honest neighbours agree. Lines were watched at every commit."""
        books: dict[str, int] = {}
        for name in self.honest:
            found = await self.world.ask(name, lambda ring: ring.store.read(lambda tx: faults_in(ring, tx)))
            assert [] == found, f"{name}, seed {self.options.seed}"
            totals = await self.world.ask(name, lambda ring: ring.store.read(ledger.totals))
            assert totals.sum_seconds == 0, f"{name}, seed {self.options.seed}"
            for peer in await self.world.ask(name, lambda ring: ring.federation.peers()):
                other = peer.address.partition(".")[0]
                if other in self.honest:
                    assert (0, 0, None) == (peer.held_in, peer.held_out, peer.reason), f"{name} and {other}"
                    books[f"{name}>{other}"] = peer.clearing_seconds
        for pair, seconds in books.items():
            one, other = pair.split(">")
            assert seconds == -books[f"{other}>{one}"], f"{pair}, seed {self.options.seed}"
        assert [] == self.world.complaints, self.world.complaints[:3]
        assert [] == self.world.failures()
        self.settled = settled(self.world, books)

    def _judge(self, logs: list[Export]) -> None:
        """No honest ring is accused, and each liar is named whose lies a log can show."""
        names = {log.ring_id: log.name for log in logs}
        found = [each for each in audited(*logs).findings if each.level is Level.FINDING]
        self.codes = sorted({(each.code, names.get(each.place.ring, each.place.ring)) for each in found})
        accused = {name for _, name in self.codes}
        assert accused <= set(self.liars), f"an honest ring is accused: {self.codes}, liars {sorted(self.liars)}"
        if self.kind.hidden is None:
            silent = {name for name, liar in self.liars.items() if liar.lies and name not in accused}
            assert not silent, f"nobody names {silent}, who lied: {self.codes}"


def kind_of(seed: int) -> type[Liar]:
    """Who lies on the day of a seed: each kind in turn."""
    return LIARS[seed % len(LIARS)]


def options_of(seed: int, off: frozenset[str] = frozenset()) -> Options:
    """Those of a seed, without what is not played here."""
    return replace(Options.of(seed, off | NOT_HERE), has_bytes=False)
