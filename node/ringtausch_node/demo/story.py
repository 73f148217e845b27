# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day of three rings, told while it happens. What is told is what the rings answered; anything else ends the demo."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ringtausch_node.cli.language import language
from ringtausch_node.demo import words
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import Person, new_payment_id
from ringtausch_node.demo.play import Play, Reader
from ringtausch_node.demo.telling import Teller, balance_of, balances_of, expect, people_of, result_of
from ringtausch_node.demo.world import Founding, World, wait_until
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


class Day(Teller):
    """The day, chapter by chapter."""

    def __init__(self, world: World, page: Page) -> None:
        super().__init__(world, page)
        self.eiche, self.ulme, self.linde = world.rings

    def tell(self) -> Reader:
        """Everything, in its order. -> Alma, whose access the reader may go on with, and whom she may pay."""
        self.found()
        eiche, ulme, linde = self.world.rings
        self.meet([(eiche, ulme, 20 * HOUR), (ulme, linde, 10 * HOUR), (eiche, linde, NARROW_SECONDS)])
        alma, bruno, nils, carla = people_of(self.eiche, "alma", "bruno.kurz", "nils", "carla")
        karla, mehmet, paula, greta = people_of(self.ulme, "101", "102", "103", "114")
        rosa, theo, wilma = people_of(self.linde, "rosa", "theo", "wilma")
        self._morning([(alma, bruno), (karla, mehmet), (rosa, theo)])
        self._from_town_to_town(alma, mehmet)
        self.pay("10:05", karla, alma, HOUR, words.HECKE)
        self.pay("10:40", theo, greta, 90 * MINUTE, words.HUND)
        self.pay("11:15", bruno, rosa, HOUR, words.BRIEF)
        self.pay("11:50", rosa, bruno, 30 * MINUTE, words.ZUG)
        self.pay("12:10", mehmet, theo, 75 * MINUTE, words.NACHHILFE)
        self._limits(nils, carla, paula, karla)
        self._limits_between(alma, rosa, bruno, wilma)
        self._failure(alma, karla, bruno, mehmet)
        self._statement(alma)
        return Reader(alma, mehmet.address)

    # -- chapters ----------------------------------------------------------------------------------------------------

    def _morning(self, pairs: Sequence[tuple[Person, Person]]) -> None:
        (alma, bruno), (karla, mehmet), (rosa, theo) = pairs
        self.page.chapter(words.MORNING())
        self.pay("08:10", alma, bruno, 90 * MINUTE, words.FAHRRAD)
        self.pay("08:35", karla, mehmet, 90 * MINUTE, words.KUCHEN)
        payment_id = new_payment_id()
        self.pay("08:50", rosa, theo, 45 * MINUTE, words.EINKAUF, payment_id)
        self.page.event("08:51", words.TWICE(name=rosa.name))
        before = balance_of(rosa)
        again = rosa.pay(theo.handle, 45 * MINUTE, words.EINKAUF(), payment_id)
        expect(again.document.get("state"), "paid")
        expect(balance_of(rosa), before)
        self.page.outcome(words.ONCE(balance=before))

    def _from_town_to_town(self, alma: Person, mehmet: Person) -> None:
        """Ask first, then pay under the number that the answer brought."""
        amount = 2 * HOUR
        self.page.chapter(words.LATER())
        asked = words.short_amount(amount, alma.home.unit)
        self.page.event("09:20", words.ASKS_FIRST(payer=alma, to=mehmet.address, amount=asked))
        quote = alma.quote(mehmet.address, amount)
        expect(quote.get("name"), mehmet.name)
        self.page.outcome(words.ANSWERS(ring=mehmet.home.name, name=quote["name"]))
        self.pay("09:25", alma, mehmet, amount, words.REGAL, quote["payment_id"])

    def _limits(self, nils: Person, carla: Person, paula: Person, karla: Person) -> None:
        """The lower limit of a member: one ring refuses, another books and says so."""
        self.page.chapter(words.NOON())
        self.page.say(words.LIMITS_HOW())
        self.page.blank()
        self.pay("12:30", nils, carla, 2 * HOUR, words.LAMPE, expected="limit_lower")
        self.pay("12:45", paula, karla, HOUR, words.FENSTER, expected="paid limit_lower")
        limit = words.short_amount(paula.account()["min_seconds"], paula.home.unit)
        self.page.outcome(words.BELOW(name=paula.name, limit=limit))

    def _limits_between(self, alma: Person, rosa: Person, bruno: Person, wilma: Person) -> None:
        """The limit between two rings stops a payment at home; what left before it was lowered is refused there."""
        self.pay("13:10", alma, rosa, 4 * HOUR, words.UMZUG, expected="no_capacity")
        limit = words.short_amount(NARROW_SECONDS, HOURS)
        self.page.outcome(words.LINE_FULL(one=alma.home.name, other=rosa.home.name, limit=limit))
        self._lower_the_limit(alma, rosa)
        self.pay("14:00", bruno, wilma, HOUR, words.GITARRE, expected="refused payee_refuses")
        self.page.outcome(words.FULL(payee=wilma.name, name=bruno.name))
        self.page.outcome(words.REFUSED_THERE(ring=wilma.home.name, balance=balance_of(bruno)))

    def _lower_the_limit(self, alma: Person, rosa: Person) -> None:
        linde, here, there = self.linde, alma.home.name, rosa.home.name
        self.page.event("13:20", words.BREAK(ring=there))
        linde.process.stop()
        payment = self.send("13:25", alma, rosa, 2 * HOUR, words.UMZUG, "held")
        self.page.outcome(words.ON_ITS_WAY(ring=there, name=alma.name))
        limit = words.short_amount(NARROWER_SECONDS, HOURS)
        self.page.event("13:45", words.LOWERED(ring=there, other=here, limit=limit))
        linde.ask_offline("peer.limit", address=self.eiche.address, limit_in_seconds=NARROWER_SECONDS)
        linde.process.start()
        ended = alma.wait_for(payment)
        expect(result_of(ended), "refused no_capacity")
        self.page.outcome(words.NOT_DONE(why=code_words(ended["code"], language())))
        self.page.outcome(words.REFUSED_THERE(ring=there, balance=balance_of(alma)))
        self.world.wait_for_lines()

    def _failure(self, alma: Person, karla: Person, bruno: Person, mehmet: Person) -> None:
        """The payee's node dies while a payment is open; another payment waits and is taken back; all ends well."""
        ulme, name = self.ulme, karla.home.name
        self.page.chapter(words.AFTERNOON())
        self.page.event("14:20", words.HANGS(ring=name))
        ulme.process.freeze()
        open_one = self.send("14:22", alma, karla, HOUR, words.GARTEN, "held")
        self.page.outcome(words.ON_ITS_WAY(ring=name, name=alma.name))
        time.sleep(HANG_SECONDS)
        expect(alma.payment(open_one)["state"], "held")
        self.page.event("14:25", words.PLUG(ring=name))
        ulme.process.kill()
        wait_until(lambda: self.eiche.line_to(ulme)["state"] == "away", words.NOT_AWAY())
        self._queue_and_cancel(bruno, mehmet)
        ulme.process.start()
        self.page.event("15:30", words.BACK(ring=name))
        expect(alma.wait_for(open_one)["state"], "paid")
        self.page.outcome(words.ENDED(name=alma.name, balances=balances_of(alma, karla)))
        self.world.wait_for_lines()

    def _queue_and_cancel(self, bruno: Person, mehmet: Person) -> None:
        waiting = self.send("14:40", bruno, mehmet, 30 * MINUTE, words.THANKS, "queued")
        self.page.outcome(words.WAITS(ring=mehmet.home.name))
        self.page.event("14:45", words.TAKES_BACK(name=bruno.name))
        expect(bruno.cancel(waiting)["state"], "cancelled")
        self.page.outcome(words.TAKEN_BACK(balance=balance_of(bruno)))

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
        self.page.chapter(words.EVENING())
        self.page.say(words.STATEMENT(name=person))
        self.page.blank()
        self.page.table([words.WITH(), words.WHAT_FOR(), words.AMOUNT(), words.BALANCE()], rows, right=(2, 3))
        self.page.blank()


def tell(world: World, page: Page) -> Reader:
    """Play the day."""
    return Day(world, page).tell()


DAY = Play(words.TITLE, words.INTRODUCTION, foundings, tell)
