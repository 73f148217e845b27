# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page, light and dark: axe finds nothing, nothing runs off a narrow screen, all targets can be hit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Towns, person, sign_in
from tests.browser.printing import count_sheets, print_to_pdf

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
#: WCAG 2.5.5: what a finger hits. Links inside a sentence may be smaller (2.5.8).
TARGET_PIXELS = 44
_SMALL = f"""() => [...document.querySelectorAll('button, .button, nav a, .foot a, input:not([type=hidden]), select')]
  .filter(each => each.checkVisibility() && !each.closest('.skip') && !each.matches('[type=checkbox], [type=radio]'))
  .map(each => [each.getBoundingClientRect(), each.textContent || each.name])
  .filter(([box]) => box.width > 0 && (box.height < {TARGET_PIXELS - 0.5} || box.width < {TARGET_PIXELS - 0.5}))
  .map(([box, name]) => `${{name}}: ${{box.width}} x ${{box.height}}`)"""
_WIDER = """() => [...document.querySelectorAll('body *')]
  .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !each.closest('.skip, svg') && each.checkVisibility())
  .map(each => each.tagName + '.' + each.className)"""

WORDS = "Abend Acker Adler Affe Ahorn Album Allee Ampel Amsel Anker"
STRANGER = ["/", "/anmelden", "/anmelden?mit=passwort", "/anmelden/brief", "/seite/tauschring", "/seite/kontakt",
            "/seite/barrierefreiheit", "/z/karl?betrag=1&wofuer=Honig", "/beitreten", "/nirgends"]  # fmt: skip
OPERATOR = [
    "/konto", "/karte", "/konto/auszug", "/konto/buchungen", "/konto/buchungen?suche=Kuchen", "/zahlen",
    "/rechnungen", "/rechnung-schreiben",
    "/geraete", "/einstellungen", "/vertrauen", "/abstand", "/daten", "/gemeinschaft", "/betrieb",
    "/buero", "/buero/belege", "/buero/liste", "/buero/monat", "/buero/auszuege", "/buero/klaeren", "/buero/anfragen",
    "/buero/neu", "/buero/neu/karl",
    "/buero/gemeinschaft", "/buero/meldungen", "/buero/mitglied/karl", "/buero/mitglied/karl/austritt", "REVERSE",
    "/betrieb/einrichten", "/betrieb/einrichten/schluessel", "/betrieb/rollen", "/betrieb/einstellungen",
    "/betrieb/einstellungen/regeln", "/betrieb/einstellungen/post", "/betrieb/texte", "/betrieb/texte/kontakt",
    "/betrieb/mails", "/betrieb/sicherung", "/betrieb/sicherung?neu=ja", "TRIAL", "TRIED", "/betrieb/protokoll",
    "/betrieb/pruefung",
    "INVITATION",
    "/betrieb/einladen", "/betrieb/annehmen", "/betrieb/ring/ulme.example", "/betrieb/ring/ulme.example/abschluss",
    "/betrieb/aufloesung", "/betrieb/aufloesung/bescheinigung", "/betrieb/quittung", "/betrieb/verrechnung",
    "PAID", "INVOICE", "CHECK", "PENDING", "WRONG",
    "LETTER", "/buero/briefe", "LETTERS", "/buero/karten", "CARDS", "/karte?betrag=1,5&wofuer=Honig",
    "/karte?betrag=viel",
]  # fmt: skip


@pytest.fixture(scope="module")
def life(towns: Towns) -> dict[str, str]:
    """Something to see on every page. -> the paths of what happened."""
    paid = towns.eiche.ask("pay", from_="karl", to="olga", amount_seconds=9_000, memo="Kuchen für das Sommerfest")
    towns.eiche.ask("pay", from_="olga", to="ben@ulme.example", amount_seconds=1_800, memo="Fahrrad")
    bill = towns.eiche.ask("invoice.create", payee="karl", payer="olga", amount_seconds=5_400, memo="Rasen gemäht")
    place = towns.eiche.folder / "backups"
    place.mkdir(mode=0o700)
    towns.eiche.ask("backup", out=str(place / "eiche.example-20260101-000000.backup"), passphrase=WORDS)
    towns.ulme.kill()
    waits = towns.eiche.ask("pay", from_="olga", to="jutta@ulme.example", amount_seconds=600, memo="Honig")
    return {"PAID": f"/zahlungen/{paid['payment_id']}", "INVOICE": f"/rechnungen/{bill['invoice_id']}",
            "REVERSE": f"/buero/zurueckbuchen/{paid['payment_id']}",
            "PENDING": f"/zahlungen/{waits['payment_id']}"}  # fmt: skip


