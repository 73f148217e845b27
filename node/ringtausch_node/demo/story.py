# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day of three rings, told while it happens. What is told is what the rings answered; anything else ends the demo."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ringtausch_node.cli.language import language
from ringtausch_node.demo import words
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import FINAL, Answer, Person, new_payment_id
from ringtausch_node.demo.play import Play, Reader
from ringtausch_node.demo.process import DemoFailed
from ringtausch_node.demo.words import Words
from ringtausch_node.demo.world import Founding, LiveRing, World, wait_until
from ringtausch_node.errors import words as code_words
from ringtausch_protocol.units import HOURS

DATA = Path(__file__).parent / "data"
MINUTE, HOUR = 60, 3_600
#: What Eiche and Linde may have to give each other: little, so that the day meets that limit.
NARROW_SECONDS = 3 * HOUR
#: What Linde lowers it to: less than a payment that has already left.
NARROWER_SECONDS = 90 * MINUTE
#: A frozen node gets this long to show that it does not answer.
HANG_SECONDS = 0.5


def foundings() -> list[Founding]:
    """The three rings of the day: their units differ, and what happens at the limits of an account."""
    eiche, ulme, linde = ((DATA / f"{short}.csv").read_bytes() for short in ("eiche", "ulme", "linde"))
    return [
        Founding("eiche", "Eiche-Tauschring", "Eiche", "eiche.example", "hours", eiche),
        Founding("ulme", "Ulmen-Talente", "Ulme", "ulme.example", "Talente:20:1", ulme, lower_limit="warn"),
        Founding("linde", "Linden-Minuten", "Linde", "linde.example", "Minuten:60:0", linde, upper_limit="block"),
    ]


