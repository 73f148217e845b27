# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring shows two cards of one number: what it signed under one of them comes to who knows the other (SPEC.md 3.5)."""

from __future__ import annotations

import shutil
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol import cards, limits
from ringtausch_protocol.cards import Card
from ringtausch_protocol.ring_card import Revocation
from tests.audit.exports import audited, export
from tests.federation.greeting.test_card_suspicion import evidence
from tests.federation.rotating import forged, root_signers, rotate, rotation_of
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Towns, faults, line_of, row_of, talk, until, view_of
from tests.federation.transit.chain import Chain, row_of_rings


async def _speaks_twice(chain: Chain) -> bytes:
    """The last ring has a second card for its neighbour, and another second one for all others. -> the other one."""
    towns, name = chain.towns, chain.last.config.name
    await towns.close(name)
    shutil.copytree(towns.root / name, towns.root / "copy")
    other = rotation_of(towns.root / "copy").rotate(("frame",))
    rotate(towns, name, purposes=("frame",))
    chain.rings[-1] = await towns.open(name)
    await talk(*chain.rings[-2:])
    await until(partial(_knows_second, chain.rings[-2], chain.last))
    for ring in chain.rings[:-2]:
        assert await ring.store.write(partial(ring.federation.between.strangers.heard, data=other.envelope)) is None
    return other.envelope


async def _knows_second(ring: Ring, other: Ring) -> bool:
    return line_of(ring, other).card.number == 2


@pytest.mark.parametrize("count", [3, 4])
async def test_what_is_handed_on_under_the_other_of_two_cards_counts_and_closes_nobody_s_line(
    towns: Towns, count: int
) -> None:
    """Oak refused it as of an unknown key, and closed its line to elm, who was honest and owed the hour behind."""
    chain = await row_of_rings(towns, count)
    await chain.paid(60)
    await _speaks_twice(chain)

    assert "paid" == (await chain.paid(HOUR)).state
    assert [60 + HOUR] * (count - 1) == await chain.clearings()
    assert (-60 - HOUR, 60 + HOUR) == await chain.balances()
    await a_day_later(towns, *chain.rings)
    await are_signed(*chain.rings[:2])
    for ring in chain.rings:
        assert {None} == {(await row_of(ring, other)).closed for other in chain.rings if _has_line(ring, other)}
    assert "two_cards" in [code for code, _ in await evidence(chain.first)]
    assert [] == await faults(*chain.rings)
    logs = [log for ring in chain.rings for log in await export(ring, towns.root / ring.config.name)]
    accused = {each.place.ring for each in audited(*logs).findings if each.level == 2}
    assert accused <= {chain.last.identity.ring_id}


def _has_line(ring: Ring, other: Ring) -> bool:
    return ring.federation.lines.by_address(other.config.address) is not None


def _two_cards(towns: Towns, oak: Ring, elm: Ring) -> tuple[Card, Card]:
    """The next card of oak, and another one of that number, with strange keys."""
    first, signers = oak.identity.own, root_signers(towns.root / "oak")
    next_ = cards.verify_next(first, forged(first, signers))
    return next_, cards.verify_next(first, forged(first, signers, keys=elm.identity.own.card.keys))


async def _hears(ring: Ring, *shown: bytes) -> set[str | None]:
    """The codes of rejects; None where there is none."""
    strangers = ring.federation.between.strangers
    return {await ring.store.write(partial(strangers.heard, data=data)) for data in shown}


async def _second_keys(ring: Ring, other: Ring) -> dict[str, bytes]:
    strangers = ring.federation.between.strangers
    return await ring.store.read(partial(strangers.second_keys, ring_id=other.identity.ring_id))


async def test_a_neighbour_of_whom_others_show_a_second_card_must_answer_for_it(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = open_pair
    two, other = _two_cards(towns, oak, elm)
    third = forged(other, root_signers(towns.root / "oak"), keys=other.card.keys)
    assert {None} == await _hears(elm, two.envelope)
    assert ("open", []) == ((await view_of(elm, oak)).state, await evidence(elm))
    assert {None} == await _hears(elm, other.envelope, third, two.envelope, other.envelope)
    assert ("quarantined", "two_cards") == ((await view_of(elm, oak)).state, (await view_of(elm, oak)).reason)
    assert [("two_cards", other.envelope), ("two_cards", third)] == await evidence(elm)
    assert other.frame_keys == await _second_keys(elm, oak)
    made_up = forged(oak.identity.own, root_signers(towns.root / "elm"), url="https://fir.example")
    assert {"threshold"} == await _hears(elm, made_up)
    assert 2 == len(await evidence(elm))


async def test_a_key_that_a_second_card_takes_back_counts_no_more(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    first = oak.identity.own
    two, other = _two_cards(towns, oak, elm)
    taken_back = Revocation(keys=list(other.frame_keys), log=1, size=1, channels=[])
    third = forged(other, root_signers(towns.root / "oak"), keys=first.card.keys, revoked=taken_back)
    assert {None} == await _hears(elm, two.envelope, other.envelope)
    assert other.frame_keys == await _second_keys(elm, oak)
    assert {None} == await _hears(elm, third)
    assert first.frame_keys == await _second_keys(elm, oak)


async def test_of_second_cards_so_many_are_kept_as_one_hello_may_bring(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """A ring that signs a card a minute in two names would fill the tables of all who know it."""
    oak, elm = pair
    two, other = _two_cards(towns, oak, elm)
    others, signers = [other], root_signers(towns.root / "oak")
    while len(others) < limits.CARDS_MAX + 2:
        others.append(cards.verify_next(others[-1], forged(others[-1], signers)))
    assert {None} == await _hears(elm, two.envelope, *(card.envelope for card in others))
    kept = [data for code, data in await evidence(elm) if code == "two_cards"]
    assert [card.envelope for card in others[: limits.CARDS_MAX]] == kept
