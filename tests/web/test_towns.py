# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring calls its partners: members read a town, the books and the other ring know an address."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from ringtausch_node.config import Mail
from ringtausch_node.errors import LocalError
from ringtausch_node.members import OPERATOR
from ringtausch_node.post.records import load_due
from ringtausch_node.upkeep.towns import Towns as TownNames
from ringtausch_node.web import WebLimits
from ringtausch_node.web.operator import operating
from tests.federation.towns import Towns, end_of, pay, peer, talk
from tests.serving.wire import listening
from tests.web.conftest import Oak, Pages, text_of

LINE = "/betrieb/ring/elm.example"
NAME = f"{LINE}/name"


@pytest.fixture
async def oak(towns: Towns) -> AsyncIterator[Oak]:
    """Alma and the operator Olga here, Ben in a town with a line to ours, and one more town."""
    mail = Mail(host="127.0.0.1", port=9, encryption="none", sender="ring@oak.example")
    oak, elm, fir = await towns.found("oak", mail=mail), await towns.found("elm"), await towns.found("fir")
    for handle, role in (("alma", "member"), ("olga", "operator")):
        await oak.members.add(handle, handle.title(), role)
    await elm.members.add("ben", "Ben Weber")
    for other in (elm, fir):
        await peer(oak, other)
        await talk(oak, other)
    async with listening(Pages(oak, WebLimits())) as port:
        yield Oak(oak, port)


async def test_members_read_the_town_wherever_they_pay(oak: Oak) -> None:
    olga, alma = await oak.member("olga"), await oak.member("alma")
    assert 303 == (await olga.send(LINE, NAME, name="  Osna  brück ")).status
    form = text_of(await alma.get("/zahlen"))
    assert (True, False) == ("Osna brück" in form, "elm.example" in form)
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", ring="elm.example", betrag="1", wofuer="Rasen")
    for part in ("Osna brück (elm.example)", "Ben Weber (ben@elm.example)"):
        assert part in text_of(check)
    await end_of(oak.ring, (paid := await pay(oak.ring, "alma", "ben@elm.example", 3_600)).payment_id)
    at = f"/zahlungen/{paid.payment_id}"
    assert "ben in Osna brück hat 1 Stunde erhalten." in text_of(await alma.get(at))
    assert "ben in Osna brück (ben@ elm.example)" in text_of(await alma.get(at))
    for path in ("/konto", "/konto/buchungen", "/konto/buchungen?suche=osna"):
        assert "ben in Osna brück" in text_of(await alma.get(path)), path
    assert "ben@elm.example" == (await alma.get(f"{at}.json")).json["payment"]["to"]
    stranger = text_of(await oak.browser().get("/z/alma"))
    assert [True] * 2 == [part in stranger for part in ("Osna brück elm.example", "fir.example")]


async def test_after_paying_the_name_of_the_check_page_is_still_there(oak: Oak) -> None:
    alma = await oak.member("alma")
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", ring="elm.example", betrag="1", wofuer="Rasen")
    fields = alma.hidden(check, "/zahlen")
    at = (await alma.post("/zahlen", fields)).headers["location"]
    await end_of(oak.ring, at.rpartition("/")[2])
    assert "Ben Weber in elm.example hat 1 Stunde erhalten." in text_of(await alma.get(at))
    assert "An Ben Weber in elm.example (ben@ elm.example)" in text_of(await alma.get(at))
    assert "Ben Weber in elm.example" in text_of(await alma.get("/konto/buchungen?suche=weber"))


async def test_a_name_counts_only_for_the_payee_who_was_asked_about(oak: Oak) -> None:
    alma = await oak.member("alma")
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", ring="elm.example", betrag="1", wofuer="Rasen")
    fields = {**alma.hidden(check, "/zahlen"), "an": "nobody", "rechnung": "", "name": "Ben Weber"}
    at = (await alma.post("/zahlen", fields)).headers["location"]
    assert "" == (await oak.ring.payments.get(at.rpartition("/")[2], OPERATOR)).payee_name


