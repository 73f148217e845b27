# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's pages for a ring that ends: announced, each claim, the certificate; and for its partners."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.entrance.model import FRESH_SECONDS
from ringtausch_node.web import WebLimits
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.verifier.program import main
from tests.federation.agreement.test_operators import KARIN, sign_all, with_operators
from tests.federation.towns import HOUR, Towns, end_of, faults, pay, peer, talk, until, view_of
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

STOP, CERTIFICATE = "/betrieb/aufloesung", "/betrieb/aufloesung/bescheinigung"
#: The community bears the loss, and whoever signs is sure.
BY_ALL = {"wer": "gemeinschaft", "sicher": "ja"}
TO_ELM, TO_OAK = "/betrieb/ring/elm.example/abschluss", "/betrieb/ring/oak.example/abschluss"


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Oak, Oak, Towns]]:
    """Oak and elm, each with pages; oak owes elm two hours."""
    towns = Towns(tmp_path)
    rings = [await towns.found(name) for name in ("oak", "elm")]
    for ring in rings:
        for handle, role in (("alma", "member"), ("olga", "operator")):
            await ring.members.add(handle, handle.title(), role)
    await peer(rings[0], rings[1])
    await talk(*rings)
    await _paid(rings[0], rings[1], 2 * HOUR)
    async with AsyncExitStack() as ends:
        ports = [await ends.enter_async_context(listening(Pages(ring, WebLimits()))) for ring in rings]
        yield Oak(rings[0], ports[0]), Oak(rings[1], ports[1]), towns
    await towns.close_all()


async def _paid(payer: Ring, payee: Ring, seconds: int) -> None:
    view = await pay(payer, "alma", f"alma@{payee.config.address}", seconds)
    assert "paid" == (await end_of(payer, view.payment_id)).state


async def _announced(oak: Oak) -> Browser:
    olga = await oak.member("olga")
    assert 303 == (await olga.send(STOP, f"{STOP}/beginnen", sicher="ja")).status
    return olga


async def _state(ring: Ring, other: Ring, *states: str) -> bool:
    return (await view_of(ring, other)).state in states


