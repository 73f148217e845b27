# SPDX-License-Identifier: AGPL-3.0-or-later
"""Letters for many members: one code each, the same for the same form, none for an old one."""

from __future__ import annotations

import asyncio

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.entrance.model import PAPER_SECONDS, STAY_SECONDS
from ringtausch_node.entrance.on_paper import FORM_SECONDS, TOGETHER_MAX
from ringtausch_node.errors import LocalError
from ringtausch_node.members import OPERATOR
from tests.entrance.conftest import Clock
from tests.entrance.test_entrance import actor_of, refused


async def test_every_letter_of_a_print_lets_its_member_in_and_spoils_the_earlier_one(ring: Ring) -> None:
    old = (await ring.entrance.issue_code("ben")).code
    paper = ring.entrance.on_paper
    letters = await paper.issue_together(["alma", "ben"], paper.new_form(), OPERATOR)
    assert [("alma", "Alma"), ("ben", "Ben")] == [(each.handle, each.name) for each in letters]
    assert "login" == await refused(ring, "ben", old)
    for each in letters:
        await ring.entrance.come_in(each.handle, each.code, "", stay=True)


async def test_the_same_form_gives_the_same_letters_however_often_it_is_sent(ring: Ring) -> None:
    paper = ring.entrance.on_paper
    form = paper.new_form()
    first, *others = await asyncio.gather(*(paper.issue_together(["alma"], form, OPERATOR) for _ in range(20)))
    assert [first] * 19 == others
    office = await actor_of(ring, "buero")
    for by, handles in ((office, ["alma"]), (OPERATOR, ["alma", "ben"])):
        assert first[0] != (await paper.issue_together(handles, form, by))[0]


@pytest.mark.parametrize("form", ["", "x", "0" * 32, "f" * 32, "-" * 32])
async def test_a_number_that_no_form_had_makes_no_letters(ring: Ring, form: str) -> None:
    with pytest.raises(LocalError, match="form_old"):
        await ring.entrance.on_paper.issue_together(["alma"], form, OPERATOR)


async def test_a_form_that_is_sent_again_too_late_spoils_no_letter(ring: Ring, clock: Clock) -> None:
    paper = ring.entrance.on_paper
    form = paper.new_form()
    [letter] = await paper.issue_together(["alma"], form, OPERATOR)
    clock.ahead = FORM_SECONDS
    with pytest.raises(LocalError, match="form_old"):
        await paper.issue_together(["alma"], form, OPERATOR)
    await ring.entrance.come_in("alma", letter.code, "", stay=True)


async def test_nobody_too_many_and_others_than_the_office_get_no_letters(ring: Ring) -> None:
    paper, alma = ring.entrance.on_paper, await actor_of(ring, "alma")
    for handles, actor, code in (([], OPERATOR, "nobody_chosen"), (["ben"], alma, "not_allowed"),
                                 (["ben"] * (TOGETHER_MAX + 1), OPERATOR, "too_many_letters"),
                                 (["alma", "wer"], OPERATOR, "unknown_member")):  # fmt: skip
        with pytest.raises(LocalError, match=code):
            await paper.issue_together(handles, paper.new_form(), actor)
    with pytest.raises(LocalError, match="not_allowed"):
        await paper.ways_in(alma)


async def test_who_cannot_come_in_yet_stands_first(ring: Ring, clock: Clock) -> None:
    code = (await ring.entrance.issue_code("alma")).code
    token = await ring.entrance.come_in("alma", code, "", stay=True)
    ends_at = (await ring.entrance.issue_code("ben")).ends_at
    await ring.members.life.freeze("cleo", OPERATOR)

    async def seen() -> list[tuple[str, bool, int | None]]:
        return [(e.handle, e.is_in, e.paper_ends_at) for e in await ring.entrance.on_paper.ways_in(OPERATOR)]

    nobody = [("buero", False, None), ("cleo", False, None)]
    assert [*nobody, ("ben", False, ends_at), ("alma", True, None)] == await seen()
    clock.ahead = PAPER_SECONDS // 2
    await ring.members.access.find(token, "device")
    clock.ahead = PAPER_SECONDS
    assert ["ben", "buero", "cleo", "alma"] == [handle for handle, _, _ in await seen()]
    clock.ahead = STAY_SECONDS + 1
    assert [False] * 4 == [is_in for _, is_in, _ in await seen()]
    await ring.entrance.set_password("Nadel Heu Dorf 17", await actor_of(ring, "alma"), is_fresh=True)
    assert ("alma", True, None) == (await seen())[-1]
