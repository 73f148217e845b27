# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring has a new card, and what it signs for others comes round before its own hello does (SPEC.md 3.5, 7.12)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol import cards, limits
from ringtausch_protocol.cards import Card
from tests.federation.rotating import forged, restart, root_signers, rotate
from tests.federation.test_assigning import ASH, ELM, agreed_towns, is_even
from tests.federation.towns import HOUR, Towns, end_of, faults, line_of, pay, row_of, talk, until
from tests.federation.transit.chain import Chain, put_in_a_row, teach_lines


async def test_an_end_under_a_card_of_a_neighbour_that_has_not_greeted_yet_ends_the_order(towns: Towns) -> None:
    """Seed 16336: ash refused what oak had decided round the circle, and closed its line to elm, who was honest."""
    oak, elm, ash = await agreed_towns(towns)
    towns.network.apart = {frozenset({"ash", "elm"})}
    going = asyncio.create_task(oak.assigning.assign(ELM, ASH, 2 * HOUR))
    await until(partial(_carries, ash))
    going.cancel()
    await towns.close("oak")
    newer = rotate(towns, "oak")
    towns.network.apart |= {frozenset({"ash", "oak"})}
    oak = await towns.open("oak")
    await oak.talk()
    await until(partial(_knows, elm, oak, newer.number))
    towns.network.apart = {frozenset({"ash", "oak"})}
    line_of(ash, elm).contact.set()

    await until(partial(_has_ended, ash))
    assert (1, 2) == (line_of(ash, oak).card.number, line_of(elm, oak).card.number)
    assert [None, None] == [(await row_of(ash, other)).closed for other in (oak, elm)]
    towns.network.heal()
    await until(partial(is_even, (oak, elm, ash)))
    assert [] == await faults(oak, elm, ash)


async def _carries(ring: Ring) -> bool:
    return await _states(ring) == ["held"]


async def _has_ended(ring: Ring) -> bool:
    return "held" not in await _states(ring)


async def _states(ring: Ring) -> Sequence[str]:
    return [each.state for each in await ring.federation.carrying.list()][:1]


async def _knows(ring: Ring, other: Ring, number: int) -> bool:
    return line_of(ring, other).card.number == number


async def test_a_ring_that_knew_the_first_card_takes_the_third_from_who_met_the_ring_only_then(towns: Towns) -> None:
    oak = await towns.found("oak")
    first = oak.identity.own
    for _ in range(2):
        oak = await _anew(towns)
    elm, ash = await towns.found("elm"), await towns.found("ash")
    chain = await put_in_a_row(towns, [oak, elm, ash], is_taught=False)
    assert await ash.store.write(lambda tx: ash.federation.between.strangers.heard(tx, first.envelope)) is None

    await _pays_and_is_paid(chain)


async def test_a_ring_whose_root_changed_pays_rings_behind_those_it_met_afterwards(towns: Towns) -> None:
    await towns.found("oak")
    oak = await _anew(towns, root_out=towns.root / "new-root.json")
    chain = await put_in_a_row(towns, [oak, *[await towns.found(name) for name in ("elm", "ash")]], is_taught=False)

    await _pays_and_is_paid(chain)


async def _pays_and_is_paid(chain: Chain) -> None:
    """Oak knows the card of ash; ash knows that of oak from what oak pays."""
    oak, elm, ash = chain.rings
    await oak.store.write(lambda tx: oak.federation.between.strangers.heard(tx, ash.identity.own.envelope))
    teach_lines(chain.rings)
    there = await chain.paid(HOUR)
    back = await end_of(ash, (await pay(ash, "ben", "alma@oak.example", HOUR)).payment_id)
    assert ["paid", "paid"] == [there.state, back.state], (there.code, back.code)
    assert [None, None] == [(await row_of(one, other)).closed for one, other in ((ash, elm), (elm, oak))]
    assert [] == await faults(*chain.rings)


async def _anew(towns: Towns, root_out: Path | None = None) -> Ring:
    rotate(towns, "oak", root_out=root_out)
    return await restart(towns, "oak")


async def test_of_a_neighbour_s_cards_that_others_show_so_many_count_as_one_hello_may_bring(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    strangers, signers = elm.federation.between.strangers, root_signers(towns.root / "oak")
    chain = [oak.identity.own]
    while len(chain) < limits.CARDS_MAX + 3:
        chain.append(cards.verify_next(chain[-1], forged(chain[-1], signers)))
    skipped, *shown = [card.envelope for card in chain[1:]]
    await elm.store.write(lambda tx: strangers.told(tx, skipped))
    assert [1] == await _numbers(elm, oak)
    for data in (*shown[:1], skipped, *shown, shown[0]):
        assert await elm.store.write(partial(strangers.heard, data=data)) is None
    assert list(range(1, limits.CARDS_MAX + 2)) == await _numbers(elm, oak)
    assert [1] == [card.number for card in line_of(elm, oak).cards.values()]


async def test_cards_that_follow_another_one_than_the_neighbour_greeted_with_count_no_longer(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """Somebody who had its root keys made other cards of these numbers, and showed them first."""
    oak, elm = pair
    await talk(oak, elm)
    first, signers = oak.identity.own, root_signers(towns.root / "oak")
    other = cards.verify_next(first, forged(first, signers, keys=elm.identity.own.card.keys))
    for data in (other.envelope, forged(other, signers)):
        assert await elm.store.write(partial(elm.federation.between.strangers.heard, data=data)) is None
    assert [1, 2, 3] == await _numbers(elm, oak)
    newer = rotate(towns, "oak")
    oak = await restart(towns, "oak")
    await talk(oak, elm)
    await until(partial(_knows, elm, oak, newer.number))
    assert [first.hash, newer.hash] == [card.hash for card in await _chain(elm, oak)]
    third = forged(newer, signers)
    assert await elm.store.write(partial(elm.federation.between.strangers.heard, data=third)) is None
    assert [1, 2] == await _numbers(elm, oak)  # what was taken under the other third stays to be checked
    taken = await elm.store.read(partial(elm.federation.between.strangers.ever_keys, ring_id=oak.identity.ring_id))
    assert {*first.frame_keys, *other.frame_keys, *newer.frame_keys} == taken.keys()


async def test_a_card_in_a_neighbour_s_name_that_its_root_keys_never_signed_is_passed_over(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """It would stand in the way of the true one of its number, and its keys among those of the neighbour."""
    oak, elm = pair
    first, strangers = oak.identity.own, elm.federation.between.strangers
    made_up = elm.identity.own.card
    false = forged(first, root_signers(towns.root / "elm"), keys=made_up.keys, root_keys=made_up.root_keys)
    true = forged(first, root_signers(towns.root / "oak"))

    assert await elm.store.write(partial(strangers.heard, data=false)) is None
    assert first.frame_keys == await elm.store.read(partial(strangers.ever_keys, ring_id=oak.identity.ring_id))
    assert await elm.store.write(partial(strangers.heard, data=true)) is None
    assert [first.envelope, true] == [card.envelope for card in await _chain(elm, oak)]


async def _numbers(ring: Ring, other: Ring) -> list[int]:
    return [card.number for card in await _chain(ring, other)]


async def _chain(ring: Ring, other: Ring) -> list[Card]:
    strangers = ring.federation.between.strangers
    return await ring.store.read(partial(strangers.chain, ring_id=other.identity.ring_id))
