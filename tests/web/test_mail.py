# SPDX-License-Identifier: AGPL-3.0-or-later
"""Coming in by mail, over the pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import found_ring, open_ring
from ringtausch_node.config import Config, Mail
from ringtausch_node.post.records import load_due, set_later
from ringtausch_node.web import WebLimits
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

MAILS, LETTER = "/betrieb/mails", "/anmelden/brief"


@pytest.fixture
async def elm(tmp_path: Path) -> AsyncIterator[Oak]:
    """A ring that says Du and sends mail; nobody takes the letters, so they can be read in the outbox."""
    mail = Mail(host="127.0.0.1", port=9, encryption="none", sender="ring@elm.example")
    config = Config(
        address="elm.example", name="Ulme", net="test", url="http://127.0.0.1", allow_private_addresses=True,
        form_of_address="Du", mail=mail,
    )  # fmt: skip
    found_ring(tmp_path / "elm", config)
    ring = await open_ring(tmp_path / "elm")
    await ring.members.add("ben", "Ben Weber")
    async with listening(Pages(ring, WebLimits())) as port:
        yield Oak(ring, port)
    await ring.close()


async def body_of_the_letter(ring: Oak) -> str:
    [mail] = await ring.ring.store.read(lambda tx: load_due(tx, ring.ring.clock.now(), 10))
    return mail.body


async def test_a_link_that_a_scanner_opened_ten_times_still_lets_in_once(elm: Oak) -> None:
    await elm.ring.entrance.set_email("ben", "ben@mail.example")
    browser = elm.browser()
    sent = await browser.send(LETTER, LETTER, wer="ben@mail.example")
    assert "ist ein Code unterwegs" in text_of(await browser.get(sent.headers["location"]))
    found = re.search(r"/anmelden/link/\S+", await body_of_the_letter(elm))
    assert found is not None
    for _ in range(10):
        assert "Anmelden als Ben Weber" in text_of(await elm.browser().get(found[0]))
    inside = await browser.send(found[0], found[0])
    assert (303, "/konto") == (inside.status, inside.headers["location"])
    assert "Hier bist du angemeldet." in text_of(await browser.get("/geraete"))
    spent = await elm.browser().get(found[0])
    assert (410, True) == (spent.status, "Dieser Link gilt nicht mehr." in text_of(spent))


async def test_who_has_no_address_reads_what_the_others_read(elm: Oak) -> None:
    pages = set()
    await elm.ring.entrance.set_email("ben", "ben@mail.example")
    for who in ("ben", "nobody", "x@y.example"):
        browser = elm.browser()
        sent = await browser.send(LETTER, LETTER, wer=who)
        heard = await browser.get(sent.headers["location"])
        answer = (sent.status, sorted(sent.headers), sent.headers["location"].partition("wer=")[0])
        pages.add((*map(str, answer), re.sub(r"nummer=[^\"]*", "", heard.body.decode())))
    assert 1 == len(pages)


async def test_a_code_by_mail_lets_in_where_it_was_asked_for_and_the_link_everywhere(elm: Oak) -> None:
    await elm.ring.entrance.set_email("ben", "ben@mail.example")
    asking, other, elsewhere = elm.browser(), elm.browser(), elm.browser()
    await asking.send(LETTER, LETTER, wer="ben")
    await elsewhere.send(LETTER, LETTER, wer="nobody")
    body = await body_of_the_letter(elm)
    code, link = (re.findall(pattern, body)[0] for pattern in (r"\b\w{4}-\w{4}\b", r"/anmelden/link/\S+"))
    for browser in (other, elsewhere):
        assert 403 == (await browser.post("/anmelden", {"wer": "ben", "code": code})).status
    assert "Anmelden als Ben Weber" in text_of(await other.get(link))
    assert 303 == (await asking.post("/anmelden", {"wer": "ben", "code": code})).status
    assert "/anmelden" not in (await asking.get("/konto")).headers.get("location", "")


async def test_a_couple_asks_on_one_device_one_after_the_other(elm: Oak) -> None:
    await elm.ring.members.add("eva", "Eva Weber")
    browser = elm.browser()
    for who in ("ben", "eva"):
        await elm.ring.entrance.set_email(who, f"{who}@mail.example")
        await browser.send(LETTER, LETTER, wer=who)
    mails = await elm.ring.store.read(lambda tx: load_due(tx, elm.ring.clock.now(), 10))
    for who, mail in zip(("ben", "eva"), mails, strict=True):
        code = re.findall(r"\b\w{4}-\w{4}\b", mail.body)[0]
        assert 303 == (await browser.post("/anmelden", {"wer": who, "code": code})).status
        browser.cookies.pop("sitzung")


async def test_mail_is_not_asked_for_without_end(elm: Oak) -> None:
    statuses = [(await elm.browser().post(LETTER, {"wer": "ben"})).status for _ in range(12)]
    assert [303] * 10 + [429] * 2 == statuses


async def test_a_ring_that_says_du_says_it_in_its_refusals_too(elm: Oak) -> None:
    heard = await elm.browser().post("/anmelden", {"wer": "ben", "code": "WWWW-WWWW"})
    assert "Damit kommst du nicht herein." in text_of(heard)


async def operator(elm: Oak) -> Browser:
    await elm.ring.members.add("olga", "Olga", "operator")
    return await elm.member("olga")


async def test_a_trial_is_written_once_however_often_it_is_asked_for(elm: Oak) -> None:
    olga = await operator(elm)
    fields = {**olga.hidden(await olga.get(MAILS), f"{MAILS}/probe"), "an": "olga@mail.example"}
    heard = await asyncio.gather(*(olga.post(f"{MAILS}/probe", fields) for _ in range(20)))
    assert {303} == {each.status for each in heard}
    assert "Probe von „Ulme“" in text_of(await olga.get(MAILS))
    assert "Der Mailserver von „Ulme“" in await body_of_the_letter(elm)


async def test_a_letter_that_failed_says_why_and_is_tried_again(elm: Oak) -> None:
    olga = await operator(elm)
    await olga.send(MAILS, f"{MAILS}/probe", an="olga@mail.example")
    [mail] = await elm.ring.store.read(lambda tx: load_due(tx, elm.ring.clock.now(), 10))
    later = elm.ring.clock.now() + 3_600
    await elm.ring.store.write(lambda tx: set_later(tx, mail.id, later, "mail_away"))
    page = text_of(await olga.get(MAILS))
    assert "Der Mailserver ist nicht erreichbar oder lässt uns nicht herein." in page
    assert "1 Versuch " in page
    assert [] == await elm.ring.store.read(lambda tx: load_due(tx, elm.ring.clock.now(), 10))
    assert 303 == (await olga.send(MAILS, f"{MAILS}/erneut")).status
    assert mail.id == (await elm.ring.store.read(lambda tx: load_due(tx, elm.ring.clock.now(), 10)))[0].id


async def test_a_trial_to_nobody_is_named_and_kept(elm: Oak) -> None:
    olga = await operator(elm)
    for odd in ("", "olga", "a@b\r\nBcc: c@d.example", "x" * 300 + "@d.example", "<script>alert(1)</script>@d.example"):
        heard = await olga.send(MAILS, f"{MAILS}/probe", an=odd)
        assert 422 == heard.status, odd
        assert b"<script>alert" not in heard.body
    assert {} == await elm.ring.post.counts()


async def test_a_ring_without_a_mail_server_says_so(oak: Oak) -> None:
    olga = await oak.member("olga")
    assert "verschickt noch keine Mails" in text_of(await olga.get(MAILS))
    seal = olga.hidden(await olga.get("/konto"), "/abmelden")
    assert 422 == (await olga.post(f"{MAILS}/probe", {**seal, "an": "olga@mail.example"})).status


async def test_codes_that_are_over_are_forgotten(elm: Oak) -> None:
    await elm.ring.entrance.set_email("ben", "ben@mail.example")
    for _ in range(5):
        await elm.ring.entrance.ask_letter("ben")
        await elm.ring.entrance.issue_code("ben")
    kept = await elm.ring.store.read(
        lambda tx: list(tx.execute("SELECT kind, count(*) FROM entry_code GROUP BY kind ORDER BY kind"))
    )
    assert [("mail", 2), ("paper", 2)] == [tuple(row) for row in kept]
