# SPDX-License-Identifier: AGPL-3.0-or-later
"""A key for a program of one's own: on "Meine Geräte", shown once, by whoever shows who he is."""

from __future__ import annotations

import asyncio
import re

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.members.access import PROGRAMS_MAX
from ringtausch_node.web.door import proving
from tests.web.conftest import Browser, Oak, text_of

DEVICES, MAKE = "/geraete", "/geraete/programm"


async def made(browser: Browser, label: str, proof: str = "") -> str:
    """The key that a page shows; empty where it shows none."""
    heard = await browser.send(DEVICES, MAKE, wofuer=label, nachweis=proof)
    found = re.search(r"<textarea[^>]*readonly[^>]*>([^<]+)<", heard.body.decode())
    return found[1] if found else ""


async def test_a_key_is_shown_once_listed_and_ended_on_the_page(oak: Oak) -> None:
    alma = await oak.member("alma")
    token = await made(alma, "Haushaltsbuch")
    assert "alma" == (await oak.ring.members.authenticate(token)).handle
    page = await alma.get(DEVICES)
    assert ("Haushaltsbuch" in text_of(page), token in page.body.decode()) == (True, False)
    [listed] = [each for each in (await alma.get(f"{DEVICES}.json")).json["devices"] if each["kind"] == "program"]
    await alma.send(DEVICES, f"{DEVICES}/{listed['id']}/abmelden")
    with pytest.raises(LocalError, match="unauthorized"):
        await oak.ring.members.authenticate(token)


async def test_a_device_that_came_in_long_ago_shows_a_code_first(oak: Oak, monkeypatch: pytest.MonkeyPatch) -> None:
    alma = await oak.member("alma")
    monkeypatch.setattr(proving, "FRESH_SECONDS", 0)
    heard = await alma.send(DEVICES, MAKE, wofuer="Haushaltsbuch", nachweis="falsch")
    assert (422, True) == (heard.status, 'value="Haushaltsbuch"' in heard.body.decode())
    code = (await oak.ring.entrance.issue_code("alma")).code
    assert "" == await made(alma, "x" * 41, code)
    assert "" != await made(alma, "Haushaltsbuch", code)


async def test_of_twenty_equal_forms_one_makes_a_key(oak: Oak) -> None:
    alma = await oak.member("alma")
    fields = {**alma.hidden(await alma.get(DEVICES), MAKE), "wofuer": "Haushaltsbuch"}
    heard = await asyncio.gather(*(alma.post(MAKE, fields) for _ in range(20)))
    assert [200] + [422] * 19 == sorted(each.status for each in heard)
    [refused, *_] = [each for each in heard if each.status == 422]
    assert "Diesen Zugang haben Sie schon." in text_of(refused)


async def test_a_member_has_so_many_programs_and_no_more(oak: Oak) -> None:
    members, asked = oak.ring.members, []
    alma = await members.authenticate(await members.token("alma"))

    async def prove() -> None:
        asked.append(1)

    for number in range(PROGRAMS_MAX - 1):  # beside the one by which we know her
        await members.access.issue_own(f"Programm {number}", alma, prove)
    with pytest.raises(LocalError, match="too_many_programs"):
        await members.access.issue_own("noch eins", alma, prove)
    assert PROGRAMS_MAX - 1 == len(asked)
