# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands on the pages: account, statement, texts of the ring, languages, devices, settings, office."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import ClientSession

from ringtausch_node.bootstrap import Ring, found_ring
from ringtausch_node.config import Config
from ringtausch_node.hosting import Host
from ringtausch_node.members import Actor
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.translations import speech_of
from ringtausch_node.web.door import proving
from ringtausch_node.web.door.device_names import device_name
from ringtausch_node.web.door.doorkeeper import cookies_of
from ringtausch_node.web.look.wording import Wording
from ringtausch_protocol.verifier.program import main as verify
from tests.web.conftest import HOUR, Oak, paid, text_of


async def test_the_account_says_in_words_how_it_stands(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "1,5", "Rasen")
    alma, ben = text_of(await (await oak.member("alma")).get("/konto")), await oak.member("ben")
    assert "Sie haben noch 1,5 Stunden zu geben." in alma
    assert "Sie können noch bis zu 23,5 Stunden geben." in alma
    assert "Sie haben 1,5 Stunden gut." in text_of(await ben.get("/konto"))


async def test_a_statement_is_searched_by_name_and_by_word(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "1", "Rasen gemäht")
    await paid(oak, "alma", "cleo", "2", "Kuchen")
    alma = await oak.member("alma")
    for wanted, found, other in (("rasen", "Rasen gemäht", "Kuchen"), ("CLEO", "Kuchen", "Rasen gemäht")):
        page = text_of(await alma.get(f"/konto/buchungen?suche={wanted}"))
        assert found in page
        assert other not in page
        assert "1 Buchung gefunden" in page


async def test_a_statement_goes_on_page_by_page(oak: Oak) -> None:
    for number in range(60):
        await oak.ring.payments.pay(_wish(number), await _actor(oak, "alma"))
    alma = await oak.member("alma")
    first = (await alma.get("/konto/buchungen.json")).json
    second = (await alma.get(f"/konto/buchungen.json?vor={first['next']}")).json
    assert (50, 10) == (len(first["entries"]), len(second["entries"]))
    assert 61 == len((await alma.get("/konto/buchungen.csv")).body.decode("utf-8-sig").splitlines())


@pytest.mark.parametrize(
    "query", ["vor=x", "vor=-1", "vor=" + "9" * 40, "vor=%00", "suche=" + "x" * 3_000, "suche=%FF"]
)
async def test_a_statement_with_an_odd_question_is_still_a_page(oak: Oak, query: str) -> None:
    alma = await oak.member("alma")
    assert 200 == (await alma.get(f"/konto/buchungen?{query}")).status


async def test_a_payment_is_given_back_once_by_who_received_it(oak: Oak) -> None:
    path = await paid(oak, "alma", "ben", "1", "Irrtum")
    ben = await oak.member("ben")
    assert "Sie haben 1 Stunde bekommen." in text_of(await ben.get(path))
    heard = await ben.send(f"{path}/zurueckgeben", f"{path}/zurueckgeben")
    assert 303 == heard.status
    assert (0, 0) == (await oak.balance("alma"), await oak.balance("ben"))
    again = await ben.send(f"{path}/zurueckgeben", f"{path}/zurueckgeben")
    assert (422, True) == (again.status, "Das wurde schon zurückgegeben" in text_of(again))


async def test_the_receipt_of_a_payment_is_one_file_that_a_stranger_checks(oak: Oak, tmp_path: Path) -> None:
    path = await paid(oak, "alma", "ben", "1", "Irrtum")
    for handle in ("alma", "ben"):
        browser = await oak.member(handle)
        assert "Quittung herunterladen" in text_of(await browser.get(path))
        heard = await browser.get(f"{path}/quittung.zip")
        assert (200, "application/zip", "no-store") == (
            heard.status, heard.headers["content-type"], heard.headers["cache-control"]
        )  # fmt: skip
        (tmp_path / handle).mkdir()
        with zipfile.ZipFile(io.BytesIO(heard.body)) as archive:
            archive.extractall(tmp_path / handle)
            assert ["LIESMICH.txt", "booking.json", "booking.tlog-proof"] == archive.namelist()
    (tmp_path / "cards").write_bytes(oak.ring.identity.own.envelope + b"\n")
    proofs = [str(tmp_path / handle / name) for handle in ("alma", "ben")
              for name in ("booking.json", "booking.tlog-proof")]  # fmt: skip
    assert 0 == verify([*proofs, "--keys", str(tmp_path / "cards"), "--quorum", "0"])
    words = (tmp_path / "alma" / "LIESMICH.txt").read_text(encoding="utf-8")
    assert [] == [word for word in ("Alma", "Ben", "Irrtum") if word in words]


