# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two real towns and a real browser: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, sync_playwright

from ringtausch_node.config.membership import Membership
from tests.browser.skips import unskipped
from tests.processes.towns import Town, introduce, until

# Its asserts say what they found, as those of a test file do.
pytest.register_assert_rewrite("tests.browser.checks")

#: No window, no sandbox inside CI's container, nothing fetched behind our back.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that leaves itself out, or whose fixture does."""
    return unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that leaves itself out."""
    return unskipped((yield))


@dataclass
class Towns:
    """Eiche and Ulme, connected; who lives there."""

    eiche: Town
    ulme: Town

    def code(self, town: Town, handle: str) -> str:
        """The code of a letter on paper."""
        found: str = town.ask("member.code", handle=handle)["code"]
        return found

    @staticmethod
    def until_paid(town: Town, payment_id: str) -> None:
        """Wait for the end of a payment."""
        until(lambda: town.ask("payment", payment_id=payment_id)["state"] == "paid", "the payment")

    def url(self, town: Town, path: str = "/") -> str:
        return f"http://127.0.0.1:{town.port}{path}"


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Towns]:
    with founded(tmp_path_factory.mktemp("towns")) as made:
        yield made


@contextmanager
def founded(root: Path, before: Callable[[Town, Town], object] | None = None, **settings: object) -> Iterator[Towns]:
    """Both towns with their people, connected; ended in the end. `before` they start; `settings` are Eiche's."""
    phone = "0251 12 34 56"
    eiche = Town(root, "eiche", settings={
        "name": "Tauschring Eiche", "office_phone": phone, "membership": Membership(sign_up="page"), **settings,
    })  # fmt: skip
    ulme = Town(root, "ulme", settings={"name": "Tauschring Ulme", "office_phone": phone})
    if before is not None:
        before(eiche, ulme)
    try:
        for town in (eiche, ulme):
            town.start()
        for handle, name, role in (("erna", "Erna Berg", "member"), ("karl", "Karl Sand", "member"),
                                   ("olga", "Olga Brandt", "operator")):  # fmt: skip
            eiche.ask("member.add", handle=handle, name=name, role=role)
        for handle, name in (("ben", "Ben Weber"), ("jutta", "Jutta Kamp")):
            ulme.ask("member.add", handle=handle, name=name)
        introduce(eiche, ulme)
        yield Towns(eiche, ulme)
    finally:
        for town in (eiche, ulme):
            town.clean_up()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


def open_context(chromium: Browser, *, phone: bool, dark: bool = False) -> BrowserContext:
    """A person's browser: a phone without JavaScript, or a desk with it."""
    return chromium.new_context(
        viewport=PHONE if phone else DESK, java_script_enabled=not phone, locale="de-DE",
        color_scheme="dark" if dark else "light",
    )  # fmt: skip


class People(Protocol):
    """Opens a page for one more person."""

    def __call__(self, *, phone: bool) -> Page: ...


@contextmanager
def person(chromium: Browser, *, phone: bool, dark: bool = False) -> Iterator[Page]:
    """A page of a person, every one of this room; whatever the browser complains about fails the test at its end."""
    context = open_context(chromium, phone=phone, dark=dark)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(f"{opened.url}: {message.text}"))
    opened.on("pageerror", lambda error: complaints.append(f"{opened.url}: {error}"))
    yield opened
    context.close()
    assert [] == [each for each in complaints if "status of 4" not in each]


@pytest.fixture(params=["phone", "desk"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a person, on a phone and at a desk."""
    with person(chromium, phone=request.param == "phone") as opened:
        yield opened


@pytest.fixture
def people(chromium: Browser) -> Iterator[People]:
    """For a test of more than one person. Asked for behind the towns, so its pages end before them."""
    with ExitStack() as ends:
        yield lambda *, phone: ends.enter_context(person(chromium, phone=phone))


def sign_in(page: Page, towns: Towns, town: Town, handle: str) -> None:
    """As a letter says: open the address, type what stands there."""
    page.goto(towns.url(town))
    page.get_by_role("link", name="Anmelden", exact=True).click()
    page.get_by_label("Name, Mitgliedsnummer oder E-Mail").fill(handle)
    page.get_by_label("Code").fill(towns.code(town, handle))
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.get_by_role("heading", name="Guten Tag").wait_for()


def turn_to(page: Page, name: str) -> None:
    """By the links at the top of every page for members."""
    page.get_by_role("navigation", name="Seiten").get_by_role("link", name=name, exact=True).click()


def codes_on(page: Page) -> list[str]:
    """What stands in letters behind "Geben Sie diesen Code ein"."""
    steps = page.get_by_role("listitem").filter(has_text="Er gilt nur einmal").all_inner_texts()
    return [step.split()[-1] for step in steps]


def picture(page: Page, folder: Path, name: str) -> None:
    """The whole page as a picture."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
