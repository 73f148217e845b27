# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forms of the office and of members sent twice, for nobody, or with a mistake: nothing happens twice or to others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from tests.web.conftest import HOUR, Browser, Oak, paid, text_of
from tests.web.forms import PLACES


async def test_a_member_that_is_none_is_a_page_that_is_none(oak: Oak) -> None:
    office = await oak.member("buero")
    for place in PLACES:
        assert 404 == (await office.get(f"/buero/mitglied/{place}")).status, place


async def test_a_gift_sent_twenty_times_at_once_is_given_once(oak: Oak) -> None:
    office, alma = await oak.member("buero"), await oak.member("alma")
    await office.send("/buero/gemeinschaft", "/buero/gemeinschaft", kuerzel="sozial", name="Sozialfonds")
    check = await alma.send("/gemeinschaft", "/zahlen/pruefen", an="community:sozial", betrag="1", wofuer="")
    fields = alma.hidden(check, "/zahlen")
    heard = await asyncio.gather(*(alma.post("/zahlen", fields) for _ in range(20)))
    assert ({303}, -HOUR) == ({each.status for each in heard}, await oak.balance("alma"))


async def test_a_mistake_in_a_gift_of_the_ring_does_not_make_it_the_giver_s_own(oak: Oak) -> None:
    office = await oak.member("buero")
    await office.send("/buero/gemeinschaft", "/buero/gemeinschaft", kuerzel="sozial", name="Sozialfonds")
    gift = {"konto": "community:sozial", "an": "ben", "wofuer": "Umzug"}
    typed = await office.send("/buero/gemeinschaft", "/zahlen/pruefen", **gift, betrag="viel")
    assert '<option value="community:sozial" selected>Für Sozialfonds</option>' in typed.body.decode()

    alma = await oak.member("alma")
    asked = await alma.get("/zahlen?konto=community:sozial")
    assert "Sozialfonds" not in asked.body.decode()


async def test_the_office_pays_for_a_member_from_that_member_s_desk(oak: Oak) -> None:
    office = await oak.member("buero")
    assert 'href="/zahlen?konto=alma"' in (await office.get("/buero/mitglied/alma")).body.decode()
    check = await office.send(
        "/zahlen?konto=alma", "/zahlen/pruefen", konto="alma", an="ben", betrag="1", wofuer="Brot"
    )
    await office.post("/zahlen", office.hidden(check, "/zahlen"))
    assert -HOUR == await oak.balance("alma")


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


#: Opens a form and fills it. -> whose browser, the form's action, its fields.
Filled: TypeAlias = tuple[Browser, str, dict[str, str]]
_BILL = {"an": "alma", "betrag": "1", "wofuer": "Hecke"}


async def _bill_to_write(oak: Oak) -> Filled:
    ben, at = await oak.member("ben"), "/rechnung-schreiben"
    return ben, at, {**ben.hidden(await ben.get(at), at), **_BILL}


async def _bill_to_pay(oak: Oak) -> Filled:
    ben, alma = await oak.member("ben"), await oak.member("alma")
    at = (await ben.send("/rechnung-schreiben", "/rechnung-schreiben", **_BILL)).headers["location"]
    return alma, f"{at}/bezahlen", alma.hidden(await alma.get(at), f"{at}/bezahlen")


async def _refund(oak: Oak) -> Filled:
    at = f"{await paid(oak, 'alma', 'ben', '1', 'Hecke')}/zurueckgeben"
    ben = await oak.member("ben")
    return ben, at, ben.hidden(await ben.get(at), at)


async def _report(oak: Oak) -> Filled:
    alma, at = await oak.member("alma"), "/abstand/melden"
    return alma, at, {**alma.hidden(await alma.get("/abstand"), at), "ueber": "ben", "worte": "Er kam nicht."}


@pytest.mark.parametrize(("fill", "counted", "allowed"), [
    (_bill_to_write, "invoice_written", {303}), (_bill_to_pay, "transfer", {303}), (_report, "report", {200}),
    (_refund, "transfer", {303, 422}),  # inside the ring the second is told that it is given back already
])  # fmt: skip
async def test_twenty_equal_forms_at_once_count_once(
    oak: Oak, fill: Callable[[Oak], Awaitable[Filled]], counted: str, allowed: set[int]
) -> None:
    browser, action, fields = await fill(oak)
    before = await _count(oak, counted)
    heard = await asyncio.gather(*(browser.post(action, fields) for _ in range(20)))
    assert (set(), 1) == ({each.status for each in heard} - allowed, await _count(oak, counted) - before)


async def _count(oak: Oak, table: str) -> int:
    return int(await oak.ring.store.read(lambda tx: tx.one(f"SELECT count(*) FROM {table}")[0]))


async def test_a_report_that_the_office_has_seen_to_does_not_come_back_with_its_form(oak: Oak) -> None:
    alma, action, fields = await _report(oak)
    await alma.post(action, fields)
    office = await oak.member("buero")
    await office.send("/buero/meldungen", "/buero/meldungen/1/erledigt")
    told = await alma.post(action, fields)
    assert (200, True) == (told.status, "Danke, das Büro weiß es jetzt." in text_of(told))
    assert [] == (await office.get("/buero/meldungen.json")).json["reports"]
    assert fields["nummer"] != alma.hidden(told, action)["nummer"]


async def test_a_report_with_an_odd_number_is_none_and_keeps_its_words(oak: Oak) -> None:
    alma, action, fields = await _report(oak)
    heard = await alma.post(action, {**fields, "nummer": "x"})
    assert (422, True, 0) == (heard.status, "Er kam nicht." in text_of(heard), await _count(oak, "report"))
