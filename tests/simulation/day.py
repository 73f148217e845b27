# SPDX-License-Identifier: AGPL-3.0-or-later
"""One day in a world, from its seed: people and trouble, healing, the final account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView, PayRequest
from tests.simulation.chance import MEMBERS, Options
from tests.simulation.checks import Witness, settled
from tests.simulation.people import People
from tests.simulation.story import audit, copied, ended, fast_folder, heal, lay_out, payment_id, quiet
from tests.simulation.trouble import Trouble
from tests.simulation.world import World

FINAL = ("paid", "refused", "cancelled")
#: Number of the payments that fill a line to the last second, and one second more.
EXACT, ABOVE = 30_000, 30_001
#: With more rings each has two neighbours on either side instead of a line to everybody.
NEIGHBOURS = 2


class Day:
    """Who pays whom, what was promised to them, and how it ended."""

    def __init__(self, world: World, options: Options) -> None:
        self.world, self.options = world, options
        self.people, self.witness = People(world, options), Witness(world)
        self._trouble = Trouble(world, options, self.people, self.witness)
        self.ends: Counter[str] = Counter()
        self.settled = 0

    async def play(self) -> None:
        """Trouble, then healing, then the final account."""
        self._trouble.begin()
        for name in self.options.rings:
            self.world.spawn_boot(name)
        await self.people.live()
        await self._trouble.end()
        self.world.calm()
        await self.people.open_lines()
        await heal(self.world)
        await self._check_promises()
        await self._fill_a_line()
        books = await audit(self.world)
        self.settled = settled(self.world, books)
        await self.world.close()

    async def _check_promises(self) -> None:
        """Whoever was told that a payment is under way finds it ended; the others find it ended or never begun."""
        for number in range(self.options.wishes):
            views = [view for name in self.options.rings if (view := await self._view(name, number)) is not None]
            if number in self.people.acknowledged:
                assert len(views) == 1, f"payment {number} is lost"
            for view in views:
                assert view.state in FINAL, f"payment {number} is {view.state}"
                self.ends[view.state] += 1

    async def _view(self, name: str, number: int) -> PaymentView | None:
        """How the payer's ring shows it."""
        try:
            view = await self.world.ask(name, lambda ring: ring.payments.get(payment_id(number), OPERATOR))
        except LocalError as error:
            if error.code != "not_found":
                raise
            return None
        return None if "@" in view.from_ else view

    async def _fill_a_line(self) -> None:
        """A second more than a line can carry is not taken; exactly what it can carry is, by both rings."""
        payer, payee = self.world.pairs[self.options.seed % len(self.world.pairs)]
        line = await self._line(payer, payee)
        room = line.limit_out - line.clearing_seconds
        if room < 1:
            return
        await self.world.ask(payer, lambda ring: ring.members.add("rich", "Mitglied", min_seconds=-2 * room))
        await self.world.ask(payee, lambda ring: ring.members.add("pot", "Mitglied", max_seconds=2 * room))
        assert await self._fill(payer, payee, ABOVE, room + 1) == "no_capacity", f"{payer} to {payee}: more than {room}"
        assert await self._fill(payer, payee, EXACT, room) == "paid", f"{payer} to {payee}: not the {room} that fit"
        await quiet(self.world)

    async def _fill(self, payer: str, payee: str, number: int, seconds: int) -> str:
        """-> how it ended, or the code with which it was not even taken."""
        request = PayRequest(payment_id(number), "rich", f"pot@{payee}.example", seconds, "Rasen")
        try:
            await self.world.ask(payer, lambda ring: ring.payments.pay(request, OPERATOR))
        except LocalError as error:
            return error.code
        view = await ended(self.world, payer, number)
        return view.code or view.state

    async def _line(self, one: str, other: str) -> PeerView:
        return await self.world.ask(one, lambda ring: ring.federation.view(f"{other}.example"))


def pairs_of(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Who has a line to whom, each pair once."""
    steps = range(1, min(NEIGHBOURS, len(names) // 2) + 1)
    found = {tuple(sorted((names[at], names[(at + step) % len(names)]))) for at in range(len(names)) for step in steps}
    return sorted((one, other) for one, other in found)


@contextmanager
def templates() -> Iterator[Path]:
    """A folder in memory for the towns of each size, made when first asked for."""
    with fast_folder() as root:
        yield root


def template(root: Path, names: tuple[str, ...]) -> Path:
    """The folder of closed towns of these names, made when first asked for."""
    place = root / str(len(names))
    if not place.exists():
        place.mkdir()
        lay_out(place, names, MEMBERS, pairs_of(names))
    return place


def play_seed(root: Path, seed: int, off: frozenset[str] = frozenset()) -> Day:
    """Play one seed; `root`: of `templates`. Raises AssertionError with the options where something does not hold."""
    options = Options.of(seed, off)
    has_disk = not options.kinds.isdisjoint({"power", "disk"})
    place, has_bytes = template(root, options.rings), options.has_bytes
    with copied(place, seed, options.rings, has_disk=has_disk, has_bytes=has_bytes) as world:
        world.pairs, world.spacing_seconds = pairs_of(options.rings), options.spacing_seconds
        day = Day(world, options)
        try:
            world.run(day.play())
        except AssertionError as error:
            first = world.complaints[:1]  # what came later may only follow from it
            kind = AssertionError if first else type(error)
            raise kind("\n".join(map(str, (*first, error, options, *world.failures()[:3])))) from error
        finally:
            day.witness.close()
        return day
