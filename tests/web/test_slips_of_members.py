# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office pays for a member by a slip: its number stands in the booking and books once, wherever typed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView
from ringtausch_node.payments.slips import freed_slip
from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns, balance, end_of, faults, peer, talk, until
from tests.serving.wire import Heard, listening
from tests.web.conftest import HOUR, Browser, Oak, Pages, text_of

FORM, CHECK, PAY = "/zahlen?konto=alma", "/zahlen/pruefen", "/zahlen"
SLIP = {"konto": "alma", "an": "ben", "betrag": "1", "wofuer": "Brot", "beleg": "26-17"}
BOOKED = "Ein Beleg mit dieser Nummer ist schon gebucht oder unterwegs."


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
    told = text_of(await office.send("/buero/belege", "/buero/belege/pruefen", **slip))
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
async def land(tmp_path: Path) -> AsyncIterator[Towns]:
    made = Towns(tmp_path)
    yield made
    await made.close_all()


@pytest.fixture
async def towns(land: Towns) -> AsyncIterator[tuple[Oak, Ring]]:
    """Oak with its office, and elm with Ben; their line is open."""
    oak, elm = await land.found("oak"), await land.found("elm")
    await oak.members.add("alma", "Alma Berg")
    await oak.members.add("buero", "Das Büro", "office")
    await elm.members.add("ben", "Ben Weber")
    await peer(oak, elm)
    await talk(oak, elm)
    async with listening(Pages(oak, WebLimits())) as port:
        yield Oak(oak, port), elm


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


async def refused(office: Browser, oak: Oak, elm: Ring) -> tuple[str, dict[str, str]]:
    """A slip that Ben's ring refuses. -> (its payment, the form that was sent)."""
    check = await office.send(FORM, CHECK, **{**SLIP, "an": "ben@elm.example"})
    form = office.hidden(check, PAY)
    await elm.members.life.freeze("ben", OPERATOR)
    at = (await office.post(PAY, form)).headers["location"]
    assert "refused" == (await end_of(oak.ring, at.rpartition("/")[2])).state
    await elm.members.life.thaw("ben", OPERATOR)
    return at, form


async def test_a_refused_slip_is_booked_by_its_number_again_and_then_never_more(towns: tuple[Oak, Ring]) -> None:
    oak, elm = towns
    office, alma = await oak.member("buero"), await oak.member("alma")
    at, form = await refused(office, oak, elm)
    assert [True, False] == [
        "Beleg 26-17 ist damit nicht gebucht." in text_of(await who.get(at)) for who in (office, alma)
    ]
    assert at == (await office.post(PAY, form)).headers["location"]
    again = await pays(office, an="ben@elm.example")
    payment = again.headers["location"].rpartition("/")[2]
    assert "paid" == (await end_of(oak.ring, payment)).state
    await elm.refunds.refund(payment, OPERATOR)
    await until(lambda: gave_back(oak))
    third = await pays(office, an="ben@elm.example")
    assert (422, True, 0) == (third.status, BOOKED in text_of(third), await oak.balance("alma"))
    assert [] == await faults(oak.ring, elm)


async def gave_back(oak: Oak) -> bool:
    return await oak.balance("alma") == 0


async def test_a_refused_slip_is_booked_at_home_in_a_batch_once(towns: tuple[Oak, Ring]) -> None:
    oak, elm = towns
    await oak.ring.members.add("cleo", "Cleo")
    office = await oak.member("buero")
    await refused(office, oak, elm)
    slip = {"beleg1": "26-17", "nehmer1": "alma", "geber1": "cleo", "betrag1": "1", "wofuer1": "Brot"}
    check = await office.send("/buero/belege", "/buero/belege/pruefen", **slip)
    for _ in range(2):
        await office.post("/buero/belege", office.hidden(check, "/buero/belege"))
    other = await pays(office, an="ben@elm.example")
    assert (HOUR, True) == (await oak.balance("cleo"), BOOKED in text_of(other))


async def test_a_slip_on_its_way_keeps_its_number_until_it_is_taken_back(land: Towns, towns: tuple[Oak, Ring]) -> None:
    oak, _ = towns
    await oak.ring.members.add("cleo", "Cleo")
    await peer(oak.ring, await land.found("fir"))
    land.network.cut.add("fir")
    office = await oak.member("buero")
    at = (await pays(office, an="ben@fir.example")).headers["location"]
    heard = await pays(office, an="cleo")
    assert (422, True) == (heard.status, BOOKED in text_of(heard))
    await oak.ring.payments.cancel(at.rpartition("/")[2], OPERATOR)
    assert (303, HOUR) == ((await pays(office, an="cleo")).status, await oak.balance("cleo"))


@pytest.mark.parametrize(
    ("state", "code", "free"),
    [("refused", "payee_refuses", "26-17"), ("cancelled", "cancelled", "26-17"), ("refused", "given_up", ""),
     ("refused", "reset", ""), ("paid", None, ""), ("held", None, ""), ("in_doubt", None, "")],
)  # fmt: skip
async def test_a_number_is_free_only_where_the_other_ring_said_that_nothing_was_booked(
    oak: Oak, state: str, code: str | None, free: str
) -> None:
    number = await oak.ring.slips.payment_id("26-17")
    view = PaymentView(
        payment_id=number, state=state, amount_seconds=1, from_="alma", to="ben@elm.example", created_at=1, code=code,
        memo="Beleg 26-17 · Brot",
    )  # fmt: skip
    assert free == freed_slip(view)
    assert "" == freed_slip(msgspec.structs.replace(view, is_paid_there=True))
