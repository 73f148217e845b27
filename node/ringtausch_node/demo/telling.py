# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a story of rings is told: they begin, they meet, people pay; each answer is compared with what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringtausch_node.cli.language import language
from ringtausch_node.demo import words
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import FINAL, Answer, Person, new_payment_id
from ringtausch_node.demo.process import DemoFailed
from ringtausch_node.demo.words import Words
from ringtausch_node.demo.world import LiveRing, World
from ringtausch_node.errors import words as code_words
from ringtausch_protocol.units import HOURS


class Teller:
    """What all stories have in common. What is told is what the rings answered; anything else ends the demo."""

    def __init__(self, world: World, page: Page) -> None:
        self.world, self.page = world, page

    def found(self) -> None:
        """Who the rings are."""
        rules = {"block": words.BLOCKS(), "warn": words.WARNS()}
        rows = []
        for ring in self.world.rings:
            rule = rules[ring.founding.lower_limit]
            rows.append([ring.name, ring.address, str(len(ring.members)), words.unit_name(ring.unit), rule, ring.url])
        headings = [words.RING, words.ADDRESS, words.MEMBERS, words.COUNTS_IN, words.LOWER, words.REACHED_AT]
        self.page.chapter(words.FOUNDING())
        self.page.say(words.FOUNDED())
        self.page.blank()
        self.page.table([heading() for heading in headings], rows, right=(2,))

    def meet(self, lines: Sequence[tuple[LiveRing, LiveRing, int]]) -> None:
        """Connect rings, each pair with the most that one may have to give to the other, in seconds."""
        self.page.chapter(words.MEETING())
        self.page.say(words.MEETING_HOW())
        for one, other, limit_seconds in lines:
            read = self.world.connect(one, other, limit_seconds)
            limit = words.short_amount(limit_seconds, HOURS)
            self.page.blank()
            self.page.say(words.CONNECTED(one=one.founding.spoken, other=other.founding.spoken, limit=limit))
            self.page.say(" - ".join(read))
        self.world.wait_for_lines()

    def pay(
        self,
        at: str,
        payer: Person,
        payee: Person,
        amount_seconds: int,
        memo: Words,
        payment_id: str | None = None,
        *,
        expected: str = "paid",
    ) -> str:
        """Pay, tell it, and tell what came of it, which must be `expected`: state and codes, or the code of a no.

        -> the payment's number.
        """
        payment_id = payment_id or new_payment_id()
        answer = self._begin(at, payer, payee, amount_seconds, memo, payment_id)
        if answer.is_refusal:
            said = answer.document
            expect(said.get("code"), expected)
            self.page.outcome(words.NOT_DONE(why=f"{said['title']} {said['next']}"))
            return payment_id
        self._tell_end(payer, payee, amount_seconds, answer.document, expected)
        return payment_id

    def _tell_end(
        self, payer: Person, payee: Person, amount_seconds: int, payment: dict[str, Any], expected: str
    ) -> None:
        if payment["state"] not in FINAL:
            payment = payer.wait_for(payment["payment_id"])
        expect(result_of(payment), expected)
        if payment["state"] == "paid":
            self.tell_credit(payer, payee, amount_seconds)
        else:
            self.page.outcome(words.NOT_DONE(why=code_words(payment["code"], language())))

    def tell_credit(self, payer: Person, payee: Person, amount_seconds: int) -> None:
        """A payment has arrived."""
        balances, unit = balances_of(payer, payee), payee.home.unit
        if unit == payer.home.unit:
            self.page.outcome(words.CREDITED(balances=balances))
        else:
            there = words.short_amount(amount_seconds, unit)
            self.page.outcome(words.CREDITED_THERE(amount=there, balances=balances))

    def send(self, at: str, payer: Person, payee: Person, amount_seconds: int, memo: Words, expected: str) -> str:
        """Pay without waiting for the end. -> the payment's number."""
        answer = self._begin(at, payer, payee, amount_seconds, memo, None)
        expect(answer.document.get("state"), expected)
        return str(answer.document["payment_id"])

    def _begin(
        self, at: str, payer: Person, payee: Person, amount_seconds: int, memo: Words, payment_id: str | None
    ) -> Answer:
        amount = words.full_amount(amount_seconds, payer.home.unit)
        whom = payee.name if payee.home == payer.home else payee
        self.page.event(at, words.PAYS(payer=payer, payee=whom, amount=amount, memo=memo()))
        return payer.pay(payer.way_to(payee), amount_seconds, memo(), payment_id)


def people_of(ring: LiveRing, *handles: str) -> list[Person]:
    """Some of a ring's members."""
    return [ring.person(handle) for handle in handles]


def balance_of(person: Person) -> str:
    """What a person has, as people say it."""
    return words.short_amount(person.account()["available_seconds"], person.home.unit)


def balances_of(*people: Person) -> str:
    """What each of them has."""
    return ", ".join(f"{person.name} {balance_of(person)}" for person in people)


def result_of(payment: dict[str, Any]) -> str:
    """State and codes of a payment in one line: "paid", "paid limit_lower", "refused payee_refuses"."""
    codes = [payment["code"]] if payment.get("code") else payment.get("warnings", [])
    return " ".join([payment["state"], *codes])


def expect(found: object, expected: object) -> None:
    """Raises DemoFailed where it went otherwise."""
    if found != expected:
        raise DemoFailed(words.OTHERWISE(found=found, expected=expected))