@pytest.fixture(scope="module", params=["light", "dark"])
def visitor(chromium: Browser, towns: Towns, life: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """The operator, who sees every page."""
    with person(chromium, phone=False, dark=request.param == "dark") as page:
        sign_in(page, towns, towns.eiche, "olga")
        yield page


@pytest.fixture(scope="module", params=["light", "dark"])
def stranger(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with person(chromium, phone=False, dark=request.param == "dark") as page:
        yield page


def go(page: Page, towns: Towns, life: dict[str, str], path: str) -> None:
    """Open a page; some are only reached by a form."""
    start, then = BY_FORM.get(path, (life.get(path, path), None))
    page.goto(towns.url(towns.eiche, start))
    if then is not None:
        then(page)


def _press(page: Page, button: str, heading: str) -> None:
    """Send a form, and wait for the page behind it."""
    page.get_by_role("button", name=button).click()
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


def _wish(amount: str) -> str:
    return f"/zahlen?{urlencode({'an': 'karl', 'betrag': amount, 'wofuer': 'Rasen'})}"


#: Pages behind forms: where the form stands, and what somebody does there.
BY_FORM: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "LETTER": ("/buero", lambda page: _press(page, "Brief mit Code für Karl Sand", "Willkommen")),
    "LETTERS": ("/buero/briefe", _letters),
    "CARDS": ("/buero/karten", lambda page: _press(page, "Karten für alle Mitglieder", "Karten")),
    "CHECK": (_wish("1,5"), lambda page: _press(page, "Weiter: prüfen", "Stimmt das so?")),
    "WRONG": (_wish("viel"), lambda page: _press(page, "Weiter: prüfen", "Bezahlen")),
    "TRIAL": ("/betrieb/sicherung-pruefen", None),
    "TRIED": ("/betrieb/sicherung-pruefen", _tried),
    "INVITATION": ("/betrieb/einladen", _invitation),
}


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds, and where."""
    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


def check(page: Page) -> None:
    """axe at the width of a desk; at 320 pixels nothing is cut off, also in very large letters; targets on a phone."""
    page.set_viewport_size({"width": 1280, "height": 900})
    assert [] == violations(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert [] == page.evaluate(_SMALL)
    page.set_viewport_size({"width": 320, "height": 800})
    for size in ("normal", "riesig"):
        page.evaluate("size => { document.documentElement.dataset.text = size }", size)
        assert [] == page.evaluate(_WIDER), size


@pytest.mark.parametrize("path", STRANGER)
def test_a_page_for_strangers_can_be_used_by_everybody(stranger: Page, towns: Towns, path: str) -> None:
    go(stranger, towns, {}, path)
    check(stranger)


@pytest.mark.parametrize("path", OPERATOR)
def test_a_page_for_members_can_be_used_by_everybody(
    visitor: Page, towns: Towns, life: dict[str, str], path: str
) -> None:
    go(visitor, towns, life, path)
    check(visitor)


def test_every_stop_of_the_tab_key_can_be_seen(visitor: Page, towns: Towns, life: dict[str, str]) -> None:
    go(visitor, towns, life, "/zahlen")
    visitor.set_viewport_size({"width": 1280, "height": 900})
    visitor.locator("body").press("Tab")
    assert "Zum Inhalt" == visitor.evaluate("document.activeElement.textContent")
    for _ in range(12):
        visitor.keyboard.press("Tab")
        style = visitor.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert "3px" == style


def test_a_letter_is_one_page_of_paper(visitor: Page, towns: Towns, life: dict[str, str]) -> None:
    go(visitor, towns, life, "LETTER")
    assert 1 == count_sheets(print_to_pdf(visitor))
