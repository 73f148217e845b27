# SPDX-License-Identifier: AGPL-3.0-or-later
"""Odd texts in every form of the table: refused or kept, never run, never a fault, and nothing is booked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import urlencode

import pytest

from ringtausch_node.config import Mail
from ringtausch_node.config.membership import Membership
from ringtausch_node.store import Tx
from ringtausch_node.web import WebLimits
from ringtausch_node.web.door import proving
from tests.federation.towns import Towns, peer, talk
from tests.serving.wire import Heard, listening
from tests.web.conftest import Browser, Oak, Pages, paid, text_of
from tests.web.forms import PLACES, TYPED, UNTYPED, Form
from tests.web.test_bad_input import ODD
from tests.web.test_every_form import seal_of
from tests.web.test_routes import FORMS, concrete

#: Some of every kind, for each field by itself.
FEW = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202eneb\x00", "=1+1", "ben\nalma", "x" * 5_000)
ANSWERS = {200, 303, 400, 403, 404, 422, 429}
#: Fewer letters of a text than these are shown again by no form.
SHOWN_AT_LEAST = 100


class Stage(NamedTuple):
    """A ring with something behind every form, and its operator, who may send all of them."""

    oak: Oak
    olga: Browser
    seal: Mapping[str, str]
    places: Mapping[str, str]

    def at(self, path: str) -> str:
        """A path of the table with what is there at its placeholders."""
        for name, value in {**self.places, **({"handle": "lars"} if path.endswith("/vergessen") else {})}.items():
            path = path.replace("{" + name + "}", value)
        return concrete(path)

    async def send(self, path: str, fields: Mapping[str, str]) -> Heard:
        """One form, in no browser's way of writing where a text is none."""
        body = urlencode({**self.seal, **fields}, errors="surrogatepass").encode()
        return await self.olga.post(self.at(path), body)

    async def books(self) -> tuple[dict[str, int], int]:
        """All balances and how many bookings there are."""
        balances = {each.handle: each.balance_seconds for each in await self.oak.ring.members.list()}
        return {name: balances[name] for name in ("alma", "ben", "olga")}, await self.oak.ring.store.read(_bookings)


