# SPDX-License-Identifier: AGPL-3.0-or-later
"""A month at the office: sums by heading, tables, statements to print; the ring's own accounts."""

from __future__ import annotations

import re
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from ringtausch_node.store import Tx
from ringtausch_node.web.office.months import parse_month
from ringtausch_protocol.units import HOURS
from tests.web.conftest import HOUR, Oak, paid, text_of

BERLIN = ZoneInfo("Europe/Berlin")


async def test_the_office_sorts_the_bookings_of_a_month(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "2", "Hecke geschnitten")
    await paid(oak, "ben", "cleo", "1", "Kuchen")
    office = await oak.member("buero")
    page = await office.get("/buero/monat")
    assert "3 Stunden 2 Buchungen" in text_of(page)
    number = re.findall(r'name="rubrik(\d+)"', page.body.decode())[0]
    heard = await office.post(
        "/buero/monat", {**office.hidden(page, "/buero/monat"), f"rubrik{number}": "Garten"}
    )  # fmt: skip
    sorted_page = text_of(await office.get(heard.headers["location"]))
    assert ("Garten 1 Buchung 2 Stunden" in sorted_page, "noch ohne Rubrik 1 Buchung 1 Stunde" in sorted_page) == (
        True,
        True,
    )
    left = text_of(await office.get("/buero/monat?nur=offen"))
    assert ("Kuchen" in left, "Hecke" in left) == (True, False)
    table = (await office.get("/buero/monat.csv")).body.decode("utf-8-sig")
    assert "alma;Alma Berg;ben;Ben Weber;Hecke geschnitten;2;Garten;payment" in table


async def test_a_heading_that_the_ring_does_not_have_is_refused(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "2", "Hecke")
    office = await oak.member("buero")
    hidden = office.hidden(await office.get("/buero/monat"), "/buero/monat")
    assert 400 == (await office.post("/buero/monat", {**hidden, "rubrik1": "=1+1"})).status
    assert 404 == (await office.post("/buero/monat", {**hidden, "rubrik99999": "Garten"})).status
    assert 404 == (await office.post("/buero/monat", {**hidden, "monat": "x"})).status


async def test_everybody_gets_a_statement_of_the_month(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "2", "Hecke")
    office = await oak.member("buero")
    this = text_of(await office.get("/buero/auszuege"))
    assert "Gegeben: Ben Weber Hecke \N{MINUS SIGN}2 Stunden Stand am Ende \N{MINUS SIGN}2 Stunden" in this
    assert "ist richtig: \N{MINUS SIGN}2 Stunden. Tag und Unterschrift" in this
    before = (await office.get("/buero/auszuege?monat=2001-05")).body.decode()
    assert (6, 12) == (
        before.count('class="card sheet"'),
        before.count('<td class="how">0 Stunden') + before.count("<b>0 Stunden"),
    )


async def test_the_list_of_balances_shows_all_accounts(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "2", "Hecke")
    office = await oak.member("buero")
    await office.send("/buero/gemeinschaft", "/buero/gemeinschaft", kuerzel="sozial", name="Sozialfonds")
    await paid(oak, "ben", "community:sozial", "1", "Für alle")
    page = text_of(await office.get("/buero/liste"))
    assert "alma Alma Berg \N{MINUS SIGN}2 Stunden von \N{MINUS SIGN}25 bis 50 Stunden" in page
    assert "Alle Mitglieder zusammen \N{MINUS SIGN}1 Stunde" in page
    assert "Sozialfonds Gemeinschaftskonto 1 Stunde" in page
    assert "Summe aller Konten 0 Stunden" in page
    await oak.ring.store.write(_break_books)
    assert "Die Bücher gehen nicht auf." in text_of(await office.get("/buero/liste"))


def _break_books(tx: Tx) -> None:
    for sql in (
        "DROP TRIGGER balance_follows_entries",
        "UPDATE account SET balance_seconds = balance_seconds + 1 WHERE id = 1",
    ):
        tx.execute(sql)


async def test_several_people_on_one_account_are_counted_once(oak: Oak) -> None:
    await oak.ring.members.add("anton", "Anton Berg", "member", account_of="alma")
    await paid(oak, "alma", "ben", "2", "Hecke")
    office = await oak.member("buero")
    page = text_of(await office.get("/buero/liste"))
    assert ("wie alma" in page, "Alle Mitglieder zusammen 0 Stunden" in page) == (True, True)
    rows = (await office.get("/buero/liste.csv")).body.decode("utf-8-sig").split("\r\n")
    assert ["alma;Alma Berg;-2", "ben;Ben Weber;2", ";Summe;0"] == [rows[1], rows[2], rows[-2]]


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-11", "1999-01", "2026-1x", "2026-111", "²026-01", "02026-1"]
)
def test_what_is_no_month_is_this_month(text: str) -> None:
    assert parse_month(text, BERLIN) is None


def test_a_month_begins_at_midnight_of_the_ring() -> None:
    found = parse_month("2026-12", BERLIN)
    assert found is not None
    assert ("2026-11", "2027-01", 31 * 24 * HOUR) == (found.before, found.after, found.until - found.since)
    assert 1_796_079_600 == found.since


