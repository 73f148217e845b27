# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of somebody else's invoice, payment and account: offered is what the viewer may do, told is whose it is."""

from __future__ import annotations

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
    office.cookies["sprache"] = "en"
    assert "Sent by Alma Berg" in text_of(await office.get(path))

    await alma.send(path, f"{path}/zuruecknehmen")
    assert "Ihre Stunden sind wieder frei." in text_of(await alma.get(path))
    office.cookies["sprache"] = "de"
    assert "Die Stunden sind wieder frei." in text_of(await office.get(path))
