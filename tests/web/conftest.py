# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring whose pages are asked as an old browser asks: forms, cookies, no JavaScript."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp.web import BaseRequest, StreamResponse

from ringtausch_node import api, web
from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.config import Config
from ringtausch_node.printing.press import Press
from ringtausch_node.serving import App
from ringtausch_node.serving.problems import PROBLEM_PAGE
from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns
from tests.serving.wire import HOST, Heard, ask, listening

HOUR = 3_600
CONFIG = Config(
    address="oak.example", name="Tauschring Eiche", net="test", url="http://127.0.0.1",
    allow_private_addresses=True, office_phone="0251 123456",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class _Text(HTMLParser):
    """Every element keeps a distance to its neighbours, but for <bdi>, which stands inside a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append("" if tag == "bdi" else " ")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("" if tag == "bdi" else " ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(heard: Heard) -> str:
    """What a person reads."""
    parser = _Text()
    parser.feed(heard.body.decode())
    return " ".join("".join(parser.parts).split())


class Pages(App):
    """The pages and the API of one ring, with pages for what goes wrong, as `hosting.Door` serves them."""

    def __init__(self, ring: Ring, limits: WebLimits, press: Press | None = None) -> None:
        made = web.build_app(ring, limits, press)
        super().__init__((*api.build_app(ring).routes, *made.routes), ring.ids)
        self._page = made.problem_page

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        request[PROBLEM_PAGE] = self._page
        return await super().__call__(request)


@dataclass
class Browser:
    """One browser of one person."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Heard:
        return await self._ask("GET", path, headers)

    async def post(self, path: str, fields: Mapping[str, str] | bytes = b"", **headers: str) -> Heard:
        """Send a form, and go on to the page that checks it."""
        heard = await self.post_only(path, fields, **headers)
        led_to = heard.headers.get("location", "")
        return await self.get(led_to) if led_to.startswith("/zahlen/pruefen?") else heard

    async def post_only(self, path: str, fields: Mapping[str, str] | bytes = b"", **headers: str) -> Heard:
        """Send a form, and go nowhere."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        return await self._ask("POST", path, {"Content-Type": FORM, "Origin": f"http://{HOST}", **headers}, body)

    async def send(self, page: str, action: str, **fields: str) -> Heard:
        """Open a page, fill its form, send it: hidden fields as they stand there."""
        hidden = self.hidden(await self.get(page), action)
        return await self.post(action, {**hidden, **fields})

    @staticmethod
    def hidden(page: Heard, action: str) -> dict[str, str]:
        """The hidden fields of the form with an action."""
        shown = page.body.decode()
        found = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', shown, re.DOTALL)
        assert found is not None, f"no form for {action}: {text_of(page)}"
        return {name: html.unescape(value) for name, value in _HIDDEN.findall(found[1])}

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Heard:
        told = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        heard = await ask(self.port, method, path, {"Accept": "text/html", **told}, body)
        for cookie in heard.headers.get("set-cookie", "").splitlines():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return heard


@dataclass
class Oak:
    """The ring and its door."""

    ring: Ring
    port: int

    def browser(self) -> Browser:
        return Browser(self.port)

    async def member(self, handle: str) -> Browser:
        """A browser in which a member is signed in by a code on paper."""
        code = await self.ring.entrance.issue_code(handle)
        browser = self.browser()
        heard = await browser.send("/anmelden", "/anmelden", wer=handle, code=code.code, merken="ja")
        assert 303 == heard.status, text_of(heard)
        return browser

    async def balance(self, handle: str) -> int:
        members = {each.handle: each.balance_seconds for each in await self.ring.members.list()}
        return members[handle]


async def paid(oak: Oak, payer: str, to: str, amount: str, memo: str) -> str:
    """Pay by the pages. -> the path of the payment."""
    browser = await oak.member(payer)
    check = await browser.send("/zahlen", "/zahlen/pruefen", an=to, betrag=amount, wofuer=memo)
    heard = await browser.post("/zahlen", browser.hidden(check, "/zahlen"))
    return heard.headers["location"]


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[Towns]:
    """An empty land, for tests of more than one ring."""
    land = Towns(tmp_path)
    yield land
    await land.close_all()


@pytest.fixture
async def ring(tmp_path: Path) -> AsyncIterator[Ring]:
    found_ring(tmp_path / "oak", CONFIG)
    opened = await open_ring(tmp_path / "oak")
    yield opened
    await opened.close()


@pytest.fixture
async def oak(ring: Ring) -> AsyncIterator[Oak]:
    for handle, name, role in (("alma", "Alma Berg", "member"), ("ben", "Ben Weber", "member"),
                               ("cleo", "Cleo", "member"), ("buero", "Das Büro", "office"),
                               ("olga", "Olga", "operator"), ("rita", "Rita", "auditor")):  # fmt: skip
        await ring.members.add(handle, name, role)
    async with listening(Pages(ring, WebLimits())) as port:
        yield Oak(ring, port)
