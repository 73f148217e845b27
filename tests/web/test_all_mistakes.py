# SPDX-License-Identifier: AGPL-3.0-or-later
"""A list with mistakes of several kinds: the office reads all of them at the first try."""

from __future__ import annotations

from tests.web.conftest import Oak, text_of

LIST = "/buero/einlesen"


async def test_what_cannot_be_read_and_what_is_not_allowed_are_told_at_once_by_lines(oak: Oak) -> None:
    office = await oak.member("buero")
    text = "Kürzel;Name;Saldo;Rolle\nben;Ben;1;\nneu;Neu;viel;\nchef;Chef;0;betreiber\n"
    heard = await office.send(LIST, f"{LIST}/pruefen", liste=text)
    page = text_of(heard)
    told = ("Zeile 2, Kürzel: dieses Kürzel", "Zeile 3, Saldo: diese Menge", "Zeile 4, Rolle: diese Rolle vergibt nur")
    places = [page.find(each) for each in told]
    assert (422, True, sorted(places)) == (heard.status, -1 not in places, places), page


async def test_two_columns_that_mean_the_same_are_told_beside_one_that_is_missing(oak: Oak) -> None:
    office = await oak.member("buero")
    page = text_of(await office.send(LIST, f"{LIST}/pruefen", liste="Mitglied;Nr\nneu;7\n"))
    assert "Zeile 1, Kürzel: zwei Spalten der Liste gelten als diese, und nur eine darf es sein." in page
    assert "Zeile 1, Name: diese Spalte fehlt." in page