class Day:
    """The day, chapter by chapter."""

    def __init__(self, world: World, page: Page) -> None:
        self._world, self._page = world, page
        self.eiche, self.ulme, self.linde = world.rings

    def tell(self) -> Reader:
        """Everything, in its order. -> Alma, whose access the reader may go on with, and whom she may pay."""
        self._found()
        self._meet()
        alma, bruno, nils, carla = _people(self.eiche, "alma", "bruno.kurz", "nils", "carla")
        karla, mehmet, paula, greta = _people(self.ulme, "101", "102", "103", "114")
        rosa, theo, wilma = _people(self.linde, "rosa", "theo", "wilma")
        self._morning([(alma, bruno), (karla, mehmet), (rosa, theo)])
        self._from_town_to_town(alma, mehmet)
        self._pay("10:05", karla, alma, HOUR, words.HECKE)
        self._pay("10:40", theo, greta, 90 * MINUTE, words.HUND)
        self._pay("11:15", bruno, rosa, HOUR, words.BRIEF)
        self._pay("11:50", rosa, bruno, 30 * MINUTE, words.ZUG)
        self._pay("12:10", mehmet, theo, 75 * MINUTE, words.NACHHILFE)
        self._limits(nils, carla, paula, karla)
        self._limits_between(alma, rosa, bruno, wilma)
        self._failure(alma, karla, bruno, mehmet)
        self._statement(alma)
        return Reader(alma, mehmet.address)

    # -- chapters ----------------------------------------------------------------------------------------------------

    def _found(self) -> None:
        rules = {"block": words.BLOCKS(), "warn": words.WARNS()}
        rows = []
        for ring in self._world.rings:
            rule = rules[ring.founding.lower_limit]
            rows.append([ring.name, ring.address, str(len(ring.members)), ring.unit.name, rule, ring.url])
        headings = [words.RING, words.ADDRESS, words.MEMBERS, words.COUNTS_IN, words.LOWER, words.REACHED_AT]
        self._page.chapter(words.FOUNDING())
        self._page.say(words.FOUNDED())
        self._page.blank()
        self._page.table([heading() for heading in headings], rows, right=(2,))

    def _meet(self) -> None:
        self._page.chapter(words.MEETING())
        self._page.say(words.MEETING_HOW())
        eiche, ulme, linde = self.eiche, self.ulme, self.linde
        lines = [(eiche, ulme, 20 * HOUR), (ulme, linde, 10 * HOUR), (eiche, linde, NARROW_SECONDS)]
        for one, other, limit_seconds in lines:
            read = self._world.connect(one, other, limit_seconds)
            limit = words.short_amount(limit_seconds, HOURS)
            self._page.blank()
            self._page.say(words.CONNECTED(one=one.founding.spoken, other=other.founding.spoken, limit=limit))
            self._page.say(" - ".join(read))
        self._world.wait_for_lines()

    def _morning(self, pairs: Sequence[tuple[Person, Person]]) -> None:
        (alma, bruno), (karla, mehmet), (rosa, theo) = pairs
        self._page.chapter(words.MORNING())
        self._pay("08:10", alma, bruno, 90 * MINUTE, words.FAHRRAD)
        self._pay("08:35", karla, mehmet, 90 * MINUTE, words.KUCHEN)
        payment_id = new_payment_id()
        self._pay("08:50", rosa, theo, 45 * MINUTE, words.EINKAUF, payment_id)
        self._page.event("08:51", words.TWICE(name=rosa.name))
        before = _balance(rosa)
        again = rosa.pay(theo.handle, 45 * MINUTE, words.EINKAUF(), payment_id)
        _expect(again.document.get("state"), "paid")
        _expect(_balance(rosa), before)
        self._page.outcome(words.ONCE(balance=before))

    def _from_town_to_town(self, alma: Person, mehmet: Person) -> None:
        """Ask first, then pay under the number that the answer brought."""
        amount = 2 * HOUR
        self._page.chapter(words.LATER())
        asked = words.short_amount(amount, alma.home.unit)
        self._page.event("09:20", words.ASKS_FIRST(payer=alma, to=mehmet.address, amount=asked))
        quote = alma.quote(mehmet.address, amount)
        _expect(quote.get("name"), mehmet.name)
        self._page.outcome(words.ANSWERS(ring=mehmet.home.name, name=quote["name"]))
        self._pay("09:25", alma, mehmet, amount, words.REGAL, quote["payment_id"])

    def _limits(self, nils: Person, carla: Person, paula: Person, karla: Person) -> None:
        """The lower limit of a member: one ring refuses, another books and says so."""
        self._page.chapter(words.NOON())
        self._page.say(words.LIMITS_HOW())
        self._page.blank()
        self._pay("12:30", nils, carla, 2 * HOUR, words.LAMPE, expected="limit_lower")
        self._pay("12:45", paula, karla, HOUR, words.FENSTER, expected="paid limit_lower")
        limit = words.short_amount(paula.account()["min_seconds"], paula.home.unit)
        self._page.outcome(words.BELOW(name=paula.name, limit=limit))

    def _limits_between(self, alma: Person, rosa: Person, bruno: Person, wilma: Person) -> None:
        """The limit between two rings stops a payment at home; what left before it was lowered is refused there."""
        self._pay("13:10", alma, rosa, 4 * HOUR, words.UMZUG, expected="no_capacity")
        limit = words.short_amount(NARROW_SECONDS, HOURS)
        self._page.outcome(words.LINE_FULL(one=alma.home.name, other=rosa.home.name, limit=limit))
        self._lower_the_limit(alma, rosa)
        self._pay("14:00", bruno, wilma, HOUR, words.GITARRE, expected="refused payee_refuses")
        self._page.outcome(words.FULL(payee=wilma.name, name=bruno.name))
        self._page.outcome(words.REFUSED_THERE(ring=wilma.home.name, balance=_balance(bruno)))

    def _lower_the_limit(self, alma: Person, rosa: Person) -> None:
        linde, here, there = self.linde, alma.home.name, rosa.home.name
        self._page.event("13:20", words.BREAK(ring=there))
        linde.process.stop()
        payment = self._send("13:25", alma, rosa, 2 * HOUR, words.UMZUG, "held")
        self._page.outcome(words.ON_ITS_WAY(ring=there, name=alma.name))
        limit = words.short_amount(NARROWER_SECONDS, HOURS)
        self._page.event("13:45", words.LOWERED(ring=there, other=here, limit=limit))
        linde.ask_offline("peer.limit", address=self.eiche.address, limit_in_seconds=NARROWER_SECONDS)
        linde.process.start()
        ended = alma.wait_for(payment)
        _expect(_result(ended), "refused no_capacity")
        self._page.outcome(words.NOT_DONE(why=code_words(ended["code"], language())))
        self._page.outcome(words.REFUSED_THERE(ring=there, balance=_balance(alma)))
        self._world.wait_for_lines()

    def _failure(self, alma: Person, karla: Person, bruno: Person, mehmet: Person) -> None:
        """The payee's node dies while a payment is open; another payment waits and is taken back; all ends well."""
        ulme, name = self.ulme, karla.home.name
        self._page.chapter(words.AFTERNOON())
        self._page.event("14:20", words.HANGS(ring=name))
        ulme.process.freeze()
        open_one = self._send("14:22", alma, karla, HOUR, words.GARTEN, "held")
        self._page.outcome(words.ON_ITS_WAY(ring=name, name=alma.name))
        time.sleep(HANG_SECONDS)
        _expect(alma.payment(open_one)["state"], "held")
        self._page.event("14:25", words.PLUG(ring=name))
        ulme.process.kill()
        wait_until(lambda: self.eiche.line_to(ulme)["state"] == "away", words.NOT_AWAY())
        self._queue_and_cancel(bruno, mehmet)
        ulme.process.start()
        self._page.event("15:30", words.BACK(ring=name))
        _expect(alma.wait_for(open_one)["state"], "paid")
        self._page.outcome(words.ENDED(name=alma.name, balances=_balances(alma, karla)))
        self._world.wait_for_lines()

    def _queue_and_cancel(self, bruno: Person, mehmet: Person) -> None:
        waiting = self._send("14:40", bruno, mehmet, 30 * MINUTE, words.THANKS, "queued")
        self._page.outcome(words.WAITS(ring=mehmet.home.name))
        self._page.event("14:45", words.TAKES_BACK(name=bruno.name))
        _expect(bruno.cancel(waiting)["state"], "cancelled")
        self._page.outcome(words.TAKEN_BACK(balance=_balance(bruno)))

    def _statement(self, person: Person) -> None:
        unit = person.home.unit
        rows = [
            [
                entry.get("with") or "",
                entry.get("memo") or words.OPENING(),
                words.short_amount(entry["amount_seconds"], unit),
                words.short_amount(entry["balance_after_seconds"], unit),
            ]
            for entry in reversed(person.statement())
        ]
        self._page.chapter(words.EVENING())
        self._page.say(words.STATEMENT(name=person))
        self._page.blank()
        self._page.table([words.WITH(), words.WHAT_FOR(), words.AMOUNT(), words.BALANCE()], rows, right=(2, 3))
        self._page.blank()

    # -- paying ------------------------------------------------------------------------------------------------------

    def _pay(
        self,
        at: str,
        payer: Person,
        payee: Person,
        amount_seconds: int,
        memo: Words,
        payment_id: str | None = None,
        *,
        expected: str = "paid",
    ) -> None:
        """Pay, tell it, and tell what came of it, which must be `expected`: state and codes, or the code of a no."""
        answer = self._begin(at, payer, payee, amount_seconds, memo, payment_id)
        if answer.is_refusal:
            said = answer.document
            _expect(said.get("code"), expected)
            self._page.outcome(words.NOT_DONE(why=f"{said['title']} {said['next']}"))
            return
        payment = answer.document
        if payment["state"] not in FINAL:
            payment = payer.wait_for(payment["payment_id"])
        _expect(_result(payment), expected)
        if payment["state"] == "paid":
            self._tell_credit(payer, payee, amount_seconds)
        else:
            self._page.outcome(words.NOT_DONE(why=code_words(payment["code"], language())))

    def _tell_credit(self, payer: Person, payee: Person, amount_seconds: int) -> None:
        balances, unit = _balances(payer, payee), payee.home.unit
        if unit == payer.home.unit:
            self._page.outcome(words.CREDITED(balances=balances))
        else:
            there = words.short_amount(amount_seconds, unit)
            self._page.outcome(words.CREDITED_THERE(amount=there, balances=balances))

    def _send(self, at: str, payer: Person, payee: Person, amount_seconds: int, memo: Words, expected: str) -> str:
        """Pay without waiting for the end. -> the payment's number."""
        answer = self._begin(at, payer, payee, amount_seconds, memo, None)
        _expect(answer.document.get("state"), expected)
        return str(answer.document["payment_id"])

    def _begin(
        self, at: str, payer: Person, payee: Person, amount_seconds: int, memo: Words, payment_id: str | None
    ) -> Answer:
        amount = words.full_amount(amount_seconds, payer.home.unit)
        whom = payee.name if payee.home == payer.home else payee
        self._page.event(at, words.PAYS(payer=payer, payee=whom, amount=amount, memo=memo()))
        return payer.pay(payer.way_to(payee), amount_seconds, memo(), payment_id)


def _people(ring: LiveRing, *handles: str) -> list[Person]:
    return [ring.person(handle) for handle in handles]


def _balance(person: Person) -> str:
    return words.short_amount(person.account()["available_seconds"], person.home.unit)


def _balances(*people: Person) -> str:
    return ", ".join(f"{person.name} {_balance(person)}" for person in people)


def _result(payment: dict[str, Any]) -> str:
    """State and codes of a payment in one line: "paid", "paid limit_lower", "refused payee_refuses"."""
    codes = [payment["code"]] if payment.get("code") else payment.get("warnings", [])
    return " ".join([payment["state"], *codes])


def _expect(found: object, expected: object) -> None:
    if found != expected:
        raise DemoFailed(words.OTHERWISE(found=found, expected=expected))


def tell(world: World, page: Page) -> Reader:
    """Play the day."""
    return Day(world, page).tell()


DAY = Play(words.TITLE, words.INTRODUCTION, foundings, tell)
