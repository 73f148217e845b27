# SPDX-License-Identifier: AGPL-3.0-or-later
"""An auditor finds every account by the menu, reads it, and does nothing to it."""

from __future__ import annotations

from tests.web.conftest import Oak, text_of


async def test_an_auditor_comes_from_the_menu_to_every_account(oak: Oak) -> None:
    rita = await oak.member("rita")
    assert b'<a href="/buero/liste">Alle Konten</a>' in (await rita.get("/konto")).body
    listed = await rita.get("/buero/liste")
    assert (200, True, False) == (
        listed.status, b'href="/konto?konto=alma"' in listed.body, b'href="/buero"' in listed.body,
    )  # fmt: skip
    assert "Alma" in text_of(await rita.get("/konto?konto=alma"))
    assert (200, 404) == ((await rita.get("/buero/liste.csv")).status, (await rita.get("/buero")).status)


async def test_a_member_finds_no_list_of_all_accounts(oak: Oak) -> None:
    alma = await oak.member("alma")
    assert 404 == (await alma.get("/buero/liste")).status
    assert b"Alle Konten" not in (await alma.get("/konto")).body
