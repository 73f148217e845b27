# SPDX-License-Identifier: AGPL-3.0-or-later
"""The second act: limits that change, a payment given back, new keys, yesterday's backup, the end of a line."""

from __future__ import annotations

import shutil
from typing import Any

from ringtausch_node.cli.language import language
from ringtausch_node.demo import words, words_of_life
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import Person
from ringtausch_node.demo.play import Play, Reader
from ringtausch_node.demo.process import command
from ringtausch_node.demo.story import HOUR, MINUTE, foundings
from ringtausch_node.demo.telling import Teller, balances_of, expect, people_of
from ringtausch_node.demo.world import LiveRing, World, wait_until
from ringtausch_node.errors import RingtauschError
from ringtausch_node.errors import words as code_words
from ringtausch_protocol.units import HOURS

NARROW_SECONDS, WIDER_SECONDS = 3 * HOUR, 8 * HOUR
WIDE_SECONDS, LOWERED_SECONDS = 10 * HOUR, 5 * HOUR
#: What a refund of the operator waits for the other ring.
WAIT_SECONDS = 30.0


class Life(Teller):
    """Five days, chapter by chapter."""

    def __init__(self, world: World, page: Page) -> None:
        super().__init__(world, page)
        self.eiche, self.ulme, self.linde = world.rings

    def tell(self) -> Reader:
        """Everything, in its order. -> Alma, and whom she may go on paying in another ring."""
        self.found()
        self.meet([
            (self.eiche, self.ulme, 20 * HOUR), (self.ulme, self.linde, WIDE_SECONDS),
            (self.eiche, self.linde, NARROW_SECONDS),
        ])  # fmt: skip
        alma, bruno = people_of(self.eiche, "alma", "bruno.kurz")
        karla, mehmet = people_of(self.ulme, "101", "102")
        rosa, theo = people_of(self.linde, "rosa", "theo")
        self._limits(alma, rosa)
        self._give_back(alma, mehmet)
        self._new_keys(bruno, karla)
        self._break_down(rosa, theo, bruno, karla)
        self._part(alma, bruno, rosa)
        return Reader(alma, mehmet.address)

    # -- Monday ------------------------------------------------------------------------------------------------------

    def _limits(self, alma: Person, rosa: Person) -> None:
        """A higher limit needs both offices, a lower one only the ring that would get the hours."""
        eiche, ulme, linde = self.eiche, self.ulme, self.linde
        self.page.chapter(words_of_life.LIMITS())
        self.page.say(words_of_life.LIMITS_HOW())
        self.page.blank()
        self.pay("09:00", alma, rosa, 4 * HOUR, words.UMZUG, expected="no_capacity")
        wider, narrow = (words.short_amount(each, HOURS) for each in (WIDER_SECONDS, NARROW_SECONDS))
        self._tell("09:30", words_of_life.PROPOSES(ring=_name(linde), other=_name(eiche), limit=wider))
        linde.ask("peer.limit", address=eiche.address, limit_in_seconds=WIDER_SECONDS)
        wait_until(lambda: eiche.line_to(linde)["proposed_out"] == WIDER_SECONDS, words_of_life.NOT_AGREED())
        expect(eiche.line_to(linde)["limit_out"], NARROW_SECONDS)
        self.page.outcome(words_of_life.NOT_YET(limit=narrow))
        self._tell("09:40", words_of_life.AGREES(ring=_name(eiche)))
        eiche.ask("peer.agree", address=linde.address)
        _wait_for_limit(eiche, linde, WIDER_SECONDS)
        self.page.outcome(words_of_life.COUNTS_NOW(limit=wider))
        self.pay("09:45", alma, rosa, 4 * HOUR, words.UMZUG)
        lowered = words.short_amount(LOWERED_SECONDS, HOURS)
        self._tell("16:00", words_of_life.LOWERS(ring=_name(ulme), other=_name(linde), limit=lowered))
        ulme.ask("peer.limit", address=linde.address, limit_in_seconds=LOWERED_SECONDS)
        _wait_for_limit(linde, ulme, LOWERED_SECONDS)
        self.page.outcome(words_of_life.AT_ONCE())

    # -- Tuesday -----------------------------------------------------------------------------------------------------

    def _give_back(self, alma: Person, mehmet: Person) -> None:
        """Half of a payment goes back; more than what is left of it does not."""
        self.page.chapter(words_of_life.BACK())
        self.page.say(words_of_life.BACK_HOW())
        self.page.blank()
        payment_id = self.pay("10:00", alma, mehmet, 2 * HOUR, words.REGAL)
        amount = words.full_amount(HOUR, mehmet.home.unit)
        self._tell("11:00", words_of_life.GIVES_BACK(payee=mehmet, payer=alma.name, amount=amount))
        given = self._refund(payment_id, HOUR)
        expect(given["state"], "paid")
        self.page.outcome(words.CREDITED(balances=balances_of(alma, mehmet)))
        more = words.full_amount(2 * HOUR, mehmet.home.unit)
        self._tell("11:30", words_of_life.TOO_MUCH(payee=mehmet, amount=more))
        refused = self._refund(payment_id, 2 * HOUR)
        expect(refused.get("code"), "amount")
        self.page.outcome(words.NOT_DONE(why=code_words("amount", language())))

    def _refund(self, payment_id: str, amount_seconds: int) -> dict[str, Any]:
        """What the office of Ulme gets when it gives something back: the payment, or the code of a refusal."""
        try:
            given: dict[str, Any] = self.ulme.ask(
                "refund", payment_id=payment_id, amount_seconds=amount_seconds, wait_seconds=WAIT_SECONDS
            )
        except RingtauschError as refused:
            return {"code": refused.code}
        return given

    # -- Wednesday ---------------------------------------------------------------------------------------------------

    def _new_keys(self, bruno: Person, karla: Person) -> None:
        """The keys change while a payment is open: it was signed with the old ones and arrives all the same."""
        eiche, ulme, name = self.eiche, self.ulme, _name(self.eiche)
        stick = eiche.folder.with_suffix(".root.json")
        self.page.chapter(words_of_life.KEYS(ring=name))
        self.page.say(words_of_life.KEYS_HOW())
        self.page.blank()
        self._tell("09:00", words_of_life.APART(ring=name))
        command("key", "apart", str(eiche.folder), "--out", str(stick))
        self._tell("10:00", words.HANGS(ring=_name(ulme)))
        ulme.process.freeze()
        payment = self.send("10:05", bruno, karla, HOUR, words.HECKE, "held")
        self.page.outcome(words_of_life.UNDER_WAY())
        issued = command("key", "rotate", str(eiche.folder), "--root", str(stick))
        self._tell("10:30", words_of_life.ROTATES(ring=name, number=issued["number"]))
        eiche.process.stop()
        eiche.process.start()
        expect(bruno.payment(payment)["state"], "held")
        ulme.process.thaw()
        expect(bruno.wait_for(payment)["state"], "paid")
        self._tell("11:00", words_of_life.ARRIVES(ring=_name(ulme), balances=balances_of(bruno, karla)))
        self.pay("11:30", bruno, karla, 30 * MINUTE, words.KUCHEN)
        self.world.wait_for_lines()

    # -- Thursday ----------------------------------------------------------------------------------------------------

    def _break_down(self, rosa: Person, theo: Person, bruno: Person, karla: Person) -> None:
        """What was booked with others comes back from them; what was booked inside since the backup does not."""
        linde, name = self.linde, _name(self.linde)
        backup = linde.folder.with_suffix(".tar")
        self.page.chapter(words_of_life.BROKEN(ring=name))
        self._tell("20:00", words_of_life.SAVES(ring=name))
        linde.ask("backup", out=str(backup))
        self.pay("08:30", rosa, theo, 45 * MINUTE, words.EINKAUF)
        self.pay("09:00", bruno, rosa, 30 * MINUTE, words.BRIEF)
        self.pay("09:30", theo, karla, HOUR, words.HUND)
        before = balances_of(rosa, theo)
        self._tell("10:00", words_of_life.DISK())
        linde.process.kill()
        shutil.rmtree(linde.folder)
        self._tell("12:00", words_of_life.RESTORES())
        command("restore", str(backup), str(linde.folder))
        linde.process.start()
        self.page.outcome(words_of_life.HEALS(ring=name))
        wait_until(lambda: _is_well(linde), words_of_life.NOT_READY(ring=name))
        self._tell_recovery()
        amount = words.full_amount(45 * MINUTE, rosa.home.unit)
        self.page.outcome(words_of_life.LOST(ring=name, payee=theo.name, payer=rosa.name, amount=amount))
        self.pay("12:30", rosa, theo, 45 * MINUTE, words.EINKAUF)
        expect(balances_of(rosa, theo), before)
        self.world.wait_for_lines()

    def _tell_recovery(self) -> None:
        """Who got what back, as the restored ring tells its office."""
        recovery = self.linde.ask("recover")["recovery"]
        members, unit = recovery["members"], self.linde.unit
        expect([member["handle"] for member in members], ["rosa", "theo"])
        expect(recovery["unknown"]["count"], 0)
        rows = [
            [
                self.linde.members[member["handle"]],
                words.short_amount(member["paid_seconds"], unit),
                words.short_amount(member["received_seconds"], unit),
            ]
            for member in members
        ]
        self.page.outcome(words_of_life.HEALED(count=sum(member["count"] for member in members)))
        self.page.blank()
        self.page.table([words_of_life.MEMBER(), words_of_life.PAID(), words_of_life.RECEIVED()], rows, right=(1, 2))
        self.page.blank()

    # -- Friday ----------------------------------------------------------------------------------------------------

    def _part(self, alma: Person, bruno: Person, rosa: Person) -> None:
        """An ended line only lets debts be paid back, until both books stand at zero."""
        eiche, linde = self.eiche, self.linde
        one, other = _name(eiche), _name(linde)
        self.page.chapter(words_of_life.PARTING(one=one, other=other))
        self._tell("09:00", words_of_life.ENDS(ring=other, other=one))
        linde.ask("peer.end", address=eiche.address)
        wait_until(lambda: eiche.line_to(linde)["state"] == "ended", words_of_life.NOT_ENDED())
        self._tell("09:05", words_of_life.ENDS_TOO(ring=one))
        eiche.ask("peer.end", address=linde.address)
        wait_until(lambda: linde.line_to(eiche)["limit_out"] == 0, words_of_life.NOT_ENDED())
        left = int(eiche.line_to(linde)["clearing_seconds"])
        amount = words.short_amount(left, HOURS)
        self.page.outcome(words_of_life.ONLY_BACK(giver=one, getter=other, amount=amount))
        self.pay("09:15", alma, rosa, HOUR, words.THANKS, expected="line_ended")
        self.pay("10:00", rosa, bruno, left, words.GARTEN)
        wait_until(lambda: _is_zero(eiche, linde) and _is_zero(linde, eiche), words_of_life.NOT_SETTLED())
        self.page.outcome(words_of_life.SETTLED())
        wait_until(lambda: _is_over(eiche, linde) and _is_over(linde, eiche), words_of_life.NOT_SIGNED())
        last, there = (here.line_to(other)["statement"] for here, other in ((eiche, linde), (linde, eiche)))
        expect(last["document"], there["document"])
        said = last["said"]
        open_orders = said["own_open"] + said["their_open"]
        owed = words.short_amount(said["we_owe_seconds"], HOURS)
        self._tell("10:01", words_of_life.LAST(one=one, other=other, owed=owed, count=open_orders))
        self.page.outcome(words_of_life.OVER(command="ringtausch peer statement ... --out"))

    def _tell(self, at: str, text: str) -> None:
        self.page.event(at, text)


def _name(ring: LiveRing) -> str:
    return ring.founding.spoken


def _wait_for_limit(debtor: LiveRing, creditor: LiveRing, limit_seconds: int) -> None:
    """Until both books say that the one may have so much to give to the other."""

    def is_so() -> bool:
        here, there = debtor.line_to(creditor)["limit_out"], creditor.line_to(debtor)["limit_in"]
        return bool(here == there == limit_seconds)

    wait_until(is_so, words_of_life.NOT_AGREED())


def _is_well(ring: LiveRing) -> bool:
    """Ready, and what came back undecided has been decided."""
    state = ring.ask("state")
    return (state["state"], state["open_holds"]) == ("ready", 0)


def _is_zero(here: LiveRing, there: LiveRing) -> bool:
    return bool(here.line_to(there)["clearing_seconds"] == 0)


def _is_over(here: LiveRing, there: LiveRing) -> bool:
    """Both have signed the last statement."""
    statement = here.line_to(there)["statement"]
    return bool(statement and statement["is_final"] and statement["state"] == "signed")


def tell(world: World, page: Page) -> Reader:
    """Play the second act."""
    return Life(world, page).tell()


LIFE = Play(words_of_life.TITLE, words_of_life.INTRODUCTION, foundings, tell)
