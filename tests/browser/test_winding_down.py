# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring stops, from its announcement to the last zero, as the people of three rings see it on their pages.

Whoever stops does it once on a phone without JavaScript, and once at a desk; the partner has the other one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check
from tests.browser.conftest import People, Towns, sign_in
from tests.browser.test_journeys import look_until, pay
from tests.processes.towns import Town, introduce

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 90.0
HOUR = 3_600


@dataclass
class Last:
    """Linde stops. It owes esche two hours, and buche owes it one."""

    towns: Towns
    buche: Town

    @property
    def linde(self) -> Town:
        return self.towns.eiche

    @property
    def esche(self) -> Town:
        return self.towns.ulme


@pytest.fixture
def last(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Last]:
    root = tmp_path_factory.mktemp("last")
    with ExitStack() as ends:
        linde, esche, buche = made = [Town(root, name) for name in ("linde", "esche", "buche")]
        for town, handle in zip(made, ("erna", "ben", "otto"), strict=True):
            ends.callback(town.clean_up)
            town.start()
            town.ask("member.add", handle=handle, name=handle.title())
            town.ask("member.add", handle="olga", name="Olga Brandt", role="operator")
        for other in (esche, buche):
            introduce(linde, other)
        for payer, who, to, hours in (
            (linde, "erna", "ben@esche.example", 2),
            (buche, "otto", "erna@linde.example", 1),
        ):
            paid = payer.ask("pay", from_=who, to=to, amount_seconds=hours * HOUR, memo="Rasen")
            Towns.until_paid(payer, paid["payment_id"])
        yield Last(Towns(linde, esche), buche)


def reload_until(page: Page, holds: Callable[[], bool]) -> None:
    """What the other ring does is seen by who looks again."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, page.get_by_role("main").inner_text()
        page.wait_for_timeout(300)
        page.reload()


def reads(page: Page, text: str) -> bool:
    """Whether a page says something now."""
    return text in page.get_by_role("main").inner_text()


def operator(people: People, last: Last, town: Town, *, phone: bool) -> Page:
    """Signed in, at the page that shows how all is."""
    page = people(phone=phone)
    sign_in(page, last.towns, town, "olga")
    page.get_by_role("link", name="Betrieb").click()
    return page


def announce(linde: Page) -> None:
    """For good, so nobody does it by one click."""
    linde.get_by_role("link", name="Auflösung").click()
    linde.get_by_role("button", name="Auflösung bekannt machen").click()
    expect(linde.get_by_role("alert")).to_contain_text("Kreuzen Sie")
    linde.get_by_label("Ja, unser Tauschring hört auf.").check()
    linde.get_by_role("button", name="Auflösung bekannt machen").click()
    expect(linde.get_by_text("Noch ist nicht alles ausgeglichen.")).to_be_visible()
    expect(linde.get_by_text("Wir haben 2 Stunden zu geben.")).to_be_visible()
    expect(linde.get_by_text("Dort hat man uns 1 Stunde zu geben.")).to_be_visible()


def an_hour_goes_home(people: People, last: Last, *, phone: bool) -> None:
    """Ben of esche spends one of the two with Erna of linde."""
    page = people(phone=phone)
    sign_in(page, last.towns, last.esche, "ben")
    pay(page, "erna", "1", "Kuchen", "linde.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stimmt das so?")
    page.get_by_role("button", name="Jetzt bezahlen").click()
    look_until(page, "Gutgeschrieben")


def the_other_hour_is_let_off(esche: Page, linde: Page) -> None:
    """Esche proposes zero, and linde signs it."""
    esche.get_by_role("region", name="linde.example").get_by_role("link", name="linde.example").click()
    expect(esche.get_by_role("heading", name="Dieser Tauschring löst sich auf")).to_be_visible()
    esche.get_by_role("link", name="Was offen ist, zum Abschluss bringen").click()
    reload_until(esche, partial(reads, esche, "Dort hat man uns 1 Stunde zu geben."))
    propose = esche.get_by_role("button", name="Vorschlag unterschreiben und schicken")
    propose.click()
    expect(esche.get_by_role("alert")).to_contain_text("Schreiben Sie, wie viel wir danach noch zu geben haben.")
    esche.get_by_label("Wie viel haben wir danach noch zu geben?").fill("0")
    propose.click()
    esche.get_by_label("Ja, wir verzichten auf 1 Stunde.").check()
    propose.click()
    expect(esche.get_by_text("Unser Vorschlag wartet auf die Unterschrift von dort.")).to_be_visible()
    expect(esche.get_by_text("Wir verzichten auf 1 Stunde.")).to_be_visible()
    linde.get_by_role("link", name="Abschluss mit esche.example").click()
    reload_until(linde, partial(reads, linde, "Ein Vorschlag von dort"))
    expect(linde.get_by_text("Der andere verzichtet auf 1 Stunde.")).to_be_visible()
    linde.get_by_role("button", name="Vorschlag unterschreiben", exact=True).click()
    reload_until(linde, partial(reads, linde, "Behalten: 1 Stunde"))
    reload_until(esche, partial(reads, esche, "Verloren: 1 Stunde"))


def the_dead_one_is_written_off(linde: Page) -> None:
    """Buche never answers again; the community bears the hour."""
    linde.get_by_role("link", name="Zum Betrieb").click()
    linde.get_by_role("link", name="Auflösung").click()
    linde.get_by_role("link", name="Abschluss mit buche.example").click()
    linde.get_by_text("Den anderen Tauschring gibt es nicht mehr").click()
    linde.get_by_label("Ja, buche.example antwortet nie mehr.").check()
    linde.get_by_role("button", name="Verbindung aufgeben").click()
    linde.get_by_label("Ja, buche.example antwortet nie mehr.").check()
    linde.get_by_label("Ja, obwohl er zuletzt").check()  # it was there a minute ago
    linde.get_by_role("button", name="Verbindung aufgeben").click()
    linde.get_by_label("Die Gemeinschaft").check()
    linde.get_by_label("Ja, 1 Stunde bekommen wir nicht mehr.").check()
    linde.get_by_role("button", name="Abschreiben").click()
    expect(linde.get_by_text("Verloren: 1 Stunde")).to_be_visible()
    expect(linde.get_by_text("Mit diesem Tauschring ist nichts mehr offen.")).to_be_visible()


def certify(linde: Page) -> None:
    """The last word, for the board's folder."""
    linde.get_by_role("link", name="Zum Betrieb").click()
    linde.get_by_role("link", name="Auflösung").click()
    reload_until(linde, partial(reads, linde, "Alles ist abgeschlossen."))
    linde.get_by_role("button", name="Bescheinigung unterschreiben").click()
    expect(linde.get_by_role("heading", level=1)).to_have_text("Bescheinigung über das Ende")
    expect(linde.get_by_text("Beide haben unterschrieben, dass nichts offen ist.")).to_be_visible()
    expect(linde.get_by_text("Von uns allein abgeschlossen")).to_be_visible()
    linde.get_by_role("link", name="Zurück zur Auflösung").click()
    linde.get_by_role("link", name="Zum Betrieb").click()


