# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office takes somebody in whom it knows: one form, one member."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.members import OPERATOR
from tests.web.conftest import Oak, text_of
from tests.web.test_bad_input import ODD

NEW = "/buero/neu"
DORA = {"name": "Dora Lind", "kuerzel": "dora", "email": "dora@post.example"}


async def handles(oak: Oak) -> list[str]:
    return [each.handle for each in await oak.ring.members.list()]


async def test_the_office_takes_somebody_in_who_comes_in_with_the_letter(oak: Oak) -> None:
    office = await oak.member("buero")
    assert b'href="/buero/neu"' in (await office.get("/buero")).body
    heard = await office.send(NEW, NEW, **DORA)
    assert (303, f"{NEW}/dora") == (heard.status, heard.headers["location"])
    added = await office.get(f"{NEW}/dora")
    assert "Dora Lind ist jetzt Mitglied" in text_of(added)
    assert (True, True) == (b'href="/buero/mitglied/dora"' in added.body, b'href="/buero/briefe"' in added.body)
    letter = await office.send(f"{NEW}/dora", "/buero/brief/dora")
    assert "Guten Tag, Dora Lind," in text_of(letter)
    assert "Dora Lind dora · dora@post.example" in text_of(await office.get("/buero/mitglied/dora"))
    assert "Guten Tag, Dora Lind" in text_of(await (await oak.member("dora")).get("/konto"))


async def test_a_new_member_has_the_rings_own_limits_and_no_more_than_a_members_role(oak: Oak) -> None:
    await (await oak.member("buero")).send(NEW, NEW, **DORA, rolle="operator", role="operator")
    by_page = next(each for each in await oak.ring.members.list() if each.handle == "dora")
    by_command = await oak.ring.members.add("eva", "Eva")
    assert ("member", by_command.min_seconds, by_command.max_seconds) == (
        by_page.role, by_page.min_seconds, by_page.max_seconds,
    )  # fmt: skip


async def test_twenty_equal_forms_take_one_in(oak: Oak) -> None:
    office, before = await oak.member("buero"), await handles(oak)
    fields = {**office.hidden(await office.get(NEW), NEW), **DORA}
    heard = await asyncio.gather(*(office.post(NEW, fields) for _ in range(20)))
    assert {(303, f"{NEW}/dora")} == {(each.status, each.headers["location"]) for each in heard}
    assert sorted([*before, "dora"]) == await handles(oak)


async def test_a_form_that_has_taken_somebody_in_takes_nobody_else_in_unasked(oak: Oak) -> None:
    office = await oak.member("buero")
    fields = {**office.hidden(await office.get(NEW), NEW), **DORA}
    await office.post(NEW, fields)
    other = {**fields, "name": "Eva Ost", "kuerzel": "eva"}
    heard = await office.post(NEW, other)
    asked = (heard.status, "haben Sie schon jemanden aufgenommen" in text_of(heard), "eva" in await handles(oak))
    assert (422, True, False) == asked
    again = await office.post(NEW, {**other, **office.hidden(heard, NEW)})
    assert (303, f"{NEW}/eva") == (again.status, again.headers["location"])


async def test_mistakes_are_said_at_their_field_and_nothing_typed_is_lost(oak: Oak) -> None:
    office, before = await oak.member("buero"), await handles(oak)
    for wrong, field, words in (
        ({"name": ""}, "name", "Dieser Name geht nicht."),
        ({"kuerzel": ""}, "kuerzel", "Dieses Kürzel geht nicht."),
        ({"kuerzel": "dora lind"}, "kuerzel", "Dieses Kürzel geht nicht."),
        ({"kuerzel": "Alma"}, "kuerzel", "Dieses Kürzel ist vergeben."),
        ({"email": "dora"}, "email", ""),
    ):
        typed = {**DORA, **wrong}
        heard = await office.send(NEW, NEW, **typed)
        html = heard.body.decode()
        assert (422, True, True) == (heard.status, f'href="#{field}"' in html, words in text_of(heard)), wrong
        assert all(f'value="{each}"' in html for each in typed.values()), wrong
    assert before == await handles(oak)


async def test_odd_texts_are_refused_or_kept_and_never_run(oak: Oak) -> None:
    office = await oak.member("buero")
    for text in ODD:
        for name in DORA:
            hidden = office.hidden(await office.get(NEW), NEW)
            body = urlencode({**hidden, **DORA, name: text}, errors="surrogatepass").encode()
            heard = await office.post(NEW, body)
            assert heard.status in (303, 400, 422), (name, text)
            assert b"<script>alert" not in heard.body


async def test_a_form_without_its_number_adds_nobody(oak: Oak) -> None:
    office, before = await oak.member("buero"), await handles(oak)
    fields = {**office.hidden(await office.get(NEW), NEW), **DORA}
    assert [400] * 3 == [(await office.post(NEW, {**fields, "nummer": each})).status for each in ("", "1", "x" * 36)]
    assert before == await handles(oak)


async def test_whoever_is_no_member_has_no_page_of_welcome(oak: Oak) -> None:
    office = await oak.member("buero")
    await oak.ring.communities.open("sozial", "Sozialfonds", OPERATOR)
    await oak.ring.leaving.leave("ben", None)
    for nobody in ("nobody", "community:sozial", "ben"):
        assert 404 == (await office.get(f"{NEW}/{nobody}")).status, nobody


async def test_only_the_office_takes_somebody_in(oak: Oak) -> None:
    alma = await oak.ring.members.authenticate(await oak.ring.members.token("alma"))
    with pytest.raises(LocalError, match="not_allowed"):
        await oak.ring.joining.add(str(uuid4()), "dora", "Dora Lind", "", alma)
