# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pictures of pages: `make screenshots` puts nineteen into build/screens, and six as on a telephone into docs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, DESK, FLAGS, Towns, founded, open_context, picture, sign_in
from tests.house.tree import ROOT

FOLDER = ROOT / "build" / "screens"
#: What README shows: so many pixels that it can be read, so few that the repository stays small.
SMALL = ROOT / "docs" / "pictures"
SMALL_SIZE, SIZE = ViewportSize(width=390, height=760), ViewportSize(width=820, height=1_180)
SHOWN = ("01-willkommen", "04-pruefen", "05-unterwegs", "07-konto", "13-mitglied", "14-monat")


def tell(towns: Towns) -> dict[str, str]:
    """A small life to take pictures of. -> paths of payments and invoices."""
    oak = towns.eiche
    for number, (memo, seconds) in enumerate((("Kuchen für das Sommerfest", 9_000), ("Zwei Hemden gebügelt", 2_700))):
        oak.ask("pay", from_="karl", to="erna", amount_seconds=seconds, memo=memo, payment_id="B" * 21 + "AQgw"[number])
    paid = oak.ask("pay", from_="erna", to="ben@ulme.example", amount_seconds=5_400, memo="Fahrrad repariert")
    oak.ask("invoice.create", payee="karl", payer="erna", amount_seconds=5_400, memo="Rasen gemäht")
    towns.until_paid(oak, paid["payment_id"])
    towns.ulme.kill()
    waits = oak.ask("pay", from_="erna", to="jutta@ulme.example", amount_seconds=2_700, memo="Ein Glas Honig")
    return {"paid": paid["payment_id"], "waits": waits["payment_id"]}


@dataclass
class Album:
    """Takes the pictures of one town."""

    page: Page
    towns: Towns

    def take(self) -> None:
        """All pictures, member first."""
        self.at("01-willkommen", "/")
        self.at("02-anmelden", "/anmelden")
        sign_in(self.page, self.towns, self.towns.eiche, "erna")
        self.of_a_member(tell(self.towns))
        self.towns.ulme.start()
        self.page.context.clear_cookies()
        sign_in(self.page, self.towns, self.towns.eiche, "olga")
        self.of_the_office()
        self.of_the_operator()

    def at(self, name: str, path: str, then: Callable[[], None] | None = None) -> None:
        """One page as a picture; those that README shows also as a telephone has them."""
        page = self.page
        page.goto(self.towns.url(self.towns.eiche, path))
        if then is not None:
            then()
        picture(page, FOLDER, name)
        if name in SHOWN:
            page.set_viewport_size(SMALL_SIZE)
            page.screenshot(path=SMALL / f"{name[3:]}.png")
            page.set_viewport_size(SIZE)

    def of_a_member(self, happened: dict[str, str]) -> None:
        """What a member sees."""
        page, check = self.page, "/zahlen?an=karl&betrag=1,5&wofuer=Hecke%20geschnitten"
        self.at("03-bezahlen", check)
        self.at("04-pruefen", check, lambda: page.get_by_role("button", name="Weiter: prüfen").click())
        self.at("05-unterwegs", f"/zahlungen/{happened['waits']}")
        self.at("06-gutgeschrieben", f"/zahlungen/{happened['paid']}")
        self.at("07-konto", "/konto")
        self.at("08-rechnung", "/rechnungen", page.get_by_role("link", name="Ansehen").first.click)
        self.at("09-geraete", "/geraete")

    def of_the_office(self) -> None:
        """What the office and the operator see."""
        page = self.page
        self.at("10-buero", "/buero")
        self.at("11-brief", "/buero", page.get_by_role("button", name="Brief mit Code für Karl Sand").click)
        self.at("13-mitglied", "/buero/mitglied/erna")
        page.goto(self.towns.url(self.towns.eiche, "/buero/monat"))
        for number, category in enumerate(("Essen", "Haushalt", "Handwerk"), 1):
            page.get_by_label(f"Rubrik zu Nr. {number}").select_option(category)
        page.get_by_role("button", name="Rubriken speichern").click()
        self.at("14-monat", "/buero/monat")
        self.at("15-auszuege", "/buero/auszuege")
        self.at("16-beitreten", "/beitreten")
        page.set_viewport_size(DESK)
        self.at("17-belege", "/buero/belege", self.type_slips)
        page.set_viewport_size(SIZE)

    def type_slips(self) -> None:
        """Two slips, and their sum as it runs along."""
        page = self.page
        slips = (
            ("26-17", "erna", "karl", "1,5", "Keller aufgeräumt"),
            ("26-18", "karl", "erna", "0:45", "Brot gebacken"),
        )
        for row, texts in enumerate(slips, 1):
            for name, text in zip(("beleg", "nehmer", "geber", "betrag", "wofuer"), texts, strict=True):
                page.locator(f"#{name}{row}").press_sequentially(text)
        expect(page.locator("#summe")).to_contain_text("2,25 Stunden")

    def of_the_operator(self) -> None:
        """What keeps the ring going."""
        page = self.page
        self.at("12-betrieb", "/betrieb")
        self.at("18-einrichten", "/betrieb/einrichten")
        page.goto(self.towns.url(self.towns.eiche, "/betrieb/pruefung"))
        page.get_by_role("button", name="Jetzt prüfen").click()
        expect(page.get_by_role("link", name="Bericht lesen")).to_be_visible(timeout=60_000)
        self.at("19-pruefung", "/betrieb/pruefung")


def main() -> int:
    """Take them."""
    for folder in (FOLDER, SMALL):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as root, founded(Path(root)) as towns, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = open_context(browser, phone=False)
        page = context.new_page()
        page.set_viewport_size(SIZE)
        Album(page, towns).take()
        browser.close()
    sys.stdout.write(f"{FOLDER.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
