# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debts that the run has made, netted in the end: what the rings free by themselves, and what could be freed at all."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import msgspec

from ringtausch_node.federation.netting.circles import find_circles
from ringtausch_node.federation.routes.adverts import CHANGED_SECONDS
from tests.federation_run.books import Books
from tests.federation_run.circulation import Bound, Debts, bound, most
from tests.federation_run.postman import Postman
from tests.simulation.world import World

#: Daily runs that follow each other; what the first leaves for want of room or knowledge, a later one may find.
ROUNDS_MAX = 6
#: Rings of a circle for which a bound is printed: what the protocol can walk, and half as many again.
LENGTHS = (4, 6)


class Netted(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. owed, left: the sum of all debts before and after netting; rounds: what is left after each daily run.

    in_circles: what circles of up to four rings could end if every debt were known to all. bounds: what circles of at
    most so many rings could end at all, and most_seconds: of any number. least: what must be owed whatever is
    netted, because some rings have given more than they took. debts: creditor, debtor, seconds before netting.
    """

    owed_seconds: int
    left_seconds: int
    rounds: list[int]
    walked: int
    refused: int
    in_circles_seconds: int
    bounds: list[Bound]
    most_seconds: int
    least_seconds: int
    debts: list[tuple[str, str, int]]


async def net_all(world: World, books: Books, postman: Postman) -> Netted:
    """Let each ring walk the circles that are its to begin, as once a day, until that frees nothing more."""
    before = books.debts()
    rounds, walked, refused = [sum_of(before)], 0, 0
    while len(rounds) <= ROUNDS_MAX:
        await asyncio.sleep(CHANGED_SECONDS + 1)
        await postman.go_round()
        for name in [name for name in world.nodes if books.of(name).debts]:
            run = await world.ask(name, lambda ring: ring.federation.netting.run(only_ours=True))
            walked += sum(each.freed_seconds > 0 for each in run.walked)
            refused += sum(each.freed_seconds == 0 for each in run.walked)
        rounds.append(sum_of(books.debts()))
        if rounds[-1] == rounds[-2]:
            break
    return Netted(
        owed_seconds=rounds[0], left_seconds=rounds[-1], rounds=rounds[1:], walked=walked, refused=refused,
        in_circles_seconds=in_circles(before), bounds=[bound(before, rings) for rings in LENGTHS],
        most_seconds=most(before), least_seconds=least(before), debts=listed(before),
    )  # fmt: skip


def listed(debts: Debts) -> list[tuple[str, str, int]]:
    """Creditor, debtor, seconds: so that somebody can look for circles of his own."""
    return [(one, other, owed) for one, others in debts.items() for other, owed in sorted(others.items())]


def sum_of(debts: Debts) -> int:
    """All that is owed."""
    return sum(sum(others.values()) for others in debts.values())


def in_circles(debts: Debts) -> int:
    """What circles of the product's own length end, one after the other, where every debt is known."""
    left = {one: dict(others) for one, others in debts.items()}
    for me in sorted(left):
        for circle in find_circles(left, me):
            for one, other in pairwise(circle.path):
                left[one][other] -= circle.amount_seconds
        left = {one: {other: owed for other, owed in others.items() if owed} for one, others in left.items()}
    return sum_of(debts) - sum_of(left)


def least(debts: Debts) -> int:
    """What rings owe on balance: no circle, however long, can end that."""
    net = {one: sum(others.values()) for one, others in debts.items()}
    for others in debts.values():
        for other, owed in others.items():
            net[other] -= owed
    return sum(position for position in net.values() if position > 0)
