# SPDX-License-Identifier: AGPL-3.0-or-later
"""Strangers ask to join, where the ring wants it; the office says yes or no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ringtausch_node.bootstrap import found_ring, open_ring
from ringtausch_node.config.membership import Membership
from ringtausch_node.federation.winding_down import read_certificate
from ringtausch_node.members import OPERATOR
from ringtausch_node.web import WebLimits
from ringtausch_node.web.everybody.joining import propose_handle
from tests.serving.wire import listening
from tests.web.conftest import CONFIG, Oak, Pages, text_of

ASKED = {"name": "Dora Lind", "erreichen": "dora@post.example", "worte": "Ich backe gern."}


@pytest.fixture
async def open_oak(tmp_path: Path) -> AsyncIterator[Oak]:
    config = msgspec.structs.replace(CONFIG, membership=Membership(sign_up="page"))
    found_ring(tmp_path / "open", config)
    ring = await open_ring(tmp_path / "open")
    await ring.members.add("buero", "Das Büro", "office")
    async with listening(Pages(ring, WebLimits())) as port:
        yield Oak(ring, port)
    await ring.close()


async def test_a_stranger_asks_and_the_office_takes_her_in(open_oak: Oak) -> None:
    stranger, office = open_oak.browser(), await open_oak.member("buero")
    assert "Ich möchte mitmachen" in text_of(await stranger.get("/"))
    form = await stranger.get("/beitreten")
    fields = {**stranger.hidden(form, "/beitreten"), **ASKED}
    for _ in range(2):
        assert "Danke! Wir haben Ihre Anfrage bekommen." in text_of(await stranger.post("/beitreten", fields))
    page = await office.get("/buero/anfragen")
    assert 1 == text_of(page).count("Ich backe gern.")
    action = f"/buero/anfragen/{fields['nummer']}/aufnehmen"
    heard = await office.send("/buero/anfragen", action, kuerzel="dora")
    assert "/buero/mitglied/dora" == heard.headers["location"]
    assert "Dora Lind dora · dora@post.example" in text_of(await office.get("/buero/mitglied/dora"))
    assert "Zurzeit fragt niemand." in text_of(await office.get("/buero/anfragen"))
    assert 404 == (await office.post(action, {**office.hidden(page, action), "kuerzel": "dora2"})).status


async def test_what_a_stranger_wrote_is_gone_once_it_is_decided(open_oak: Oak) -> None:
    stranger, office = open_oak.browser(), await open_oak.member("buero")
    form = await stranger.get("/beitreten")
    fields = {**stranger.hidden(form, "/beitreten"), **ASKED}
    await stranger.post("/beitreten", fields)
    await office.send("/buero/anfragen", f"/buero/anfragen/{fields['nummer']}/ablehnen")
    rows = await open_oak.ring.store.read(
        lambda tx: list(tx.execute("SELECT name || contact || words, state, decided_by FROM join_request"))
    )
    assert [("", "declined", "buero")] == rows
    assert ["buero"] == [each.handle for each in await open_oak.ring.members.list()]


async def test_mistakes_of_strangers_are_named_and_nothing_typed_is_lost(open_oak: Oak) -> None:
    for wrong, field in (({"name": ""}, "name"), ({"erreichen": "x"}, "erreichen"), ({"worte": "x" * 1_001}, "worte"),
                         ({"name": "\u202eDora"}, "name")):  # fmt: skip
        heard = await open_oak.browser().send("/beitreten", "/beitreten", **{**ASKED, **wrong})
        html = heard.body.decode()
        assert (422, True, True) == (heard.status, f'href="#{field}"' in html, "gern" in html or "xxx" in html), field


@pytest.mark.parametrize(
    ("handle", "words"), [("buero", "Dieses Kürzel ist vergeben."), ("dora lind", "Dieses Kürzel geht nicht.")]
)
async def test_a_handle_that_cannot_be_had_is_said_at_its_field(open_oak: Oak, handle: str, words: str) -> None:
    stranger, office = open_oak.browser(), await open_oak.member("buero")
    form = await stranger.get("/beitreten")
    fields = {**stranger.hidden(form, "/beitreten"), **ASKED}
    await stranger.post("/beitreten", fields)
    action = f"/buero/anfragen/{fields['nummer']}/aufnehmen"
    heard = await office.send("/buero/anfragen", action, kuerzel=handle)
    assert (422, True) == (heard.status, words in text_of(heard))


async def test_a_ring_that_talks_first_has_no_form(oak: Oak) -> None:
    browser = oak.browser()
    page = await browser.get("/beitreten")
    assert (True, False) == ("nimmt neue Mitglieder im Gespräch auf" in text_of(page), b'name="erreichen"' in page.body)
    heard = await browser.post("/beitreten", {**ASKED, "nummer": "00000000-0000-0000-0000-000000000000"})
    assert (422, []) == (heard.status, await oak.ring.joining.waiting(OPERATOR))


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Dora Lind", "dora"),
        ("Jürgen", "juergen"),
        ("Łukasz", "ukasz"),
        ("李", "mitglied"),
        ("Ben", "ben2"),
        ("", "mitglied"),
    ],
)
def test_a_handle_is_proposed_that_nobody_has(name: str, handle: str) -> None:
    assert handle == propose_handle(name, {"ben"})


async def test_a_ring_that_stops_offers_strangers_nowhere_to_join_and_takes_no_request(open_oak: Oak) -> None:
    stranger, ends, request = open_oak.browser(), "Mitmachen kann man nicht mehr.", "/beitreten"
    fields = {**stranger.hidden(await stranger.get(request), request), **ASKED}
    offers = (b"Wie Sie Mitglied werden", b'href="/seite/mitmachen"', b'href="/beitreten"')
    assert [True] * 3 == [offer in (await stranger.get("/")).body for offer in offers]
    await open_oak.ring.winding_down.begin()
    first = await stranger.get("/")
    assert [False] * 3 == [offer in first.body for offer in offers]
    assert [True] * 3 == [ends in text_of(await stranger.get(path)) for path in ("/", request, "/seite/mitmachen")]
    heard = await stranger.post(request, fields)
    assert (422, True) == (heard.status, ends in text_of(heard))
    assert [False, False] == [(await stranger.get(path)).json["is_open"] for path in ("/beitreten.json", "/index.json")]
    assert [] == await open_oak.ring.joining.waiting(OPERATOR)
    office = await open_oak.member("buero")
    assert "Unser Tauschring hört auf." in text_of(await office.get("/buero/anfragen"))


async def test_a_ring_that_has_stopped_says_since_when_and_what_members_may_still_do(open_oak: Oak) -> None:
    await open_oak.ring.winding_down.begin()
    said = read_certificate(bytes((await open_oak.ring.winding_down.close()).document or b""))
    first = text_of(await open_oak.browser().get("/"))
    when = f"{datetime.fromtimestamp(said.at, UTC):%Y}"
    assert [True] * 3 == [each in first for each in ("aufgehört", when, "Auszüge und Daten mitnehmen")]
    assert [False] * 2 == [each in first for each in ("Willkommen bei", "Neu hier?")]