async def test_a_ring_ends_by_its_pages_and_its_certificate_is_for_everybody(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, towns = pair
    olga = await oak.member("olga")
    assert "Nur wenn Ihr Tauschring wirklich aufhört." in text_of(await olga.get(STOP))
    assert 422 == (await olga.send(STOP, f"{STOP}/beginnen")).status
    assert await _state(oak.ring, elm.ring, "open")
    olga = await _announced(oak)
    page = text_of(await olga.get(STOP))
    assert (True, True) == ("Wir haben 2 Stunden zu geben." in page, "in Auflösung" in page)
    assert 404 == (await olga.get(f"{CERTIFICATE}.zip")).status
    await until(partial(_state, elm.ring, oak.ring, "ended"))
    await _paid(elm.ring, oak.ring, 2 * HOUR)
    await until(partial(_is_over, oak.ring))
    assert CERTIFICATE == (await olga.send(STOP, f"{STOP}/abschliessen")).headers["location"]
    printed = text_of(await olga.get(CERTIFICATE))
    assert (True, True) == ("elm.example" in printed, "Beide haben unterschrieben" in printed)
    with zipfile.ZipFile(io.BytesIO((await olga.get(f"{CERTIFICATE}.zip")).body)) as archive:
        assert ["ring-close.json", "cards.txt"] == archive.namelist()
        assert archive.read("ring-close.json") == bytes((await oak.ring.winding_down.close()).document or b"")
        archive.extractall(towns.root / "taken")
    taken = [str(towns.root / "taken" / name) for name in ("ring-close.json", "cards.txt")]
    assert 0 == main([taken[0], "--keys", taken[1]], io.StringIO())
    day, alma = f"{datetime.fromtimestamp(towns.clock.now(), UTC):%Y}", await oak.member("alma")
    pages = ((alma, "/konto"), (oak.browser(), "/"), (olga, "/betrieb"))
    read = [text_of(await each.get(path)) for each, path in pages]
    over = ["Unser Tauschring hat aufgehört.", "Dieser Tauschring hat aufgehört.", "Dieser Tauschring hat sich am"]
    assert [(True, True)] * 3 == [(words in page, day in page) for words, page in zip(over, read, strict=True)]
    assert not any("hört auf" in page or "löst sich auf" in page for page in read)
    assert [] == await faults(oak.ring, elm.ring)


async def _is_over(ring: Ring) -> bool:
    return (await ring.winding_down.view()).is_over


async def test_who_only_found_an_open_device_cannot_end_a_ring(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, _, towns = pair
    olga = await oak.member("olga")
    towns.clock.ahead_seconds += FRESH_SECONDS
    for proof in ("", "WWWW-WWWW"):
        heard = await olga.send(STOP, f"{STOP}/beginnen", sicher="ja", nachweis=proof)
        assert (422, True) == (heard.status, "Dafür braucht es Ihr Passwort" in text_of(heard))
    heard = await olga.send(TO_ELM, f"{TO_ELM}/vorschlagen", stand="0", nachweis1="x")
    assert (422, None) == (heard.status, (await oak.ring.federation.resets.view("elm.example")).ours)
    assert not (await oak.ring.winding_down.standing()).is_stopping
    code = (await oak.ring.entrance.issue_code("olga")).code
    assert 303 == (await olga.send(STOP, f"{STOP}/beginnen", sicher="ja", nachweis=code)).status
    assert (await oak.ring.winding_down.standing()).is_stopping
    again = await olga.send(TO_ELM, f"{TO_ELM}/vorschlagen", stand="0", nachweis1=code)
    assert (422, True) == (again.status, "Dafür braucht es Ihr Passwort" in text_of(again))


async def test_nothing_new_begins_while_a_ring_winds_down(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, towns = pair
    fir = await towns.found("fir")
    before = await oak.ring.federation.invite()
    theirs = await fir.federation.invite()
    olga, inviting = await oak.member("olga"), "/betrieb/einladen"
    form = olga.hidden(await olga.get(inviting), inviting)
    await _announced(oak)
    heard = await olga.post(inviting, {**form, "sie": "1", "wir": "1", "als": "text"})
    assert (422, True) == (heard.status, "löst sich auf" in text_of(heard))
    with pytest.raises(RemoteError, match="winding_down"):
        await fir.federation.accept(before)
    async with listening(Pages(fir, WebLimits())) as port:
        await fir.members.add("olga", "Olga", "operator")
        accepter = await Oak(fir, port).member("olga")
        heard = await accepter.send("/betrieb/annehmen", "/betrieb/annehmen", einladung=before.decode())
        assert (422, True) == (heard.status, "Der andere Tauschring löst sich auf." in text_of(heard))
    with pytest.raises(LocalError, match="winding_down"):
        await oak.ring.federation.accept(theirs)
    for target in ("alma@elm.example", "alma@fir.example"):
        with pytest.raises(LocalError, match="winding_down"):
            await pay(oak.ring, "alma", target, 60)
    await until(partial(_state, elm.ring, oak.ring, "ended"))
    with pytest.raises(LocalError, match="line_ended"):
        await pay(elm.ring, "alma", "alma@oak.example", 3 * HOUR)


async def test_what_members_read_is_kind_and_names_what_they_can_still_do(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    await _announced(oak)
    await until(partial(_state, elm.ring, oak.ring, "ended"))
    here, there = await oak.member("alma"), await elm.member("alma")
    assert "Unser Tauschring hört auf. Ihre Stunden stehen weiter hier" in text_of(await here.get("/konto"))
    page = text_of(await there.get("/zahlen"))
    assert "Dort können wir zusammen noch 2 Stunden ausgeben." in page
    assert "hört auf" not in text_of(await there.get("/konto"))


async def test_both_set_what_cannot_go_home_to_zero_by_pages(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    ours = await _announced(oak)
    theirs = await elm.member("olga")
    await until(partial(_state, elm.ring, oak.ring, "ended"))
    page = text_of(await theirs.get("/betrieb/ring/oak.example"))
    told = ("Dieser Tauschring löst sich auf", "Dort hat man uns 2 Stunden zu geben.", "Verzichten: Beide setzen")
    assert [True] * len(told) == [each in page for each in told]
    assert "Eine Verbindung endet, und noch ist etwas offen." in text_of(await theirs.get("/betrieb"))
    assert 422 == (await theirs.send(TO_OAK, f"{TO_OAK}/vorschlagen", stand="viel")).status
    waived = {"stand": "0", "verzicht1": str(2 * HOUR)}
    assert 303 == (await theirs.send(TO_OAK, f"{TO_OAK}/vorschlagen", **waived)).status
    await until(partial(_has_proposal, oak.ring))
    assert "Der andere verzichtet auf 2 Stunden." in text_of(await ours.get(TO_ELM))
    assert 303 == (await ours.send(TO_ELM, f"{TO_ELM}/unterschreiben")).status
    await until(partial(_is_over, oak.ring))
    await until(partial(_is_even, elm.ring))
    for olga, path in ((ours, TO_ELM), (theirs, TO_OAK)):
        page = text_of(await olga.get(path))
        assert (True, False) == ("Mit diesem Tauschring ist nichts mehr offen." in page, "festsetzen" in page)
    ended = text_of(await theirs.get("/betrieb/ring/oak.example"))
    assert "Diese Verbindung ist beendet, und nichts ist mehr offen." in ended
    assert [] == await faults(oak.ring, elm.ring)
    kept = "Behalten: 2 Stunden, die wir zu geben hatten. Das bleibt der Gemeinschaft."
    page = text_of(await ours.get(STOP))
    assert (True, True) == (kept in page, "Alles ist abgeschlossen." in page)
    await ours.send(STOP, f"{STOP}/abschliessen")
    assert kept in text_of(await ours.get(CERTIFICATE))


async def _is_even(ring: Ring) -> bool:
    line, reset = await ring.federation.view("oak.example"), await ring.federation.resets.view("oak.example")
    return (line.state, line.clearing_seconds, reset.ours) == ("ended", 0, None)


async def _has_proposal(ring: Ring) -> bool:
    return (await ring.federation.resets.view("elm.example")).theirs is not None


async def test_a_dead_ring_is_given_up_and_written_off_by_pages(pair: tuple[Oak, Oak, Towns]) -> None:
    _, elm, towns = pair
    await towns.close("oak")
    olga = await elm.member("olga")
    assert 422 == (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben")).status
    asked = await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", sicher="ja")
    assert (422, True) == (asked.status, "in den letzten sieben Tagen noch da" in text_of(asked))
    at = (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", sicher="ja", trotzdem="ja")).headers["location"]
    page = text_of(await olga.get(at))
    assert (True, True) == ("Wer trägt den Verlust?" in page, "aufgegeben" in page)
    assert "noch ist etwas offen" in text_of(await olga.get("/betrieb"))
    for said in ({}, {"wer": "mitglied"}, {"wer": "gemeinschaft", "mit": "alma"}):
        heard = await olga.send(at, f"{at}/abschreiben", sicher="ja", **said)
        assert (422, True) == (heard.status, "Wählen Sie, wer es trägt oder bekommt." in text_of(heard)), said
    assert 422 == (await olga.send(at, f"{at}/abschreiben", sicher="ja", wer="mitglied", mit="niemand")).status
    unsure = await olga.send(at, f"{at}/abschreiben", wer="gemeinschaft")
    assert (422, True) == (unsure.status, b'value="gemeinschaft" checked' in unsure.body)
    assert 303 == (await olga.send(at, f"{at}/abschreiben", **BY_ALL)).status
    page = text_of(await olga.get(at))
    lost = "Verloren: 2 Stunden, die wir zu bekommen hatten. Die Gemeinschaft trägt den Verlust."
    assert (True, True) == (lost in page, "Mit diesem Tauschring ist nichts mehr offen." in page)
    assert "Alles in Ordnung." in text_of(await olga.get("/betrieb"))
    assert "oak.example" not in text_of(await olga.get("/zahlen"))
    assert [] == await faults(elm.ring)


async def test_programs_read_beside_each_page_what_people_read_on_it(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, _, _ = pair
    olga = await _announced(oak)
    (claim,) = (await olga.get(f"{STOP}.json")).json["view"]["claims"]
    assert {"address": "elm.example", "state": "ended", "we_owe_seconds": 2 * HOUR} == {
        name: claim[name] for name in ("address", "state", "we_owe_seconds")
    }
    end = (await olga.get(f"{TO_ELM}.json")).json
    assert ([], 2 * HOUR, "elm.example") == (end["also"], end["peer"]["clearing_seconds"], end["claim"]["address"])
    assert (await olga.get(f"{CERTIFICATE}.json")).json["said"] is None
    assert (await olga.get("/betrieb/quittung.json")).json["shown"] is None
    assert [] == (await olga.get("/betrieb/verrechnung.json")).json["plan"]["circles"]


async def test_what_two_operators_must_sign_waits_for_the_second(pair: tuple[Oak, Oak, Towns]) -> None:
    _, _, towns = pair
    await towns.close("oak")
    ring = await with_operators(towns, "elm", KARIN, threshold=2)
    async with listening(Pages(ring, WebLimits())) as port:
        olga = await Oak(ring, port).member("olga")
        assert "müssen 2 Betreiber unterschreiben" in text_of(await olga.get(TO_OAK))
        at = (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", sicher="ja", trotzdem="ja")).headers["location"]
        rest = f"wartet der Rest der aufgegebenen Verbindung mit: {unquote(at.split('/')[3])}"
        await _sent_twice(olga, ring, at, f"{at}/abschreiben", rest, **BY_ALL)
        await olga.send(STOP, f"{STOP}/beginnen", sicher="ja")
        over = "wartet die Bescheinigung, dass alles vorbei ist: Auflösung"
        await _sent_twice(olga, ring, STOP, f"{STOP}/abschliessen", over)
        assert 2 == text_of(await olga.get(CERTIFICATE)).count(f"{ring.identity.ring_id}+")


async def test_a_certificate_says_what_was_lost_when_a_line_was_given_up(pair: tuple[Oak, Oak, Towns]) -> None:
    """Oak owes elm two hours and is gone; elm closes down itself."""
    _, elm, towns = pair
    await towns.close("oak")
    olga = await elm.member("olga")
    at = (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", sicher="ja", trotzdem="ja")).headers["location"]
    assert 303 == (await olga.send(at, f"{at}/abschreiben", **BY_ALL)).status
    await olga.send(STOP, f"{STOP}/beginnen", sicher="ja")
    lost = "Verloren: 2 Stunden, die wir zu bekommen hatten. Die Gemeinschaft trägt den Verlust."
    assert (True, True) == (lost in (page := text_of(await olga.get(STOP))), "Alles ist abgeschlossen." in page)
    assert 303 == (await olga.send(STOP, f"{STOP}/abschliessen")).status
    for path, no_more in ((CERTIFICATE, "keiner hat ihm"), (STOP, "Sobald alles ausgeglichen")):
        page = text_of(await olga.get(path))
        assert (True, False) == (lost in page, no_more in page)


async def _sent_twice(olga: Browser, ring: Ring, page: str, action: str, told: str, **typed: str) -> None:
    """Before and after the second operator has signed; `told`: what the first page says meanwhile."""
    waits = await olga.send(page, action, **typed)
    assert told in (shown := text_of(await olga.get("/betrieb"))), shown
    assert (422, True) == (waits.status, "müssen noch andere für unseren Tauschring" in text_of(waits)), action
    assert 1 == await sign_all(ring, KARIN)
    assert 303 == (await olga.send(page, action, **typed)).status


async def test_a_ring_whose_line_was_given_up_reads_that_the_other_is_there(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    await elm.ring.federation.giving_up.give_up("oak.example")
    await pay(oak.ring, "alma", "alma@elm.example", 60)
    await until(partial(_is_stopped_there, oak.ring))
    olga = await oak.member("olga")
    assert "Der andere Tauschring hat diese Verbindung angehalten oder aufgegeben; das antwortet er seit" in text_of(
        await olga.get("/betrieb/ring/elm.example")
    )
    assert "Ein anderer Tauschring hat die Verbindung angehalten oder aufgegeben." in text_of(
        await olga.get("/betrieb")
    )
    end = text_of(await olga.get(TO_ELM))
    assert (True, False) == ("dort angehalten" in end, "Zahlungen an" in end)
    alma, wish = await oak.member("alma"), {"an": "alma", "ring": "elm.example", "betrag": "1", "wofuer": "Rad"}
    check = text_of(await alma.send("/zahlen", "/zahlen/pruefen", **wish))
    assert (True, False) == ("hat den Austausch mit uns angehalten" in check, "nicht zu erreichen" in check)


async def _is_stopped_there(ring: Ring) -> bool:
    return (await ring.federation.view("elm.example")).reason == "stopped_there"
