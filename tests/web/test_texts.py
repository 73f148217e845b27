# SPDX-License-Identifier: AGPL-3.0-or-later
"""The texts that a ring writes itself, and how pages look on a device."""

from __future__ import annotations

from pathlib import Path

from ringtausch_node.upkeep.texts import TEXT_BYTES, parse_text, ring_text
from tests.web.conftest import Oak, text_of


async def test_the_texts_of_the_ring_are_its_own_and_no_markup(oak: Oak) -> None:
    folder = oak.ring.folder.path / "pages"
    folder.mkdir()
    (folder / "kontakt.txt").write_text("# Büro\nMarktplatz 1\n\n- Montag\n- <b>Freitag</b>\n", encoding="utf-8")
    (folder / "kontakt.en.txt").write_text("Market place 1\n", encoding="utf-8")
    browser = oak.browser()
    page = await browser.get("/seite/kontakt")
    assert "Büro Marktplatz 1 Montag <b>Freitag</b>" in text_of(page)
    browser.cookies["sprache"] = "en"
    assert "Market place 1" in text_of(await browser.get("/seite/kontakt"))
    assert 404 == (await browser.get("/seite/..%2Fconfig")).status
    assert 404 == (await browser.get("/web/..%2Fapp.py")).status


def test_a_text_of_any_length_and_bytes_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "kontakt.txt").write_bytes(b"\xff\xfe" * TEXT_BYTES)
    assert 1 == len(ring_text(tmp_path, "kontakt", "de"))
    assert [] == ring_text(tmp_path, "impressum", "de")
    assert ["heading", "list", "paragraph"] == [each.kind for each in parse_text("# A\n- b\n- c\n\nd\ne\n\n\n")]


async def test_language_and_size_are_kept_on_the_device(oak: Oak) -> None:
    browser = oak.browser()
    heard = await browser.post("/ansicht", {"sprache": "en", "weiter": "/anmelden"})
    assert (303, "/anmelden") == (heard.status, heard.headers["location"])
    await browser.post("/ansicht", {"schrift": "riesig", "weiter": "//evil.example"})
    page = (await browser.get("/")).body.decode()
    assert '<html lang="en" data-text="riesig">' in page
    assert "Welcome to Tauschring Eiche" in page
    for odd in ("fr", "<script>", "x" * 100):
        await browser.post("/ansicht", {"sprache": odd, "schrift": odd})
    assert '<html lang="en" data-text="riesig">' in (await browser.get("/")).body.decode()
