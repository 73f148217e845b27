# SPDX-License-Identifier: AGPL-3.0-or-later
"""A list of members read in by page: looked at first, then all of it or nothing."""

from __future__ import annotations

import asyncio

import pytest

from tests.serving.wire import Heard
from tests.web.conftest import HOUR, Browser, Oak, text_of
from tests.web.test_every_form import seal_of

AT, CHECK = "/buero/einlesen", "/buero/einlesen/pruefen"
LIST = "Name;Kürzel;Saldo;Farbe\nDora Döring;dora;1,5;rot\nEmil;emil;-4;blau\n"


async def checked(browser: Browser, text: str = "", file: bytes | None = None) -> Heard:
    """What the page says of a list that was pasted, or of a file."""
    seal = await seal_of(browser)
    if file is None:
        return await browser.post(CHECK, {**seal, "liste": text})
    fields = "".join(
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in seal.items()
    )
    head = '--cut\r\nContent-Disposition: form-data; name="datei"; filename="liste.csv"\r\n\r\n'
    body = fields.encode() + head.encode() + file + b"\r\n--cut--\r\n"
    return await browser.post(CHECK, body, Content_Type="multipart/form-data; boundary=cut")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
async def test_a_file_is_shown_with_its_sum_and_then_taken_in_once(oak: Oak, encoding: str) -> None:
    office = await oak.member("buero")
    page = await checked(office, file=LIST.encode(encoding))
    for part in ("Dora Döring", "Alle Salden zusammen −2,5 Stunden", "Ausgleichskonto kommt 2,5 Stunden", "Farbe"):
        assert part in text_of(page), text_of(page)
    assert "dora" not in await oak.ring.members.names()
    fields = office.hidden(page, AT)
    heard = await asyncio.gather(*(office.post(AT, fields) for _ in range(20)))
    assert [303] + [422] * 19 == sorted(each.status for each in heard)
    assert (5_400, -4 * HOUR) == (await oak.balance("dora"), await oak.balance("emil"))
    [taken] = [each for each in heard if each.status == 303]
    assert "Aufgenommen: 2." in text_of(await office.get(taken.headers["location"]))


async def test_a_list_brings_mail_addresses(oak: Oak) -> None:
    office = await oak.member("buero")
    page = await checked(office, "Kürzel;Name;E-Mail\ndora;Dora;dora@mail.example\nemil;Emil;\n")
    assert "dora · dora@mail.example" in text_of(page)
    assert 303 == (await office.post(AT, office.hidden(page, AT))).status
    assert ["dora@mail.example", ""] == [await oak.ring.entrance.email(handle) for handle in ("dora", "emil")]


async def test_what_is_wrong_is_told_by_line_and_nobody_comes(oak: Oak) -> None:
    office, before = await oak.member("buero"), await oak.ring.members.names()
    wrong = {
        "": "Zeile 1, Liste: die Liste ist leer.",
        "Kürzel;Name\nalma;Noch eine\nx;X\nx;Y": "Zeile 4, Kürzel: dieses Kürzel ist vergeben.",
        "Kürzel;Name\nalma;Noch eine": "Zeile 2, Kürzel: dieses Kürzel ist vergeben.",
        "Kürzel;Name;Saldo\nx;=1+1;=1+1": "Zeile 2, Saldo: diese Menge können wir nicht lesen.",
        "Kürzel,Name,Saldo\nx,X,-10,5": "Zeile 2, Zeile: mehr Zellen als in der ersten Zeile.",
        "Kürzel;Name;Rolle\nx;X;Betreiber": "Zeile 2, Rolle: diese Rolle vergibt nur, wer den Tauschring betreibt.",
        "Kürzel;Name;Mail\nx;X;im Heft": "Zeile 2, E-Mail: das ist keine E-Mail-Adresse.",
        "Name\nX": "Zeile 1, Kürzel: diese Spalte fehlt.",
        '"Kürzel;Name\nx;X': "ein Anführungszeichen schließt nicht.",
    }
    for text, told in wrong.items():
        heard = await checked(office, text)
        assert (422, True) == (heard.status, told in text_of(heard)), (text, text_of(heard))
        taken = await office.post(AT, {**await seal_of(office), "liste": text})
        assert (422, True) == (taken.status, told in text_of(taken)), text
        assert text in heard.body.decode().replace("&#34;", '"'), text
    assert before == await oak.ring.members.names()


async def test_files_that_are_no_list_are_refused_beside_their_field(oak: Oak) -> None:
    office = await oak.member("buero")
    assert 422 == (heard := await checked(office, file=b"a" * 300_000)).status
    assert 'id="datei-fehler"' in heard.body.decode()
    broken = await checked(office, file=b"K\x81\x8d;Name\nx;X")
    assert (422, True) == (broken.status, "die Buchstaben lassen sich nicht lesen" in text_of(broken))
    assert 413 == (await checked(office, "a" * 1_000_000)).status


async def test_members_do_not_read_lists_in(oak: Oak) -> None:
    alma = await oak.member("alma")
    assert 404 == (await alma.post(AT, {**await seal_of(alma), "liste": LIST})).status
