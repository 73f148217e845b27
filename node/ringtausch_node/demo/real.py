# SPDX-License-Identifier: AGPL-3.0-or-later
"""A month of three real time banks, as fast as it goes: their size and their liveliness, members made up.

The plan is pure and drawn with a fixed seed, so every run plays the same month: whom, how much, on which day.
"""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ringtausch_node.cli.language import language
from ringtausch_node.demo import words
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import Person, new_payment_id
from ringtausch_node.demo.play import Play, Reader
from ringtausch_node.demo.process import DemoFailed
from ringtausch_node.demo.world import Founding, World

BANKS = Path(__file__).parent / "data" / "timebanks.csv"
SEED = 2019
DAYS = 31
LEAST_PAYMENTS = 1_000
#: One payment in so many goes to another ring.
ACROSS_ONE_IN = 10
HOUR, QUARTER = 3_600, 900
#: How unlike amounts and members are (sigma of a lognormal draw): most small, a few large.
AMOUNT_SPREAD, ACTIVITY_SPREAD = 0.6, 1.0
LOWER_HOURS, UPPER_HOURS = -60, 120
LINE_HOURS = 100
OFFICE = "büro"

_FIRST = (
    "Adele Albert Anja Arno Berta Boris Carmen Claus Dora Edgar Elke Enno Frieda Gero Gesa Gunda Heiko Helga Ida Ingo"
    " Jana Jens Judith Kai Kirsten Kuno Lars Lea Lore Marga Max Meike Nele Norbert Ole Pia Ralf Ruth Silke Tim"
).split()
_LAST = (
    "Adam Bach Berger Brandt Busch Dietz Ebert Fiedler Frank Gerber Graf Haase Hahn Heller Hesse Horn Jung Kern Koch"
    " Kraft Kuhn Lang Lenz Maier Nagel Noll Otto Paul Pohl Rau Reich Riedel Sauer Simon Stein Vogel Wagner Wirth Wolf"
    " Zeller"
).split()


class Bank(NamedTuple):
    """The figures of a real time bank."""

    name: str
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


def load_banks() -> list[Bank]:
    """The figures shipped with the demo."""
    lines = [line for line in BANKS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    fields = ("members", "days_observed", "exchanges_in_period", "hours_in_period")
    return [Bank(row["timebank"], *(int(row[field]) for field in fields)) for row in csv.DictReader(lines)]


def handles_of(bank: Bank) -> list[tuple[str, str]]:
    """(handle, name) of as many people as the bank has members, the office first."""
    chance = random.Random(f"{SEED} {bank.name}")  # noqa: S311 - the same month every time
    pairs = chance.sample([(first, last) for first in _FIRST for last in _LAST], bank.members - 1)
    people = [(f"{first}.{last}".lower(), f"{first} {last}") for first, last in pairs]
    return [(OFFICE, "Büro"), *people]


def member_list(bank: Bank) -> bytes:
    """The list that the ring imports."""
    rows = [
        f"{handle};{name};{'office' if handle == OFFICE else 'member'};{LOWER_HOURS};{UPPER_HOURS}"
        for handle, name in handles_of(bank)
    ]
    return "\n".join(["handle;name;role;min;max", *rows, ""]).encode()


def foundings() -> list[Founding]:
    """A ring for each bank."""
    return [
        Founding(bank.name, words.BANK_NAME(name=bank.name), f"{bank.name}.example", "hours", member_list(bank))
        for bank in load_banks()
    ]


# -- the plan ----------------------------------------------------------------------------------------------------------


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
        self._activity = [[chance.lognormvariate(0, ACTIVITY_SPREAD) for _ in handles] for handles in self._handles]
        self._balances: dict[tuple[int, str], int] = {}

    def draw(self) -> list[Planned]:
        """The payments of the month in their order."""
        total = max(LEAST_PAYMENTS, month_exchanges(self._banks))
        shares = share(total, [bank.exchanges / bank.days for bank in self._banks])
        across = share(-(-total // ACROSS_ONE_IN), shares)
        wishes: list[tuple[int, int, bool, int]] = []
        for ring, (count, outward) in enumerate(zip(shares, across, strict=True)):
            amounts = draw_amounts(count, self._banks[ring].hours_each, self._chance)
            wishes += [
                (self._chance.randint(1, DAYS), ring, number < outward, amount) for number, amount in enumerate(amounts)
            ]
        self._chance.shuffle(wishes)
        wishes.sort(key=lambda wish: wish[0])
        return [self._plan(*wish) for wish in wishes]

    def _plan(self, day: int, ring: int, is_across: bool, amount_seconds: int) -> Planned:  # noqa: FBT001 - a row
        payer = self._pick(ring, lambda balance: balance - amount_seconds >= LOWER_HOURS * HOUR)
        there = self._chance.choice([other for other in range(len(self._banks)) if other != ring]) if is_across else ring
        payee = payer
        while (ring, payer) == (there, payee):
            payee = self._pick(there, lambda balance: balance + amount_seconds <= UPPER_HOURS * HOUR)
        self._book(ring, payer, -amount_seconds)
        self._book(there, payee, amount_seconds)
        return Planned(day, ring, payer, there, payee, amount_seconds)

    def _pick(self, ring: int, may: Any) -> str:
        """Somebody, the busy ones more often."""
        while True:
            handle = self._chance.choices(self._handles[ring], self._activity[ring])[0]
            if may(self._balances.get((ring, handle), 0)):
                return handle

    def _book(self, ring: int, handle: str, amount_seconds: int) -> None:
        self._balances[ring, handle] = self._balances.get((ring, handle), 0) + amount_seconds
