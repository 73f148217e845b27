# SPDX-License-Identifier: AGPL-3.0-or-later
"""The way back and a reload in a real browser: no warning of the browser, and one form is one payment."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import reload
from tests.browser.conftest import Towns, sign_in
from tests.browser.test_journeys import look_until, pay

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

SENT = "Dieses Formular ist schon abgeschickt."


def test_whoever_goes_back_after_paying_is_led_to_the_payment_and_pays_once(page: Page, towns: Towns) -> None:
    sign_in(page, towns, towns.eiche, "karl")
    before = _held_by(towns, "karl")
    pay(page, "erna", "0:30", "Rasen gemäht")
    reload(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Stimmt das so?")
    page.get_by_role("button", name="Jetzt bezahlen").click()
    look_until(page, "Gutgeschrieben")
    paid = page.url
    page.go_back()
    expect(page.get_by_text(SENT)).to_be_visible()
    reload(page)
    page.get_by_role("link", name="Die Zahlung ansehen").click()
    assert paid == page.url
    assert 1_800 == before - _held_by(towns, "karl")


def test_the_way_back_from_the_check_page_leads_to_the_form_as_it_was_filled_in(page: Page, towns: Towns) -> None:
    sign_in(page, towns, towns.eiche, "karl")
    pay(page, "erna", "0:30", "Rasen gemäht")
    page.get_by_role("button", name="Ändern").click()
    expect(page.get_by_label("Wofür?")).to_have_value("Rasen gemäht")
    page.get_by_label("Wofür?").fill("Hecke geschnitten")
    page.get_by_role("button", name="Weiter: prüfen").click()
    expect(page.get_by_text("Hecke geschnitten")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Wie viel?")).to_have_value("0:30")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stimmt das so?")


def test_a_mistake_that_was_mended_is_no_warning_on_the_way_back(page: Page, towns: Towns) -> None:
    sign_in(page, towns, towns.eiche, "karl")
    pay(page, "erna", "viel", "Rasen gemäht")
    page.get_by_label("Wie viel?").fill("0:30")
    page.get_by_role("button", name="Weiter: prüfen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stimmt das so?")
    page.go_back()
    expect(page.get_by_label("Wofür?")).to_have_value("Rasen gemäht")


def _held_by(towns: Towns, handle: str) -> int:
    """What an account holds, in seconds."""
    members = towns.eiche.ask("member.list")["members"]
    return next(int(each["balance_seconds"]) for each in members if each["handle"] == handle)
