# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of somebody else's invoice, payment and account: offered is what the viewer may do, told is whose it is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns, pay, peer
from tests.serving.wire import listening
from tests.web.conftest import HOUR, Oak, Pages, paid, text_of

PAY, DECLINE, REMIND = "Stimmt, jetzt bezahlen", "Rechnung ablehnen", "Erinnern"


async def _bill(oak: Oak, payer: str = "alma") -> str:
    """Ben writes an invoice. -> its path."""
    fields = {"an": payer, "betrag": "2", "wofuer": "Hecke"}
    written = await (await oak.member("ben")).send("/rechnung-schreiben", "/rechnung-schreiben", **fields)
    return written.headers["location"]


@pytest.mark.parametrize("handle", ["cleo", "buero"])
async def test_who_acts_for_the_payer_of_an_invoice_pays_it_from_the_payer_s_account(oak: Oak, handle: str) -> None:
    await oak.ring.members.helping.grant("cleo", "alma")
    path, browser = await _bill(oak), await oak.member(handle)
    shown = text_of(await browser.get(path))
    assert "Vom Konto Alma Berg (alma) Danach steht das Konto bei −2 Stunden" in shown
    heard = await browser.send(path, f"{path}/bezahlen")
    assert 303 == heard.status, text_of(heard)
    assert [-2 * HOUR, 2 * HOUR, 0] == [await oak.balance(each) for each in ("alma", "ben", handle)]


async def test_an_invoice_offers_everybody_what_they_may_do_and_nothing_else(oak: Oak) -> None:
    path = await _bill(oak)
    found = {}
    for handle in ("alma", "ben", "buero", "rita"):
        page = text_of(await (await oak.member(handle)).get(path))
        found[handle] = [words for words in (PAY, DECLINE, REMIND) if words in page]
    assert {"alma": [PAY, DECLINE], "ben": [REMIND], "buero": [PAY, DECLINE, REMIND], "rita": []} == found


async def test_who_paid_for_somebody_reads_no_balance_of_his_own_on_the_page_of_the_payment(oak: Oak) -> None:
    path = await paid(oak, "alma", "ben", "1", "Brot")
    found = [text_of(await (await oak.member(handle)).get(path)) for handle in ("alma", "buero", "rita")]
    assert "Ihr Kontostand: −1 Stunde." in found[0]
    assert [True, False, False] == ["Kontostand" in each for each in found]


async def test_a_trusted_helper_sees_the_account_and_the_invoices_of_whom_he_helps_and_nobody_else_does(
    oak: Oak,
) -> None:
    cleo, at = await oak.member("cleo"), "/konto?konto=alma"
    bill = await _bill(oak)
    await paid(oak, "alma", "ben", "1", "Brot")
    assert 404 == (await cleo.get(at)).status
    await oak.ring.members.helping.grant("cleo", "alma")
    trusted = await cleo.get("/vertrauen")
    assert f'href="{at}"' in trusted.body.decode()
    page = await cleo.get(at)
    told = text_of(page)
    for words in ("Konto von Alma Berg", "Kontostand −1 Stunde", "Rechnungen an Alma Berg", "Brot"):
        assert words in told, words
    assert [] == [words for words in ("Ihr Kontostand", "Rechnungen an Sie", "Rechnung schreiben") if words in told]
    assert [True, True] == [f'href="{path}"' in page.body.decode() for path in (bill, "/zahlen?konto=alma")]
    assert 404 == (await (await oak.member("ben")).get(at)).status
    assert 400 == (await cleo.get("/konto?konto=%00")).status


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Oak]:
    """Oak, whose partner cannot be reached: what is paid there waits."""
    towns = Towns(tmp_path)
    oak, elm = await towns.found("oak"), await towns.found("elm")
    for handle, name, role in (("alma", "Alma Berg", "member"), ("buero", "Das Büro", "office")):
        await oak.members.add(handle, name, role)
    await peer(oak, elm)
    towns.network.cut.add("elm")
    async with listening(Pages(oak, WebLimits())) as port:
        yield Oak(oak, port)
    await towns.close_all()


async def test_a_payment_that_waits_says_who_sent_it_and_whose_hours_are_free_again(alone: Oak) -> None:
    path = "/zahlungen/" + (await pay(alone.ring, "alma", "ben@elm.example", HOUR)).payment_id
    alma, office = await alone.member("alma"), await alone.member("buero")
    for browser in (alma, office):
        assert "Abgeschickt durch das Büro" in text_of(await browser.get(path))

    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben@elm.example", betrag="1", wofuer="")
    path = (await alma.post("/zahlen", alma.hidden(check, "/zahlen"))).headers["location"]
    assert "Von Ihnen abgeschickt" in text_of(await alma.get(path))
    shown = text_of(await office.get(path))
    assert (True, False) == ("Abgeschickt durch Alma Berg" in shown, "Von Ihnen" in shown)
    office.cookies["__Host-sprache"] = "en"
    assert "Sent by Alma Berg" in text_of(await office.get(path))

    await alma.send(path, f"{path}/zuruecknehmen")
    assert "Ihre Stunden sind wieder frei." in text_of(await alma.get(path))
    office.cookies["__Host-sprache"] = "de"
    assert "Die Stunden sind wieder frei." in text_of(await office.get(path))


