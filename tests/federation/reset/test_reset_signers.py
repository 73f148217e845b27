# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may sign a reset: as many operators of both rings as their cards say, of a ring that may sign at all."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.signing import told
from ringtausch_node.federation.reset.reading import verify_reset
from ringtausch_protocol.errors import LocalError, RemoteError
from tests.federation.agreement.test_operators import KARIN, PETER, sign_all, with_operators
from tests.federation.copies import pay_both_ways, ready, sound
from tests.federation.reset.test_reset import has_theirs
from tests.federation.rotating import restart, rotate
from tests.federation.towns import HOUR, Towns, line_of, talk, until, view_of


async def _both_with_two_operators(pair: tuple[Ring, Ring], towns: Towns) -> tuple[Ring, Ring]:
    """Each ring needs two signatures; the peers know it."""
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)
    oak = await with_operators(towns, "oak", KARIN, threshold=2)
    elm = await with_operators(towns, "elm", PETER, threshold=2)
    await talk(oak, elm)
    return oak, elm


async def test_a_reset_needs_as_many_operators_of_both_rings_as_their_cards_say(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = await _both_with_two_operators(pair, towns)
    old = line_of(oak, elm).names.epoch
    for _ in range(2):
        with pytest.raises(LocalError, match="threshold"):
            await oak.federation.resets.propose("elm.example", HOUR)
    assert (await oak.federation.resets.view("elm.example")).ours is None
    assert (await view_of(oak, elm)).state == "open"
    assert 1 == await sign_all(oak, KARIN)
    await oak.federation.resets.propose("elm.example", HOUR)
    await until(partial(has_theirs, elm, oak))
    for _ in range(2):
        with pytest.raises(LocalError, match="threshold"):
            await elm.federation.resets.sign("oak.example")
    assert (old, old) == (line_of(oak, elm).names.epoch, line_of(elm, oak).names.epoch)
    assert 1 == await sign_all(elm, PETER)
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)
    assert old != line_of(oak, elm).names.epoch == line_of(elm, oak).names.epoch
    assert (HOUR, -HOUR) == ((await view_of(oak, elm)).clearing_seconds, (await view_of(elm, oak)).clearing_seconds)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)


async def test_another_figure_is_another_proposal_to_the_second_operator(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = await _both_with_two_operators(pair, towns)
    for we_owe in (HOUR, 2 * HOUR):
        with pytest.raises(LocalError, match="threshold"):
            await oak.federation.resets.propose("elm.example", we_owe)
    owed = (await view_of(oak, elm)).clearing_seconds
    figures = await oak.store.read(lambda tx: [told(oak, tx, each) for each in oak.federation.operators.waiting(tx)])
    assert sorted((each["we_owe_seconds"], each["waived_seconds"]) for each in figures) == [
        (we_owe, we_owe - owed) for we_owe in (HOUR, 2 * HOUR)
    ]
    assert 2 == await sign_all(oak, KARIN)
    await oak.federation.resets.propose("elm.example", 2 * HOUR)
    with pytest.raises(LocalError, match="threshold"):
        await oak.federation.resets.propose("elm.example", 3 * HOUR)
    with pytest.raises(LocalError, match="threshold"):
        await oak.federation.limit("elm.example", 20 * HOUR)
    await until(partial(has_theirs, elm, oak))
    shown = (await elm.federation.resets.view("oak.example")).theirs
    assert shown is not None
    assert -2 * HOUR == shown.we_owe_seconds
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.resets.sign("oak.example")
    assert 1 == await sign_all(elm, PETER)
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)
    left = await oak.store.read(oak.federation.operators.waiting)
    assert ["peer-agreement"] == [each.kind for each in left]  # what was overtaken goes by itself, and nothing else


