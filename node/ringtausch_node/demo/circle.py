# SPDX-License-Identifier: AGPL-3.0-or-later
"""The third act: hours that cancel out in a circle, a payment through two towns, one of which fails, a ring's end."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from ringtausch_node.demo import words
from ringtausch_node.demo import words_of_circle as said
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import Person, new_payment_id
from ringtausch_node.demo.play import Play, Reader
from ringtausch_node.demo.story import HOUR, foundings
from ringtausch_node.demo.telling import Teller, balances_of, expect, people_of
from ringtausch_node.demo.world import Founding, LiveRing, World, wait_until
from ringtausch_protocol.units import HOURS

WIDE_SECONDS, NARROW_SECONDS = 10 * HOUR, HOUR
#: What runs round, and later what is paid afar: more than the narrow line carries.
ROUND_SECONDS = 2 * HOUR
#: A ring tells of its lines half a minute after it began, and of what has changed a minute later.
HEARING_SECONDS, LISTEN_SECONDS = 150.0, 0.5


def four() -> list[Founding]:
    """The three rings of the day, and one more behind the third."""
    members = (Path(__file__).parent / "data" / "buche.csv").read_bytes()
    return [*foundings(), Founding("buche", "Buchen-Blätter", "Buche", "buche.example", "Blätter:4:0", members)]


class Circle(Teller):
    """A day, chapter by chapter."""

    def __init__(self, world: World, page: Page) -> None:
        super().__init__(world, page)
        self.eiche, self.ulme, self.linde, self.buche = world.rings
        self._round = [self.eiche, self.ulme, self.linde, self.eiche]

    def tell(self) -> Reader:
        """Everything, in its order. -> Alma, and whom she may go on paying in another ring."""
        eiche, ulme, linde, buche = self.world.rings
        self.found()
        self.meet([(one, other, WIDE_SECONDS) for one, other in (*pairwise(self._round), (linde, buche))])
        self._narrow()
        for ring, one, other in ((ulme, eiche, linde), (linde, ulme, buche)):
            self._carry(ring, one, other)
        (alma,), (karla,), (rosa,) = (
            people_of(ring, handle) for ring, handle in ((eiche, "alma"), (ulme, "101"), (linde, "rosa"))
        )
        self._circle(alma, karla, rosa)
        (klara,) = people_of(buche, "klara")
        self._far(alma, klara)
        self._stops(klara, rosa)
        return Reader(alma, karla.address)

    # -- lines -------------------------------------------------------------------------------------------------------

    def _narrow(self) -> None:
        eiche, linde = self.eiche, self.linde
        limit = words.short_amount(NARROW_SECONDS, HOURS)
        self.page.blank()
        self.page.say(said.NARROW(ring=_name(linde), other=_name(eiche), limit=limit))
        linde.ask("peer.limit", address=eiche.address, limit_in_seconds=NARROW_SECONDS)
        wait_until(lambda: eiche.line_to(linde)["limit_out"] == NARROW_SECONDS, words.LINE_CLOSED())

    def _carry(self, ring: LiveRing, one: LiveRing, other: LiveRing) -> None:
        for peer in (one, other):
            ring.ask("peer.transit", address=peer.address, carries=True)
        self.page.say(said.CARRIES(ring=_name(ring), one=_name(one), other=_name(other)))

    # -- the circle --------------------------------------------------------------------------------------------------

    def _circle(self, alma: Person, karla: Person, rosa: Person) -> None:
        """Each pays the next; then each ring has as much to get as to give, and the circle cancels out."""
        self.page.chapter(said.CIRCLE())
        self.pay("08:30", alma, karla, ROUND_SECONDS, words.REGAL)
        self.pay("09:00", karla, rosa, ROUND_SECONDS, words.HECKE)
        self.pay("09:30", rosa, alma, ROUND_SECONDS, words.KUCHEN)
        wait_until(lambda: self._owed() == [ROUND_SECONDS] * 3, said.NOT_EVEN())
        before = balances_of(alma, karla, rosa)
        self.page.outcome(said.STANDS())
        self._show_round()
        wait_until(self._is_heard, said.NOT_HEARD(), HEARING_SECONDS, LISTEN_SECONDS)
        ring = _name(self.ulme)
        rings = " - ".join(_name(each) for each in (self.ulme, self.eiche, self.linde, self.ulme))
        self.page.event("11:00", said.HEARD(ring=ring, rings=rings))
        self.page.event("11:05", said.NETS(ring=ring))
        (walked,) = self.ulme.ask("netting.run")["walked"]
        expect(walked["freed_seconds"], ROUND_SECONDS)
        wait_until(lambda: self._owed() == [0, 0, 0], said.NOT_EVEN())
        self.page.outcome(said.FREED(amount=words.short_amount(ROUND_SECONDS, HOURS)))
        expect(balances_of(alma, karla, rosa), before)
        self.page.outcome(said.UNTOUCHED(balances=before))

    def _owed(self) -> list[int]:
        """What each ring of the circle has to give to the next, where both books say the same; else nothing."""
        here = [int(one.line_to(other)["clearing_seconds"]) for one, other in pairwise(self._round)]
        there = [-int(other.line_to(one)["clearing_seconds"]) for one, other in pairwise(self._round)]
        return here if here == there else []

    def _show_round(self) -> None:
        self.page.blank()
        amounts = [words.short_amount(each, HOURS) for each in self._owed()]
        rows = [
            [_name(one), _name(other), owed] for (one, other), owed in zip(pairwise(self._round), amounts, strict=True)
        ]
        self.page.table([words.WHO(), words.WHOM(), words.AMOUNT()], rows, right=(2,))
        self.page.blank()

    def _is_heard(self) -> bool:
        return [each["amount_seconds"] for each in self.ulme.ask("netting.plan")["circles"]] == [ROUND_SECONDS]

    # -- through other towns -----------------------------------------------------------------------------------------

    def _far(self, alma: Person, klara: Person) -> None:
        """What nobody there takes comes back; what is paid arrives, though a ring on the way fails."""
        limit = words.short_amount(NARROW_SECONDS, HOURS)
        one, other, near = _name(self.eiche), _name(self.buche), _name(self.linde)
        self.page.chapter(said.FAR())
        self.page.say(said.FAR_HOW(one=one, other=other, near=near, limit=limit))
        self.page.blank()
        self._to_nobody(alma, Person("nemo", "nemo", klara.home, klara.access))
        self._through(alma, klara)
        self._show_carried()

    def _to_nobody(self, alma: Person, nobody: Person) -> None:
        """Asked again under the same number until a way is known."""
        payment_id, before = new_payment_id(), balances_of(alma)

        def is_on_its_way() -> bool:
            answer = alma.pay(nobody.address, ROUND_SECONDS, words.THANKS(), payment_id)
            return answer.document.get("code") not in ("no_route", "no_capacity")

        wait_until(is_on_its_way, said.NOT_HEARD(), HEARING_SECONDS, LISTEN_SECONDS)
        self.pay("14:00", alma, nobody, ROUND_SECONDS, words.THANKS, payment_id, expected="refused payee_refuses")
        expect(balances_of(alma), before)
        self.page.outcome(said.STRANGER(ring=_name(self.buche)))

    def _through(self, alma: Person, klara: Person) -> None:
        """The payee's machine hangs, so that the payment is surely on its way when a ring between fails."""
        linde, buche = self.linde, self.buche
        way = f"{_name(self.ulme)}, {_name(linde)}"
        self.page.event("15:00", words.HANGS(ring=_name(buche)))
        buche.process.freeze()
        payment = self.send("15:05", alma, klara, ROUND_SECONDS, words.GITARRE, "held")
        wait_until(lambda: _holds(linde), said.NOT_HELD())
        self.page.outcome(said.HELD(way=way, ring=_name(linde)))
        self.page.event("15:06", said.DIES(ring=_name(linde)))
        linde.process.kill()
        linde.process.start()
        buche.process.thaw()
        ended = alma.wait_for(payment)
        expect((ended["state"], ended.get("via")), ("paid", [self.ulme.address, linde.address]))
        self.page.outcome(said.ARRIVES(balances=balances_of(alma, klara), way=way))
        self.world.wait_for_lines()

    def _show_carried(self) -> None:
        carried = [each for each in self.linde.ask("transit.list")["payments"] if each["to"] == self.buche.address]
        expect(sorted(each["state"] for each in carried), ["posted", "released"])
        amount = words.short_amount(ROUND_SECONDS, HOURS)
        self.page.event("17:00", said.SEES(ring=_name(self.linde), count=len(carried), amount=amount))

    # -- the end of a ring -------------------------------------------------------------------------------------------

    def _stops(self, klara: Person, rosa: Person) -> None:
        """It says so, what is owed to it is spent, both sign that nothing is open, and it certifies its end."""
        linde, buche = self.linde, self.buche
        self.page.chapter(said.STOPS(ring=_name(buche)))
        buche.ask("wind_down.begin")
        wait_until(lambda: _has_heard(linde, buche), said.NOT_TOLD())
        amount = words.short_amount(ROUND_SECONDS, HOURS)
        self.page.event("18:00", said.SAYS_SO(ring=_name(buche), other=_name(linde), amount=amount))
        self.pay("18:30", klara, rosa, ROUND_SECONDS, words.FENSTER)
        wait_until(lambda: bool(buche.ask("wind_down")["is_over"]), said.NOT_OVER())
        closed = buche.ask("wind_down.close")
        expect(([each["we_owe_seconds"] for each in closed["claims"]], closed["document"] is None), ([0], False))
        self.page.event("19:00", said.CERTIFIES(ring=_name(buche), other=_name(linde)))


def _has_heard(ring: LiveRing, other: LiveRing) -> bool:
    line = ring.line_to(other)
    return line["state"] == "ended" and line["stops_since"] is not None


def _holds(ring: LiveRing) -> bool:
    return "held" in [each["state"] for each in ring.ask("transit.list")["payments"]]


def _name(ring: LiveRing) -> str:
    return ring.founding.spoken


def tell(world: World, page: Page) -> Reader:
    """Play the third act."""
    return Circle(world, page).tell()


CIRCLE = Play(said.TITLE, said.INTRODUCTION, four, tell)
