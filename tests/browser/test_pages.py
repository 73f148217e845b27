# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page, light and dark: axe finds nothing, no line is cut off, targets and focus are right, no German is left.

At a desk with JavaScript alone, for axe is a script; the checks make the window as narrow as a telephone by themselves.
What the pages do without JavaScript is walked through in the journeys.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.checks import check, check_words
from tests.browser.conftest import Towns, founded, person, sign_in
from tests.browser.living import MAIL, keep_ahead, live
from tests.browser.printing import count_sheets, print_to_pdf
from tests.browser.visits import OPERATOR, STRANGER, go

#: One word that no narrow screen can hold in large letters.
LONG_NAME = "Eichenviertel-Nachbarschaftstauschring"

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("towns")


@pytest.fixture(scope="module")
def towns(root: Path) -> Iterator[Towns]:
    """As everywhere; but their clocks go ahead when they are told to, and Eiche writes mails, and has a long name."""
    with founded(root, before=lambda *found: keep_ahead(root, *found), mail=MAIL, name=LONG_NAME) as made:
        yield made


@pytest.fixture(scope="module")
def life(towns: Towns, root: Path, chromium: Browser) -> dict[str, str]:
    """Something to see on every page. -> the paths of what happened."""
    with person(chromium, phone=True) as page:
        return live(towns, root / "ahead", page)


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


@pytest.mark.parametrize("path", STRANGER)
def test_a_page_for_strangers_can_be_used_by_everybody(
    stranger: Page, towns: Towns, life: dict[str, str], path: str
) -> None:
    go(stranger, towns, life, path)
    check(stranger)
    check_words(stranger)


@pytest.mark.parametrize("path", OPERATOR)
def test_a_page_for_members_can_be_used_by_everybody(
    visitor: Page, towns: Towns, life: dict[str, str], path: str
) -> None:
    go(visitor, towns, life, path)
    check(visitor)
    check_words(visitor)


def test_the_tab_key_begins_at_the_way_to_the_content_and_goes_on_in_the_order_of_the_page(
    visitor: Page, towns: Towns, life: dict[str, str]
) -> None:
    go(visitor, towns, life, "/zahlen")
    visitor.set_viewport_size({"width": 1280, "height": 900})
    visitor.locator("body").press("Tab")
    assert "Zum Inhalt" == visitor.evaluate("document.activeElement.textContent")
    for _ in range(12):
        visitor.keyboard.press("Tab")
        style = visitor.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert "3px" == style


@pytest.mark.parametrize("path", ["LETTER", "/betrieb/ring/ulme.example/saldo?monat=2099-01", "/konto/bestaetigung"])
def test_what_is_for_one_reader_is_one_page_of_paper(
    visitor: Page, towns: Towns, life: dict[str, str], path: str
) -> None:
    go(visitor, towns, life, path)
    assert 1 == count_sheets(print_to_pdf(visitor))
