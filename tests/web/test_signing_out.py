# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing others out: one member by the office, everybody by the operator."""

from __future__ import annotations

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.web.door import proving
from tests.web.conftest import Browser, Oak, text_of

ALL, ALMA = "/betrieb/abmelden", "/buero/mitglied/alma"


async def is_in(browser: Browser) -> bool:
    return 200 == (await browser.get("/konto")).status


async def test_the_office_signs_a_member_out_whose_tablet_is_lost(oak: Oak) -> None:
    office, alma, ben = await oak.member("buero"), await oak.member("alma"), await oak.member("ben")
    assert 303 == (await office.send(ALMA, f"{ALMA}/abmelden")).status
    assert [True, False, True] == [await is_in(each) for each in (office, alma, ben)]


async def test_the_operator_signs_everybody_out_and_goes_on_with_a_new_token(oak: Oak) -> None:
    olga, others = await oak.member("olga"), [await oak.member(handle) for handle in ("alma", "buero", "olga")]
    program, stolen = await oak.ring.members.token("ben"), Browser(oak.port, dict(olga.cookies))
    assert "Andere Geräte 3 Programme 1" in text_of(await olga.get(ALL))
    assert 303 == (await olga.send(ALL, ALL, sicher="ja", programme="ja")).status
    assert [False] * 4 == [await is_in(each) for each in (*others, stolen)]
    assert "Außer diesem Gerät ist nichts angemeldet" in text_of(await olga.get(ALL))
    with pytest.raises(LocalError, match="unauthorized"):
        await oak.ring.members.access.authenticate(program)


async def test_without_the_tick_the_programs_go_on(oak: Oak) -> None:
    olga, program = await oak.member("olga"), await oak.ring.members.token("ben")
    assert 303 == (await olga.send(ALL, ALL, sicher="ja")).status
    assert "ben" == (await oak.ring.members.access.authenticate(program)).handle


async def test_nobody_is_signed_out_by_a_slip_or_by_whoever_found_the_tablet(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga, alma = await oak.member("olga"), await oak.member("alma")
    assert "Kreuzen Sie an, dass Sie sicher sind" in text_of(await olga.send(ALL, ALL))
    monkeypatch.setattr(proving, "FRESH_SECONDS", 0)
    assert 422 == (await olga.send(ALL, ALL, sicher="ja", nachweis="WWWW-WWWW")).status
    assert [True, True] == [await is_in(each) for each in (olga, alma)]
    code = (await oak.ring.entrance.issue_code("olga")).code
    assert 303 == (await olga.send(ALL, ALL, sicher="ja", nachweis=code)).status
    assert [True, False] == [await is_in(each) for each in (olga, alma)]