def nobody_is_asked(page: Page) -> None:
    """What was waived is the community's: no member's hours wait at the office."""
    page.get_by_role("link", name="Büro").click()
    page.get_by_role("link", name="Klären").click()
    expect(page.get_by_text("Hier wartet nichts.")).to_be_visible()


def stands_at_zero(page: Page, lines: int, members_too: bool) -> None:
    """Every line; and every account of a member, where the ring has ended."""
    page.get_by_role("link", name="Betrieb").click()
    expect(page.get_by_text("Alles in Ordnung.")).to_be_visible()
    expect(page.get_by_role("definition").get_by_text("ausgeglichen", exact=True)).to_have_count(lines)
    page.get_by_role("link", name="Büro").click()
    members = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Brief mit Code"))
    at_zero = members.filter(has=page.get_by_text("0 Stunden", exact=True)).count()
    assert (members.count() == at_zero) == members_too


@pytest.mark.parametrize("phone_stops", [True, False], ids=["the phone stops", "the desk stops"])
def test_a_ring_stops_and_every_book_ends_at_zero(last: Last, people: People, phone_stops: bool) -> None:
    linde = operator(people, last, last.linde, phone=phone_stops)
    esche = operator(people, last, last.esche, phone=not phone_stops)
    at_the_desk = esche if phone_stops else linde  # axe needs a browser with JavaScript
    announce(linde)
    last.buche.kill()
    reload_until(esche, partial(reads, esche, "in Auflösung"))
    an_hour_goes_home(people, last, phone=phone_stops)
    the_other_hour_is_let_off(esche, linde)
    check(at_the_desk)
    the_dead_one_is_written_off(linde)
    certify(linde)
    nobody_is_asked(linde)
    nobody_is_asked(esche)
    stands_at_zero(linde, 2, members_too=True)
    stands_at_zero(esche, 1, members_too=False)  # Ben has the hour that his community lost
    for town in (last.linde, last.esche):
        assert 0 == town.ask("state")["sum_seconds"]
