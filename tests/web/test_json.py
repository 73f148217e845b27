# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page of the table has its .json, those about one payment, one member or one ring too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.staged import Stage, staged
from tests.web.test_routes import TABLE

#: Path of the table -> what it gives instead.
NO_PAGE = {
    "/betrieb/sicherung/{file}": "a file of the operator",
    "/betrieb/ring/{address}/beleg/{number}": "signed words in a file",
    "/buero/mitglied/{handle}/daten": "is JSON itself, to keep",
    "/web/{name}": "our own stylesheet, script and picture",
    "/einrichten/{token}": "a form, and only in a ring that nobody has set up: test_setting_up.py",
    "/anmelden/link/{link}": "a form, and only as long as the link of a mail lasts: test_mail.py",
    "/z/{handle}": "leads on to paying",
}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        yield made


def _is_page(method: str, path: str) -> bool:
    return method == "GET" and "{" in path and "." not in path


async def test_every_page_about_one_thing_has_its_json_or_says_what_it_is_instead(stage: Stage) -> None:
    found = set()
    for method, path, _ in TABLE:
        if _is_page(method, path) and path not in NO_PAGE:
            heard = await stage.olga.get(stage.at(path) + ".json")
            assert (200, "application/json") == (heard.status, heard.headers["content-type"]), path
            assert heard.json
            found.add(path)
    assert len(found) > 10
    assert {path for method, path, _ in TABLE if _is_page(method, path)} == found | set(NO_PAGE)
