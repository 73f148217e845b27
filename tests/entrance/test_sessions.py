# SPDX-License-Identifier: AGPL-3.0-or-later
"""How devices that are signed in end: by disuse, or all at once."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.members import OPERATOR
from ringtausch_node.members.model import DAY_SECONDS, DISUSE_DAYS, AccessesView
from tests.entrance.conftest import Clock


async def sign_in(ring: Ring, handle: str) -> str:
    """The token of a device that stays signed in."""
    return await ring.entrance.come_in(handle, (await ring.entrance.issue_code(handle)).code, "Tablet", stay=True)


async def is_in(ring: Ring, token: str) -> bool:
    try:
        return bool(await ring.members.access.find(token, "device"))
    except LocalError:
        return False


async def ways_in(ring: Ring) -> list[str]:
    return [each.handle for each in await ring.entrance.on_paper.ways_in(OPERATOR) if each.is_in]


@pytest.mark.parametrize("looks_in", [True, False])
async def test_a_device_that_nobody_uses_is_signed_out(ring: Ring, clock: Clock, looks_in: bool) -> None:
    clock.ahead = DAY_SECONDS - clock.now() % DAY_SECONDS  # a day begins, and does not end meanwhile
    token = await sign_in(ring, "alma")
    if looks_in:
        clock.ahead += DISUSE_DAYS * DAY_SECONDS
        assert await is_in(ring, token)
    clock.ahead += DISUSE_DAYS * DAY_SECONDS
    assert ["Tablet"] == [each.label for each in (await ring.members.access.list("alma")).tokens]
    assert ["alma"] == await ways_in(ring)
    clock.ahead += DAY_SECONDS
    assert not await is_in(ring, token)
    assert [] == (await ring.members.access.list("alma")).tokens
    assert [] == await ways_in(ring)


async def test_a_program_that_runs_once_a_year_keeps_its_access(ring: Ring, clock: Clock) -> None:
    token = await ring.members.access.issue("alma", label="Jahresbericht")
    clock.ahead = 366 * DAY_SECONDS
    assert "alma" == (await ring.members.access.authenticate(token)).handle
    assert ["Jahresbericht"] == [each.label for each in (await ring.members.access.list("alma")).tokens]


async def test_everybody_is_signed_out_at_once_and_the_programs_only_where_that_is_asked(ring: Ring) -> None:
    access = ring.members.access
    alma, ben, program = await sign_in(ring, "alma"), await sign_in(ring, "ben"), await access.issue("cleo")
    assert await is_in(ring, alma)  # so that it is known without looking it up
    assert AccessesView(devices=2, programs=0) == await access.end_everybodys(with_programs=False)
    assert [False, False] == [await is_in(ring, token) for token in (alma, ben)]
    assert "cleo" == (await access.authenticate(program)).handle
    assert AccessesView(devices=0, programs=1) == await access.end_everybodys(with_programs=True)
    with pytest.raises(LocalError, match="unauthorized"):
        await access.authenticate(program)
    assert await is_in(ring, await sign_in(ring, "alma"))


@pytest.mark.parametrize("role", ["member", "office", "auditor"])
async def test_only_operators_sign_everybody_out(ring: Ring, role: str) -> None:
    token = await sign_in(ring, "alma")
    actor = (await ring.members.access.find(token, "device")).actor._replace(role=role)
    with pytest.raises(LocalError, match="not_allowed"):
        await ring.members.access.end_everybodys(actor, with_programs=True)
    assert await is_in(ring, token)
