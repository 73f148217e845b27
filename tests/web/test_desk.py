# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the office does for one member: limits, a rest, booking back, going for good."""

from __future__ import annotations

import json

import pytest

from ringtausch_node.errors import LocalError
from tests.web.conftest import HOUR, Oak, paid, text_of

ALMA = "/buero/mitglied/alma"


async def test_the_office_sets_the_limits_of_a_member(oak: Oak) -> None:
    office = await oak.member("buero")
    heard = await office.send(ALMA, f"{ALMA}/grenzen", unten="10", oben="1:30")
    assert 303 == heard.status
    assert "von \N{MINUS SIGN}10 bis 1,5 Stunden" in text_of(await office.get(ALMA))
    rows = await oak.ring.store.read(
        lambda tx: list(tx.execute("SELECT min_seconds, max_seconds, set_by FROM limit_change"))
    )
    assert [(-10 * HOUR, HOUR * 3 // 2, "buero")] == rows


async def test_a_limit_that_cannot_be_read_is_named_and_kept_in_its_field(oak: Oak) -> None:
    office = await oak.member("buero")
    heard = await office.send(ALMA, f"{ALMA}/grenzen", unten="zehn", oben="5")
    html = heard.body.decode()
    assert (422, True, True) == (heard.status, 'href="#unten"' in html, 'value="zehn"' in html)
    low = await office.send(ALMA, f"{ALMA}/grenzen", unten="5", oben="-5")
    assert (422, "Diese Grenzen gehen nicht." in text_of(low)) == (422, True)


async def test_an_account_rests_and_is_opened_again(oak: Oak) -> None:
    office = await oak.member("buero")
    assert 303 == (await office.send(ALMA, f"{ALMA}/ruhen")).status
    assert "alma · ruht" in text_of(await office.get(ALMA))
    assert 303 == (await office.send(ALMA, f"{ALMA}/wecken")).status
    assert "alma · ruht" not in text_of(await office.get(ALMA))


async def test_the_office_sees_at_a_members_desk_which_invoices_are_open(oak: Oak) -> None:
    office, ben = await oak.member("buero"), await oak.member("ben")
    assert "Offene Rechnungen" not in text_of(await office.get(ALMA))
    written = await ben.send("/rechnung-schreiben", "/rechnung-schreiben", an="alma", betrag="2", wofuer="Hecke")
    assert "Offene Rechnungen Von Ben Weber Hecke offen" in text_of(await office.get(ALMA))
    assert "Offene Rechnungen An Alma Berg Hecke offen" in text_of(await office.get("/buero/mitglied/ben"))
    bill = written.headers["location"]
    await (await oak.member("alma")).send(bill, f"{bill}/bezahlen")
    assert "Offene Rechnungen" not in text_of(await office.get(ALMA))


async def test_the_office_books_back_and_both_read_why(oak: Oak) -> None:
    location = await paid(oak, "alma", "ben", "2", "Hecke")
    action = location.replace("/zahlungen/", "/buero/zurueckbuchen/")
    office = await oak.member("buero")
    assert action.encode() in (await office.get("/buero/mitglied/ben")).body
    heard = await office.send(action, action, wofuer="Beleg 17: falsches Konto")
    assert 303 == heard.status
    assert [0, 0] == [await oak.balance("alma"), await oak.balance("ben")]
    for handle in ("alma", "ben"):
        statement = text_of(await (await oak.member(handle)).get("/konto/buchungen"))
        assert ("Hecke" in statement, "Beleg 17: falsches Konto" in statement) == (True, True)
    again = await office.send(action, action, wofuer="noch einmal")
    assert (422, "Das wurde schon zurückgegeben." in text_of(again)) == (422, True)


async def test_a_member_who_leaves_gives_the_rest_to_the_community(oak: Oak) -> None:
    await paid(oak, "ben", "alma", "3", "Umzug")
    office = await oak.member("buero")
    await office.send("/buero/gemeinschaft", "/buero/gemeinschaft", kuerzel="sozial", name="Sozialfonds")
    action = f"{ALMA}/austritt"
    unsure = await office.send(action, action, rest="community:sozial", grund="left")
    assert (422, "Kreuzen Sie an, dass Sie sicher sind." in text_of(unsure)) == (unsure.status, True)
    assert 303 == (await office.send(action, action, rest="community:sozial", grund="left", sicher="ja")).status
    assert "ausgetreten" in text_of(await office.get(ALMA))
    assert "Sozialfonds 3 Stunden" in text_of(await (await oak.member("ben")).get("/gemeinschaft"))


async def test_where_a_rest_goes_is_chosen_and_not_preset(oak: Oak) -> None:
    await paid(oak, "ben", "alma", "3", "Umzug")
    office = await oak.member("buero")
    await office.send("/buero/gemeinschaft", "/buero/gemeinschaft", kuerzel="sozial", name="Sozialfonds")
    action = f"{ALMA}/austritt"
    select = (await office.get(action)).body.decode().partition('<select id="rest"')[2].partition("</select>")[0]
    first = select.partition("<option")[2].partition("<option")[0]
    assert (' value="">Bitte wählen</option>', False) == (first, "selected" in select)
    unchosen = await office.send(action, action, rest="", grund="died", sicher="ja")
    assert (422, "Wählen Sie, wohin der Rest geht." in text_of(unchosen)) == (unchosen.status, True)
    assert 'value="died" checked' in unchosen.body.decode()
    assert 3 * HOUR == await oak.balance("alma")


async def test_booking_back_is_offered_only_where_it_goes(oak: Oak) -> None:
    offer, office = b"/buero/zurueckbuchen/", await oak.member("buero")
    done = (await paid(oak, "alma", "ben", "2", "Hecke")).replace("/zahlungen/", "/buero/zurueckbuchen/")
    await paid(oak, "cleo", "ben", "1", "Kuchen")
    await paid(oak, "olga", "ben", "1", "Salat")
    assert 3 == (await office.get("/buero/mitglied/ben")).body.count(b'href="' + offer)
    await office.send(done, done)
    await oak.ring.leaving.leave("cleo", "austritt")
    left = (await office.get("/buero/mitglied/ben")).body
    assert (1, False) == (left.count(b'href="' + offer), done.encode() in left)
    assert offer not in (await office.get("/buero/mitglied/cleo")).body


async def test_a_member_who_died_is_called_so_kindly_and_gets_no_letter(oak: Oak) -> None:
    office = await oak.member("buero")
    action = f"{ALMA}/austritt"
    assert 303 == (await office.send(action, action, grund="died", sicher="ja")).status
    page = await office.get("/buero")
    assert "Alma Berg alma · verstorben" in text_of(page)
    assert b"/buero/brief/alma" not in page.body


async def test_who_has_left_is_handed_everything_and_forgotten(oak: Oak) -> None:
    await paid(oak, "ben", "alma", "3", "Umzug")
    office = await oak.member("buero")
    assert 404 == (await office.get(f"{ALMA}/vergessen")).status  # who is here is not forgotten
    await office.send(f"{ALMA}/austritt", f"{ALMA}/austritt", rest="austritt", grund="left", sicher="ja")
    assert f"{ALMA}/vergessen".encode() in (await office.get(ALMA)).body

    everything = json.loads((await office.get(f"{ALMA}/daten")).body)
    unsure = await office.send(f"{ALMA}/vergessen", f"{ALMA}/vergessen")
    sure = await office.send(f"{ALMA}/vergessen", f"{ALMA}/vergessen", sicher="ja")

    assert "Umzug" in [each["memo"] for each in everything["entries"]]
    assert (422, True) == (unsure.status, "Kreuzen Sie an, dass Sie sicher sind." in text_of(unsure))
    assert (200, True) == (sure.status, "Alte Buchungen stehen jetzt unter" in text_of(sure))
    assert ([404, False]) == [(await office.get(ALMA)).status, "Alma" in text_of(await office.get("/buero"))]


async def test_only_the_office_itself_does_these_things(oak: Oak) -> None:
    """The pages are closed to members, and so are the services behind them: an API may come to use them."""
    members = oak.ring.members
    alma = await members.authenticate(await members.token("alma"))
    for wish in (
        members.set_limits("ben", 0, 0, alma), members.life.freeze("ben", alma), members.life.thaw("ben", alma),
        oak.ring.leaving.leave("ben", None, alma), oak.ring.communities.open("x", "X", alma),
        oak.ring.review.bookings(0, 1, alma), oak.ring.review.sort({}, alma),
        oak.ring.doubts.settle("A" * 22, "ring", alma),
    ):  # fmt: skip
        with pytest.raises(LocalError, match="not_allowed"):
            await wish
