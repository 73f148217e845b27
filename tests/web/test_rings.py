# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's pages about other rings: what they refuse, and that what was typed is kept."""

from __future__ import annotations

import asyncio
import html
import json
import re

import pytest

from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

INVITE = "/betrieb/einladen"
ACCEPT = "/betrieb/annehmen"


async def invitation_by(browser: Browser) -> str:
    """The text that a page shows, to be copied."""
    page = await browser.send(INVITE, INVITE, sie="20", wir="10", als="text")
    found = re.search(r"readonly[^>]*>([^<]+)</textarea>", page.body.decode())
    assert found is not None, text_of(page)
    return html.unescape(found[1])


async def test_an_invitation_holds_the_limits_that_were_typed(oak: Oak) -> None:
    made = json.loads(await invitation_by(await oak.member("olga")))
    assert (72_000, 36_000) == (made["limit_in_seconds"], made["limit_out_seconds"])


async def test_an_invitation_can_be_kept_as_a_file(oak: Oak) -> None:
    browser = await oak.member("olga")
    heard = await browser.send(INVITE, INVITE, sie="0", wir="0:30", als="datei")
    assert 'attachment; filename="einladung.json"' == heard.headers["content-disposition"]
    assert 1_800 == json.loads(heard.body)["limit_out_seconds"]


@pytest.mark.parametrize("limit", ["viel", "-1", "9" * 30, "=1+1", "\u202e1"])
async def test_a_limit_that_is_none_is_named_and_kept(oak: Oak, limit: str) -> None:
    browser = await oak.member("olga")
    heard = await browser.send(INVITE, INVITE, sie=limit, wir="5", als="text")
    page = heard.body.decode()
    assert (422, True) == (heard.status, f'value="{limit}"' in page and 'value="5"' in page)


async def test_our_own_invitation_is_told_from_one_that_is_none(oak: Oak) -> None:
    browser = await oak.member("olga")
    own = await browser.send(ACCEPT, ACCEPT, einladung=await invitation_by(browser))
    assert (422, True) == (own.status, "Das ist Ihre eigene Einladung." in text_of(own))
    for text in ("", "<b>Hallo</b>", "{}", "\x00" * 40, "[" * 9_000):
        heard = await browser.send(ACCEPT, ACCEPT, einladung=text)
        assert (422, True) == (heard.status, "Das ist keine Einladung" in text_of(heard)), text[:20]
        assert b"<b>" not in heard.body


async def test_lines_that_a_mail_program_broke_are_put_together(oak: Oak) -> None:
    browser = await oak.member("olga")
    text = await invitation_by(browser)
    broken = "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    heard = await browser.send(ACCEPT, ACCEPT, einladung=broken)
    assert "Das ist Ihre eigene Einladung." in text_of(heard)


async def test_a_ring_that_is_no_partner_has_no_page(oak: Oak) -> None:
    browser = await oak.member("olga")
    hidden = browser.hidden(await browser.get(INVITE), INVITE)
    ends = ("", "/vorschlagen", "/unterschreiben", "/aufgeben", "/abschreiben")
    forms = ("", "/grenze", "/zustimmen", "/ruhen", "/wecken", "/beenden", "/bestaetigen", "/durchgang/anfangen")
    for path in (*forms, *(f"/abschluss{end}" for end in ends)):
        at = f"/betrieb/ring/ulme.example{path}"
        fields = {**hidden, "sicher": "ja", "gleich": "ja", "grenze": "1"}
        heard = await (browser.get(at) if path in ("", "/abschluss") else browser.post(at, fields))
        assert (403, True) == (heard.status, "nicht verbunden" in text_of(heard)), path


async def test_twenty_equal_forms_at_once_are_twenty_answers(oak: Oak) -> None:
    browser = await oak.member("olga")
    hidden = browser.hidden(await browser.get(INVITE), INVITE)
    fields = {**hidden, "sie": "1", "wir": "1", "als": "text"}
    heard = await asyncio.gather(*(browser.post(INVITE, fields) for _ in range(20)))
    assert {200} == {each.status for each in heard}


async def test_who_accepts_a_ring_that_is_confirmed_here_reads_the_words_that_it_may_need(towns: Towns) -> None:
    """That ring may be put back from a backup from before the agreement."""
    oak, elm = await towns.found("oak"), await towns.found("elm")
    await oak.members.add("olga", "Olga", "operator")
    invitation = await elm.federation.invite()
    words = (await oak.federation.accept(invitation)).words
    await oak.federation.confirm("elm.example", words)
    async with listening(Pages(oak, WebLimits())) as port:
        olga = await Oak(oak, port).member("olga")
        heard = await olga.send(ACCEPT, ACCEPT, einladung=invitation.decode())
        page = await olga.get(heard.headers["location"])
        assert words == re.findall(r"<li>([^<]+)</li>", page.body.decode().partition('class="words"')[2])[:12]
        assert b'class="words"' not in (await olga.get("/betrieb/ring/elm.example")).body
