# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that winds down lets a debtor of its own owe its creditor instead (SPEC.md 7.16)."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.assigning import Assigned
from ringtausch_protocol.errors import LocalError
from tests.audit.exports import audited, codes, export
from tests.federation.copies import Copies
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, peer, talk, until, view_of

OAK, ELM, ASH = "oak.example", "elm.example", "ash.example"


async def three_towns(towns: Towns, *, limit_seconds: int | None = 10 * HOUR) -> list[Ring]:
    """Oak owes elm two hours, and ash owes oak two. `limit_seconds`: between elm and ash; None: no line."""
    rings = [await towns.found(name) for name in ("oak", "elm", "ash")]
    oak, elm, ash = rings
    for ring in rings:
        await ring.members.add("office", "Office", role="office")
    for inviter, accepter in ((oak, elm), (oak, ash)):
        await peer(inviter, accepter)
    if limit_seconds is not None:
        await peer(elm, ash, limit_seconds, limit_seconds)
    await talk(*rings)
    for payer, payee in ((oak, elm), (ash, oak)):
        assert await paid(payer, payee, 2 * HOUR) == "paid"
    return rings


async def agreed_towns(towns: Towns) -> list[Ring]:
    """Those three; oak stops, and the others have agreed that ash owes elm instead."""
    oak, elm, ash = rings = await three_towns(towns)
    await stops(oak, (elm, ash))
    await _is_refused(oak, "not_agreed")
    await _agrees(ash, ELM)
    await _is_refused(oak, "not_agreed")
    await _agrees(elm, ASH)
    return rings


async def paid(payer: Ring, payee: Ring, seconds: int) -> str:
    """-> the state in which a payment between two offices ends."""
    view = await pay(payer, "office", f"office@{payee.config.address}", seconds)
    return (await end_of(payer, view.payment_id)).state


async def stops(oak: Ring, others: Sequence[Ring]) -> None:
    await oak.winding_down.begin()
    for other in others:
        await until(partial(_hears_the_end, oak, other))


async def _hears_the_end(oak: Ring, other: Ring) -> bool:
    return (await view_of(other, oak)).state == "ended"


async def _asked(ring: Ring) -> list[tuple[str, str, bool, int, str]]:
    return [
        (each.leaver, each.other, each.we_owe, each.amount_seconds, each.state)
        for each in await ring.assigning.asked()
    ]  # fmt: skip


async def _agrees(ring: Ring, other: str, seconds: int = 2 * HOUR) -> None:
    await ring.assigning.answer(OAK, other, seconds, agrees=True)


async def _is_refused(oak: Ring, code: str, amount_seconds: int = 2 * HOUR) -> None:
    with pytest.raises(LocalError, match=code):
        await oak.assigning.assign(ELM, ASH, amount_seconds)


async def _owe(rings: Sequence[Ring]) -> list[int]:
    """What oak owes elm, ash owes oak, and ash owes elm."""
    oak, elm, ash = rings
    return [(await view_of(one, other)).clearing_seconds for one, other in ((oak, elm), (ash, oak), (ash, elm))]


async def is_over(ring: Ring) -> bool:
    return (await ring.winding_down.view()).is_over


async def test_what_a_ring_that_stops_owes_is_taken_over_once_both_others_agree(towns: Towns) -> None:
    oak, elm, ash = rings = await three_towns(towns)
    await stops(oak, (elm, ash))
    members = [await balance(ring, "office") for ring in rings]

    await _is_refused(oak, "not_agreed")
    assert await _asked(ash) == [(OAK, ELM, True, 2 * HOUR, "asked")]
    assert await _asked(elm) == []
    await _agrees(ash, ELM)
    await _is_refused(oak, "not_agreed")
    assert await _asked(elm) == [(OAK, ASH, False, 2 * HOUR, "asked")]
    await _agrees(elm, ASH)
    assert await _owe(rings) == [2 * HOUR, 2 * HOUR, 0]
    done = await oak.assigning.assign(ELM, ASH, 2 * HOUR)

    assert done == Assigned(debtor=ASH, creditor=ELM, amount_seconds=2 * HOUR, is_done=True)
    await until(partial(is_over, oak))
    assert (await oak.winding_down.close()).document is not None
    assert await _owe(rings) == [0, 0, 2 * HOUR]
    assert [await balance(ring, "office") for ring in rings] == members
    assert [await _asked(ring) for ring in rings] == [[], [], []]
    assert await faults(*rings) == []
    logs = [log for ring in rings for log in await export(ring, towns.root / ring.config.name)]
    assert codes(audited(*logs)) == []


