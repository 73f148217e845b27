# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pictures of pages after the demo's day, and of the audit of its rings.

`make screenshots` puts all into build/screens, README's six and the first sheet of the audit's report into docs.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from ringtausch_node.demo import ACTS, closing
from ringtausch_node.demo.page import Page as Account
from ringtausch_node.demo.people import Person
from ringtausch_node.demo.world import LiveRing, World
from ringtausch_protocol.audit.program.command import Given, audit_sources, write_results
from tests.browser.conftest import CHROMIUM, DESK, FLAGS, open_context, picture
from tests.house.tree import ROOT

FOLDER = ROOT / "build" / "screens"
#: What README shows: so many pixels that it can be read, so few that the repository stays small.
SMALL = ROOT / "docs" / "pictures"
SMALL_SIZE, SIZE = ViewportSize(width=390, height=760), ViewportSize(width=820, height=1_180)
#: A4 with the margins that the report asks for, down to where the first table of a report of three rings ends.
SHEET_SIZE, SHEET_MARGINS = ViewportSize(width=794, height=905), "main{padding:18mm 16mm!important}"
SHOWN = ("01-willkommen", "04-pruefen", "05-unterwegs", "07-konto", "13-mitglied", "14-monat")
MINUTE = 60


@dataclass
class Album:
    """Takes the pictures of Eiche, where Alma lives; she pays in Ulme."""

    page: Page
    ring: LiveRing
    other: LiveRing
    alma: Person
    payee: str

    def take(self) -> None:
        """All pictures, member first."""
        self.at("01-willkommen", "/")
        self.at("02-anmelden", "/anmelden")
        self.come_in(self.alma.handle)
        self.of_a_member()
        self.come_in(closing.OFFICE_HANDLE)
        self.of_the_office()
        self.of_the_operator()

    def come_in(self, handle: str) -> None:
        """With the code of a letter."""
        page = self.page
        page.context.clear_cookies()
        page.goto(f"{self.ring.url}/anmelden")
        page.get_by_label("Name, Mitgliedsnummer oder E-Mail").fill(handle)
        page.get_by_label("Code").fill(self.ring.ask("member.code", handle=handle)["code"])
        page.get_by_role("button", name="Anmelden", exact=True).click()
        page.get_by_role("heading", name="Guten Tag").wait_for()

    def at(self, name: str, path: str, then: Callable[[], None] | None = None) -> None:
        """One page as a picture; those that README shows also as a telephone has them."""
        page = self.page
        page.goto(f"{self.ring.url}{path}")
        if then is not None:
            then()
        picture(page, FOLDER, name)
        if name in SHOWN:
            page.set_viewport_size(SMALL_SIZE)
            page.screenshot(path=SMALL / f"{name[3:]}.png")
            page.set_viewport_size(SIZE)

    def of_a_member(self) -> None:
        """What a member sees after the day, and while the other town is away for a minute."""
        page, alma = self.page, self.alma
        check = f"/zahlen?an={self.payee}&betrag=0,75&wofuer=Ein%20Glas%20Honig"
        self.at("03-bezahlen", check)
        self.at("04-pruefen", check, lambda: page.get_by_role("button", name="Weiter: prüfen").click())
        self.ring.ask(
            "invoice.create", payee="bruno.kurz", payer=alma.handle, amount_seconds=90 * MINUTE, memo="Rasen gemäht"
        )
        self.other.process.kill()
        waits = alma.pay(self.payee, 45 * MINUTE, "Ein Glas Honig").document["payment_id"]
        self.at("05-unterwegs", f"/zahlungen/{waits}")
        self.other.process.start()
        alma.wait_for(waits)
        self.at("06-gutgeschrieben", f"/zahlungen/{waits}")
        self.at("07-konto", "/konto")
        self.at("08-rechnung", "/rechnungen", page.get_by_role("link", name="Ansehen").first.click)
        self.at("09-geraete", "/geraete")
        self.at("20-auszug", "/konto/auszug")

    def of_the_office(self) -> None:
        """What the office sees."""
        page = self.page
        self.at("10-buero", "/buero")
        self.at("11-brief", "/buero", page.get_by_role("button", name="Brief mit Code für Erna Berg").click)
        self.at("13-mitglied", "/buero/mitglied/alma")
        page.goto(f"{self.ring.url}/buero/monat")
        bookings = page.locator("main li").filter(has_not_text="Anfangsstand").filter(has_text="Rubrik")
        for number, category in enumerate(("Handwerk", "Handwerk", "Garten")):
            bookings.nth(number).get_by_role("combobox").select_option(category)
        page.get_by_role("button", name="Rubriken speichern").click()
        self.at("14-monat", "/buero/monat")
        self.at("15-auszuege", "/buero/auszuege")
        page.set_viewport_size(DESK)
        self.at("17-belege", "/buero/belege", self.type_slips)
        page.set_viewport_size(SIZE)

    def type_slips(self) -> None:
        """Two slips, and their sum as it runs along."""
        page = self.page
        slips = (
            ("26-17", "alma", "erna", "1,5", "Keller aufgeräumt"),
            ("26-18", "erna", "carla", "0:45", "Brot gebacken"),
        )
        for row, texts in enumerate(slips, 1):
            for name, text in zip(("beleg", "nehmer", "geber", "betrag", "wofuer"), texts, strict=True):
                page.locator(f"#{name}{row}").press_sequentially(text)
        expect(page.locator("#summe")).to_contain_text("2,25 Stunden")

    def of_the_operator(self) -> None:
        """What keeps the ring going."""
        page = self.page
        self.at("12-betrieb", "/betrieb")
        self.at("16-partner", f"/betrieb/ring/{self.other.address}")
        self.at("18-sicherung", "/betrieb/sicherung?neu=ja")
        page.goto(f"{self.ring.url}/betrieb/pruefung")
        page.get_by_role("button", name="Jetzt prüfen").click()
        expect(page.get_by_role("link", name="Bericht lesen")).to_be_visible(timeout=60_000)
        self.at("19-pruefung", "/betrieb/pruefung")


def of_the_audit(page: Page, world: World) -> None:
    """The report of an audit of all rings, made from what they export: whole, and its first sheet as it is printed."""
    logs, report = world.folder / "logs", world.folder / "report.html"
    logs.mkdir()
    for ring in world.rings:
        ring.ask("log.export", out=str(logs / ring.folder.name))
    given = Given([str(logs)], "de", out=report)
    write_results(given, audit_sources(given))
    page.goto(report.as_uri())
    picture(page, FOLDER, "21-pruefbericht")
    page.emulate_media(media="print")
    page.add_style_tag(content=SHEET_MARGINS)
    page.set_viewport_size(SHEET_SIZE)
    page.screenshot(path=SMALL / "pruefbericht.png")


def main() -> int:
    """Play the day, then take them."""
    os.environ["LC_ALL"] = "de_DE.UTF-8"  # the rings of the demo speak the language of whoever starts it
    for folder in (FOLDER, SMALL):
        folder.mkdir(parents=True, exist_ok=True)
    day = ACTS["day"]
    with tempfile.TemporaryDirectory() as root, World(Path(root), day.foundings(), None) as world:
        reader = day.tell(world, Account(io.StringIO()))
        closing.make_logins(world, reader.person)
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = open_context(browser, phone=False).new_page()
            page.set_viewport_size(SIZE)
            eiche, ulme, _ = world.rings
            Album(page, eiche, ulme, reader.person, reader.payee_address).take()
            of_the_audit(page, world)
            browser.close()
    sys.stdout.write(f"{FOLDER.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
