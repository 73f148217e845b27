# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody installs a ring: a link from the machine, then step by step until all is done, then the first member."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check
from tests.browser.conftest import DESK, codes_on
from tests.processes.towns import Town

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

NEXT = "Speichern und zum nächsten Schritt"


@pytest.fixture
def linde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A ring that was made a minute ago."""
    town = Town(tmp_path_factory.mktemp("young"), "linde", settings={"name": "Linde"})
    town.start()
    yield town
    town.clean_up()


def step(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def come_in(page: Page, linde: Town) -> None:
    """As the machine says: open the link."""
    page.goto(linde.ask("setup.link")["url"])
    if page.evaluate("innerWidth") == DESK["width"]:  # axe needs a browser with JavaScript
        check(page)
    page.get_by_label("Ihr Name").fill("Olga Brandt")
    page.get_by_label("Ihr Kürzel").fill("olga")
    page.get_by_role("button", name="Ich bin der Betreiber").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Schritt für Schritt")


def answer_questions(page: Page) -> None:
    """Name, speech, rules; mail is left for later."""
    step(page, "Name und Telefon")
    page.get_by_label("Wie heißt Ihr Tauschring?").fill("Linde am Markt")
    page.get_by_role("button", name=NEXT).click()
    for name in ("Sprache und Anrede", "Regeln für Mitglieder", "E-Mail"):
        step(page, name)
        page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("banner")).to_contain_text("Linde am Markt")


def invite(page: Page) -> str:
    """Take the first member in. -> the code of the letter."""
    page.get_by_role("link", name="Zum Büro").click()
    page.get_by_role("link", name="Mitglied aufnehmen").click()
    page.get_by_label("Name").fill("Erna Berg")
    page.get_by_label("Kürzel").fill("erna")
    page.get_by_role("button", name="Aufnehmen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Erna Berg ist jetzt Mitglied")
    page.get_by_role("button", name="Brief mit Code").click()
    expect(page.get_by_text("Guten Tag, Erna Berg,")).to_be_visible()
    return codes_on(page)[0]


def come_in_by_letter(page: Page, code: str) -> None:
    """The operator leaves; the member types what stands in the letter."""
    page.get_by_role("button", name="Abmelden").click()
    page.get_by_role("link", name="Anmelden", exact=True).click()
    page.get_by_label("Name, Mitgliedsnummer oder E-Mail").fill("erna")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_role("heading", name="Guten Tag, Erna Berg")).to_be_visible()


def test_a_ring_is_set_up_in_a_browser(page: Page, linde: Town) -> None:
    come_in(page, linde)
    answer_questions(page)
    step(page, "Die Schlüssel sichern")
    expect(page.get_by_text("Die Wurzelschlüssel liegen noch auf diesem Rechner.")).to_be_visible()
    (linde.folder / "keys" / "root.json").unlink()
    page.get_by_role("link", name="Zu den Schritten").click()
    step(page, "Die erste Sicherung")
    page.get_by_role("link", name="Neue Sicherung machen").click()
    page.get_by_role("button", name="Jetzt sichern").click()
    expect(page.get_by_text("Die letzte ist vom")).to_be_visible()
    page.get_by_role("link", name="Zum Betrieb").click()
    step(page, "Einrichten")
    expect(page.get_by_text("Fertig.", exact=True)).to_be_visible()
    code = invite(page)
    come_in_by_letter(page, code)