async def test_who_declines_moves_nothing_and_is_not_asked_to_death(towns: Towns) -> None:
    oak, elm, ash = rings = await three_towns(towns)
    await stops(oak, (elm, ash))
    await _is_refused(oak, "not_agreed")
    await ash.assigning.answer(OAK, ELM, 2 * HOUR, agrees=False)
    await _is_refused(oak, "assignment_declined", HOUR)
    assert await _asked(ash) == [(OAK, ELM, True, HOUR, "declined")]
    assert await _owe(rings) == [2 * HOUR, 2 * HOUR, 0]
    with pytest.raises(LocalError, match="nothing_asked"):
        await _agrees(ash, ELM)  # what he read was another amount
    await _agrees(ash, ELM, HOUR)
    await _is_refused(oak, "not_agreed", HOUR)
    await elm.assigning.answer(OAK, ASH, HOUR, agrees=False)
    await _is_refused(oak, "assignment_declined", HOUR)
    assert [await _owe(rings), await faults(*rings)] == [[2 * HOUR, 2 * HOUR, 0], []]


async def test_an_agreement_holds_for_so_much_and_for_once(towns: Towns) -> None:
    oak, elm, ash = rings = await three_towns(towns)
    await stops(oak, (elm, ash))
    await _is_refused(oak, "not_agreed", HOUR)
    await _agrees(ash, ELM, HOUR)
    await _is_refused(oak, "not_agreed")
    assert [await _asked(ring) for ring in (elm, ash)] == [[], [(OAK, ELM, True, 2 * HOUR, "asked")]]
    await _agrees(ash, ELM)
    await _is_refused(oak, "not_agreed", HOUR)  # it came back from elm: ash's word still holds
    await _agrees(elm, ASH, HOUR)
    assert (await oak.assigning.assign(ELM, ASH, HOUR)).is_done
    assert await _owe(rings) == [HOUR, HOUR, HOUR]
    await _is_refused(oak, "not_agreed", HOUR)
    assert await _asked(ash) == [(OAK, ELM, True, HOUR, "asked")]
    assert await _owe(rings) == [HOUR, HOUR, HOUR]


async def test_two_orders_at_once_have_one_agreement_between_them(towns: Towns) -> None:
    oak, elm, ash = rings = await three_towns(towns)
    await stops(oak, (elm, ash))
    for other, address in ((ash, ELM), (elm, ASH)):
        await _is_refused(oak, "not_agreed", HOUR)
        await _agrees(other, address, HOUR)

    twice = (oak.assigning.assign(ELM, ASH, HOUR) for _ in range(2))
    found = await asyncio.gather(*twice, return_exceptions=True)

    assert sorted(getattr(each, "code", "done") for each in found) == ["done", "not_agreed"]
    assert await _owe(rings) == [HOUR, HOUR, HOUR]
    assert await faults(*rings) == []


async def test_where_the_line_of_the_others_is_too_small_or_missing_nobody_is_even_asked(towns: Towns) -> None:
    oak, elm, ash = rings = await three_towns(towns, limit_seconds=HOUR)
    await stops(oak, (elm, ash))
    await _is_refused(oak, "no_capacity")
    assert [await _asked(ring) for ring in (elm, ash)] == [[], []]
    for amount, wrong in ((3 * HOUR, ASH), (HOUR, ELM)):
        with pytest.raises(LocalError, match="no_taker"):
            await oak.assigning.assign(ELM, wrong, amount)
    assert await _owe(rings) == [2 * HOUR, 2 * HOUR, 0]


async def test_a_claim_that_has_turned_since_it_was_read_is_not_handed_over_the_other_way_round(
    towns: Towns, reached: Counter[str]
) -> None:
    oak, elm, ash = rings = await three_towns(towns)
    for payer, payee in ((elm, oak), (oak, ash)):
        assert await paid(payer, payee, 4 * HOUR) == "paid"
    await _is_refused(oak, "claim_turned")
    assert reached["a claim has turned before it was handed over"] == 1
    assert [await _owe(rings), [await _asked(ring) for ring in rings]] == [[-2 * HOUR, -2 * HOUR, 0], [[], [], []]]
    with pytest.raises(LocalError, match="not_agreed"):
        await oak.assigning.assign(ASH, ELM, 2 * HOUR)
    assert await _asked(elm) == [(OAK, ASH, True, 2 * HOUR, "asked")]


