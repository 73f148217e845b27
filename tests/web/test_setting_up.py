# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first operator comes in by a link of the machine, once; then there are steps, and roles for others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.upkeep.founding import LINK_SECONDS
from ringtausch_node.web import WebLimits
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

STEPS = "/betrieb/einrichten"


@pytest.fixture
async def young(ring: Ring) -> AsyncIterator[Oak]:
    """A ring that nobody has set up."""
    async with listening(Pages(ring, WebLimits())) as port:
        yield Oak(ring, port)


async def link(oak: Oak) -> str:
    """The path of a link of the machine."""
    return (await oak.ring.founding.issue()).removeprefix("http://127.0.0.1")


async def role(oak: Oak, handle: str) -> str:
    return next(each.role for each in await oak.ring.members.list() if each.handle == handle)


async def test_whoever_has_the_link_becomes_operator_and_is_signed_in(young: Oak) -> None:
    path, browser = await link(young), young.browser()
    assert "Tauschring Eiche einrichten" in text_of(await browser.get(path))
    heard = await browser.send(path, path, name="Olga Brandt", kuerzel="olga")
    assert (303, STEPS) == (heard.status, heard.headers["location"])
    assert "Schritt für Schritt" in text_of(await browser.get(STEPS))
    assert "operator" == await role(young, "olga")


async def test_a_program_that_opens_the_link_ten_times_spends_nothing(young: Oak) -> None:
    path = await link(young)
    for _ in range(10):
        assert 200 == (await young.browser().get(path)).status
    assert 303 == (await young.browser().send(path, path, name="Olga", kuerzel="olga")).status


async def test_twenty_equal_forms_at_once_make_one_operator(young: Oak) -> None:
    path = await link(young)
    asked = [young.browser().post(path, {"name": "Olga", "kuerzel": f"olga{each}"}) for each in range(20)]
    heard = [each.status for each in await asyncio.gather(*asked)]
    assert (1, 19) == (heard.count(303), heard.count(410) + heard.count(429))
    assert 1 == len(await young.ring.members.list())


async def test_a_link_that_was_spent_guessed_or_replaced_opens_nothing(young: Oak) -> None:
    old, new = await link(young), await link(young)
    for path in (old, f"/einrichten/{'x' * 43}", "/einrichten/%E2%80%AE", "/einrichten/" + "a" * 900):
        for heard in (await young.browser().get(path), await young.browser().post(path, {"kuerzel": "eva"})):
            assert (410, True) == (heard.status, "Dieser Link gilt nicht mehr." in text_of(heard)), path
    await young.browser().send(new, new, name="Olga", kuerzel="olga")
    assert 410 == (await young.browser().get(new)).status
    assert "" == await young.ring.founding.issue()


async def test_a_link_counts_for_a_week_and_not_once_somebody_is_operator(
    young: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, now = await link(young), young.ring.clock.now()
    with monkeypatch.context() as later:
        later.setattr(young.ring.clock, "now", lambda: now + LINK_SECONDS)
        assert 410 == (await young.browser().get(path)).status
    assert 200 == (await young.browser().get(path)).status
    await young.ring.members.add("olga", "Olga", "operator")
    assert 410 == (await young.browser().get(path)).status


async def test_a_spent_link_stays_spent_when_nobody_is_operator_any_more(young: Oak) -> None:
    path = await link(young)
    await young.ring.founding.spend(path.rpartition("/")[2], "olga", "Olga", "")
    await young.ring.store.write(lambda tx: tx.execute("UPDATE member SET role = 'member'"))
    assert 410 == (await young.browser().get(path)).status


async def test_what_is_wrong_is_named_and_kept(young: Oak) -> None:
    path = await link(young)
    for name, handle in (("Olga", "Ol ga!"), ("", "olga"), ("<b>x</b>\x00", "olga"), ("x" * 2_000, "olga")):
        heard = await young.browser().send(path, path, name=name, kuerzel=handle)
        assert (422, True) == (heard.status, "Das hat noch nicht geklappt" in text_of(heard)), (name[:9], handle)
        assert b"<b>x" not in heard.body
    assert 200 == (await young.browser().get(path)).status


async def test_the_root_keys_are_a_step_until_they_lie_elsewhere(oak: Oak) -> None:
    browser = await oak.member("olga")
    assert "liegen noch auf diesem Rechner" in text_of(await browser.get(f"{STEPS}/schluessel"))
    (oak.ring.folder.path / "keys" / "root.json").unlink()
    assert "liegen nicht mehr auf diesem Rechner" in text_of(await browser.get(f"{STEPS}/schluessel"))


async def give(browser: Browser, handle: str, name: str) -> tuple[int, str]:
    heard = await browser.send("/betrieb/rollen", "/betrieb/rollen", wer=handle, rolle=name)
    return heard.status, text_of(heard)


async def test_a_role_counts_at_once_on_devices_that_are_signed_in(oak: Oak) -> None:
    olga, ben = await oak.member("olga"), await oak.member("ben")
    assert 404 == (await ben.get("/buero")).status
    assert 303 == (await give(olga, "ben", "office"))[0]
    assert 200 == (await ben.get("/buero")).status
    assert 303 == (await give(olga, "ben", "member"))[0]
    assert 404 == (await ben.get("/buero")).status


async def test_nobody_takes_the_own_role_or_gives_one_that_is_none(oak: Oak) -> None:
    olga = await oak.member("olga")
    status, text = await give(olga, "olga", "member")
    assert (422, True, "operator") == (status, "Die eigene Rolle" in text, await role(oak, "olga"))
    assert [422] * 3 == [(await give(olga, *odd))[0] for odd in (("ben", "king"), ("nobody", "office"), ("", ""))]
