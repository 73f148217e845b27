# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member takes along what the ring has stored, and nobody else's."""

from __future__ import annotations

from tests.web.conftest import Oak, paid, text_of


async def test_a_member_takes_all_own_data_along(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "1,5", "Rasen")
    alma = await oak.member("alma")
    await alma.send("/abstand", "/abstand/halten", wen="cleo")
    heard = await alma.get("/daten/alles.json")
    assert 'attachment; filename="meine-daten.json"' == heard.headers["content-disposition"]
    found = heard.json
    assert ("oak.example", "alma", ["cleo"]) == (found["ring"], found["account"]["handle"], found["kept_away"])
    assert (["Rasen"], True) == ([each["memo"] for each in found["entries"]], found["entries_are_whole"])
    assert "Alma Berg" in text_of(await alma.get("/daten"))


async def test_nothing_secret_and_nothing_of_others_is_in_it(oak: Oak) -> None:
    await paid(oak, "cleo", "ben", "1", "Geheimes")
    alma = await oak.member("alma")
    body = (await alma.get("/daten/alles.json")).body
    for secret in (b"Geheimes", b"argon2", alma.cookies["sitzung"].encode(), b"Cleo"):
        assert secret not in body


async def test_a_page_with_its_stylesheet_is_small(oak: Oak) -> None:
    """What an old telephone on a bad line has to fetch: page, stylesheet, script."""
    for number in range(40):
        await paid(oak, "alma" if number % 2 else "ben", "cleo", "0:15", f"Etwas mit vielen Worten, Nummer {number}")
    browser = await oak.member("cleo")
    sizes = [len((await browser.get(f"/web/{name}")).body) for name in ("style.css", "enhance.js")]
    for path in ("/konto", "/zahlen", "/rechnungen", "/einstellungen", "/abstand", "/daten", "/gemeinschaft"):
        assert len((await browser.get(path)).body) + sum(sizes) < 60_000, path
