# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office runs the ring's accounts, not its machine: it becomes no operator, and takes none away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.members import OPERATOR, Actor

Deed = Callable[[Ring, Actor], Awaitable[Any]]
DEEDS: dict[str, Deed] = {
    "code": lambda ring, actor: ring.entrance.on_paper.issue(["cleo", "olga"], actor),
    "mail": lambda ring, actor: ring.entrance.set_email("olga", "somebody@else.example", actor, is_fresh=True),
    "name": lambda ring, actor: ring.correcting.correct("olga", "Olaf", None, actor),
    "sign_out": lambda ring, actor: ring.members.access.revoke("olga", None, actor),
    "freeze": lambda ring, actor: ring.members.life.freeze("olga", actor),
    "leave": lambda ring, actor: ring.leaving.leave("olga", None, actor),
}
#: Who may do it to the operator Olga; "own_role": she herself does not shut herself out.
EXPECTED = {
    "code": ("not_allowed", "", "", ""), "mail": ("not_allowed", "", "", ""),
    "name": ("not_allowed", "", "", ""), "sign_out": ("not_allowed", "", "", ""),
    "freeze": ("not_allowed", "", "own_role", ""), "leave": ("not_allowed", "", "own_role", ""),
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(("place", "who"), [(0, "buero"), (1, "otto"), (2, "olga"), (3, "")])
async def test_doors_of_an_operator_are_opened_and_shut_by_operators(
    ring: Ring, deed: str, place: int, who: str
) -> None:
    for handle in ("olga", "otto"):
        await ring.members.add(handle, handle.title(), "operator")
    actor = await ring.members.authenticate(await ring.members.token(who)) if who else OPERATOR
    try:
        await DEEDS[deed](ring, actor)
        code = ""
    except LocalError as refused:
        code = refused.code
    assert EXPECTED[deed][place] == code


async def test_no_operator_is_frozen_by_way_of_somebody_on_the_same_account(ring: Ring) -> None:
    await ring.members.add("olga", "Olga", "operator")
    await ring.members.add("olaf", "Olaf", account_of="olga")
    for who, code in (("buero", "not_allowed"), ("olga", "own_role")):
        actor = await ring.members.authenticate(await ring.members.token(who))
        with pytest.raises(LocalError, match=code):
            await ring.members.life.freeze("olaf", actor)


async def test_the_office_keeps_doing_all_that_to_members(ring: Ring) -> None:
    office = await ring.members.authenticate(await ring.members.token("buero"))
    assert 1 == len(await ring.entrance.on_paper.issue(["cleo"], office))
    assert "frozen" == (await ring.members.life.freeze("cleo", office)).state
    assert "alma" == (await ring.leaving.leave("alma", None, office)).handle