async def test_a_member_gives_hours_to_an_account_of_all_and_the_office_passes_them_on(oak: Oak) -> None:
    office, alma = await oak.member("buero"), await oak.member("alma")
    await office.send("/buero/gemeinschaft", "/buero/gemeinschaft", kuerzel="sozial", name="Sozialfonds")
    check = await alma.send("/gemeinschaft", "/zahlen/pruefen", an="community:sozial", betrag="2", wofuer="Für alle")
    assert "An Sozialfonds" in text_of(check)
    gift = await alma.post("/zahlen", alma.hidden(check, "/zahlen"))
    assert "Sozialfonds hat 2 Stunden erhalten." in text_of(await alma.get(gift.headers["location"]))
    assert "Gegeben: Sozialfonds" in text_of(await alma.get("/konto"))
    fields = {"konto": "community:sozial", "an": "cleo", "betrag": "1,5", "wofuer": "Krankheit"}
    check = await office.send("/buero/gemeinschaft", "/zahlen/pruefen", **fields)
    assert "Vom Konto Sozialfonds Danach steht das Konto bei 0,5 Stunden" in text_of(check)
    await office.post("/zahlen", office.hidden(check, "/zahlen"))
    assert [-2 * HOUR, HOUR * 3 // 2] == [await oak.balance("alma"), await oak.balance("cleo")]


async def test_nobody_but_the_office_gives_from_an_account_of_all(oak: Oak) -> None:
    office, alma = await oak.member("buero"), await oak.member("alma")
    await office.send("/buero/gemeinschaft", "/buero/gemeinschaft", kuerzel="sozial", name="Sozialfonds")
    fields = {"konto": "community:sozial", "an": "alma", "betrag": "1", "wofuer": "Raub", "nummer": "A" * 22}
    page = await alma.get("/zahlen")
    heard = await alma.post("/zahlen", {**alma.hidden(page, "/zahlen/pruefen"), **fields})
    assert (422, 0) == (heard.status, await oak.balance("alma"))
    for wrong in ("community:nichts", "community:opening", "community:"):
        refused = await alma.post(
            "/zahlen", {**alma.hidden(page, "/zahlen/pruefen"), **fields, "konto": "", "an": wrong}
        )
        assert 422 == refused.status, wrong


async def test_what_waits_for_a_decision_is_empty_in_a_quiet_ring(oak: Oak) -> None:
    office = await oak.member("buero")
    assert "Hier wartet nichts." in text_of(await office.get("/buero/klaeren"))
    page = await office.get("/buero")
    seal = office.hidden(page, "/abmelden")
    heard = await office.post(f"/buero/klaeren/zahlung/{'A' * 22}", {**seal, "wer": "ring"})
    assert (422, "Bei dieser Zahlung ist nichts zu klären." in text_of(heard)) == (422, True)
    heard = await office.post("/buero/klaeren/zuordnen", {**seal, "posten": "x", "an": "alma"})
    assert (422, "Diese Stunden warten nicht mehr." in text_of(heard)) == (422, True)


async def test_the_ring_s_own_accounts_are_called_by_words_in_a_month(oak: Oak) -> None:
    await oak.ring.members.import_csv("Kürzel;Name;Saldo\ndora;Dora;2\nemil;Emil;-2\n".encode(), HOURS)
    page = text_of(await (await oak.member("buero")).get("/buero/monat"))
    assert (True, False) == ("Anfangsstände → Dora" in page, "community:" in page)


async def test_a_confirmation_says_how_an_account_stood_when_a_month_ended_and_what_came_and_went(oak: Oak) -> None:
    for payer, to, hours in (("alma", "ben", "1,5"), ("alma", "cleo", "2"), ("ben", "alma", "1")):
        await paid(oak, payer, to, hours, "Rasen")
    now = (await (await oak.member("buero")).get("/buero/monat.json")).json["month"][0]
    alma = await oak.member("alma")
    [shown] = (await alma.get(f"/konto/bestaetigung.json?monat={now}")).json["confirmations"]
    figures = {name: shown[f"{name}_seconds"] / HOUR for name in ("before", "got", "gave", "after")}
    assert {"before": 0, "got": 1, "gave": 3.5, "after": -2.5} == figures
    assert (1, 2) == (shown["got_count"], shown["gave_count"])
    page = text_of(await alma.get(f"/konto/bestaetigung?monat={now}"))
    assert "Vorläufig, denn der Monat ist noch nicht zu Ende." in page
    assert "−2,5 Stunden −2 Std. 30 Min." in page


async def test_confirmations_are_of_the_last_month_that_is_over_and_of_everybody(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "1,5", "Rasen")
    office = await oak.member("buero")
    shown, this = [(await office.get(f"{path}.json")).json for path in ("/buero/bestaetigungen", "/buero/monat")]
    assert (this["month"][3], True) == (shown["month"][0], shown["is_over"])  # the one before this
    assert {0} == {each["after_seconds"] for each in shown["confirmations"]}  # the booking came later
    members = sorted(each.handle for each in await oak.ring.members.list())
    assert members == sorted(each["member"][0] for each in shown["confirmations"])
    page = await office.get("/buero/bestaetigungen?monat=2024-02")
    assert "Am Ende des 29. Februar 2024 stand dieses Konto bei" in text_of(page)
    assert 404 == (await (await oak.member("alma")).get("/buero/bestaetigungen")).status


@pytest.mark.parametrize("month", ["x", "2024-13", "0000-01", "9" * 40, "2024-02-01", "\0", "२०२४-०२"])
async def test_a_month_that_is_none_is_the_last_one_that_is_over(oak: Oak, month: str) -> None:
    alma = await oak.member("alma")
    plain, odd = [
        (await alma.get(f"/konto/bestaetigung.json{query}")).json["month"] for query in ("", f"?monat={quote(month)}")
    ]
    assert plain == odd
