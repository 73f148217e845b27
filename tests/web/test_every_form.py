# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every form of the table with what nobody should send: from elsewhere, too long, with another device's seal."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import pytest

from ringtausch_node.web import WebLimits
from tests.serving.wire import HOST, listening
from tests.web.conftest import HOUR, Browser, Oak, Pages, text_of
from tests.web.test_routes import FORMS, concrete

#: Forms of the operator, and what stands in them; settings have tests of their own.
OPERATORS = {
    "/betrieb/rollen": ("wer", "rolle"),
    "/betrieb/texte/kontakt": ("sprache", "text"),
    "/betrieb/mails/probe": ("an",),
    "/betrieb/mails/erneut": ("x",),
    "/betrieb/sicherung": ("datei",),
    "/betrieb/protokoll/nachrechnen": ("x",),
    "/betrieb/einladen": ("ein", "aus"),
    "/betrieb/annehmen": ("einladung",),
    "/betrieb/ring/ulme.example/grenze": ("grenze",),
    "/betrieb/ring/ulme.example/bestaetigen": ("gleich", "woerter"),
    "/betrieb/abmelden": ("programme", "nachweis"),
    "/betrieb/aufloesung/beginnen": ("sicher", "nachweis"),
    "/betrieb/aufloesung/abschliessen": ("nachweis",),
    "/betrieb/ring/ulme.example/abschluss/vorschlagen": ("stand", "verzicht1", "nachweis1"),
    "/betrieb/ring/ulme.example/abschluss/unterschreiben": ("verzicht2", "nachweis2"),
    "/betrieb/ring/ulme.example/abschluss/aufgeben": ("sicher", "nachweis3"),
    "/betrieb/ring/ulme.example/abschluss/abschreiben": ("wer", "mit", "sicher", "nachweis4"),
    "/betrieb/ring/ulme.example/abschluss/uebernahme": ("durch", "gibt", "betrag", "nachweis5"),
    "/betrieb/uebernahme/zustimmen": ("von", "mit", "sekunden"),
    "/betrieb/quittung": ("quittung",),
    "/betrieb/verrechnung": ("x",),
    "/betrieb/ring/ulme.example/durchgang/anfangen": ("x",),
    "/einstellungen/passwort": ("passwort", "bisher1"),
    "/einstellungen/email": ("email", "bisher2"),
    "/buero/belege": ("beleg1", "nehmer1", "geber1", "betrag1", "wofuer1"),
}
ELSEWHERE = [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "http://["},
    {"Sec_Fetch_Site": "same-site"}, {"Origin": "http://127.0.0.1.evil.example"}, {"Origin": ""},
    {"Origin": f"http://{HOST[0]}\t{HOST[1:]}"},
]  # fmt: skip


async def seal_of(browser: Browser) -> dict[str, str]:
    """What every form of this device carries."""
    return browser.hidden(await browser.get("/konto"), "/abmelden")


async def test_no_form_is_taken_from_another_site(oak: Oak) -> None:
    olga = await oak.member("olga")
    seal = await seal_of(olga)
    for path, who in FORMS.items():
        for headers in ELSEWHERE:
            assert 403 == (await olga.post(concrete(path), seal, **headers)).status, (path, headers)
            stranger = await oak.browser().post(concrete(path), {}, **headers)
            assert (403 if who == "open" else 303) == stranger.status, (path, headers)
    assert 200 == (await olga.get("/konto")).status


async def test_no_form_takes_a_megabyte(oak: Oak) -> None:
    olga = await oak.member("olga")
    seal = await seal_of(olga)
    for path in FORMS:
        heard = await olga.post(concrete(path), {**seal, "text": "x" * 1_000_000})
        assert (413, True) == (heard.status, "Das hat nicht geklappt" in text_of(heard) or b"<h1>" in heard.body), path


async def test_the_seal_of_another_device_opens_no_form(oak: Oak) -> None:
    olga, other = await oak.member("olga"), await oak.member("olga")
    seal = await seal_of(other)
    for path in FORMS:
        assert 403 == (await olga.post(concrete(path), seal)).status, path


async def test_slips_and_roles_sent_twenty_times_at_once_count_once(oak: Oak) -> None:
    olga = await oak.member("olga")
    names = ("beleg1", "nehmer1", "geber1", "betrag1", "wofuer1")
    slip = dict(zip(names, ("26-1", "alma", "ben", "1", "Fenster"), strict=True))
    check = await olga.send("/buero/belege", "/buero/belege/pruefen", **slip)
    fields = olga.hidden(check, "/buero/belege")
    heard = await asyncio.gather(*(olga.post("/buero/belege", fields) for _ in range(20)))
    assert ({200}, HOUR) == ({each.status for each in heard}, await oak.balance("ben"))
    role = {**await seal_of(olga), "wer": "ben", "rolle": "office"}
    await asyncio.gather(*(olga.post("/betrieb/rollen", role) for _ in range(20)))
    assert ["ben", "buero"] == [each.handle for each in await oak.ring.members.list() if each.role == "office"]


@pytest.mark.parametrize("forged", ["198.51.100.{}", "127.0.0.1, ::ffff:198.51.100.{}", "evil{}"])
async def test_who_claims_to_come_from_everywhere_is_one_at_every_door(oak: Oak, forged: str) -> None:
    limits = WebLimits(tries_per_address_burst=3.0, tries_per_name_burst=100.0, tries_per_second=0.001)
    doors = [("/einrichten/" + "x" * 43, {"name": "Eva", "kuerzel": "eva"}, 410),
             ("/anmelden", {"wer": "alma", "code": "WWWW-WWWW"}, 403)]  # fmt: skip
    for path, fields, refused in doors:
        async with listening(Pages(oak.ring, limits)) as port:
            statuses = []
            for number in range(5):
                claimed = {
                    "X_Forwarded_For": forged.format(number),
                    "X_Real_IP": str(number),
                    "Forwarded": f"for={number}",
                }
                statuses.append((await Browser(port).post(path, fields, **claimed)).status)
            assert [refused] * 3 + [429] * 2 == statuses, path


async def test_no_door_leads_to_another_site(oak: Oak) -> None:
    olga = await oak.member("olga")
    for text in ("//evil.example", "/\\evil.example"):
        assert b"evil.example" not in (await oak.browser().get("/anmelden?" + urlencode({"weiter": text}))).body
        seal = await seal_of(olga)
        for path in FORMS:
            heard = await olga.post(concrete(path), {**seal, "weiter": text, "zurueck": text, "wer": "eva"})
            where = heard.headers.get("location", "/")
            assert ("/", False) == (where[:1], "evil" in where), (path, where)
            if (await olga.get("/konto")).status != 200:  # that form has signed her out
                olga = await oak.member("olga")
                seal = await seal_of(olga)