async def test_the_office_pays_an_invoice_by_a_slip_whose_number_stands_in_the_booking_once(oak: Oak) -> None:
    first, second, office = await _bill(oak), await _bill(oak), await oak.member("buero")
    desk = (await office.get("/buero/mitglied/alma")).body.decode()
    assert [True, True] == [f'href="{path}"' in desk for path in (first, second)]
    assert "Sie antworten für Alma Berg." in text_of(await office.get(first))
    paid_at = (await office.send(first, f"{first}/bezahlen", beleg="26-17")).headers["location"]
    shown = text_of(await (await oak.member("alma")).get("/konto"))
    assert [True, True] == [words in shown for words in ("Beleg 26-17 · Hecke", "durch Das Büro")]
    again = await office.send(second, f"{second}/bezahlen", beleg="26-17")
    assert (422, True) == (again.status, 'value="26-17"' in again.body.decode())
    assert "Ein Beleg mit dieser Nummer ist schon gebucht oder unterwegs." in text_of(again)
    assert -2 * HOUR == await oak.balance("alma")
    same = await office.post(f"{first}/bezahlen", {**office.hidden(again, f"{second}/bezahlen"), "beleg": "26-17"})
    assert paid_at == same.headers["location"]


async def test_the_slip_of_a_bill_is_the_slip_of_a_batch(oak: Oak) -> None:
    path, office = await _bill(oak), await oak.member("buero")
    await office.send(path, f"{path}/bezahlen", beleg="26-18")
    slip = {"beleg1": "26-18", "nehmer1": "alma", "geber1": "ben", "betrag1": "1", "wofuer1": "Kuchen"}
    told = text_of(await office.send("/buero/belege", "/buero/belege/pruefen", **slip))
    assert "Ein Beleg mit dieser Nummer ist schon gebucht oder unterwegs." in told
    assert -2 * HOUR == await oak.balance("alma")


@pytest.mark.parametrize("number", ["x" * 21, "a\nb", "\u202e1"])
async def test_a_slip_number_that_cannot_be_one_is_named_at_its_field_and_nothing_is_paid(
    oak: Oak, number: str
) -> None:
    path, office = await _bill(oak), await oak.member("buero")
    heard = await office.send(path, f"{path}/bezahlen", beleg=number)
    assert (422, True, 0) == (heard.status, 'id="beleg-fehler"' in heard.body.decode(), await oak.balance("alma"))


async def test_slip_numbers_are_the_office_s_alone(oak: Oak) -> None:
    path, alma = await _bill(oak), await oak.member("alma")
    assert "Belegnummer" not in text_of(await alma.get(path))
    heard = await alma.send(path, f"{path}/bezahlen", beleg="26-19")
    assert (422, 0) == (heard.status, await oak.balance("alma"))


async def test_whoever_declines_for_somebody_is_named_and_who_does_it_himself_is_not(oak: Oak) -> None:
    found = []
    for handle in ("buero", "alma"):
        path, browser = await _bill(oak), await oak.member(handle)
        await browser.send(path, f"{path}/ablehnen", grund="not_received")
        found.append("Beantwortet durch Das Büro" in text_of(await (await oak.member("ben")).get(path)))
    assert [True, False] == found


async def test_a_helper_reads_searches_and_takes_the_whole_statement_of_whom_he_helps_and_nobody_else_does(
    oak: Oak,
) -> None:
    at, other = "/konto/buchungen?konto=alma", await oak.member("ben")
    for memo in ["Brot", *(f"Hecke {number}" for number in range(50))]:
        await paid(oak, "alma", "ben", "0:01", memo)
    await oak.ring.members.helping.grant("cleo", "alma")
    cleo = await oak.member("cleo")
    assert f'href="{at}"' in (await cleo.get("/konto?konto=alma")).body.decode()
    page = await cleo.get(at)
    older = re.search(r'href="(/konto/buchungen\?vor=\d+&amp;konto=alma)"', page.body.decode())
    assert ("Buchungen von Alma Berg" in text_of(page), "Ihre Buchungen" in text_of(page)) == (True, False)
    assert older is not None
    found = [older[1].replace("&amp;", "&"), f"{at}&suche=Brot", "/konto/buchungen.csv?konto=alma"]
    assert [True] * 3 == ["Brot" in (await cleo.get(path)).body.decode() for path in found]
    assert [404] * 3 == [(await other.get(path)).status for path in found]


@pytest.mark.parametrize("sheet", ["/konto/auszug", "/konto/bestaetigung"])
async def test_a_helper_prints_the_sheets_of_a_month_of_whom_he_helps_and_nobody_else_does(
    oak: Oak, sheet: str
) -> None:
    await oak.ring.members.helping.grant("cleo", "alma")
    await paid(oak, "alma", "ben", "1,5", "Brot")
    cleo, other = await oak.member("cleo"), await oak.member("ben")
    at = f"{sheet}?konto=alma"
    assert f'href="{at}"' in (await cleo.get("/konto/buchungen?konto=alma")).body.decode()
    page = await cleo.get(at)
    before = re.search(rf'href="({sheet}\?monat=[\d-]+&amp;konto=alma)"', page.body.decode())
    assert before is not None
    pages = [page, await cleo.get(before[1].replace("&amp;", "&"))]
    assert [(True, False)] * 2 == [("Alma Berg" in text_of(each), "Cleo" in text_of(each)) for each in pages]
    now = (await (await oak.member("buero")).get("/buero/monat.json")).json["month"][0]
    told = (await cleo.get(f"{sheet}.json?konto=alma&monat={now}")).json
    [kept] = told.get("sheets") or told["confirmations"]
    assert ("alma", 0, -5_400) == (kept["member"][0], kept["before_seconds"], kept["after_seconds"])
    assert 404 == (await other.get(at)).status
