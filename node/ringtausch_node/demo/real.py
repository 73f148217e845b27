# SPDX-License-Identifier: AGPL-3.0-or-later
"""A month of three real time banks, as fast as it goes: their size and their liveliness, members made up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, groupby
from typing import Any

from ringtausch_node.demo import words
from ringtausch_node.demo.page import Bar, Page
from ringtausch_node.demo.people import FINAL, Person, new_payment_id
from ringtausch_node.demo.plan import (
    DAYS,
    HOUR,
    OFFICE,
    Bank,
    Planned,
    load_banks,
    member_list,
    month_exchanges,
    plan_month,
)
from ringtausch_node.demo.play import Play, Reader
from ringtausch_node.demo.process import DemoFailed
from ringtausch_node.demo.world import Founding, World
from ringtausch_protocol.units import HOURS

#: Between two rings: a tenth of what a ring of this size books in a year (the rule of the za:rt clearing).
LINE_SECONDS = 300 * HOUR


def foundings() -> list[Founding]:
    """A ring for each bank."""
    return [
        Founding(bank.name, _name(bank), _name(bank), f"{bank.name}.example", "hours", member_list(bank))
        for bank in load_banks()
    ]


def tell(world: World, page: Page) -> Reader:
    """Play the month. -> the busiest member's access."""
    banks = load_banks()
    payments = plan_month(banks)
    _show_banks(banks, page)
    for one, other in combinations(world.rings, 2):
        world.connect(one, other, LINE_SECONDS)
    world.wait_for_lines()
    page.say(words.MONTH_LINES(limit=words.short_amount(LINE_SECONDS, HOURS)))
    page.chapter(words.MONTH_RUNS(days=DAYS))
    page.say(words.MONTH_SIZE(month=month_exchanges(banks), total=len(payments)))
    page.blank()
    began = time.monotonic()
    _play(world, payments, page.bar(len(payments)))
    seconds = round(time.monotonic() - began)
    page.blank()
    page.say(words.MONTH_DONE(total=len(payments), across=_count_across(payments), seconds=seconds))
    page.chapter(words.EVENING_OF_MONTH())
    _show_month(banks, payments, page)
    page.blank()
    return _reader(world, payments)


def _play(world: World, payments: Sequence[Planned], bar: Bar) -> None:
    """The office of each ring enters what its members paid; in the evening everything has arrived."""
    offices = [ring.person(OFFICE) for ring in world.rings]
    done = 0
    for day, todays in groupby(payments, key=lambda payment: payment.day):
        on_their_way: list[tuple[Person, str]] = []
        for payment in todays:
            on_their_way += _pay(offices, payment)
            done += 1
            bar.show(done, words.MONTH_AT(day=day, days=DAYS, done=done, total=len(payments)))
        for office, payment_id in on_their_way:
            _expect_paid(office.wait_for(payment_id))


def _pay(offices: Sequence[Person], payment: Planned) -> Iterator[tuple[Person, str]]:
    """Pay. -> office and number, where the payment has not ended yet."""
    office, there = offices[payment.payer_ring], offices[payment.payee_ring].home
    to = payment.payee if there == office.home else f"{payment.payee}@{there.address}"
    wish = {"payment_id": new_payment_id(), "from": payment.payer, "to": to, "amount_seconds": payment.amount_seconds}
    answer = office.access.ask("POST", "/api/v1/payments", wish)
    if answer.is_refusal or answer.document["state"] in FINAL:
        _expect_paid(answer.document)
    else:
        yield office, answer.document["payment_id"]


def _expect_paid(document: Mapping[str, Any]) -> None:
    """A payment that was paid; anything else, a refusal included, ends the demo."""
    if document.get("state") != "paid":
        found = " ".join(str(document[key]) for key in ("state", "code") if key in document)
        raise DemoFailed(words.OTHERWISE(found=found, expected="paid"))


def _show_banks(banks: Sequence[Bank], page: Page) -> None:
    rows = [
        [_name(bank), bank.place, str(bank.members), str(bank.exchanges), words.number(bank.hours_each)]
        for bank in banks
    ]
    page.chapter(words.FOUNDING())
    headings = [
        words.RING(), words.PLACE(), words.MEMBERS(), words.IN_PERIOD(days=banks[0].days), words.HOURS_EACH(),
    ]  # fmt: skip
    page.table(headings, rows, right=(2, 3, 4))
    page.blank()


def _show_month(banks: Sequence[Bank], payments: Sequence[Planned], page: Page) -> None:
    rows = []
    for number, bank in enumerate(banks):
        own = [payment for payment in payments if payment.payer_ring == number]
        hours_each = sum(payment.amount_seconds for payment in own) / len(own) / HOUR
        counts = [str(bank.members), str(len(own)), str(_count_across(own))]
        rows.append([_name(bank), *counts, words.number(hours_each), words.number(bank.hours_each)])
    headings = [
        words.RING(), words.MEMBERS(), words.PAYMENTS(), words.ACROSS(), words.HOURS_HERE(), words.HOURS_THERE(),
    ]  # fmt: skip
    page.table(headings, rows, right=(1, 2, 3, 4, 5))


def _name(bank: Bank) -> str:
    return words.BANK_NAME(name=bank.place.partition(",")[0])


def _count_across(payments: Sequence[Planned]) -> int:
    return sum(payment.payer_ring != payment.payee_ring for payment in payments)


def _reader(world: World, payments: Sequence[Planned]) -> Reader:
    """Somebody who paid into another ring, and whom."""
    payment = next(payment for payment in payments if payment.payer_ring != payment.payee_ring)
    person = world.rings[payment.payer_ring].person(payment.payer)
    return Reader(person, f"{payment.payee}@{world.rings[payment.payee_ring].address}")


MONTH = Play(words.MONTH_TITLE, words.MONTH_INTRODUCTION, foundings, tell)
