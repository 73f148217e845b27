# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring winds down: its lines end, each claim goes to another ring or home, and only then it says that all is over."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.agreement.stopping import announce
from ringtausch_node.federation.reset.records import load_epochs
from ringtausch_node.federation.winding_down import ClaimView
from tests.simulation.assigning import Assigning
from tests.simulation.chance import Options
from tests.simulation.evening.handing_over import HandingOver
from tests.simulation.evening.office import Office
from tests.simulation.nodes import Killed
from tests.simulation.trouble import Trouble
from tests.simulation.world import World

#: Number of the first payment.
PAYMENTS = 41_000
#: A word to a neighbour, its answer, and what both sign in the end; with deaths on the way.
HEARD_SECONDS = 900.0
#: How a payment that an ended line may not carry is refused, by the payer's ring or by the payee's.
NOT_CARRIED = {"line_ended", "no_capacity", "no_route", "winding_down"}


#: How likely the end was announced by a program that tells nobody.
OLDER = 0.25


class Stopping:
    """One ring of the day."""

    def __init__(self, world: World, options: Options, assigning: Assigning, trouble: Trouble) -> None:
        self._world = world
        chance = random.Random(f"stopping-{options.seed}")
        self._name, self._is_older = chance.choice(options.rings), chance.random() < OLDER
        self._office = Office(world, options, PAYMENTS)
        self._hands_over = HandingOver(world, options, self._name, assigning, trouble)
        self._is_handing_over = "handing over" in options.evening

    async def wind_down(self) -> None:
        """From the announcement to the certificate."""
        name, world = self._name, self._world
        if self._is_handing_over:
            await self._hands_over.owe()
        with self._office.deaths("stopping"):
            await self._announce()
            world.stopped.add(name)
            await self._cannot_close_yet()
            if self._is_handing_over:
                await self._hands_over.hand_over()
            for claim in await self._claims():
                partner = claim.address.partition(".")[0]
                await world.until(partial(self._hears, partner), HEARD_SECONDS, f"{partner} is not told the end")
                await self._bring_home(partner, claim.we_owe_seconds)
                await self._stays_ended(claim.address)
            await world.until(self._is_over, HEARD_SECONDS, f"{name} does not get to an end")
        await self._is_signed_by_both()
        closed = await world.insist(name, lambda ring: ring.winding_down.close())
        assert closed.document is not None
        world.seen["ring wound down"] += 1

    async def _claims(self) -> list[ClaimView]:
        view = await self._world.insist(self._name, lambda ring: ring.winding_down.view())
        assert not [claim for claim in view.claims if claim.state == "open"], view
        return view.claims

    async def _cannot_close_yet(self) -> None:
        """While anybody owes anybody."""
        if not any(claim.we_owe_seconds for claim in await self._claims()):
            return
        code = await self._refusal(lambda ring: ring.winding_down.close())
        assert code == "claims_left", f"{self._name} closed with claims: {code}, seed {self._world.seed}"

    async def _stays_ended(self, address: str) -> None:
        code = await self._refusal(lambda ring: ring.federation.set_line(address, "open"))
        assert code == "line_ended", f"an ended line was opened again: {code}, seed {self._world.seed}"

    async def _refusal(self, question: Callable[[Ring], Coroutine[Any, Any, Any]]) -> str | None:
        try:
            await self._world.insist(self._name, question)
        except LocalError as error:
            return error.code
        return None

    async def _announce(self) -> None:
        """On some days by a program that could not tell partners yet; the next one does."""
        name, world = self._name, self._world
        if not self._is_older:
            await world.insist(name, lambda ring: ring.winding_down.begin())
            return
        await world.insist(name, lambda ring: ring.store.write(lambda tx: announce(tx, ring.clock.now())))
        for claim in (await world.insist(name, lambda ring: ring.winding_down.view())).claims:
            await world.insist(name, partial(_end, claim.address))
        await world.insist(name, lambda ring: ring.winding_down.tell())

    async def _hears(self, partner: str) -> bool:
        """That this line ends, and that the ring stops."""
        line = await self._office.line(partner, self._name)
        return line.state == "ended" and line.stops_since is not None

    async def _bring_home(self, partner: str, we_owe_seconds: int) -> None:
        """Who is owed pays it: exactly that, not a second more, and nothing the other way."""
        payer, payee = (partner, self._name) if we_owe_seconds > 0 else (self._name, partner)
        owed, where = abs(we_owe_seconds), f"{payer} to {payee}, seed {self._world.seed}"
        assert await self._office.pay(payee, payer, 1) in NOT_CARRIED, f"an ended line took a new debt: {where}"
        assert await self._office.pay(payer, payee, owed + 1) in NOT_CARRIED, f"more than {owed} went home: {where}"
        if owed:
            state = await self._office.pay(payer, payee, owed)
            assert state == "paid", f"{owed} did not go home: {state}, {where}"

    async def _is_over(self) -> bool:
        with suppress(Killed):
            return (await self._world.ask(self._name, lambda ring: ring.winding_down.view())).is_over
        return False

    async def _is_signed_by_both(self) -> None:
        """The last word of each line: nothing is owed, and both rings have signed it."""
        for claim in await self._claims():
            line = await self._office.line(self._name, claim.address.partition(".")[0])
            said = line.statement
            if said is not None and said.is_final and said.state == "signed":
                assert (True, 0) == (said.document is not None, said.said.we_owe_seconds), f"{line}"
            else:  # what both signed last may be that they begin anew at zero
                opening = await self._world.insist(self._name, partial(_opening, claim.address))
                assert opening == 0, f"{claim.address} has not signed the end of its line, seed {self._world.seed}"
            assert line.clearing_seconds == 0, f"{line}"


async def _opening(address: str, ring: Ring) -> int | None:
    """The balance over which both have signed that a line begins anew; None where they did not."""
    line = ring.federation.lines.agreed(address)
    epochs = await ring.store.read(partial(load_epochs, peer=line.peer.id))
    begun = next((row for row in epochs if row.epoch == line.names.epoch), None)
    return None if begun is None or begun.document is None else begun.opening_seconds


async def _end(address: str, ring: Ring) -> None:
    """Asked again where nobody heard the answer: then the line is ended already (seed 6146)."""
    try:
        await ring.federation.set_line(address, "ended")
    except LocalError as error:
        if error.code != "line_ended":
            raise
