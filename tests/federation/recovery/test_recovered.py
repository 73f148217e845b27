# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a recovery: hours find their owner by the office's word, payments their old names, members what was dropped."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operation import Arguments
from ringtausch_node.control.recovering import recovery
from ringtausch_node.members.model import OPERATOR, Actor
from ringtausch_node.payments.model import PayRequest
from ringtausch_protocol.errors import LocalError
from tests.federation.copies import Copies, is_lost, ready, report_of, sound
from tests.federation.towns import HOUR, Towns, balance, end_of, line_of, pay, talk, until

ALMA = Actor(b"a" * 16, "alma", "member")


async def _shown(ring: Ring) -> dict[str, Any]:
    """What `recover FOLDER` shows."""
    result = await recovery(ring, Arguments())
    assert isinstance(result, dict)
    found: dict[str, Any] = result["recovery"]
    return found


async def restored(pair: tuple[Ring, Ring], towns: Towns, copies: Copies) -> tuple[Ring, str, str]:
    """Oak from a copy that does not know Neu, who got 600 s and paid 60 s. -> oak, and both payments' ids."""
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    await oak.members.add("neu", "Neu")
    got = await end_of(elm, (await pay(elm, "ben", "neu@oak.example", 600)).payment_id)
    paid = await end_of(oak, (await pay(oak, "neu", "ben@elm.example", 60)).payment_id)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    await end_of(oak, paid.payment_id)
    return oak, got.payment_id, paid.payment_id


async def test_the_office_gives_recovered_hours_to_their_owner(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, got, paid = await restored(pair, towns, copies)
    waiting = await oak.recovered.waiting()
    assert {(each.rest_seconds, each.payment_id, each.peer, each.from_) for each in waiting} == {
        (600, got, "elm.example", "ben@elm.example"), (-60, paid, "elm.example", "neu"),
    }  # fmt: skip
    await oak.members.add("neu", "Neu")
    first = await oak.recovered.assign(got, "neu", OPERATOR, 500)
    assert (first.to, first.amount_seconds, first.by) == ("neu", 500, "(operator)")
    assert [each.rest_seconds for each in await oak.recovered.waiting() if each.payment_id == got] == [100]
    await oak.recovered.assign(got, None, OPERATOR)
    await oak.recovered.assign(paid, "neu", OPERATOR)
    assert await oak.recovered.waiting() == []
    assert [(each.to, each.amount_seconds, each.by) for each in await oak.recovered.assigned()] == [
        ("neu", 500, "(operator)"), (None, 100, "(operator)"), ("neu", -60, "(operator)"),
    ]  # fmt: skip
    assert await balance(oak, "neu") == 440
    assert (await report_of(oak)).recovered_seconds == 0
    entries = (await oak.accounts.statement("neu", None, 10, OPERATOR)).entries
    assert [(each.kind, each.amount_seconds, each.with_) for each in entries] == [
        ("recovered", -60, "ben@elm.example"), ("recovered", 500, None),
    ]  # fmt: skip
    await sound(oak, pair[1])


async def test_an_assignment_is_for_the_office_and_for_what_waits(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, got, _ = await restored(pair, towns, copies)
    for item, to, actor, amount, code in (
        (got, "alma", ALMA, None, "not_allowed"),
        ("A" * 22, "alma", OPERATOR, None, "not_waiting"),
        (got, "niemand", OPERATOR, None, "unknown_member"),
        (got, "alma", OPERATOR, 601, "amount"),
        (got, "alma", OPERATOR, 0, "amount"),
    ):
        with pytest.raises(LocalError, match=code):
            await oak.recovered.assign(item, to, actor, amount)
    assert (await report_of(oak)).recovered_seconds == 540
    await oak.recovered.assign(got, "alma", OPERATOR)
    with pytest.raises(LocalError, match="not_waiting"):
        await oak.recovered.assign(got, "alma", OPERATOR)


async def test_a_recovered_payment_is_found_under_its_id_and_paid_once(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    made = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    oak = await copies.put_back("oak", mark=True)
    with pytest.raises(LocalError, match="not_found"):
        await oak.payments.get(made.payment_id, OPERATOR)
    await oak.federation.start()
    await ready(oak, elm)
    await end_of(oak, made.payment_id)
    found = await oak.payments.get(made.payment_id, ALMA)
    assert msgspec.structs.replace(found, created_at=made.created_at) == made
    assert (await pay(oak, "alma", "ben@elm.example", 60, made.payment_id)) == found
    with pytest.raises(LocalError, match="id_reused"):
        await pay(oak, "alma", "ben@elm.example", 61, made.payment_id)
    assert await balance(elm, "ben") == 60
    await sound(oak, elm)


async def test_a_memo_too_long_for_its_note_is_lost_but_the_payment_is_not(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    request = PayRequest("A" * 22, "alma", "ben@elm.example", 60, "ä" * 240)
    made = await oak.payments.pay(request, OPERATOR)
    await end_of(oak, made.payment_id)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    await end_of(oak, made.payment_id)
    again = await oak.payments.pay(request, OPERATOR)
    assert (again.state, again.to, again.memo) == ("paid", "ben@elm.example", "")
    assert await balance(elm, "ben") == 60


async def test_each_member_is_told_what_came_back_and_what_was_dropped(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await oak.members.add("arne", "Arne")
    await talk(oak, elm)
    await towns.close("elm")
    line_of(oak, elm).is_away = True
    waits = await pay(oak, "arne", "ben@elm.example", 77)
    oak = await copies.take("oak")
    await oak.payments.cancel(waits.payment_id, OPERATOR)
    elm = await towns.open("elm")
    await elm.federation.start()
    await ready(oak, elm)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 90)).payment_id)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(oak, elm)
    nothing = {"paid_seconds": 0, "received_seconds": 0, "undecided_seconds": 0, "not_on_account_seconds": 0}
    assert (await _shown(oak))["members"] == [
        {"handle": "alma", "count": 2, **nothing, "paid_seconds": 60, "received_seconds": 90, "dropped": []},
        {
            "handle": "arne", "count": 0, **nothing,
            "dropped": [{"payment_id": waits.payment_id, "amount_seconds": 77}],
        },
    ]  # fmt: skip
    told = await oak.payments.get(waits.payment_id, OPERATOR)
    assert (told.state, told.code) == ("cancelled", "restored")


async def test_a_raw_copy_knows_since_when_its_own_bookings_are_missing(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await oak.members.add("arne", "Arne")
    await talk(oak, elm)
    towns.clock.ahead_seconds = 100
    await pay(oak, "alma", "arne", 60)
    copied_at = towns.clock.now()
    oak = await copies.take("oak")
    await ready(oak)
    towns.clock.ahead_seconds = 2 * HOUR
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    towns.clock.ahead_seconds = 4 * HOUR
    oak = await copies.put_back("oak", mark=False)
    await pay(oak, "arne", "alma", 30)  # the copy books before anybody knows what it is
    await oak.federation.start()
    await until(partial(is_lost, oak))
    await oak.federation.recovery.declare_old_copy()
    await ready(oak, elm)
    assert copied_at - 5 <= (await report_of(oak)).copy_at <= copied_at
