# SPDX-License-Identifier: AGPL-3.0-or-later
"""Long lists a page at a time: nothing is left out, nothing twice, and one comes back to the beginning."""

from __future__ import annotations

import re

import pytest

from ringtausch_node.members import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.post import records as letters
from ringtausch_node.post import service
from ringtausch_node.store import Tx
from ringtausch_node.web.member import account, bills, distance
from ringtausch_node.web.operator import outbox
from tests.web.conftest import HOUR, Oak, paid, text_of


async def test_all_invoices_are_found_page_by_page_from_the_newest_and_back(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bills, "LISTED_MAX", 2)
    for payee, payer in (("ben", "alma"), ("alma", "ben")):
        for number in range(5):
            await oak.ring.invoices.create(InvoiceRequest(None, payee, HOUR, f"{payee} {number}", payer, 30), OPERATOR)
    ben, at, seen = await oak.member("ben"), "/rechnungen", []
    while at:
        page = await ben.get(at)
        seen += re.findall(r"(?:alma|ben) \d", text_of(page))
        assert ("?vor=" in at) == ("Zu den neuesten" in text_of(page)), at
        told = (await ben.get(at.replace("/rechnungen", "/rechnungen.json"))).json
        link = re.search(r'href="([^"]*)">Ältere Rechnungen', page.body.decode())
        assert told["next"] == (link and link[1].partition("=")[2])
        at = link[1] if link else ""
    assert sorted(f"{name} {number}" for name in ("alma", "ben") for number in range(5)) == sorted(seen)
    assert 400 == (await ben.get("/rechnungen?vor=x")).status


async def test_what_waits_for_the_office_comes_up_as_soon_as_something_of_it_is_done(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distance, "FORMS_SHOWN", 1)
    alma, office, at = await oak.member("alma"), await oak.member("buero"), "/buero/meldungen"
    for words in ("Er ruft nachts an.", "Er ruft immer noch an."):
        await alma.send("/abstand", "/abstand/melden", ueber="ben", worte=words)
    page = text_of(await office.get(at))
    assert [True, False, True] == [words in page for words in ("nachts", "immer noch", "1 mehr kommt hierher")]
    first = (await office.get(f"{at}.json")).json["reports"][0]["id"]
    await office.send(at, f"{at}/{first}/erledigt")
    page = text_of(await office.get(at))
    assert [False, True, False] == [words in page for words in ("nachts", "immer noch", "mehr kommt")]


async def test_the_account_shows_the_newest_invoices_and_says_how_many_more_wait(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "LINES_SHOWN", 1)
    for memo in ("Hecke", "Rasen", "Brot"):
        await oak.ring.invoices.create(InvoiceRequest(None, "ben", HOUR, memo, "alma", 30), OPERATOR)
    page = text_of(await (await oak.member("alma")).get("/konto"))
    assert (1, True) == (page.count("Rechnung ansehen"), "2 mehr kommen hierher" in page)


def _write_letters(tx: Tx) -> None:
    """Five letters, of which the second and the fourth were sent."""
    for number in range(1, 6):
        letters.insert_letter(tx, f"<{number}>", "alma@post.example", f"=Brief {number}", "geheim", number, 10**10)
    for number in (2, 4):
        letters.set_over(tx, number, "sent", None)


async def test_all_mails_are_found_page_by_page_those_that_were_not_sent_before_the_others(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LISTED_MAX", 2)
    await oak.ring.store.write(_write_letters)
    olga, at, seen = await oak.member("olga"), "/betrieb/mails", []
    while at:
        page = await olga.get(at)
        seen += re.findall(r"Brief (\d)", text_of(page))
        link = re.search(r'href="([^"]*)">Ältere Mails', page.body.decode())
        at = link[1] if link else ""
    assert ["5", "3", "1", "4", "2"] == seen
    table = (await olga.get("/betrieb/mails.csv")).body.decode("utf-8-sig")
    assert ["Tag;An;Betreff;Zustand;Versuche;Warum", "1970-01-01;alma@post.example;'=Brief 5;wartet;0;"] == (
        table.splitlines()[:2]
    )
    assert (6, False) == (len(table.splitlines()), "geheim" in table)
    assert 400 == (await olga.get("/betrieb/mails?vor=2.1")).status


async def test_a_table_reads_on_behind_the_first_page(oak: Oak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LISTED_MAX", 2)
    await oak.ring.store.write(_write_letters)
    table = (await (await oak.member("olga")).get("/betrieb/mails.csv")).body.decode("utf-8-sig")
    assert ["5", "3", "1", "4", "2"] == re.findall(r"Brief (\d)", table)


async def test_the_office_reads_a_member_s_bookings_and_a_month_s_balances_as_tables(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "1,5", "=Hecke")
    office = await oak.member("buero")
    rows = (await office.get("/buero/mitglied/alma/buchungen.csv")).body.decode("utf-8-sig").splitlines()
    assert ["Gegeben;ben;Ben Weber;'=Hecke;-1,5;-1,5"] == [row.partition(";")[2] for row in rows[1:]]
    month = (await office.get("/buero/bestaetigungen.json")).json["month"][-1]
    at = f"/buero/bestaetigungen.csv?monat={month}"
    assert f'href="{at}"' in (await office.get(at.replace(".csv", ""))).body.decode()
    rows = (await office.get(at)).body.decode("utf-8-sig").splitlines()
    assert ["alma;Alma Berg;0;0;-1,5;-1,5", "ben;Ben Weber;0;1,5;0;1,5"] == rows[1:3]
    assert 404 == (await office.get("/buero/mitglied/niemand/buchungen.csv")).status
