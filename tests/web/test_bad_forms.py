# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every form of the office and of strangers with what nobody should send: refused or kept, never run, never a fault."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from tests.web.conftest import HOUR, Oak, paid, text_of
from tests.web.test_bad_input import ODD

FORMS = {
    "/buero/mitglied/alma/grenzen": ("unten", "oben"),
    "/buero/mitglied/alma/austritt": ("rest", "grund"),
    "/buero/gemeinschaft": ("kuerzel", "name"),
    "/buero/monat": ("monat", "rubrik1", "rubrikx"),
    "/buero/klaeren/zuordnen": ("posten", "an", "betrag"),
    "/buero/neu": ("name", "kuerzel", "email", "nummer"),
    "/abstand/halten": ("wen",),
    "/abstand/melden": ("ueber", "worte"),
    "/beitreten": ("name", "erreichen", "worte", "nummer"),
    "/einstellungen/post": ("zahlungen",),
}
#: One path may only hold what a member's address may; these are nobody's.
PLACES = ("%3Cscript%3E", "..%2F..%2Fetc", "%00", "x" * 300, "%E2%80%AEneb", "community:opening", "(operator)")


async def test_odd_texts_in_every_form_are_refused_or_kept_and_never_run(oak: Oak) -> None:
    office = await oak.member("buero")
    seal = office.hidden(await office.get("/konto"), "/abmelden")
    for text in ODD:
        for action, names in FORMS.items():
            fields = {**seal, **dict.fromkeys(names, text), "sicher": "ja"}
            heard = await office.post(action, urlencode(fields, errors="surrogatepass").encode())
            assert heard.status in (200, 303, 400, 404, 422, 429), (action, text)
            assert b"<script>alert" not in heard.body, action
            assert b"<img src=x" not in heard.body, action
    totals = [each.balance_seconds for each in await oak.ring.members.list()]
    assert 0 == sum(totals)


async def test_a_member_that_is_none_is_a_page_that_is_none(oak: Oak) -> None:
    office = await oak.member("buero")
    seal = office.hidden(await office.get("/konto"), "/abmelden")
    for place in PLACES:
        assert 404 == (await office.get(f"/buero/mitglied/{place}")).status, place
        for rest in ("grenzen", "ruhen", "wecken", "austritt", "vergessen"):
            fields = {**seal, "unten": "1", "oben": "1", "sicher": "ja"}
            heard = await office.post(f"/buero/mitglied/{place}/{rest}", fields)
            assert heard.status in (400, 404, 422), (place, rest)


async def test_a_gift_sent_twenty_times_at_once_is_given_once(oak: Oak) -> None:
    office, alma = await oak.member("buero"), await oak.member("alma")
    await office.send("/buero/gemeinschaft", "/buero/gemeinschaft", kuerzel="sozial", name="Sozialfonds")
    check = await alma.send("/gemeinschaft", "/zahlen/pruefen", an="community:sozial", betrag="1", wofuer="")
    fields = alma.hidden(check, "/zahlen")
    heard = await asyncio.gather(*(alma.post("/zahlen", fields) for _ in range(20)))
    assert ({303}, -HOUR) == ({each.status for each in heard}, await oak.balance("alma"))


async def test_booking_back_twenty_times_at_once_books_back_once(oak: Oak) -> None:
    action = (await paid(oak, "alma", "ben", "1", "x")).replace("/zahlungen/", "/buero/zurueckbuchen/")
    office = await oak.member("buero")
    fields = {**office.hidden(await office.get(action), action), "wofuer": "=HYPERLINK(1)"}
    heard = await asyncio.gather(*(office.post(action, fields) for _ in range(20)))
    assert (1, 0) == ([each.status for each in heard].count(303), await oak.balance("alma"))
    table = (await office.get("/buero/monat.csv")).body.decode("utf-8-sig")
    assert ";=" not in table


async def test_a_payment_that_is_none_is_not_booked_back(oak: Oak) -> None:
    office = await oak.member("buero")
    assert "Diese Seite gibt es nicht" in text_of(await office.get(f"/buero/zurueckbuchen/{'A' * 22}"))
    assert 400 == (await office.get("/buero/zurueckbuchen/x")).status
