# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people come for, from a stranger's view: by the words they see, on a phone without JavaScript and at a desk."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Towns, person, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 90.0


def pay(page: Page, to: str, amount: str, what_for: str, ring: str = "Hier bei uns") -> None:
    """As far as the page that asks whether all is right."""
    page.get_by_role("navigation", name="Seiten").get_by_role("link", name="Bezahlen").click()
    page.get_by_label("An wen?").fill(to)
    page.get_by_label("In welchem Tauschring?").select_option(ring)
    page.get_by_label("Wie viel?").fill(amount)
    page.get_by_label("Wofür?").fill(what_for)
    page.get_by_role("button", name="Weiter: prüfen").click()


def look_until(page: Page, heading: str) -> None:
    """A page that refreshes itself, or is asked again by hand where nothing moves without."""
    end = time.monotonic() + PATIENCE_SECONDS
    while page.get_by_role("heading", level=1).inner_text() != heading:
        assert time.monotonic() < end, page.get_by_role("heading", level=1).inner_text()
        again = page.get_by_role("link", name="Jetzt nachsehen")
        if again.count():
            again.click()
        page.wait_for_timeout(500)


@pytest.mark.parametrize("away", ["killed", "stopped"])
def test_a_member_pays_into_the_other_town_while_its_node_is_away(page: Page, towns: Towns, away: str) -> None:
    towns.eiche.ask("peer.name", address="ulme.example", name="Ulmenstadt")
    sign_in(page, towns, towns.eiche, "erna")
    pay(page, "jutta", "0:30", "Ein Glas Honig", "Ulmenstadt")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stimmt das so?")
    expect(page.get_by_text("Jutta Kamp")).to_be_visible()
    if away == "killed":
        towns.ulme.kill()
    else:
        os.kill(towns.ulme.pid, signal.SIGSTOP)
    try:
        page.get_by_role("button", name="Jetzt bezahlen").click()
        expect(page.get_by_text("Sie müssen nichts tun.")).to_be_visible()
        expect(page.get_by_text("Wartet auf Ulmenstadt")).to_be_visible()
        page.get_by_role("link", name="Zum Konto").click()
        expect(page.get_by_text("Davon sind 0,5 Stunden vorgemerkt")).to_be_visible()
        page.get_by_role("link", name="Ansehen").first.click()
    finally:
        if away == "killed":
            towns.ulme.start()
        else:
            os.kill(towns.ulme.pid, signal.SIGCONT)
    look_until(page, "Gutgeschrieben")
    expect(page.get_by_text("Jutta Kamp in Ulmenstadt hat 0,5 Stunden erhalten.")).to_be_visible()


def test_a_refused_payment_gives_the_hours_back(page: Page, towns: Towns) -> None:
    sign_in(page, towns, towns.eiche, "karl")
    pay(page, "ben@ulme", "1", "Fahrrad repariert")
    expect(page.get_by_text("Ben Weber")).to_be_visible()
    towns.ulme.ask("member.freeze", handle="ben")
    try:
        page.get_by_role("button", name="Jetzt bezahlen").click()
        look_until(page, "Nicht ausgeführt")
    finally:
        towns.ulme.ask("member.freeze", handle="ben", thaw=True)
    expect(page.get_by_text("Ihre Stunden sind wieder frei.")).to_be_visible()


def test_an_invoice_from_another_town_is_found_and_paid(page: Page, towns: Towns, writer: Page) -> None:
    sign_in(writer, towns, towns.ulme, "ben")
    writer.get_by_role("link", name="Rechnung schreiben").click()
    writer.get_by_label("An wen?").fill("erna@eiche.example")
    writer.get_by_label("Wie viel?").fill("90 min")
    writer.get_by_label("Wofür?").fill("Kirschbaum geschnitten")
    writer.get_by_role("button", name="Rechnung abschicken").click()
    expect(writer.get_by_role("heading", name="Ihre Rechnung")).to_be_visible()
    sign_in(page, towns, towns.eiche, "erna")
    end = time.monotonic() + PATIENCE_SECONDS
    while not page.get_by_text("Kirschbaum geschnitten").count():
        assert time.monotonic() < end
        page.wait_for_timeout(300)
        page.reload()
    page.get_by_role("link", name="Rechnung ansehen").first.click()
    page.get_by_role("button", name="Stimmt, jetzt bezahlen").click()
    look_until(page, "Gutgeschrieben")


def test_mistakes_are_named_at_the_field_and_nothing_typed_is_lost(page: Page, towns: Towns) -> None:
    sign_in(page, towns, towns.eiche, "erna")
    pay(page, "karl", "viel", "Rasen gemäht")
    expect(page.get_by_role("alert")).to_contain_text("Diese Menge können wir nicht lesen.")
    assert page.title().startswith("Fehler:")
    expect(page.get_by_label("An wen?")).to_have_value("karl")
    expect(page.get_by_label("Wofür?")).to_have_value("Rasen gemäht")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Wie viel?")).to_be_focused()


def test_the_office_books_slips_with_the_keyboard_alone(page: Page, towns: Towns) -> None:
    number = f"26-{time.monotonic_ns() % 10**9}"
    sign_in(page, towns, towns.eiche, "olga")
    page.get_by_role("link", name="Büro").click()
    page.get_by_role("link", name="Belege buchen").click()
    page.get_by_label("Belegnummer").first.focus()
    for text in (number, "erna", "karl", "1,5", "Keller", f"{number}b", "karl", "erna", "1", "Brot"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Weiter: prüfen").press("Enter")
    expect(page.get_by_text("2 Belege zusammen")).to_be_visible()
    expect(page.get_by_text("2,5 Stunden", exact=True)).to_be_visible()
    page.get_by_role("button", name="Alle buchen").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Zusammen 2,5 Stunden sind gebucht.")


@pytest.fixture
def writer(chromium: Browser) -> Iterator[Page]:
    with person(chromium, phone=True) as opened:
        yield opened