async def test_a_proposal_that_waits_goes_with_a_line_that_is_given_up(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _ = await _both_with_two_operators(pair, towns)
    ash = await towns.found("ash")
    with pytest.raises(LocalError, match="threshold"):
        await oak.federation.resets.propose("elm.example", HOUR)
    with pytest.raises(LocalError, match="threshold"):
        await oak.federation.accept(await ash.federation.invite())
    await oak.federation.giving_up.give_up("elm.example")
    left = await oak.store.read(oak.federation.operators.waiting)
    assert ["ash.example"] == [each.peer for each in left]  # what waits about another ring stays


async def test_a_reset_that_is_heard_twice_begins_the_line_once(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await oak.federation.resets.propose("elm.example", HOUR)
    await until(partial(has_theirs, elm, oak))
    towns.network.cut.add("oak")
    line = line_of(oak, elm)
    ask = await oak.federation.resets.ask(line)
    await elm.federation.resets.sign("oak.example")
    answer = await elm.federation.resets.answer(ask)
    heard = [await oak.federation.resets.heard(line, answer) for _ in range(2)]
    towns.network.heal()
    await ready(oak, elm)
    assert heard == [True, False]
    assert (HOUR, -HOUR) == ((await view_of(oak, elm)).clearing_seconds, (await view_of(elm, oak)).clearing_seconds)
    await sound(oak, elm)


async def test_a_signature_of_one_operator_of_two_does_not_count_whoever_sends_it(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """A node that lies about its operators: neither its proposal nor its signature begins anything."""
    oak, elm = await _both_with_two_operators(pair, towns)
    oak.federation.operators.complete = lambda tx, kind, signed, peer, about=None: signed  # type: ignore[method-assign]
    await oak.federation.resets.propose("elm.example")
    ask = await oak.federation.resets.ask(line_of(oak, elm))
    with pytest.raises(RemoteError, match="threshold"):
        await elm.federation.resets.answer(ask)
    assert (await elm.federation.resets.view("oak.example")).theirs is None


async def test_one_signature_of_two_is_not_our_word_either(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """Whoever gets hold of the node's own key cannot sign for its operators."""
    oak, elm = await _both_with_two_operators(pair, towns)
    with pytest.raises(LocalError, match="threshold"):
        await oak.federation.resets.propose("elm.example", HOUR)
    (waiting,) = await oak.store.read(lambda tx: list(tx.execute("SELECT envelope FROM operator_document")))
    with pytest.raises(RemoteError, match="threshold"):
        verify_reset(line_of(oak, elm), oak.identity, bytes(waiting[0]))


async def test_a_proposal_is_still_good_after_its_ring_has_new_keys(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)
    await oak.federation.resets.propose("elm.example")
    await until(partial(has_theirs, elm, oak))
    rotate(towns, "oak", purposes=("operator",))
    oak = await restart(towns, "oak")
    assert (await oak.federation.resets.view("elm.example")).ours is not None
    assert (await elm.federation.resets.view("oak.example")).theirs is not None
    await elm.federation.resets.sign("oak.example")
    await oak.federation.start()
    line_of(elm, oak).was_met()
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 3)
    await sound(oak, elm)


async def _refuses_both(ring: Ring, other: Ring, code: str) -> None:
    """Neither word of the operator is taken, and nothing is kept of it."""
    resets, address = ring.federation.resets, other.config.address
    before = await resets.view(address)
    for asked in (resets.propose, resets.sign):
        with pytest.raises(LocalError, match=code):
            await asked(address)
    assert before == await resets.view(address)


async def test_an_old_copy_signs_no_reset_before_it_knows_what_it_lost(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await elm.federation.resets.propose("oak.example")
    await until(partial(has_theirs, oak, elm))
    towns.network.cut.add("elm")
    await oak.federation.recovery.declare_old_copy()
    assert oak.federation.recovery.is_active
    await _refuses_both(oak, elm, "recovering")


async def test_a_ring_with_a_newer_card_elsewhere_signs_no_reset(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await elm.federation.resets.propose("oak.example")
    await until(partial(has_theirs, oak, elm))
    oak.federation.lines.silence()
    await _refuses_both(oak, elm, "superseded")
