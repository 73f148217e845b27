# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member pays into a town behind another, and reads over which, on a phone without JavaScript and at a desk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Towns, sign_in, turn_to
from tests.browser.test_journeys import look_until, pay
from tests.processes.towns import Town, introduce

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

#: Rings say what has changed twice a minute, and each hands it on.
HEARD_SECONDS = 150.0
BEHIND = "buche.example"


@pytest.fixture(scope="module")
def row(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Towns]:
    """Erna in eiche, ulme which carries, Klara in buche."""
    root = tmp_path_factory.mktemp("row")
    with ExitStack() as ends:
        eiche, ulme, buche = made = [Town(root, name) for name in ("eiche", "ulme", "buche")]
        for town in made:
            ends.callback(town.clean_up)
            town.start()
        eiche.ask("member.add", handle="erna", name="Erna Berg")
        buche.ask("member.add", handle="klara", name="Klara Sand")
        for other in (eiche, buche):
            introduce(other, ulme)
            ulme.ask("peer.transit", address=other.address, carries=True)
        yield Towns(eiche, ulme)


def _turn_until_offered(page: Page) -> None:
    """The form offers the town once its lines are known here."""
    end = time.monotonic() + HEARD_SECONDS
    turn_to(page, "Bezahlen")
    while BEHIND not in page.get_by_label("In welchem Tauschring?").inner_text():
        assert time.monotonic() < end, page.get_by_role("main").inner_text()
        page.wait_for_timeout(1_000)
        page.reload()


def test_a_member_pays_into_a_town_behind_another_and_reads_over_which(row: Towns, page: Page) -> None:
    sign_in(page, row, row.eiche, "erna")
    _turn_until_offered(page)
    pay(page, "klara", "1", "Kuchen", BEHIND)
    expect(page.get_by_role("heading", level=1)).to_have_text("Stimmt das so?")
    over = page.get_by_role("term").filter(has_text="Über").locator("xpath=following-sibling::dd[1]")
    expect(over).to_have_text("ulme.example")
    expect(page.get_by_text("Den Namen können wir darum nicht prüfen.")).to_be_visible()
    page.get_by_role("button", name="Jetzt bezahlen").click()
    look_until(page, "Gutgeschrieben")
    expect(over).to_have_text("ulme.example")
