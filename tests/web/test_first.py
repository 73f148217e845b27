# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member comes in, sees the account, pays."""

from __future__ import annotations

import asyncio
import html
import re

from tests.web.conftest import HOUR, Oak, text_of


async def test_a_member_with_a_letter_comes_in_once(oak: Oak) -> None:
    code = await oak.ring.entrance.issue_code("alma")
    browser = oak.browser()
    heard = await browser.send("/anmelden", "/anmelden", wer="alma", code=code.code.lower(), merken="ja")
    assert (303, "/konto") == (heard.status, heard.headers["location"])
    assert "Guten Tag, Alma Berg" in text_of(await browser.get("/konto"))
    again = await oak.browser().send("/anmelden", "/anmelden", wer="alma", code=code.code)
    assert 403 == again.status
    assert "Damit kommen Sie nicht herein" in text_of(again)


async def test_a_member_pays_and_reads_it(oak: Oak) -> None:
    alma = await oak.member("alma")
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", betrag="1,5", wofuer="Rasen gemäht")
    assert "Stimmt das so? 1,5 Stunden" in text_of(check)
    assert "Ben Weber" in text_of(check)
    paid = await alma.post("/zahlen", alma.hidden(check, "/zahlen"))
    assert 303 == paid.status
    page = await alma.get(paid.headers["location"])
    assert "Ben Weber hat 1,5 Stunden erhalten." in text_of(page)
    assert HOUR * 3 // 2 == await oak.balance("ben")
    assert "Rasen gemäht" in text_of(await alma.get("/konto"))


async def test_twenty_equal_forms_at_once_are_one_payment(oak: Oak) -> None:
    alma = await oak.member("alma")
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", betrag="1", wofuer="")
    fields = alma.hidden(check, "/zahlen")
    heard = await asyncio.gather(*(alma.post("/zahlen", fields) for _ in range(20)))
    assert {303} == {each.status for each in heard}
    assert 1 == len({each.headers["location"] for each in heard})
    assert HOUR == await oak.balance("ben")


async def test_whoever_wants_to_change_something_before_paying_finds_all_of_it_typed_and_has_paid_nothing(
    oak: Oak,
) -> None:
    alma = await oak.member("alma")
    typed = {"an": "ben", "betrag": "1:30", "wofuer": "Rasen <gemäht>"}
    check = await alma.send("/zahlen", "/zahlen/pruefen", **typed)
    assert "Ändern" in text_of(check)
    form = {**alma.hidden(check, "/zahlen/pruefen"), "aendern": "ja"}
    page = await alma.post("/zahlen/pruefen", form)
    shown = page.body.decode()
    assert (200, "Bezahlen") == (page.status, shown.partition("<h1>")[2].partition("</h1>")[0])
    for name, value in typed.items():
        assert re.search(rf'name="{name}" type="text" value="{re.escape(html.escape(value))}"', shown), name
    assert 0 == await oak.balance("alma")
    again = await alma.post("/zahlen/pruefen", {**alma.hidden(page, "/zahlen/pruefen"), **typed, "betrag": "1"})
    assert 303 == (await alma.post("/zahlen", alma.hidden(again, "/zahlen"))).status
    assert -HOUR == await oak.balance("alma")
