# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is played: who has a line to whom and how wide, who pays whom when, which rings are away. Pure, from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import exp
from typing import NamedTuple

from ringtausch_node.payments.proposals import STEP_SECONDS, YEAR_SECONDS, Figures, propose
from tests.federation_run.table import DAYS_OBSERVED, Ring, by_nearness

HOUR, DAY = 3_600, 86_400
#: Each ring looks for so many partners; more lines would be thinner, because the rule bounds their sum.
NEIGHBOURS = 4
#: How unlike amounts are (sigma of a lognormal draw, as in the demo's month), and their least step.
AMOUNT_SPREAD, AMOUNT_STEP_SECONDS = 0.6, 900
#: Real activity is multiplied by this, and by a draw between the two bounds: a week's payments lie in a day.
ACTIVITY, ACTIVITY_BOUNDS = 5.0, (0.8, 1.25)
#: How many nodes are away at any time.
AWAY_SHARE = 0.05
#: How long an absence lasts (weight, shortest, longest): a restart, a night, a disk that somebody must replace.
ABSENCES = ((0.6, 300, 4 * HOUR), (0.3, 4 * HOUR, 16 * HOUR), (0.1, DAY, 3 * DAY))


class Line(NamedTuple):
    """An agreement of two rings; each may owe the other as much."""

    one: str
    other: str
    limit_seconds: int


class Wish(NamedTuple):
    """A member of one ring wants to pay a member of another, or of the same."""

    number: int
    at: float
    payer: str
    payee: str
    amount_seconds: int

    @property
    def is_across(self) -> bool:
        """Whether it goes to another ring."""
        return self.payer != self.payee


class Absence(NamedTuple):
    """A node that is not there for a while."""

    ring: str
    at: float
    seconds: float


class Plan(NamedTuple):
    """One run. `factor`: by how much real activity is multiplied."""

    seed: int
    across: float
    days: float
    factor: float
    wishes: list[Wish]
    absences: list[Absence]


def draw(rings: Sequence[Ring], seed: int, across: float, days: float) -> Plan:
    """The same seed gives the same plan; with another share of payments across, the same rings are away."""
    factor = ACTIVITY * random.Random(f"factor-{seed}").uniform(*ACTIVITY_BOUNDS)
    return Plan(seed, across, days, factor, _wishes(rings, seed, across, days, factor), _absences(rings, seed, days))


# -- lines -----------------------------------------------------------------------------------------------------------


def lines_of(rings: Sequence[Ring]) -> list[Line]:
    """Each ring and its nearest, as wide as both can grant by za:rt's rule; a line below the rule's step is none."""
    rules = {ring.name: rule_seconds(ring) for ring in rings}
    able = [ring for ring in rings if rules[ring.name]]
    pairs = {
        tuple(sorted((ring.name, near.name))) for ring in able for near in by_nearness(ring, able)[:NEIGHBOURS]
    }  # fmt: skip
    beside = {
        ring.name: sum(rules[each] for pair in pairs if ring.name in pair for each in pair if each != ring.name)
        for ring in able
    }
    found = [Line(one, other, _limit(rules, beside, one, other)) for one, other in sorted(pairs)]
    return [line for line in found if line.limit_seconds]


def rule_seconds(ring: Ring) -> int:
    """What a ring may owe and be owed in all: the product's own rule, on a year as lively as the time observed.

    The table does not say how much was created; it is taken as large enough, so a tenth of the turnover binds. Where
    more hours were taken back than given, nothing was turned over.
    """
    turnover = int(max(0.0, ring.hours) * HOUR * YEAR_SECONDS / DAY / DAYS_OBSERVED)
    return propose(ring.name, Figures(turnover, turnover, 0, 0)).rule_seconds


def _limit(rules: dict[str, int], beside: dict[str, int], one: str, other: str) -> int:
    """A ring shares what it may grant among its partners by their size; the smaller share of the two counts."""
    share = min(rules[one] * rules[other] // beside[one], rules[one] * rules[other] // beside[other])
    return share // STEP_SECONDS * STEP_SECONDS


# -- payments --------------------------------------------------------------------------------------------------------


def _wishes(rings: Sequence[Ring], seed: int, across: float, days: float, factor: float) -> list[Wish]:
    chance = random.Random(f"wishes-{seed}")
    lively = [ring for ring in rings if ring.exchanges]
    abroad = {ring.name: _abroad(ring, lively) for ring in lively}
    count = round(sum(ring.exchanges for ring in lively) / DAYS_OBSERVED * days * factor)
    payers = chance.choices(lively, [ring.exchanges for ring in lively], k=count)
    found = [_wish(chance, payer, abroad[payer.name], across, days) for payer in payers]
    return [wish._replace(number=number) for number, wish in enumerate(sorted(found, key=lambda wish: wish.at))]


def _abroad(ring: Ring, lively: Sequence[Ring]) -> tuple[list[str], list[float]]:
    """Whom the members of a ring pay elsewhere: who is lively and near."""
    near = by_nearness(ring, lively)
    return [other.name for other in near], [other.exchanges / rank for rank, other in enumerate(near, 1)]


def _wish(
    chance: random.Random, payer: Ring, abroad: tuple[list[str], list[float]], across: float, days: float
) -> Wish:
    """All numbers are drawn whether they are used or not, so that more payments across change nothing else."""
    at, is_across, luck = chance.uniform(0, days * DAY), chance.random() < across, chance.random()
    spread = exp(chance.gauss(0, AMOUNT_SPREAD) - AMOUNT_SPREAD**2 / 2)
    steps = max(1, round(payer.hours * HOUR / payer.exchanges * spread / AMOUNT_STEP_SECONDS))
    names, weights = abroad
    payee = random.Random(luck).choices(names, weights)[0] if is_across and names else payer.name
    return Wish(0, at, payer.name, payee, steps * AMOUNT_STEP_SECONDS)


# -- absences --------------------------------------------------------------------------------------------------------


def _absences(rings: Sequence[Ring], seed: int, days: float) -> list[Absence]:
    """Whenever one comes back, another goes: always the same number is away."""
    chance = random.Random(f"absences-{seed}")
    away: dict[str, float] = {}
    found: list[Absence] = []
    ends = [0.0] * round(len(rings) * AWAY_SHARE)
    while ends and (at := min(ends)) < days * DAY:
        away = {name: until for name, until in away.items() if until > at}
        name = chance.choice([ring.name for ring in rings if ring.name not in away])
        seconds = min(_absence_seconds(chance), days * DAY - at)
        found.append(Absence(name, at, seconds))
        away[name] = ends[ends.index(at)] = at + seconds
    return found


def _absence_seconds(chance: random.Random) -> float:
    ((_, least, most),) = chance.choices(ABSENCES, [weight for weight, _, _ in ABSENCES])
    return chance.uniform(least, most)