@pytest.mark.parametrize("lost", [ELM, ASH])
async def test_a_ring_that_was_given_up_takes_nothing_over_and_nobody_takes_over_with_it(
    towns: Towns, lost: str
) -> None:
    oak, *_ = await three_towns(towns)
    before = (await oak.winding_down.view()).claims
    assert [ASH, ELM] == sorted(taker.address for claim in before for taker in claim.takers)
    (given_up,) = await oak.federation.giving_up.give_up(lost)
    assert [[], []] == [claim.takers for claim in (await oak.winding_down.view()).claims]
    names = [given_up.address if each == lost else each for each in (ASH, ELM)]
    with pytest.raises(LocalError, match="no_taker"):
        await oak.assigning.assign(names[0], names[1], HOUR)


async def test_a_debtor_without_a_line_to_our_creditor_cannot_take_over(towns: Towns) -> None:
    oak, elm, ash = await three_towns(towns, limit_seconds=None)
    await stops(oak, (elm, ash))
    claims = (await oak.winding_down.view()).claims
    assert [taker.room_seconds for claim in claims for taker in claim.takers] == [None, None]
    await _is_refused(oak, "no_route")
    assert [await _asked(ring) for ring in (elm, ash)] == [[], []]


@pytest.mark.parametrize("restarts", ["oak", "elm", "ash"])
async def test_a_restart_in_the_middle_loses_nothing_and_moves_nothing_twice(towns: Towns, restarts: str) -> None:
    """Ash has passed it on and elm is not heard of: whoever is opened anew then, it ends on all three lines."""
    rings = {ring.config.name: ring for ring in await agreed_towns(towns)}
    oak, _, ash = rings.values()
    await towns.network.fall_silent("elm")
    going = asyncio.create_task(oak.assigning.assign(ELM, ASH, 2 * HOUR))
    await until(partial(_goes, ash))
    going.cancel()
    await towns.close(restarts)
    rings[restarts] = await towns.open(restarts)
    await rings[restarts].talk()
    towns.network.heal()
    await until(partial(is_even, tuple(rings.values())))
    assert await faults(*rings.values()) == []


async def _goes(ring: Ring) -> bool:
    return await _asked(ring) == []


async def is_even(rings: Sequence[Ring]) -> bool:
    return await _owe(rings) == [0, 0, 2 * HOUR]


@pytest.mark.parametrize("back", ["oak", "elm", "ash"])
async def test_a_ring_from_an_old_copy_learns_what_changed_hands(towns: Towns, copies: Copies, back: str) -> None:
    rings = await three_towns(towns)
    await stops(rings[0], rings[1:])
    await copies.take(back)
    rings = [towns.network.rings[ring.config.name] for ring in rings]
    oak, elm, ash = rings
    for other, asked in ((ash, ELM), (elm, ASH)):
        await until(partial(_is_asked, oak, other))
        await _agrees(other, asked)
    assert (await oak.assigning.assign(ELM, ASH, 2 * HOUR)).is_done
    await until(partial(is_even, rings))
    came = await copies.put_back(back, mark=True)
    await came.talk()
    rings = [towns.network.rings[ring.config.name] for ring in rings]
    await until(partial(_has_come_back, came))
    await until(partial(_is_sound, rings))  # the last frames of one line may come behind those of the other
    assert [await _owe(rings), await faults(*rings)] == [[0, 0, 2 * HOUR], []]


async def _is_sound(rings: Sequence[Ring]) -> bool:
    return await faults(*rings) == []


async def _has_come_back(ring: Ring) -> bool:
    return not ring.federation.recovery.is_active


async def _is_asked(oak: Ring, other: Ring) -> bool:
    """Lines that were just opened again may be away for a moment."""
    with contextlib.suppress(LocalError):
        await oak.assigning.assign(ELM, ASH, 2 * HOUR)
    return await _asked(other) != []
