# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people come for, from a stranger's view: by the words they see, on a phone without JavaScript and at a desk."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ringtausch_node.config import Mail
from tests.browser.conftest import People, Towns, founded, person, sign_in
from tests.post.mailbox import Mailbox
from tests.processes.towns import until

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 90.0
#: More than any of these pages has places to stop at.
TABS_MAX = 80
#: What a slip of paper says, in the order of the form.
SLIP = ("Belegnummer", "Wer hat Hilfe bekommen?", "Wer hat geholfen?", "Wie viel?", "Wofür?")
_LINK = re.compile(r"http://\S+/anmelden/link/\S+")


def pay(page: Page, to: str, amount: str, what_for: str, ring: str = "Hier bei uns") -> None:
    """As far as the page that asks whether all is right."""
    page.get_by_role("navigation", name="Seiten").get_by_role("link", name="Bezahlen").click()
    page.get_by_label("An wen?").fill(to)
    page.get_by_label("In welchem Tauschring?").select_option(ring)
    page.get_by_label("Wie viel?").fill(amount)
    page.get_by_label("Wofür?").fill(what_for)
    page.get_by_role("button", name="Weiter: prüfen").click()


def press(page: Page, button: str) -> None:
    """Go on by Tab to a button, and press it."""
    reach(page, page.get_by_role("button", name=button))
    page.keyboard.press("Enter")


def reach(page: Page, wanted: Locator) -> None:
    """Go on by Tab from where the focus is until it is there: no mouse, no jump."""
    expect(wanted).to_be_visible()
    for _ in range(TABS_MAX):
        if wanted.evaluate("each => each === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()


def follow(page: Page, *links: str) -> None:
    """Go on by Tab to a link, open it, and the next on the page behind it."""
    for name in links:
        reach(page, page.get_by_role("link", name=name, exact=True).first)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)


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
def test_a_member_pays_into_the_other_town_while_its_node_is_away(
    page: Page, towns: Towns, writer: Page, away: str
) -> None:
    towns.eiche.ask("peer.name", address="ulme.example", name="Ulmenstadt")
    what_for = f"Ein Glas Honig {time.monotonic_ns() % 10**6}"
    sign_in(page, towns, towns.eiche, "erna")
    pay(page, "jutta", "0:30", what_for, "Ulmenstadt")
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
        expect(page.get_by_text("Davon vorgemerkt für Zahlungen, die unterwegs sind: 0,5 Stunden.")).to_be_visible()
        page.get_by_role("link", name="Ansehen").first.click()
    finally:
        if away == "killed":
            towns.ulme.start()
        else:
            os.kill(towns.ulme.pid, signal.SIGCONT)
    look_until(page, "Gutgeschrieben")
    expect(page.get_by_text("Jutta Kamp in Ulmenstadt hat 0,5 Stunden erhalten.")).to_be_visible()
    sign_in(writer, towns, towns.ulme, "jutta")
    expect(writer.get_by_role("listitem").filter(has_text=what_for)).to_contain_text("+0,5 Stunden")


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
    expect(page.get_by_text("Der Empfänger kann dort gerade nichts bekommen, oder es gibt ihn nicht.")).to_be_visible()
    expect(page.get_by_text("Ihre Stunden sind wieder frei.")).to_be_visible()


def test_hours_that_came_by_mistake_are_given_back_into_the_other_town(page: Page, towns: Towns, writer: Page) -> None:
    what_for = f"Fahrrad {time.monotonic_ns() % 10**6}"
    paid = towns.ulme.ask("pay", from_="ben", to="erna@eiche.example", amount_seconds=5_400, memo=what_for)
    towns.until_paid(towns.ulme, paid["payment_id"])
    sign_in(page, towns, towns.eiche, "erna")
    page.get_by_role("listitem").filter(has_text=what_for).get_by_role("link", name="Ansehen").click()
    page.get_by_role("link", name="Zurückgeben").click()
    expect(page.get_by_text(f"Es ging um: {what_for}")).to_be_visible()
    page.get_by_role("button", name="Ja, zurückgeben").click()
    look_until(page, "Gutgeschrieben")
    sign_in(writer, towns, towns.ulme, "ben")
    expect(writer.get_by_role("listitem").filter(has_text="+1,5 Stunden").first).to_contain_text("erna@eiche.example")


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