async def test_a_receipt_is_for_those_of_the_payment(oak: Oak) -> None:
    path = await paid(oak, "alma", "ben", "1", "Irrtum")
    assert 404 == (await (await oak.member("cleo")).get(f"{path}/quittung.zip")).status
    assert 404 == (await (await oak.member("alma")).get(f"/zahlungen/{'A' * 22}/quittung.zip")).status


async def test_an_invoice_is_written_paid_and_shown(oak: Oak) -> None:
    ben, alma = await oak.member("ben"), await oak.member("alma")
    written = await ben.send("/rechnung-schreiben", "/rechnung-schreiben", an="alma", betrag="2", wofuer="Hecke")
    path = written.headers["location"]
    assert "Rechnung ansehen" in text_of(await alma.get("/konto"))
    heard = await alma.send(path, f"{path}/bezahlen")
    assert "Ben Weber hat 2 Stunden erhalten." in text_of(await alma.get(heard.headers["location"]))
    assert 303 == (await alma.post(f"{path}/bezahlen", alma.hidden(await alma.get("/konto"), "/abmelden"))).status
    assert 2 * HOUR == await oak.balance("ben")


async def test_invoices_are_a_table_too_and_no_cell_of_it_a_formula(oak: Oak) -> None:
    ben, alma = await oak.member("ben"), await oak.member("alma")
    at = "/rechnung-schreiben"
    paid_one = await ben.send(at, at, an="alma", betrag="2", wofuer="Hecke")
    await alma.send(paid_one.headers["location"], f"{paid_one.headers['location']}/bezahlen")
    await alma.send(at, at, an="ben", betrag="0:30", wofuer="=HYPERLINK(1)")
    rows = (await ben.get("/rechnungen.csv")).body.decode("utf-8-sig").splitlines()
    assert "Tag;Rechnung;Mit;Name;Wofür;Stunden;Zustand" == rows[0]
    assert ["An Sie;alma;Alma Berg;'=HYPERLINK(1);0,5;offen", "Von Ihnen;alma;Alma Berg;Hecke;2;gutgeschrieben"] == [
        row.partition(";")[2] for row in rows[1:]
    ]


async def test_an_invoice_is_declined_with_a_reason(oak: Oak) -> None:
    ben, alma = await oak.member("ben"), await oak.member("alma")
    written = await ben.send("/rechnung-schreiben", "/rechnung-schreiben", an="alma", betrag="2", wofuer="Hecke")
    path = written.headers["location"]
    bad = await alma.send(path, f"{path}/ablehnen", grund="darum")
    assert 422 == bad.status
    await alma.send(path, f"{path}/ablehnen", grund="wrong_amount")
    assert "abgelehnt" in text_of(await ben.get(path))


async def test_a_helper_pays_for_somebody_and_it_says_so(oak: Oak) -> None:
    await oak.ring.members.helping.grant("cleo", "alma")
    cleo = await oak.member("cleo")
    page = await cleo.get("/zahlen")
    assert "Für Alma Berg" in text_of(page)
    check = await cleo.send("/zahlen", "/zahlen/pruefen", an="ben", betrag="1", wofuer="Brot", konto="alma")
    heard = await cleo.post("/zahlen", cleo.hidden(check, "/zahlen"))
    assert 303 == heard.status
    assert "durch Cleo" in text_of(await (await oak.member("alma")).get("/konto"))


