# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page and who may use it. The table is kept by hand: who opens a door does it twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ringtausch_node.rates import Rates
from ringtausch_node.web import WebLimits
from ringtausch_node.web.app import build_app, pages
from ringtausch_node.web.door import proving
from ringtausch_node.web.door.doorkeeper import MAY, Doorkeeper
from tests.serving.wire import Heard
from tests.web.conftest import Browser, Oak, text_of

TABLE = [line.split() for line in (Path(__file__).parent / "routes.txt").read_text().splitlines()]
GUARDED = [(method, path, who) for method, path, who in TABLE if who != "open"]
FORMS = {path: who for method, path, who in TABLE if method == "POST"}
ID = "AAAAAAAAAAAAAAAAAAAAAA"


def concrete(path: str) -> str:
    """A path with something at its placeholders."""
    for name, value in (("payment_id", ID), ("helper", "ben"), ("invoice_id", ID), ("handle", "ben"), ("id", "1"),
                        ("link", "x"), ("address", "ulme.example"), ("name", "kontakt"),
                        ("file", "x.backup")):  # fmt: skip
        path = path.replace("{" + name + "}", value)
    return path


def test_the_pages_are_those_of_the_table(oak: Oak) -> None:
    found = pages(
        oak.ring,
        Doorkeeper(oak.ring.config, oak.ring.members, Rates(oak.ring.clock, per_second=1.0, burst=1.0)),
        WebLimits(),
    )
    assert sorted(tuple(row) for row in TABLE) == sorted((each.method, each.path, each.who) for each in found)


def test_no_other_route_is_served_than_those_with_their_json_and_pdf(oak: Oak) -> None:
    served = {
        (route.method, route.path.removesuffix(".json").removesuffix(".pdf")) for route in build_app(oak.ring).routes
    }
    assert {(method, path) for method, path, _ in TABLE} | {("GET", "/index")} == served


async def _ask(browser: Browser, method: str, path: str) -> Heard:
    return await (browser.get(concrete(path)) if method == "GET" else browser.post(concrete(path)))


async def test_a_stranger_is_led_to_the_door_and_nothing_is_done(oak: Oak) -> None:
    browser = oak.browser()
    for method, path, _ in GUARDED:
        heard = await _ask(browser, method, path)
        led = (heard.status, heard.headers["location"].startswith("/anmelden?weiter=/"))
        assert (303, True) == led, (method, path)
        program = await browser._ask(method, concrete(path), {"Accept": "application/json"})
        assert (401, "unauthorized") == (program.status, program.code), (method, path)


@pytest.mark.parametrize(("handle", "role"), [("alma", "member"), ("rita", "auditor"), ("buero", "office")])
async def test_what_is_not_for_members_does_not_exist_for_them(oak: Oak, handle: str, role: str) -> None:
    browser = await oak.member(handle)
    for method, path, who in GUARDED:
        if role not in MAY[who]:  # type: ignore[index]
            heard = await _ask(browser, method, path)
            assert (404, True) == (heard.status, "Diese Seite gibt es nicht" in text_of(heard)), (method, path)


async def test_no_form_is_taken_without_its_token(oak: Oak) -> None:
    browser = await oak.member("olga")
    for path in FORMS:
        for fields in ({}, {"siegel": ""}, {"siegel": "0" * 64}):
            heard = await browser.post(concrete(path), fields)
            is_old = "Dieses Formular ist nicht mehr gültig" in text_of(heard)
            assert (403, True) == (heard.status, is_old), path


async def test_a_form_with_a_password_tells_password_managers_whose_it_is_and_sends_it_to_nobody(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "FRESH_SECONDS", 0)
    browser, asking = await oak.member("olga"), set()
    await oak.member("alma")  # somebody else who can be signed out
    for path in [path for method, path, _ in TABLE if method == "GET" and not set("{.") & set(path)]:
        html = (await browser.get(f"{path}?neu=ja")).body.decode()
        for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
            if 'type="password"' in form:
                asking.add(path)
                named = re.findall(r'<input type="text" value="(.*?)" autocomplete="username" readonly hidden>', form)
                assert ["olga"] == named, path
    assert {"/betrieb/abmelden", "/betrieb/aufloesung", "/betrieb/sicherung", "/einstellungen", "/geraete"} == asking


async def test_every_page_shows_whoever_is_signed_in_where_to_sign_out(oak: Oak) -> None:
    browser = await oak.member("olga")
    for path in [path for method, path, _ in TABLE if method == "GET" and not set("{.") & set(path)]:
        heard = await browser.get(path)
        is_page = heard.headers.get("content-type", "").startswith("text/html")
        assert not is_page or b'<form method="post" action="/abmelden">' in heard.body, path


async def test_every_page_that_is_read_has_its_json(oak: Oak) -> None:
    browser = await oak.member("olga")
    for method, path, _ in TABLE:
        is_page = method == "GET" and "{" not in path and "." not in path
        if is_page:
            heard = await browser.get("/index.json" if path == "/" else f"{path}.json")
            assert (200, "application/json") == (heard.status, heard.headers["content-type"]), path
            assert heard.json is not None


async def test_the_first_page_tells_programs_the_same_whether_signed_in_or_not(oak: Oak) -> None:
    strangers, members = [await each.get("/index.json") for each in (oak.browser(), await oak.member("alma"))]
    assert strangers.json == members.json
    assert {"is_open", "stop", "text"} == set(strangers.json)