def test_a_sign_with_an_amount_fills_the_form_in_the_reader_s_own_town(
    page: Page, towns: Towns, people: People
) -> None:
    seller = people(phone=True)
    sign_in(seller, towns, towns.eiche, "karl")
    seller.get_by_role("link", name="Meine Karte mit QR-Code").click()
    seller.get_by_label("Wie viel?").fill("0:45")
    seller.get_by_label("Wofür?").fill("Ein Glas Honig")
    seller.get_by_role("button", name="Auf die Karte setzen").click()
    expect(seller.get_by_role("article")).to_contain_text("0,75 Stunden")
    link = seller.get_by_role("link", name="/z/karl").get_attribute("href")
    assert link is not None
    towns.eiche.ask("peer.name", address="ulme.example", name="Ulmenstadt")
    sign_in(page, towns, towns.ulme, "jutta")
    page.goto(link)  # as a camera opens it
    expect(page.get_by_role("heading", level=1)).to_have_text("Zu welchem Tauschring gehören Sie?")
    page.get_by_role("link", name="Ulmenstadt").click()
    expect(page.get_by_label("An wen?")).to_have_value("karl@eiche.example")
    expect(page.get_by_label("Wie viel?")).to_have_value("0:45")
    expect(page.get_by_label("Wofür?")).to_have_value("Ein Glas Honig")
    page.get_by_role("button", name="Weiter: prüfen").click()
    expect(page.get_by_text("Karl Sand")).to_be_visible()
    page.get_by_role("button", name="Jetzt bezahlen").click()
    look_until(page, "Gutgeschrieben")


def test_a_member_comes_in_by_the_link_of_a_mail_also_when_a_scanner_opened_it_first(
    page: Page, towns: Towns, writer: Page, mailbox: Mailbox
) -> None:
    mailbox.mails.clear()
    page.goto(towns.url(towns.eiche))
    page.get_by_role("link", name="Anmelden", exact=True).click()
    page.get_by_role("link", name="Einen Code per E-Mail bekommen").click()
    page.get_by_label("Name, Mitgliedsnummer oder E-Mail").fill("karl")
    page.get_by_role("button", name="Code schicken").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sehen Sie in Ihr Postfach")
    link = until(lambda: next(iter(_LINK.findall(mailbox.text())), ""), "a mail with a link")
    writer.goto(link)
    page.goto(link)
    page.get_by_role("button", name="Anmelden als Karl Sand").click()
    expect(page.get_by_role("heading", name="Guten Tag, Karl Sand")).to_be_visible()


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
    follow(page, "Büro", "Belege buchen")
    reach(page, page.get_by_label("Belegnummer").first)
    typed = (number, "erna", "karl", "1,5", "Keller", f"{number}b", "karl", "erna", "1", "Brot")
    for text in typed:
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    press(page, "Weiter: prüfen")
    expect(page.get_by_text("2 Belege zusammen")).to_be_visible()
    press(page, "Ändern")
    expect(page.get_by_role("heading", level=1)).to_have_text("Belege buchen")
    assert list(typed) == [page.get_by_label(label).nth(row).input_value() for row in (0, 1) for label in SLIP]
    reach(page, page.get_by_label("Wie viel?").nth(1))
    page.keyboard.press("End")
    page.keyboard.type(",5")
    press(page, "Weiter: prüfen")
    expect(page.get_by_text("3 Stunden", exact=True)).to_be_visible()
    press(page, "Alle buchen")
    expect(page.get_by_role("status")).to_contain_text("Zusammen gebucht: 3 Stunden.")


def test_who_pays_with_the_keyboard_alone_changes_his_mind_before_he_pays(page: Page, towns: Towns) -> None:
    sign_in(page, towns, towns.eiche, "erna")
    follow(page, "Bezahlen")
    reach(page, page.get_by_label("An wen?"))
    for text in ("karl", "", "0:30", "Rasen"):  # the second is the list of towns
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    press(page, "Weiter: prüfen")
    press(page, "Ändern")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bezahlen")
    kept = {"An wen?": "karl", "Wie viel?": "0:30", "Wofür?": "Rasen"}
    assert kept == {label: page.get_by_label(label).input_value() for label in kept}
    reach(page, page.get_by_label("Wofür?"))
    page.keyboard.press("End")
    page.keyboard.type(" und Hecke")
    press(page, "Weiter: prüfen")
    press(page, "Jetzt bezahlen")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gutgeschrieben")
    expect(page.get_by_text("Rasen und Hecke")).to_be_visible()


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[Towns]:
    """As everywhere; but Eiche sends mails, and Karl has an address."""
    with mailbox.open() as port:
        mail = Mail(host="127.0.0.1", port=port, encryption="none", sender="ring@eiche.example")
        with founded(tmp_path_factory.mktemp("towns"), mail=mail) as made:
            made.eiche.ask("member.email", handle="karl", email="karl@mail.example")
            yield made


@pytest.fixture
def writer(chromium: Browser) -> Iterator[Page]:
    with person(chromium, phone=True) as opened:
        yield opened
