# SPDX-License-Identifier: AGPL-3.0-or-later
"""Back and taking back: one form is one payment, whatever the browser sends again; what was asked back says so."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members import OPERATOR
from ringtausch_node.web import WebLimits
from tests.federation.towns import HOUR, Towns, balance, end_of, pay, peer, talk, until
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

CHECK = "/zahlen/pruefen"
ASKED, LATE = "Sie wollten die Zahlung zurücknehmen.", "Das Zurücknehmen kam zu spät"
SENT, AGAIN = "Dieses Formular ist schon abgeschickt.", "Dasselbe haben Sie vor wenigen Minuten schon bezahlt."
WISH = {"betrag": "1", "wofuer": "Rasen"}
#: Somebody here, and somebody in another town, whose ring is asked first.
PAYEES = ({"an": "bea"}, {"an": "ben", "ring": "elm.example"})


@pytest.fixture
async def oak(towns: Towns) -> Ring:
    """Alma and Bea live here, Ben in elm."""
    oak, elm = await towns.found("oak"), await towns.found("elm")
    for handle in ("alma", "bea"):
        await oak.members.add(handle, handle.title())
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    await talk(oak, elm)
    return oak


@pytest.fixture
async def alma(oak: Ring) -> AsyncIterator[Browser]:
    async with listening(Pages(oak, WebLimits())) as port:
        yield await Oak(oak, port).member("alma")


async def _pays(oak: Ring, alma: Browser, form: dict[str, str]) -> None:
    """Check a form, and send what the check page holds."""
    sent = await alma.post("/zahlen", alma.hidden(await alma.post(CHECK, form), "/zahlen"))
    assert 303 == sent.status
    assert "paid" == (await end_of(oak, sent.headers["location"].rpartition("/")[2])).state


@pytest.mark.parametrize("payee", PAYEES)
async def test_a_check_page_opened_again_after_paying_pays_no_second_time(
    oak: Ring, alma: Browser, payee: dict[str, str]
) -> None:
    form = {**alma.hidden(await alma.get("/zahlen"), CHECK), **payee, **WISH}
    await _pays(oak, alma, form)
    back = await alma.post(CHECK, form)
    paid = re.search(r'href="/zahlungen/([^"]+)">Die Zahlung ansehen', back.body.decode())
    assert (200, True, form["nummer"]) == (back.status, SENT in text_of(back), paid and paid[1])
    assert -HOUR == await balance(oak, "alma")
    await _pays(oak, alma, {**alma.hidden(back, CHECK), **payee, **WISH})  # whoever means it sends it again
    assert -2 * HOUR == await balance(oak, "alma")


async def test_the_page_that_checks_a_form_is_shown_again_by_its_address_on_this_device_only(
    oak: Ring, alma: Browser
) -> None:
    form = {**alma.hidden(await alma.get("/zahlen"), CHECK), "an": "bea", **WISH}
    sent = await alma.post_only(CHECK, form)
    address = sent.headers["location"]
    checked, again = await alma.get(address), await alma.get(address)
    other = await Oak(oak, alma.port).member("alma")

    assert (303, "Rasen" in address) == (sent.status, False)
    assert text_of(checked) == text_of(again)
    assert "Stimmt das so?" in text_of(checked)
    there = await other.get(address)
    assert (200, True) == (there.status, "Es wird noch nichts bezahlt." in text_of(there))
    assert "Rasen" not in there.body.decode()


async def test_a_whole_letter_in_a_form_is_refused_without_a_detour(alma: Browser) -> None:
    form = {**alma.hidden(await alma.get("/zahlen"), CHECK), "an": "bea", "betrag": "1", "wofuer": "Mähen " * 5_000}
    heard = await alma.post_only(CHECK, form)
    assert (422, True) == (heard.status, "Mähen Mähen" in heard.body.decode())


@pytest.mark.parametrize("payee", PAYEES)
async def test_a_form_may_be_checked_and_changed_before_it_is_sent(
    oak: Ring, alma: Browser, payee: dict[str, str]
) -> None:
    form = {**alma.hidden(await alma.get("/zahlen"), CHECK), **payee, **WISH}
    checked = await alma.post(CHECK, form)
    changed = await alma.post(CHECK, {**alma.hidden(checked, CHECK), "aendern": "ja"})
    again = {**alma.hidden(changed, CHECK), **payee, "betrag": "2", "wofuer": "Rasen"}
    assert form["nummer"] == again["nummer"]
    await _pays(oak, alma, again)
    assert -2 * HOUR == await balance(oak, "alma")


@pytest.mark.parametrize("payee", PAYEES)
async def test_who_pays_the_same_once_more_within_minutes_is_asked(
    oak: Ring, alma: Browser, payee: dict[str, str]
) -> None:
    form = {**alma.hidden(await alma.get("/zahlen"), CHECK), **payee, **WISH}
    assert AGAIN not in text_of(await alma.post(CHECK, form))
    await _pays(oak, alma, form)
    other = {**alma.hidden(await alma.get("/zahlen"), CHECK), **payee, **WISH}
    assert AGAIN in text_of(await alma.post(CHECK, other))
    assert AGAIN not in text_of(await alma.post(CHECK, {**other, "betrag": "1,5"}))


async def test_a_payment_under_way_says_that_it_was_asked_back_and_later_that_it_was_too_late(
    towns: Towns, oak: Ring, alma: Browser
) -> None:
    await towns.network.fall_silent("elm")
    number = (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id
    await until(partial(_is_held, oak, number))
    at = f"/zahlungen/{number}"
    assert (False, True) == (ASKED in text_of(page := await alma.get(at)), "Zurücknehmen" in text_of(page))
    assert 303 == (await alma.send(at, f"{at}/zuruecknehmen")).status
    page = await alma.get(at)
    assert (True, False) == (ASKED in text_of(page), f"{at}/zuruecknehmen" in page.body.decode())
    towns.network.heal()
    assert "paid" == (await end_of(oak, number)).state
    assert (True, False) == (LATE in (read := text_of(await alma.get(at))), ASKED in read)


async def _is_held(ring: Ring, number: str) -> bool:
    return (await ring.payments.get(number, OPERATOR)).state == "held"


@pytest.mark.parametrize("memo", ["R" * 241, "Ra\u202esen", "Rasen " * 100])
async def test_what_paying_would_refuse_is_refused_before_it_is_checked_and_shown_again(
    alma: Browser, memo: str
) -> None:
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", ring="elm.example", betrag="1", wofuer=memo)
    page = check.body.decode()
    assert (422, True) == (check.status, "hat mehrere Zeilen oder unsichtbare Zeichen" in page)
    assert f'value="{memo.strip()}' in page
