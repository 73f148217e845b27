# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two operators connect their rings by pages and a telephone: one on a phone without JavaScript, one at a desk.

Whoever invites, and whoever accepts, does it once on each of the two.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check, reload
from tests.browser.conftest import People, Towns, sign_in
from tests.processes.towns import Town

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 90.0


@pytest.fixture
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Towns]:
    """Two towns that do not know each other, each with an operator."""
    root = tmp_path_factory.mktemp("strangers")
    with ExitStack() as ends:
        made = [Town(root, name, settings={"name": f"Tauschring {name.title()}"}) for name in ("linde", "esche")]
        for town in made:
            ends.callback(town.clean_up)
            town.start()
            town.ask("member.add", handle="olga", name="Olga Brandt", role="operator")
        yield Towns(*made)


def operator(people: People, strangers: Towns, town: Town, *, phone: bool) -> Page:
    """Signed in, at the page that shows how all is."""
    page = people(phone=phone)
    sign_in(page, strangers, town, "olga")
    page.get_by_role("link", name="Betrieb").click()
    return page


def confirm(page: Page) -> None:
    """What follows the telephone call."""
    page.get_by_label("Am Telefon waren es dieselben zwölf Wörter").check()
    page.get_by_role("button", name="Bestätigen").click()


def look_until_open(page: Page) -> None:
    """The probe runs by itself."""
    end = time.monotonic() + PATIENCE_SECONDS
    while "offen" not in page.get_by_role("heading", level=1).inner_text():
        assert time.monotonic() < end, page.get_by_role("heading", level=1).inner_text()
        page.wait_for_timeout(500)
        page.reload()


def invite(page: Page) -> str:
    """-> the text to be sent to the other ring."""
    page.get_by_role("link", name="Einen Tauschring einladen").click()
    page.get_by_label("Wie viel dürfen sie uns").fill("20")
    page.get_by_role("button", name="Einladung machen").click()
    invitation = page.get_by_label("Der Text der Einladung").input_value()
    page.get_by_role("link", name="Zum Betrieb").click()
    return invitation


def words(page: Page) -> list[str]:
    """What this operator reads on the telephone."""
    asked = page.get_by_role("region", name="Rufen Sie an und vergleichen Sie")
    return asked.get_by_role("listitem").all_inner_texts()


@pytest.mark.parametrize("phone_invites", [True, False], ids=["the phone invites", "the desk invites"])
def test_two_rings_are_connected_by_pages_and_words(strangers: Towns, people: People, phone_invites: bool) -> None:
    linde = operator(people, strangers, strangers.eiche, phone=phone_invites)
    esche = operator(people, strangers, strangers.ulme, phone=not phone_invites)
    invitation = invite(linde)
    esche.get_by_role("link", name="Eine Einladung annehmen").click()
    esche.get_by_label("Der Text der Einladung").fill(invitation)
    esche.get_by_role("button", name="Weiter: Wörter vergleichen").click()
    reload(linde)
    linde.get_by_role("link", name="esche.example").click()
    assert (12, words(esche)) == (len(words(linde)), words(linde))
    at_the_desk = esche if phone_invites else linde  # axe needs a browser with JavaScript
    check(at_the_desk)

    linde.get_by_role("button", name="Bestätigen").click()
    expect(linde.get_by_role("alert")).to_contain_text("Kreuzen Sie an, dass die Wörter gleich waren.")
    confirm(linde)
    confirm(esche)
    look_until_open(linde)
    look_until_open(esche)
    check(at_the_desk)
    change(linde)


def change(page: Page) -> None:
    """A lower limit, a pause, and the end of it all."""
    page.get_by_label("Wie viel dürfen sie uns").fill("5")
    page.get_by_role("button", name="Grenze speichern").click()
    expect(page.get_by_text("sie höchstens 5 Stunden")).to_be_visible()
    page.get_by_role("button", name="Verbindung ruhen lassen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ruht")
    page.get_by_role("button", name="Verbindung wieder öffnen").click()
    look_until_open(page)
    page.get_by_text("Verbindung beenden").click()
    page.get_by_label("Ja, die Verbindung soll enden.").check()
    page.get_by_role("button", name="Für immer beenden").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("beendet")