async def test_a_member_lets_somebody_act_and_ends_it(oak: Oak) -> None:
    alma = await oak.member("alma")
    bad = await alma.send("/vertrauen", "/vertrauen", wer="rita")
    assert (422, 'value="rita"' in bad.body.decode()) == (bad.status, True)
    assert 303 == (await alma.send("/vertrauen", "/vertrauen", wer="cleo")).status
    cleo = await oak.member("cleo")
    assert "Für Alma Berg" in text_of(await cleo.get("/zahlen"))
    assert "Alma Berg" in text_of(await cleo.get("/vertrauen"))
    token = cleo.hidden(await cleo.get("/konto"), "/abmelden")
    assert 404 == (await cleo.post("/vertrauen/ben/beenden", token)).status
    assert 303 == (await alma.send("/vertrauen", "/vertrauen/cleo/beenden")).status
    assert "Für Alma Berg" not in text_of(await cleo.get("/zahlen"))


async def test_a_member_of_the_own_ring_is_found_by_name(oak: Oak) -> None:
    alma = await oak.member("alma")
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben weber", betrag="1", wofuer="")
    assert "Ben Weber (ben)" in text_of(check)


async def test_what_would_be_refused_is_said_before(oak: Oak) -> None:
    alma = await oak.member("alma")
    for fields, words in (({"an": "ben", "betrag": "26"}, "So viel können Sie gerade nicht geben"),
                          ({"an": "alma", "betrag": "1"}, "Das ist Ihr eigenes Konto"),
                          ({"an": "x@nowhere.example", "betrag": "1"}, "sind wir nicht verbunden"),
                          ({"an": "", "betrag": "1"}, "Hier steht noch nicht, wer etwas bekommt")):  # fmt: skip
        heard = await alma.send("/zahlen", "/zahlen/pruefen", wofuer="", **fields)
        assert (422, True) == (heard.status, words in text_of(heard)), words


async def test_devices_are_listed_and_ended(oak: Oak) -> None:
    tablet, phone = await oak.member("alma"), await oak.member("alma")
    listed = (await tablet.get("/geraete.json")).json
    assert 2 == len(listed["devices"])
    other = next(each["id"] for each in listed["devices"] if each["id"] != listed["this"])
    await tablet.send("/geraete", f"/geraete/{other}/abmelden")
    assert 303 == (await phone.get("/konto")).status
    assert 303 == (await tablet.send("/geraete", "/abmelden")).status
    tablet.cookies["sitzung"] = tablet.cookies.get("sitzung", "")
    assert 303 == (await tablet.get("/konto")).status


async def test_a_password_is_set_and_lets_in(oak: Oak) -> None:
    alma = await oak.member("alma")
    bad = await alma.send("/einstellungen", "/einstellungen/passwort", passwort="kurz")
    assert (422, False) == (bad.status, b"kurz" in bad.body)
    await alma.send("/einstellungen", "/einstellungen/passwort", passwort="Hut Baum Kanne Licht")
    fields = {"wer": "alma", "code": "Hut Baum Kanne Licht", "mit": "passwort"}
    assert 303 == (await oak.browser().post("/anmelden", fields)).status


async def test_a_long_password_lets_in_letter_for_letter_with_its_blanks(oak: Oak) -> None:
    alma, password = await oak.member("alma"), " " + "Hut Baum Kanne Licht " * 9
    await alma.send("/einstellungen", "/einstellungen/passwort", passwort=password)
    for typed, status in ((password, 303), (password.strip(), 403), (password.lower(), 403), (password[:64], 403)):
        fields = {"wer": "alma", "code": typed, "mit": "passwort"}
        assert status == (await oak.browser().post("/anmelden", fields)).status, typed


async def test_all_devices_are_signed_out_at_once(oak: Oak) -> None:
    tablet, phone = await oak.member("alma"), await oak.member("alma")
    assert 303 == (await tablet.send("/geraete", "/geraete/alle-abmelden")).status
    assert [303, 303] == [(await each.get("/konto")).status for each in (tablet, phone)]


