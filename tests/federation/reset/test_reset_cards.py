# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cards change while a line rests and no hello tells of them: whose signature counts under a reset, and until when."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control import keys as key_operations
from ringtausch_node.control.operation import Arguments
from ringtausch_node.federation.reset.reading import reset_in
from ringtausch_node.federation.reset.records import load_proposals
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.ring_card import ChannelEnd
from tests.federation.agreement.test_line_life import sees
from tests.federation.agreement.test_operators import KARIN, sign_all, with_operators
from tests.federation.copies import Copies, pay_both_ways, ready, sound
from tests.federation.reset.test_reset import begin_anew, has_theirs, quarantine
from tests.federation.rotating import restart, rotate, rotation_of
from tests.federation.towns import HOUR, Towns, line_of, talk, until


@pytest.fixture
async def resting(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring]:
    """Oak and elm, after some payments, on a line that both have stopped."""
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)
    await quarantine(oak, elm)
    await quarantine(elm, oak)
    return oak, elm


async def _pay_on(oak: Ring, elm: Ring) -> None:
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)


async def _revoke_operator(towns: Towns, name: str) -> Ring:
    """The node's operator key is stolen: its ring stands for nothing that it signs from here on."""
    ring = towns.network.rings[name]
    ((key_id, _),) = ring.identity.operator_signers
    found = await key_operations.positions(ring, Arguments())
    assert isinstance(found, dict)
    ends = [ChannelEnd(**each) for each in found["channels"]]
    rotation_of(towns.root / name).revoke([key_id], found["log"], found["size"], ends)
    return await restart(towns, name)


async def _knows_card(ring: Ring, other: Ring, number: int) -> bool:
    return line_of(ring, other).card.number == number


async def _signs(ring: Ring, other: Ring) -> bool:
    """Ask for the signature until their proposal counts."""
    try:
        await ring.federation.resets.sign(other.config.address)
    except LocalError:
        return False
    return True


async def _proposed_epoch(ring: Ring, other: Ring) -> str:
    found = await ring.store.read(lambda tx: load_proposals(tx, line_of(ring, other).peer.id).ours)
    assert found is not None
    return reset_in(found).new_epoch


async def test_a_ring_with_a_new_operator_key_proposes_on_a_line_that_rests(
    resting: tuple[Ring, Ring], towns: Towns
) -> None:
    rotate(towns, "oak", purposes=("operator",))
    oak, elm = await restart(towns, "oak"), resting[1]
    await oak.federation.start()
    await begin_anew(oak, elm)
    await _pay_on(oak, elm)


async def test_a_ring_with_a_new_operator_key_signs_what_was_proposed_before(
    resting: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = resting
    await oak.federation.resets.propose("elm.example")
    await until(partial(has_theirs, elm, oak))
    rotate(towns, "elm", purposes=("operator",))
    elm = await restart(towns, "elm")
    await elm.federation.start()
    await elm.federation.resets.sign("oak.example")
    await _pay_on(oak, elm)


async def test_a_proposal_under_a_key_revoked_since_cannot_be_signed_any_more(
    resting: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = resting
    await oak.federation.resets.propose("elm.example")
    await until(partial(has_theirs, elm, oak))
    oak = await _revoke_operator(towns, "oak")
    await oak.federation.start()
    await until(partial(_knows_card, elm, oak, 2))
    with pytest.raises(LocalError, match="reset_stale"):
        await elm.federation.resets.sign("oak.example")
    await oak.federation.resets.propose("elm.example")
    await until(partial(_signs, elm, oak))
    await _pay_on(oak, elm)


async def test_resets_that_the_revocation_stands_for_count_in_a_copy_from_before(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    for _ in range(2):
        await begin_anew(oak, elm)
        await pay_both_ways(oak, elm, 3)
    elm = await _revoke_operator(towns, "elm")
    await elm.federation.start()
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await _pay_on(oak, elm)


async def test_a_raised_threshold_holds_for_a_proposal_made_before(resting: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = resting
    await oak.federation.resets.propose("elm.example", HOUR)
    await until(partial(has_theirs, elm, oak))
    proposed = await _proposed_epoch(oak, elm)
    oak = await with_operators(towns, "oak", KARIN, threshold=2)
    await oak.federation.start()
    await until(partial(_knows_card, elm, oak, 2))
    with pytest.raises(LocalError, match="reset_stale"):
        await elm.federation.resets.sign("oak.example")
    with pytest.raises(LocalError, match="threshold"):
        await oak.federation.resets.propose("elm.example", HOUR)
    assert 1 == await sign_all(oak, KARIN)
    await oak.federation.resets.propose("elm.example", HOUR)
    await until(partial(_signs, elm, oak))
    assert proposed == line_of(elm, oak).names.epoch, "the same document, so an answer to it as it was would count too"
    await _pay_on(oak, elm)


async def test_an_answer_to_our_own_proposal_counts_though_our_threshold_was_raised_since(
    resting: tuple[Ring, Ring], towns: Towns
) -> None:
    """The other ring signed before it could know of our new card; to refuse would leave it in the new epoch alone."""
    oak, elm = resting
    await oak.federation.resets.propose("elm.example")
    await until(partial(has_theirs, elm, oak))
    towns.network.cut.add("oak")
    oak = await with_operators(towns, "oak", KARIN, threshold=2)
    await elm.federation.resets.sign("oak.example")
    towns.network.heal()
    await oak.federation.start()
    await _pay_on(oak, elm)


async def test_a_proposal_of_terms_outlives_a_reset(resting: tuple[Ring, Ring]) -> None:
    oak, elm = resting
    await elm.federation.limit("oak.example", 20 * HOUR)
    await begin_anew(oak, elm)
    await sees(oak, elm, proposed_out=20 * HOUR)
    await oak.federation.agree("elm.example")
    await sees(elm, oak, limit_in=20 * HOUR)
    await _pay_on(oak, elm)


async def test_terms_agreed_on_but_not_told_yet_outlive_a_reset(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await elm.federation.limit("oak.example", 20 * HOUR)
    await sees(oak, elm, proposed_out=20 * HOUR)
    await quarantine(oak, elm)
    await quarantine(elm, oak)
    await oak.federation.agree("elm.example")
    for _ in range(2):  # the second time both hold them
        await begin_anew(oak, elm)
        await sees(elm, oak, limit_in=20 * HOUR)
    await _pay_on(oak, elm)
