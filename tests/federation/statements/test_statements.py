# SPDX-License-Identifier: AGPL-3.0-or-later
"""Both rings sign what they owe each other, once a day: the same figures at the same place of both chains."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.views import StatementView
from ringtausch_node.federation.statements.cut import NOTHING_BEHIND, Cut, figures_at
from ringtausch_protocol import envelope, limits
from tests.federation.copies import Copies, pay_both_ways, ready, sound
from tests.federation.reset.test_reset import _held_but_paid as held_but_paid
from tests.federation.reset.test_reset import begin_anew, has_theirs
from tests.federation.stating import DAY_SECONDS, a_day_later, are_signed, by_id, newest, quiet
from tests.federation.towns import Towns, end_of, faults, line_of, pay, talk, until, view_of


async def test_once_a_day_both_rings_sign_the_same_balance(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    await pay_both_ways(oak, elm, 3)
    await a_day_later(towns, oak, elm)
    here, there = await are_signed(oak, elm)
    assert here.document == there.document
    assert here.said.we_owe_seconds == -there.said.we_owe_seconds == (await view_of(oak, elm)).clearing_seconds
    assert (here.said.own_open, here.said.their_open) == (0, 0)
    assert here.document is not None
    keys = {each.keyid for each in envelope.parse_envelope(here.document.encode()).signatures}
    assert keys == {oak.identity.frame_key_id, elm.identity.frame_key_id}
    assert await faults(oak, elm) == []


async def test_a_signed_statement_is_an_entry_of_both_logs(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    await pay_both_ways(oak, elm, 1)
    await a_day_later(towns, oak, elm)
    signed = (await are_signed(oak, elm))[0].document
    assert signed is not None
    for ring in (oak, elm):
        entries = await ring.store.read(lambda tx: [row[0] for row in tx.execute("SELECT entry FROM leaf")])
        assert [entry[0] for entry in entries if entry.endswith(signed.encode())] == [4]


async def test_before_a_day_has_passed_and_without_anything_new_none_is_proposed(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    small, large = by_id(*open_pair)
    await small.store.write(small.federation._sweep_once)
    assert await small.federation.statements(large.config.address) == []
    await a_day_later(towns, small, large)
    await are_signed(small, large)
    before = await newest(small, large)
    await a_day_later(towns, small, large)
    await quiet(small, large)
    assert await newest(small, large) == before


async def test_the_next_day_there_is_another_one(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    for count in (1, 2):
        await pay_both_ways(oak, elm, 2)
        await a_day_later(towns, oak, elm)

        async def are_so_many(count: int = count) -> bool:
            found = [await ring.federation.statements(other.config.address) for ring, other in ((oak, elm), (elm, oak))]
            return [[each.state for each in list_] for list_ in found] == [["signed"] * count] * 2

        await until(are_so_many)
    assert (await newest(oak, elm)).said.we_owe_seconds == (await view_of(oak, elm)).clearing_seconds


async def test_what_stands_beside_an_answer_is_in_the_statement_of_the_next_day(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """Seed 25931: a payment was decided in the frame of the answer, and no later frame came: no statement had it."""
    small, large = by_id(*open_pair)
    payer, payee = ("alma", "ben") if small is open_pair[0] else ("ben", "alma")
    await towns.network.fall_silent(large.config.name)
    view = await pay(small, payer, f"{payee}@{large.config.address}", 700)
    await a_day_later(towns, small)
    towns.network.heal()
    assert "paid" == (await end_of(small, view.payment_id)).state
    first, _ = await are_signed(small, large)
    await quiet(small, large)
    await a_day_later(towns, small, large)
    await until(partial(_has_another, small, large, first))
    here, _ = await are_signed(small, large)
    assert (0, 700, 700) == (
        first.said.we_owe_seconds, here.said.we_owe_seconds, (await view_of(small, large)).clearing_seconds
    )  # fmt: skip
    await a_day_later(towns, small, large)
    await quiet(small, large)
    assert here == await newest(small, large)


async def _has_another(ring: Ring, other: Ring, first: StatementView) -> bool:
    return await newest(ring, other) != first


async def test_a_ring_that_is_away_is_asked_nothing(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    small, large = by_id(*open_pair)
    await quiet(small, large)
    await small.federation.stop()
    line_of(small, large).is_away = True
    towns.clock.ahead_seconds += DAY_SECONDS
    await small.store.write(small.federation._sweep_once)
    assert await small.federation.statements(large.config.address) == []


@pytest.mark.parametrize("payer_is_small", [True, False])
async def test_what_is_under_way_stands_in_no_balance(
    open_pair: tuple[Ring, Ring], towns: Towns, *, payer_is_small: bool
) -> None:
    """The order is paid at the payee's ring and held at the payer's while the two make their statement."""
    small, large = by_id(*open_pair)
    payer, payee = (small, large) if payer_is_small else (large, small)
    names = {"oak": "alma", "elm": "ben"}
    await quiet(small, large)
    towns.network.lose_answer = lambda post: post.path.endswith("frames")
    target = f"{names[payee.config.name]}@{payee.config.address}"
    held = await pay(payer, names[payer.config.name], target, 700)

    async def is_credited() -> bool:
        return (await view_of(payee, payer)).clearing_seconds == -700

    await until(is_credited)
    await small.federation.stop()
    line_of(small, large).was_met()
    await a_day_later(towns, small)
    assert (await newest(small, large)).state == "open"
    towns.network.lose_answer = lambda post: False
    await small.federation.start()
    here, there = await are_signed(small, large)
    assert here.document == there.document
    assert (await end_of(payer, held.payment_id)).state == "paid"
    if payer_is_small:
        assert (here.said.we_owe_seconds, here.said.own_open, here.said.own_open_seconds) == (0, 1, 700)
        assert (there.said.we_owe_seconds, there.said.their_open, there.said.their_open_seconds) == (0, 1, 700)
    await sound(small, large)


async def test_payments_that_cross_a_statement_are_counted_once_on_both_sides(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = open_pair
    for _ in range(3):
        ids = [(oak, (await pay(oak, "alma", "ben@elm.example", 61)).payment_id) for _ in range(3)]
        ids += [(elm, (await pay(elm, "ben", "alma@oak.example", 67)).payment_id) for _ in range(3)]
        await a_day_later(towns, oak, elm)
        for ring, payment_id in ids:
            assert (await end_of(ring, payment_id)).state == "paid"
        await are_signed(oak, elm)
    assert {each.state for each in await oak.federation.statements("elm.example")} == {"signed"}
    await sound(oak, elm)


async def test_a_lost_answer_is_sent_again_and_signed_once(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    small, large = by_id(*open_pair)
    await quiet(small, large)
    lost: list[bytes] = []

    def lose_first(post: object) -> bool:
        lost.append(b"")
        return len(lost) <= 3

    towns.network.lose_answer = lose_first
    await a_day_later(towns, small, large)
    here, there = await are_signed(small, large)
    assert here.document == there.document
    assert len(await large.federation.statements(small.config.address)) == 1


async def test_a_proposal_that_nobody_answers_holds_up_nothing(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    small, large = by_id(*open_pair)
    large.federation._statements.heard = lambda *_: "unsupported"  # type: ignore[method-assign]
    await quiet(small, large)
    for _ in range(2):
        await a_day_later(towns, small, large)
        await quiet(small, large)
        assert [each.state for each in await small.federation.statements(large.config.address)] == ["open"]
        await pay_both_ways(*open_pair, 2)
    await sound(small, large)
    assert (await view_of(small, large)).state == "open"


async def test_after_a_new_beginning_the_balance_counts_from_the_agreed_one(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = open_pair
    await pay_both_ways(oak, elm, 4)
    await sound(oak, elm)
    await begin_anew(oak, elm)
    await pay_both_ways(oak, elm, 2)
    await a_day_later(towns, oak, elm)
    here, _ = await are_signed(oak, elm)
    assert here.said.we_owe_seconds == (await view_of(oak, elm)).clearing_seconds != 0
    await sound(oak, elm)


@pytest.mark.parametrize("name", ["oak", "elm"])
async def test_after_a_restore_the_statements_come_back_and_new_ones_are_signed(
    open_pair: tuple[Ring, Ring], towns: Towns, copies: Copies, name: str
) -> None:
    oak, elm = open_pair
    await quiet(oak, elm)
    await copies.take(name)
    oak, elm = towns.network.rings["oak"], towns.network.rings["elm"]
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 2)
    await a_day_later(towns, oak, elm)
    signed = (await are_signed(oak, elm))[0].document
    await quiet(oak, elm)
    await copies.put_back(name, mark=True)
    oak, elm = towns.network.rings["oak"], towns.network.rings["elm"]
    await towns.network.rings[name].federation.start()
    await ready(oak, elm)
    await quiet(oak, elm)  # the last frames of the other ring come as frames always do
    assert [(await newest(*pair)).document for pair in ((oak, elm), (elm, oak))] == [signed, signed]
    await pay_both_ways(oak, elm, 2)
    await a_day_later(towns, oak, elm)

    async def is_new() -> bool:
        return (await newest(oak, elm)).document not in (signed, None)

    await until(is_new)
    await are_signed(oak, elm)
    await sound(oak, elm)


async def test_a_restart_between_proposal_and_answer_loses_neither(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    small, large = by_id(*open_pair)
    await quiet(small, large)
    towns.network.cut.add(large.config.name)
    towns.clock.ahead_seconds += DAY_SECONDS
    await small.store.write(small.federation._sweep_once)
    assert (await newest(small, large)).state == "open"
    for ring in (small, large):
        await towns.close(ring.config.name)
        await towns.open(ring.config.name)
    towns.network.heal()
    small, large = by_id(*towns.network.rings.values())
    await talk(small, large)
    await are_signed(small, large)


async def test_with_too_many_open_orders_a_statement_waits_for_a_later_cut(
    open_pair: tuple[Ring, Ring], towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = by_id(*open_pair)
    payer, payee = ("alma", "ben") if small.config.name == "oak" else ("ben", "alma")
    await quiet(small, large)
    monkeypatch.setattr(limits, "HOLDS_LISTED_MAX", 0)
    towns.network.lose_answer = lambda post: post.path.endswith("frames")
    held = await pay(small, payer, f"{payee}@{large.config.address}", 60)
    await small.federation.stop()
    line_of(small, large).was_met()
    await a_day_later(towns, small)
    assert await small.federation.statements(large.config.address) == []
    towns.network.lose_answer = lambda post: False
    await small.federation.start()
    assert (await end_of(small, held.payment_id)).state == "paid"
    await quiet(small, large)
    await small.store.write(small.federation._sweep_once)
    await are_signed(small, large)


async def test_an_order_that_goes_on_in_a_new_epoch_is_in_no_balance_before_it_has_come_again(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """Elm has paid Alma's 600 seconds and oak does not know it; both agree on the balance without them."""
    oak, elm = pair
    payment_id = await held_but_paid(oak, elm, towns)
    agreed = (await view_of(oak, elm)).clearing_seconds
    await oak.federation.resets.propose("elm.example")
    await until(partial(has_theirs, elm, oak))
    towns.network.cut.update(("oak", "elm"))
    await elm.federation.resets.sign("oak.example")
    line = line_of(elm, oak)
    assert (await view_of(elm, oak)).clearing_seconds == -agreed - 600
    figures = await elm.store.read(lambda tx: figures_at(tx, line, Cut(0, 0), NOTHING_BEHIND))
    assert figures.we_owe_seconds == -agreed
    towns.network.heal()
    for ring, other in ((oak, elm), (elm, oak)):
        line_of(ring, other).was_met()
    await ready(oak, elm)
    assert (await end_of(oak, payment_id)).state == "paid"
    await quiet(oak, elm)
    await a_day_later(towns, oak, elm)
    here, _ = await are_signed(oak, elm)
    assert here.said.we_owe_seconds == agreed + 600
