# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages that everybody must be able to use, and how one gets to those behind forms."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.browser.conftest import Towns
from tests.browser.living import WORDS

STRANGER = [
    "/", "/anmelden", "/anmelden?mit=passwort", "/anmelden/brief", "SENT", "LINK", "/anmelden/link/x",
    "/seite/tauschring", "/seite/mitmachen", "/seite/kontakt", "/seite/impressum", "/seite/datenschutz",
    "/seite/barrierefreiheit", "/z/karl?betrag=1&wofuer=Honig", "/beitreten", "/nirgends",
]  # fmt: skip
OPERATOR = [
    "/konto", "/konto?konto=karl", "/karte", "/karte?betrag=1,5&wofuer=Honig", "/karte?betrag=viel", "/konto/auszug",
    "/konto/bestaetigung",
    "/konto/buchungen", "/konto/buchungen?suche=Kuchen", "/zahlen", "/rechnungen", "/rechnung-schreiben",
    "/geraete", "/einstellungen", "/vertrauen", "/abstand", "APART", "TOLD", "/daten", "/gemeinschaft", "/betrieb",
    "/buero", "/buero/belege", "SLIPS", "BOOKED", "TWICE", "/buero/liste", "/buero/mitglieder", "/buero/monat",
    "/buero/auszuege", "/buero/bestaetigungen", "/buero/einlesen",
    "/buero/klaeren", "/buero/anfragen", "/buero/neu", "/buero/neu/karl",
    "/buero/gemeinschaft", "FUND", "/buero/meldungen", "/buero/mitglied/karl", "/buero/mitglied/erna",
    "/buero/mitglied/karl/austritt", "REVERSE", "REFUND", "/buero/mitglied/rudi", "/buero/mitglied/heinz",
    "/buero/mitglied/heinz/vergessen", "UNSURE", "FORGOTTEN",
    "/betrieb/einrichten", "/betrieb/einrichten/schluessel", "/betrieb/rollen", "/betrieb/einstellungen",
    "/betrieb/einstellungen/regeln", "/betrieb/einstellungen/post", "/betrieb/texte", "/betrieb/texte/kontakt",
    "/betrieb/mails", "/betrieb/sicherung", "/betrieb/sicherung?neu=ja", "TRIAL", "TRIED", "/betrieb/protokoll",
    "/betrieb/pruefung", "INVITATION",
    "/betrieb/einladen", "/betrieb/annehmen", "/betrieb/ring/ulme.example", "/betrieb/ring/ulme.example/abschluss",
    "/betrieb/ring/ulme.example/saldo?monat=2099-01",
    "/betrieb/ring/ulme.example/saldo?monat=2020-01",
    "/betrieb/abmelden",
    "/betrieb/aufloesung", "/betrieb/aufloesung/bescheinigung", "/betrieb/quittung", "/betrieb/verrechnung",
    "/betrieb/durchgang",
    "PAID", "THERE", "PENDING", "REFUSED", "CANCELLED", "DOUBT", "INVOICE", "BILL", "DECLINED", "CHECK", "WRONG",
    "LETTER", "/buero/briefe", "LETTERS", "/buero/karten", "CARDS",
]  # fmt: skip


def go(page: Page, towns: Towns, life: Mapping[str, str], path: str) -> None:
    """Open a page; some are only reached by a form."""
    start, then = BY_FORM.get(path, (life.get(path, path), None))
    page.goto(towns.url(towns.eiche, start))
    if then is not None:
        then(page)


def _press(page: Page, button: str, heading: str) -> None:
    """Send a form, and wait for the page behind it."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def _letters(page: Page) -> None:
    page.get_by_role("checkbox", name="Karl Sand").check()
    _press(page, "Briefe machen", "Brief")


def _tried(page: Page) -> None:
    page.get_by_label("Die zehn Wörter").fill(WORDS)
    page.get_by_role("button", name="Öffnen und prüfen").click()
    expect(page.get_by_text("alles darin stimmt")).to_be_visible()


def _invitation(page: Page) -> None:
    page.get_by_role("button", name="Einladung machen").click()
    expect(page.get_by_label("Der Text der Einladung")).to_be_visible()


def _slips(page: Page, number: str) -> None:
    """As far as the page that asks whether all is right."""
    for name, text in (("beleg", number), ("nehmer", "erna"), ("geber", "karl"), ("betrag", "1"), ("wofuer", "Keller")):
        page.locator(f"#{name}1").fill(text)
    _press(page, "Weiter: prüfen", "Stimmt das so?")


def _booked(page: Page, times: int = 1) -> None:
    """Slips booked; a second time none of them is."""
    number = f"26-{time.monotonic_ns() % 10**9}"
    for _ in range(times):
        page.goto(page.url.partition("/buero")[0] + "/buero/belege")
        _slips(page, number)
        _press(page, "Alle buchen", "Belege gebucht")


def _apart(page: Page) -> None:
    page.get_by_label("Wen?").fill("erna")
    page.get_by_role("button", name="Fernhalten").click()
    expect(page.get_by_role("button", name="Beenden: Erna Berg")).to_be_visible()


def _told(page: Page) -> None:
    page.get_by_label("Um wen geht es?").fill("erna")
    page.get_by_label("Was ist geschehen?").fill("Sie kam nicht.")
    page.get_by_role("button", name="Melden", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("das Büro weiß es jetzt")


def _fund(page: Page) -> None:
    page.get_by_label("Kürzel", exact=False).last.fill("sozial")
    page.get_by_label("Name").last.fill("Sozialfonds")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("heading", name="Aus einem Konto geben")).to_be_visible()


def _forgotten(page: Page) -> None:
    """Whoever is left of two; each theme of the browser forgets one."""
    page.get_by_role("link", name="Gustav").first.click()
    page.get_by_role("link", name="Vergessen, was").click()
    page.get_by_label("Ich bin sicher.").check()
    _press(page, "Endgültig vergessen", "Vergessen")


def _wish(amount: str) -> str:
    return f"/zahlen?{urlencode({'an': 'karl', 'betrag': amount, 'wofuer': 'Rasen'})}"


#: Pages behind forms: where the form stands, and what somebody does there.
BY_FORM: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "SENT": ("/anmelden/brief?wer=erna", lambda page: _press(page, "Code schicken", "Postfach")),
    "APART": ("/abstand", _apart),
    "TOLD": ("/abstand", _told),
    "FUND": ("/buero/gemeinschaft", _fund),
    "SLIPS": ("/buero/belege", lambda page: _slips(page, "26-1")),
    "BOOKED": ("/buero/belege", _booked),
    "TWICE": ("/buero/belege", lambda page: _booked(page, 2)),
    "UNSURE": ("/buero/mitglied/heinz/vergessen", lambda page: _press(page, "Endgültig vergessen", "vergessen")),
    "FORGOTTEN": ("/buero", _forgotten),
    "LETTER": ("/buero", lambda page: _press(page, "Brief mit Code für Karl Sand", "Willkommen")),
    "LETTERS": ("/buero/briefe", _letters),
    "CARDS": ("/buero/karten", lambda page: _press(page, "Karten für alle Mitglieder", "Karten")),
    "CHECK": (_wish("1,5"), lambda page: _press(page, "Weiter: prüfen", "Stimmt das so?")),
    "WRONG": (_wish("viel"), lambda page: _press(page, "Weiter: prüfen", "Bezahlen")),
    "TRIAL": ("/betrieb/sicherung-pruefen", None),
    "TRIED": ("/betrieb/sicherung-pruefen", _tried),
    "INVITATION": ("/betrieb/einladen", _invitation),
}