async def test_a_device_that_came_in_long_ago_shows_the_password_or_a_code(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    alma, at = await oak.member("alma"), "/einstellungen/passwort"
    assert "Ein Code aus einem Brief" not in text_of(await alma.get("/einstellungen"))
    monkeypatch.setattr(proving, "FRESH_SECONDS", 0)
    assert "Ein Code aus einem Brief" in text_of(await alma.get("/einstellungen"))
    for fields in ({}, {"bisher1": "WWWW-WWWW"}):
        heard = await alma.send("/einstellungen", at, passwort="Hut Baum Kanne Licht", **fields)
        assert (422, True) == (heard.status, 'href="#bisher1"' in heard.body.decode())
    code = (await oak.ring.entrance.issue_code("alma")).code
    assert 303 == (await alma.send("/einstellungen", at, passwort="Hut Baum Kanne Licht", bisher1=code)).status
    mail = {"email": "alma@mail.example"}
    assert 422 == (await alma.send("/einstellungen", "/einstellungen/email", **mail, bisher2=code)).status
    shown = {**mail, "bisher2": "Hut Baum Kanne Licht"}
    assert 303 == (await alma.send("/einstellungen", "/einstellungen/email", **shown)).status


async def test_somebody_who_is_not_signed_in_comes_back_to_where_he_wanted(oak: Oak) -> None:
    browser = oak.browser()
    heard = await browser.get("/zahlen?an=ben")
    assert "/anmelden?weiter=/zahlen%3Fan%3Dben" == heard.headers["location"]
    code = await oak.ring.entrance.issue_code("alma")
    inside = await browser.send(heard.headers["location"], "/anmelden", wer="alma", code=code.code)
    assert "/zahlen?an=ben" == inside.headers["location"]


def test_amounts_days_and_numbers_as_people_read_them(ring: Ring) -> None:
    german, english = (Wording(speech_of(lang, "Sie"), ring.config) for lang in ("de", "en"))
    assert ("−1,5 Stunden", "−1.5 hours") == (german.amount(-5_400), english.amount(-5_400))
    assert ("1 Stunde", "1,5 Stunden (1 Std. 30 Min.)") == (german.both(3_600), german.both(5_400))
    assert ("1. Juli 2026, 14:00 Uhr", "1 July 2026, 14:00") == (german.moment(1782907200), english.moment(1782907200))
    assert 6 == len(german.number("A" * 22))


@pytest.mark.parametrize(
    ("said", "name"),
    [("Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0", "Firefox, Android"),
     ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Safari/604.1", "Safari, iPad"),
     ("<script>", "Browser"), ("", "Browser")],
)  # fmt: skip
def test_a_device_has_a_name_and_never_its_own_words(said: str, name: str) -> None:
    assert name == device_name(said)


def test_with_https_the_cookie_is_the_hosts_alone() -> None:
    told = SimpleNamespace(public_url="https://oak.example")
    *names, is_secure = cookies_of(told)  # type: ignore[arg-type]
    plain = ("sitzung", "bekannt", "anfrage", "sprache", "schrift")
    assert ([f"__Host-{name}" for name in plain], True) == (names, is_secure)


async def test_a_browser_gets_a_page_whatever_goes_wrong_and_a_program_a_document(tmp_path: Path) -> None:
    config = Config(address="oak.example", name="Eiche", net="test", url="http://127.0.0.1", listen="127.0.0.1:0",
                    allow_private_addresses=True)  # fmt: skip
    found_ring(tmp_path / "oak", config)
    host, stop, heard = Host([tmp_path / "oak"]), asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(host.run(stop, heard.set_result))
    url = f"http://{(await heard).listen}"
    async with ClientSession() as client:
        problem = "application/problem+json"
        for path, accept, kind in (("/nowhere", "text/html", "text/html"), ("/nowhere", "*/*", problem),
                                   ("/api/v1/nowhere", "text/html", problem)):  # fmt: skip
            async with client.get(url + path, headers={"Accept": accept}) as answer:
                assert (404, kind) == (answer.status, answer.content_type)
        keeper = host._keepers[0]
        assert keeper.door is not None
        keeper.door.shut()
        async with client.get(f"{url}/konto", headers={"Accept": "text/html"}) as answer:
            assert (503, True) == (answer.status, "kann gerade nichts speichern" in await answer.text())
    stop.set()
    await task


def _wish(number: int) -> PayRequest:
    return PayRequest(None, "alma", "ben", 60, f"Nr. {number}")


async def _actor(oak: Oak, handle: str) -> Actor:
    member = await oak.ring.store.read(lambda tx: oak.ring.members.present(tx, handle))
    return Actor(member.id, member.handle, member.role)
