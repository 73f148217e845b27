# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring lets a debtor of its own owe its creditor instead, and the operators of both say yes or no (SPEC.md 7.16)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.assigning import Assigned as Done
from ringtausch_node.federation.assigning import AssignmentView
from tests.simulation.assigned import Assigned, Moved, Word, short
from tests.simulation.chance import Options
from tests.simulation.loop import Life
from tests.simulation.nodes import Killed
from tests.simulation.people import DAY_SECONDS
from tests.simulation.world import World

#: What may come of asking: nobody agreed yet, no room, no way, somebody is away, an operator was faster.
ANSWERED = {
    "not_agreed", "assignment_declined", "no_taker", "claim_turned", "no_capacity", "too_many_holds", "no_route",
    "next_hop_down", "paused", "busy", "recovering", "superseded", "replaced", "clock_doubtful", "storage_failed",
    "nothing_asked", "deadline_passed", "deadline_too_long", "deadline_too_short", "not_found", "unknown_peer",
    "card_unknown",  # the third ring has not heard of the leaver's newest card yet
}  # fmt: skip
#: Claims that are offered on one day; how often each; and how long operators let each other wait.
DEALS, TRIES, WAIT_SECONDS = 4, 6, (1.0, 10.0)
#: How long an operator thinks about what he has read, at most: he may be asked something else meanwhile.
THINKS_SECONDS = 3.0
#: Into how many parts a claim is cut: people pay meanwhile, and the whole of it may be gone.
PARTS = (1, 2, 2, 3)
#: How likely an operator agrees that his ring comes to owe another, and that another comes to owe it; says yes after
#: all to what he has declined; and lets it be when it is done.
TAKES, TRUSTS, AFTER_ALL, ENOUGH = 0.75, 0.55, 0.3, 0.5


class Deal(NamedTuple):
    """What is open between `leaver` and `partner` shall go to `to`: so much of it."""

    leaver: str
    partner: str
    to: str
    moved: Moved

    @property
    def asked(self) -> tuple[str, str]:
        """Whose operators must agree."""
        return self.moved.debtor, self.moved.creditor


async def assign(moved: Moved, ring: Ring) -> Done:
    """What the leaver's operator types. Raises LocalError."""
    _, debtor, creditor, amount_seconds = moved
    return await ring.assigning.assign(f"{creditor}.example", f"{debtor}.example", amount_seconds)


class Assigning:
    """The operators of all rings, on one day."""

    def __init__(self, world: World, options: Options, assigned: Assigned) -> None:
        self._world, self._options, self.assigned = world, options, assigned

    async def live(self) -> None:
        """Some offers at their hours, whatever else goes wrong."""
        await asyncio.gather(*(self._one(number) for number in range(DEALS)))

    async def _one(self, number: int) -> None:
        chance = random.Random(f"assigning-{self._options.seed}-{number}")
        await asyncio.sleep(chance.uniform(DAY_SECONDS / 6, DAY_SECONDS))
        leaver = chance.choice(self._options.rings)
        for _ in range(TRIES):
            deals = await self.deals(leaver)
            if deals and await self.hand_over(chance.choice(deals), chance):
                return
            await asyncio.sleep(chance.uniform(*WAIT_SECONDS))

    async def deals(self, leaver: str) -> list[Deal]:
        """What this ring could hand over by its own books, all of it; nothing while it cannot be asked."""
        try:
            view = await self._world.ask(leaver, lambda ring: ring.winding_down.view())
        except (Killed, LocalError):
            return []
        found = []
        for claim in view.claims:
            for taker in claim.takers:
                partner, to = short(claim.address), short(taker.address)
                debtor, creditor = (to, partner) if claim.we_owe_seconds > 0 else (partner, to)
                found.append(Deal(leaver, partner, to, Moved(leaver, debtor, creditor, taker.amount_seconds)))
        return found

    async def hand_over(self, deal: Deal, chance: random.Random) -> bool:
        """Offer it, or a part, until it is done or nobody wants to try any more; False: it is not there by now."""
        part = max(1, deal.moved.amount_seconds // chance.choice(PARTS))
        deal = deal._replace(moved=deal.moved._replace(amount_seconds=part))
        for _ in range(TRIES):
            code = await self._offer(deal)
            self._world.seen[f"claim: {code}"] += 1
            if code in ("no_taker", "claim_turned"):
                return False
            if code == "done" and chance.random() < ENOUGH:  # else the same again, which needs another word
                return True
            await asyncio.sleep(chance.uniform(*WAIT_SECONDS))
            for name in deal.asked:
                await self._look(name, chance)
        return True

    async def _offer(self, deal: Deal) -> str:
        """-> what the operator hears, or that his ring died before he heard anything."""
        lives = self._lives(deal)
        try:
            done = await self._world.ask(deal.leaver, partial(assign, deal.moved))
        except Killed:
            return "no answer"
        except LocalError as error:
            return _known(error)
        finally:
            self._world.seen["died while a claim changed hands"] += lives != self._lives(deal)
        if done.is_done:
            self._world.seen["claim handed over"] += 1
            self.assigned.done[deal.moved] += 1  # and nothing else, though people paid meanwhile (seed 751)
        return "done" if done.is_done else "under way"

    def _lives(self, deal: Deal) -> list[Life]:
        return [self._world.nodes[name].life for name in deal.moved[:3]]

    async def _look(self, name: str, chance: random.Random) -> None:
        """An operator reads what he is asked, and says yes or no."""
        for view in await self._asked(name):
            is_new = view.state == "asked"
            if is_new or (view.state == "declined" and chance.random() < AFTER_ALL):
                agrees = not is_new or chance.random() < (TAKES if view.we_owe else TRUSTS)
                await asyncio.sleep(chance.uniform(0.0, THINKS_SECONDS))
                try:
                    await self._world.ask(name, partial(self._answer, name, view, agrees))
                except Killed:
                    continue
                except LocalError as error:
                    _known(error)

    async def _asked(self, name: str) -> Iterable[AssignmentView]:
        try:
            return await self._world.ask(name, lambda ring: ring.assigning.asked())
        except (Killed, LocalError):
            return ()

    async def _answer(self, name: str, view: AssignmentView, agrees: bool, ring: Ring) -> None:
        """His word counts from the moment that he gives it, whether he hears that it was taken or not."""
        said = self.assigned.yes[Word(name, short(view.leaver), short(view.other), view.we_owe)]
        said += [view.amount_seconds] * agrees
        try:
            await ring.assigning.answer(view.leaver, view.other, view.amount_seconds, agrees=agrees)
        except LocalError as error:  # he was asked something else meanwhile, or his ring takes no word just now
            if agrees and error.code != "storage_failed":  # then nobody knows: it may be on the disk (seed 4611)
                said.remove(view.amount_seconds)
            raise


def _known(error: LocalError) -> str:
    """Raises what no operator should ever read."""
    if error.code not in ANSWERED:
        raise error
    return error.code