def _bookings(tx: Tx) -> int:
    return int(next(iter(tx.execute("SELECT count(*) FROM transfer")))[0])


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Alma has paid Ben and asked Olga to pay, what Ben paid was booked back; Dora asks to join, Lars has left."""
    towns = Towns(tmp_path)
    mail = Mail(host="127.0.0.1", port=9, encryption="none", sender="ring@oak.example")
    oak = await towns.found("oak", membership=Membership(sign_up="page"), mail=mail)
    elm = await towns.found("elm")
    for handle, role in (("alma", "member"), ("ben", "member"), ("olga", "operator"), ("lars", "member")):
        await oak.members.add(handle, handle.title(), role)
    await peer(oak, elm)
    await talk(oak, elm)
    limits = WebLimits(tries_per_address_burst=1e6, tries_per_name_burst=1e6)
    async with listening(Pages(oak, limits)) as port:
        yield await _played(Oak(oak, port))
    await towns.close_all()


async def _played(oak: Oak) -> Stage:
    alma, olga = await oak.member("alma"), await oak.member("olga")
    await paid(oak, "alma", "ben", "1", "Rasen")
    payment = (await paid(oak, "ben", "alma", "2", "Brot")).rpartition("/")[2]
    await olga.send(f"/buero/zurueckbuchen/{payment}", f"/buero/zurueckbuchen/{payment}", wofuer="")
    bill = await alma.send("/rechnung-schreiben", "/rechnung-schreiben", an="olga", betrag="2", wofuer="Hecke")
    await olga.send("/buero/mitglied/lars/austritt", "/buero/mitglied/lars/austritt", sicher="ja", grund="left")
    await alma.send("/abstand", "/abstand/melden", ueber="ben", worte="Er ruft nachts an.")
    await oak.browser().send("/beitreten", "/beitreten", name="Dora", erreichen="0251 1", worte="")
    asked = (await olga.get("/buero/anfragen.json")).json["waiting"][0]["request_id"]
    ids = {"payment_id": payment, "invoice_id": bill.headers["location"].rpartition("/")[2]}
    return Stage(oak, olga, await seal_of(olga), {**ids, "id": asked, "address": "elm.example", "handle": "alma"})


class _Fields(HTMLParser):
    """The fields of one form of a page, as a browser reads them."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self._action, self._is_in, self._area = action, False, ""
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_in = told.get("action") == self._action
        elif self._is_in and tag == "input" and told.get("type") not in ("hidden", "checkbox", "radio"):
            self.found.setdefault(told.get("name", ""), told.get("value", ""))
        elif self._is_in and tag == "textarea":
            self._area = told["name"]
            self.found.setdefault(self._area, "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def lost(form: Form, action: str, sent: Mapping[str, str], heard: Heard) -> list[str]:
    """Fields of a page with a mistake that do not hold what was typed, or the beginning of a long text."""
    parser = _Fields(action)
    parser.feed(heard.body.decode())
    gone = []
    for name in form.kept:
        typed, shown = normalize("NFC", sent[name]).strip(), parser.found.get(name)
        if shown is None or not typed.startswith(shown) or len(shown) < min(len(typed), SHOWN_AT_LEAST):
            gone.append(name)
    return gone


async def _is_well_answered(stage: Stage, path: str, fields: Mapping[str, str]) -> None:
    heard, form = await stage.send(path, fields), TYPED[path]
    html, told = heard.body.decode(), (path, fields)
    assert heard.status in ANSWERS, (told, heard.status, text_of(heard))
    assert ("<script>alert" in html, "<img src=x" in html) == (False, False), told
    if heard.status == 422:
        assert ("<title>Fehler: " in html, 'class="errors"' in html) == (True, True), told
        assert [] == lost(form, stage.at(form.back_at or path), fields, heard), told
    elif heard.status >= 400:
        assert "<h1>" in html, told


def test_every_form_of_the_table_is_tried_with_odd_texts_or_says_why_not() -> None:
    assert sorted(FORMS) == sorted([*TYPED, *UNTYPED])


async def test_odd_texts_in_all_fields_are_refused_or_kept_and_nothing_is_booked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "FRESH_SECONDS", 0)
    before = await stage.books()
    for text in ODD:
        for path, form in TYPED.items():
            await _is_well_answered(stage, path, {**form.hidden, **dict.fromkeys(form.fields, text)})
    assert before == await stage.books()
    roles = {each.handle: each.role for each in await stage.oak.ring.members.list()}
    assert ("member", "member", "operator") == (roles["alma"], roles["ben"], roles["olga"])


async def test_one_odd_text_among_right_ones_is_refused_or_kept_and_nothing_is_booked(stage: Stage) -> None:
    before = await stage.books()
    for path, form in TYPED.items():
        right = {} if form.is_final else {**form.hidden, **form.fields}
        for name in right:
            for text in FEW:
                await _is_well_answered(stage, path, {**right, name: text})
    assert before == await stage.books()


async def test_a_form_without_its_fields_is_answered_and_nothing_is_booked(stage: Stage) -> None:
    before = await stage.books()
    for path in TYPED:
        heard = await stage.send(path, {})
        assert heard.status in ANSWERS, (path, heard.status)
    assert before == await stage.books()


async def test_what_is_nowhere_has_no_form(stage: Stage) -> None:
    for path in [each for each in FORMS if "{" in each]:
        for place in PLACES:
            at = path[: path.index("{")] + place + path[path.index("}") + 1 :]
            heard = await stage.olga.post(at, {**stage.seal, "sicher": "ja", "wer": "member"})
            assert heard.status in (400, 403, 404, 410, 422), (at, heard.status)