async def test_a_name_that_would_mislead_is_refused_and_kept_in_its_field(oak: Oak) -> None:
    await oak.ring.towns.call("fir.example", "Fichte", OPERATOR)
    olga = await oak.member("olga")
    for name in ("x" * 41, "\u202eneb", "ben@elm", "fir.example", "FICHTE"):
        heard = await olga.send(LINE, NAME, name=name)
        page = heard.body.decode()
        assert (422, True, True) == (heard.status, "Dieser Name geht nicht." in page, f'value="{name}"' in page), name
    assert "elm.example" == oak.ring.towns.of("elm.example")


async def test_mails_name_the_town_and_the_other_ring_never_hears_of_it(oak: Oak, towns: Towns) -> None:
    elm = towns.network.rings["elm"]
    await oak.ring.entrance.set_email("alma", "alma@post.example", OPERATOR)
    await oak.ring.rounds.go()
    await oak.ring.towns.call("elm.example", "Osnabrück", OPERATOR)
    await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 3_600)).payment_id)
    await oak.ring.rounds.go()
    letters = await oak.ring.store.read(lambda tx: load_due(tx, oak.ring.clock.now(), 50))
    assert ["von ben in Osnabrück." in each.body for each in letters] == [True]
    assert [] == [post.path for post in towns.network.posts if b"Osnabr" in post.body]


async def test_the_office_reads_the_town_with_its_address_in_lists_of_balances_and_bookings(oak: Oak) -> None:
    await oak.ring.members.add("buero", "Das Büro", "office")
    await end_of(oak.ring, (await pay(oak.ring, "alma", "ben@elm.example", 3_600)).payment_id)
    await oak.ring.towns.call("elm.example", "Osnabrück", OPERATOR)
    office = await oak.member("buero")
    for path in ("/buero/liste", "/buero/liste.csv"):
        assert "Offen mit Osnabrück (elm.example)" in text_of(await office.get(path)), path
    assert "Alma → ben in Osnabrück" in text_of(await office.get("/buero/monat"))
    peers = [each["peer"] for each in (await office.get("/buero/liste.json")).json["balances"]["own"]]
    assert "elm.example" in peers


async def test_the_operator_reads_the_town_where_a_line_ends(oak: Oak) -> None:
    await oak.ring.towns.call("elm.example", "Osnabrück", OPERATOR)
    olga = await oak.member("olga")
    assert "Abschluss mit Osnabrück (elm.example)" in text_of(await olga.get(f"{LINE}/abschluss"))


async def test_of_many_partners_the_operator_s_page_shows_the_first_with_figures_and_leads_to_all(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operating, "FIGURES_SHOWN", 1)
    await oak.ring.towns.call("fir.example", "Fichte", OPERATOR)
    page = (await (await oak.member("olga")).get("/betrieb")).body.decode()
    assert 1 == page.count('<svg class="bar"')
    assert ["elm.example", "fir.example"] == sorted(re.findall(r'href="/betrieb/ring/([^"/]*)"', page))
    assert "<b>Fichte</b>" in page


async def test_all_partners_are_a_table_with_what_is_open_there(oak: Oak) -> None:
    await oak.ring.towns.call("elm.example", "Osnabrück", OPERATOR)
    await end_of(oak.ring, (await pay(oak.ring, "alma", "ben@elm.example", 5_400)).payment_id)
    table = (await (await oak.member("olga")).get("/betrieb/ringe.csv")).body.decode("utf-8-sig").splitlines()
    assert "Tauschring;Name;Zustand;Wir haben zu geben" == table[0].partition(";Höch")[0]
    assert ["elm.example;Osnabrück;offen;1,5", "fir.example;;offen;0"] == [
        ";".join(row.split(";")[:4]) for row in table[1:]
    ]


async def test_the_name_is_there_after_a_start_and_gone_when_it_is_emptied(oak: Oak) -> None:
    await oak.ring.towns.call("elm.example", "Osnabrück", OPERATOR)
    again = TownNames(oak.ring.store, oak.ring.members, oak.ring.federation.lines)
    await again.load()
    assert "Osnabrück" == again.of("elm.example")
    assert "elm.example" == (await again.call("elm.example", " ", OPERATOR)).name
    alma = await oak.ring.members.authenticate(await oak.ring.members.token("alma"))
    with pytest.raises(LocalError, match="not_allowed"):
        await again.call("elm.example", "Ulm", alma)
