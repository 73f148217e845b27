# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long somebody who has never seen the pages needs to pay into the other town.

No stopwatch: a slow person as a model, who reads every word of every page before touching it. Times of the hand are
those of the keystroke-level model (Card, Moran and Newell, The Psychology of Human-Computer Interaction, 1983, ch. 8).
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Towns

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]

#: Reading to understand; the mean of adults is 238 a minute (Brysbaert 2019), of the old fewer.
WORDS_PER_SECOND = 180 / 60
#: A decision (M), then the hand to what it meant (P), then pressing and letting go (2 B).
TOUCH_SECONDS = 1.35 + 1.1 + 0.2
#: Somebody who types with two fingers; codes that mean nothing are slower than words.
KEY_SECONDS, CODE_KEY_SECONDS = 0.5, 0.75
ASKED_SECONDS = 120.0


@dataclass
class Stranger:
    """Does one thing after the other, and is told how long it took."""

    page: Page
    seconds: float = 0.0

    def reads(self, heading: str) -> None:
        """The whole page, once."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        self.seconds += len(self.page.get_by_role("main").inner_text().split()) / WORDS_PER_SECOND

    def touches(self, what: Locator) -> None:
        """A link or a button."""
        self.seconds += TOUCH_SECONDS
        what.click()

    def types(self, label: str, text: str, key_seconds: float = KEY_SECONDS) -> None:
        """Into a field that has to be touched first."""
        self.seconds += TOUCH_SECONDS + len(text) * key_seconds
        self.page.get_by_label(label).fill(text)

    def chooses(self, label: str, option: str) -> None:
        """From a list: open it, look, take one."""
        self.seconds += 2 * TOUCH_SECONDS
        self.page.get_by_label(label).select_option(option)


def test_a_stranger_has_paid_into_the_other_town_within_two_minutes(page: Page, towns: Towns) -> None:
    stranger = Stranger(page)
    page.goto(towns.url(towns.eiche, "/anmelden"))  # the address in the letter
    stranger.reads("Anmelden bei Tauschring Eiche")
    stranger.types("Name, Mitgliedsnummer oder E-Mail", "erna")
    stranger.types("Code", towns.code(towns.eiche, "erna"), CODE_KEY_SECONDS)
    stranger.touches(page.get_by_role("button", name="Anmelden", exact=True))
    stranger.reads("Guten Tag, Erna Berg")
    stranger.touches(page.get_by_role("navigation", name="Seiten").get_by_role("link", name="Bezahlen"))
    stranger.reads("Bezahlen")
    stranger.types("An wen?", "jutta")
    stranger.chooses("In welchem Tauschring?", "ulme.example")
    stranger.types("Wie viel?", "0:30")
    stranger.types("Wofür?", "Ein Glas Honig")
    stranger.touches(page.get_by_role("button", name="Weiter: prüfen"))
    stranger.reads("Stimmt das so?")
    stranger.touches(page.get_by_role("button", name="Jetzt bezahlen"))

    expect(page.get_by_text("Jutta").first).to_be_visible()
    assert stranger.seconds < ASKED_SECONDS
