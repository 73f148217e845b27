# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plan of a month of real time banks. Pure, and drawn with a fixed seed: every run plays the same month.

From the figures come how many members there are, how many payments, and how much one payment is on average; drawn by
lot are the names, the days, who pays whom, and which payments are large.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "data"
SEED = 2019
DAYS = 31
LEAST_PAYMENTS = 1_000
#: One payment in so many goes to another ring.
ACROSS_ONE_IN = 10
HOUR, QUARTER = 3_600, 900
#: How unlike amounts and members are (sigma of a lognormal draw): most small, a few large.
AMOUNT_SPREAD, ACTIVITY_SPREAD = 0.6, 1.0
LOWER_SECONDS, UPPER_SECONDS = -60 * HOUR, 120 * HOUR
OFFICE = "büro"


class Bank(NamedTuple):
    """The figures of a real time bank."""

    name: str
    place: str
    members: int
    days: int
    exchanges: int
    hours: int

    @property
    def hours_each(self) -> float:
        """Mean hours of one exchange."""
        return self.hours / self.exchanges


class Planned(NamedTuple):
    """One payment of the month: rings by their number, people by their handles."""

    day: int
    payer_ring: int
    payer: str
    payee_ring: int
    payee: str
    amount_seconds: int


class Wish(NamedTuple):
    """A payment before it is known who pays whom."""

    day: int
    payer_ring: int
    payee_ring: int
    amount_seconds: int


def load_banks() -> list[Bank]:
    """The figures shipped with the demo."""
    fields = ("members", "days_observed", "exchanges_in_period", "hours_in_period")
    return [
        Bank(row["timebank"], row["place"], *(int(row[field]) for field in fields)) for row in _rows("timebanks.csv")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    """A table of `data/`; lines with # say where it comes from."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def handles_of(bank: Bank) -> list[tuple[str, str]]:
    """(handle, name) of as many people as the bank has members, the office first."""
    chance = random.Random(f"{SEED} {bank.name}")  # noqa: S311 - the same month every time
    names = _rows("names.csv")
    pairs = chance.sample([(one["first"], other["last"]) for one in names for other in names], bank.members - 1)
    people = [(f"{first}.{last}".lower(), f"{first} {last}") for first, last in pairs]
    return [(OFFICE, "Büro"), *people]


def member_list(bank: Bank) -> bytes:
    """The list that the ring imports."""
    rows = [
        f"{handle};{name};{'office' if handle == OFFICE else 'member'};{LOWER_SECONDS // HOUR};{UPPER_SECONDS // HOUR}"
        for handle, name in handles_of(bank)
    ]
    return "\n".join(["handle;name;role;min;max", *rows, ""]).encode()


def month_exchanges(banks: Sequence[Bank]) -> int:
    """What the figures say of one month."""
    return round(sum(bank.exchanges * DAYS / bank.days for bank in banks))


def share(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to weights whose sum is `total` exactly (largest remainders)."""
    exact = [total * weight / sum(weights) for weight in weights]
    shares = [int(each) for each in exact]
    behind = sorted(range(len(exact)), key=lambda index: shares[index] - exact[index])
    for index in behind[: total - sum(shares)]:
        shares[index] += 1
    return shares


def draw_amounts(count: int, hours_each: float, chance: random.Random) -> list[int]:
    """Amounts in quarter hours, as seconds, whose mean is `hours_each` as exactly as quarters allow."""
    quarters = max(count, round(count * hours_each * HOUR / QUARTER))
    weights = [chance.lognormvariate(0, AMOUNT_SPREAD) for _ in range(count)]
    return [QUARTER * (1 + more) for more in share(quarters - count, weights)]


class Plan:
    """Draws the month. Keeps the balances, so that nobody is asked to pay what they may not."""

    def __init__(self, banks: Sequence[Bank], chance: random.Random) -> None:
        self._banks, self._chance = banks, chance
        self._handles = [[handle for handle, _ in handles_of(bank)[1:]] for bank in banks]
        self._activity = [
            list(accumulate(chance.lognormvariate(0, ACTIVITY_SPREAD) for _ in handles)) for handles in self._handles
        ]
        self._balances: dict[tuple[int, str], int] = {}

    def draw(self) -> list[Planned]:
        """The payments of the month in their order."""
        total = max(LEAST_PAYMENTS, month_exchanges(self._banks))
        counts = share(total, [bank.exchanges / bank.days for bank in self._banks])
        across = share(-(-total // ACROSS_ONE_IN), counts)
        wishes = [
            wish
            for ring, (count, outward) in enumerate(zip(counts, across, strict=True))
            for wish in self._wishes(ring, count, outward)
        ]
        self._chance.shuffle(wishes)
        wishes.sort(key=lambda wish: wish.day)
        return [self._fulfil(wish) for wish in wishes]

    def _wishes(self, ring: int, count: int, outward: int) -> list[Wish]:
        """What the members of one ring pay in the month; the first `outward` of it to other rings."""
        others = [other for other in range(len(self._banks)) if other != ring]
        amounts = draw_amounts(count, self._banks[ring].hours_each, self._chance)
        return [
            Wish(self._chance.randint(1, DAYS), ring, self._chance.choice(others) if number < outward else ring, amount)
            for number, amount in enumerate(amounts)
        ]

    def _fulfil(self, wish: Wish) -> Planned:
        """Find somebody who may pay that much, and somebody else who may get it."""
        here, there, amount = wish.payer_ring, wish.payee_ring, wish.amount_seconds
        payer = self._pick(here, lambda balance: balance - amount >= LOWER_SECONDS)
        self._book(here, payer, -amount)
        payee = self._pick(there, lambda balance: balance + amount <= UPPER_SECONDS)
        while (there, payee) == (here, payer):
            payee = self._pick(there, lambda balance: balance + amount <= UPPER_SECONDS)
        self._book(there, payee, amount)
        return Planned(wish.day, here, payer, there, payee, amount)

    def _pick(self, ring: int, may: Callable[[int], bool]) -> str:
        """Somebody, the busy ones more often."""
        while True:
            handle = self._chance.choices(self._handles[ring], cum_weights=self._activity[ring])[0]
            if may(self._balances.get((ring, handle), 0)):
                return handle

    def _book(self, ring: int, handle: str, amount_seconds: int) -> None:
        self._balances[ring, handle] = self._balances.get((ring, handle), 0) + amount_seconds


def plan_month(banks: Sequence[Bank]) -> list[Planned]:
    """The month of these banks, the same every time."""
    return Plan(banks, random.Random(SEED)).draw()  # noqa: S311 - the same month every time
