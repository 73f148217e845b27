# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the office comes for, by the words that stand on its pages; and three conveniences of the script.

Each on a phone without JavaScript and at a desk with it; the conveniences only where there is a script.
"""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People, Towns, sign_in, turn_to
from tests.browser.printing import count_sheets, print_to_pdf

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 90.0


def test_a_stranger_asks_to_join_and_is_taken_in(page: Page, towns: Towns, people: People) -> None:
    name = f"Dora Lind {time.monotonic_ns() % 10**6}"
    page.goto(towns.url(towns.eiche))
    page.get_by_role("link", name="Ich möchte mitmachen").click()
    page.get_by_label("Ihr Name").fill(name)
    page.get_by_label("Wie erreichen wir Sie?").fill("0251 98 76 54")
    page.get_by_label("Möchten Sie uns noch etwas sagen?").fill("Ich backe gern.")
    page.get_by_role("button", name="Abschicken").click()
    expect(page.get_by_role("status")).to_contain_text("Danke! Wir haben Ihre Anfrage bekommen.")
    office = people(phone=True)
    sign_in(office, towns, towns.eiche, "olga")
    office.get_by_role("link", name="Büro").click()
    office.get_by_role("link", name="möchte mitmachen").click()
    office.get_by_role("button", name=f"{name} aufnehmen").click()
    expect(office.get_by_role("heading", level=1)).to_have_text(name)
    office.get_by_role("button", name="Brief mit Code").click()
    expect(office.get_by_text(f"Guten Tag, {name}")).to_be_visible()


def test_the_office_books_back_what_was_booked_wrongly(page: Page, towns: Towns) -> None:
    memo = f"Beleg {time.monotonic_ns() % 10**6}"
    towns.eiche.ask("pay", from_="karl", to="erna", amount_seconds=3_600, memo=memo)
    sign_in(page, towns, towns.eiche, "olga")
    page.get_by_role("link", name="Büro").click()
    page.get_by_role("link", name="Erna Berg").click()
    row = page.get_by_role("listitem").filter(has_text=memo)
    row.get_by_role("link", name="Zurückbuchen").click()
    page.get_by_label("Warum?").fill("Falsches Konto")
    page.get_by_role("button", name="Zurückbuchen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gutgeschrieben")
    page.get_by_role("link", name="Büro").click()
    page.get_by_role("link", name="Erna Berg").click()
    expect(page.get_by_text("Falsches Konto").first).to_be_visible()


def test_the_office_pays_an_invoice_by_a_slip_for_who_has_no_internet(page: Page, towns: Towns) -> None:
    number = f"26-{time.monotonic_ns() % 10**9}"
    towns.eiche.ask("invoice.create", payee="karl", payer="erna", amount_seconds=1_800, memo=f"Hecke {number}")
    sign_in(page, towns, towns.eiche, "olga")
    page.get_by_role("link", name="Büro").click()
    page.get_by_role("link", name="Erna Berg").click()
    row = page.get_by_role("listitem").filter(has_text=f"Hecke {number}")
    row.get_by_role("link", name="Ansehen, bezahlen oder ablehnen").click()
    expect(page.get_by_text("Sie antworten für Erna Berg.")).to_be_visible()
    page.get_by_label("Belegnummer").fill(number)
    page.get_by_role("button", name="Stimmt, jetzt bezahlen").click()
    expect(page.get_by_text("Karl Sand hat 0,5 Stunden erhalten.")).to_be_visible()
    expect(page.get_by_text(f"Beleg {number} · Hecke {number}")).to_be_visible()
    expect(page.get_by_text("Olga Brandt")).to_be_visible()


def test_lists_names_and_sums_follow_what_is_typed(towns: Towns, people: People) -> None:
    page = people(phone=False)
    sign_in(page, towns, towns.eiche, "olga")
    turn_to(page, "Büro")
    page.get_by_label("Suchen").press_sequentially("erna")
    expect(page.get_by_text("1 Mitglied", exact=True)).to_be_visible()
    turn_to(page, "Bezahlen")
    page.get_by_label("An wen?").press_sequentially("karl")
    expect(page.get_by_text("Das ist Karl Sand.")).to_be_visible()
    turn_to(page, "Büro")
    page.get_by_role("link", name="Belege buchen").click()
    for row, amount in enumerate(("1,5", "0:45")):
        page.get_by_label("Wie viel?").nth(row).press_sequentially(amount)
    expect(page.get_by_text("Bis hier 2 Belege: 2,25 Stunden")).to_be_visible()
    expect(page.get_by_label("Wie viel?").first).to_have_value("1,5")


def test_statements_are_a_sheet_of_paper_for_everybody(page: Page, towns: Towns) -> None:
    sign_in(page, towns, towns.eiche, "olga")
    turn_to(page, "Büro")
    page.get_by_role("link", name="Kontoauszüge drucken").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kontoauszüge")
    members = page.get_by_role("region").filter(has_text="Stand am Ende").count()
    assert members == count_sheets(print_to_pdf(page)) > 0


def test_the_operator_reads_an_audit_of_all_logs(page: Page, towns: Towns) -> None:
    sign_in(page, towns, towns.eiche, "olga")
    page.get_by_role("link", name="Betrieb").click()
    page.get_by_role("link", name="Alle Protokolle prüfen").click()
    page.get_by_role("button", name="Jetzt prüfen").click()
    end, report = time.monotonic() + PATIENCE_SECONDS, page.get_by_role("link", name="Bericht lesen")
    while not report.count():
        assert time.monotonic() < end
        page.wait_for_timeout(300)
        page.reload()
    expect(page.get_by_text("die Protokolle von eiche.example, ulme.example")).to_be_visible()
    report.click()
    verdict = page.get_by_role("paragraph").filter(has_text="Alles stimmt.")
    expect(verdict).to_have_css("border-left-width", "14px")  # its own stylesheet is let through
