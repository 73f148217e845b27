# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office pays for a member by a slip: its number stands in the booking and books once, wherever typed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns, balance, end_of, faults, peer, talk
from tests.serving.wire import Heard, listening
from tests.web.conftest import HOUR, Browser, Oak, Pages, text_of

FORM, CHECK, PAY = "/zahlen?konto=alma", "/zahlen/pruefen", "/zahlen"
SLIP = {"konto": "alma", "an": "ben", "betrag": "1", "wofuer": "Brot", "beleg": "26-17"}
BOOKED = "Ein Beleg mit dieser Nummer ist schon gebucht."


async def pays(office: Browser, **other: str) -> Heard:
    """The form, the check page and its button."""
    check = await office.send(FORM, CHECK, **{**SLIP, **other})
    return await office.post(PAY, office.hidden(check, PAY))


async def test_the_number_of_a_slip_stands_on_the_check_page_and_in_the_booking(oak: Oak) -> None:
    office, alma = await oak.member("buero"), await oak.member("alma")
    check = await office.send(FORM, CHECK, **SLIP)
    assert "Beleg 26-17 · Brot" in text_of(check)
    assert 303 == (await office.post(PAY, office.hidden(check, PAY))).status
    assert ("Beleg 26-17 · Brot" in text_of(await alma.get("/konto")), -HOUR) == (True, await oak.balance("alma"))


async def test_the_same_slip_twice_is_one_payment_and_another_by_its_number_is_told_at_the_field(oak: Oak) -> None:
    office = await oak.member("buero")
    first, again = await pays(office), await pays(office)
    assert (303, first.headers["location"], -HOUR) == (
        again.status,
        again.headers["location"],
        await oak.balance("alma"),
    )
    other = await pays(office, an="cleo")
    shown = other.body.decode()
    assert (422, True, True) == (other.status, BOOKED in text_of(other), 'id="beleg-fehler"' in shown)
    assert [True, True] == [f'value="{typed}"' in shown for typed in ("26-17", "cleo")]
    assert -HOUR == await oak.balance("alma")


async def test_the_slip_of_a_member_is_the_slip_of_a_batch(oak: Oak) -> None:
    office = await oak.member("buero")
    await pays(office)
    slip = {"beleg1": "26-17", "nehmer1": "cleo", "geber1": "ben", "betrag1": "1", "wofuer1": "Kuchen"}
    check = await office.send("/buero/belege", "/buero/belege/pruefen", **slip)
    told = text_of(await office.post("/buero/belege", office.hidden(check, "/buero/belege")))
    assert (True, 0) == (BOOKED in told, await oak.balance("cleo"))
    check = await office.send("/buero/belege", "/buero/belege/pruefen", **{**slip, "beleg1": "26-18"})
    await office.post("/buero/belege", office.hidden(check, "/buero/belege"))
    heard = await pays(office, beleg="26-18")
    assert (422, True, -HOUR) == (heard.status, BOOKED in text_of(heard), await oak.balance("alma"))


@pytest.mark.parametrize("number", ["x" * 21, "a\nb", "\u202e1"])
async def test_a_number_that_cannot_be_one_is_told_at_its_field_before_anything_is_checked(
    oak: Oak, number: str
) -> None:
    heard = await (await oak.member("buero")).send(FORM, CHECK, **{**SLIP, "beleg": number})
    assert (422, True) == (heard.status, 'id="beleg-fehler"' in heard.body.decode())


async def test_slips_are_the_office_s_alone_and_of_no_use_for_an_own_account(oak: Oak) -> None:
    alma, office = await oak.member("alma"), await oak.member("buero")
    pages = [await alma.get("/zahlen"), await office.get("/zahlen"), await office.get(FORM)]
    assert [False, False, True] == ["Belegnummer" in text_of(page) for page in pages]
    for action, fields in ((CHECK, {}), (PAY, {"nummer": "A" * 22})):
        form = {**alma.hidden(pages[0], CHECK), **SLIP, **fields}
        assert (422, 0) == ((await alma.post(action, form)).status, await oak.balance("alma"))


async def test_a_mistake_and_a_change_of_mind_keep_the_number_that_was_typed(oak: Oak) -> None:
    office = await oak.member("buero")
    wrong = await office.send(FORM, CHECK, **{**SLIP, "betrag": "viel"})
    check = await office.send(FORM, CHECK, **SLIP)
    changed = await office.post(CHECK, {**office.hidden(check, CHECK), "aendern": "ja"})
    for page in (wrong, changed):
        assert 'name="beleg" type="text" value="26-17"' in page.body.decode()


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[tuple[Oak, Ring]]:
    """Oak with its office, and elm with Ben; their line is open."""
    land = Towns(tmp_path)
    oak, elm = await land.found("oak"), await land.found("elm")
    await oak.members.add("alma", "Alma Berg")
    await oak.members.add("buero", "Das Büro", "office")
    await elm.members.add("ben", "Ben Weber")
    await peer(oak, elm)
    await talk(oak, elm)
    async with listening(Pages(oak, WebLimits())) as port:
        yield Oak(oak, port), elm
    await land.close_all()


async def test_a_slip_into_another_town_carries_its_number_and_is_booked_once(towns: tuple[Oak, Ring]) -> None:
    oak, elm = towns
    office = await oak.member("buero")
    check = await office.send(FORM, CHECK, **{**SLIP, "an": "ben@elm.example"})
    form = office.hidden(check, PAY)
    assert ("Ben Weber" in text_of(check), "Beleg 26-17 · Brot" in text_of(check)) == (True, True)
    paid = await office.post(PAY, form)
    payment = paid.headers["location"].rpartition("/")[2]
    assert "paid" == (await end_of(oak.ring, payment)).state
    same, typed_again = await office.post(PAY, form), await pays(office, an="ben@elm.example")
    assert paid.headers["location"] == same.headers["location"]
    assert (422, True) == (typed_again.status, BOOKED in text_of(typed_again))
    assert (-HOUR, HOUR, []) == (await oak.balance("alma"), await balance(elm, "ben"), await faults(oak.ring, elm))
    assert "Beleg 26-17 · Brot" == (await elm.payments.get(payment, OPERATOR)).memo
