# SPDX-License-Identifier: AGPL-3.0-or-later
"""Of which logs a refund without a payment, or an order that its payer hides, can be seen; and of which it cannot."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import Fulfil, Offer
from tests.audit.exports import Export
from tests.audit.roads import Land, cut_out, order_along, paid
from tests.audit.test_alone import booking
from tests.audit.test_some_logs import accused, pays
from tests.vectors.cast import BUCHE, EICHE, LINDE, ULME, Town


def refunded(land: Land, *way: Town, number: int = 9) -> None:
    """Who was paid gives all of it back by this way. `number`: of the payment that goes back."""
    bare = order_along(*way, purpose="refund")
    order = msgspec.structs.replace(bare, payment_id=b64(bytes([number]) * 16), refund_of=b64(bytes([1]) * 16))
    shown = cut_out(land.send(way[0], way[1], order))
    for place in range(1, len(way) - 1):
        land.send(way[place], way[place + 1], Offer(index=place, order=shown))
    decision = paid(order, len(way) - 1)
    decided = cut_out(land.send(way[-1], way[-2], decision))
    for place in range(len(way) - 2, 0, -1):
        land.send(way[place], way[place - 1], Fulfil(order_hash=decision.order_hash, decision=decided))


def early(land: Land, town: Town, size: int) -> Export:
    """Its log as it was when it had so many entries."""
    log = land.export(town)
    return replace(log, entries=log.entries[:size])


def test_a_refund_needs_its_payment_in_a_log_that_reaches_so_far() -> None:
    """By another way than the payment, seen by who stood between; of both ends there is an old log, or none."""
    land = Land()
    sizes = {town.id: len(land.logs[town.id]) for town in land.towns}
    pays(land, EICHE, BUCHE, 1)
    refunded(land, BUCHE, LINDE, EICHE)
    between = land.export(LINDE)

    for town in (EICHE, BUCHE):
        assert set() == accused(between, early(land, town, sizes[town.id]))
        assert set() == accused(between, land.export(town))


def test_a_refund_by_four_towns_needs_its_payment_where_the_giver_s_log_reaches_so_far() -> None:
    """Ulme, beside Buche, shows nothing, so that no frame of Buche's is seen behind the end of its old log."""
    land = Land((EICHE, LINDE, ULME, BUCHE))
    size = len(land.logs[BUCHE.id])
    pays(land, EICHE, BUCHE, 1)
    refunded(land, BUCHE, ULME, LINDE, EICHE)

    assert set() == accused(land.export(LINDE), early(land, BUCHE, size))
    assert set() == accused(land.export(LINDE), land.export(BUCHE))


def test_who_gives_back_what_nobody_paid_is_found_by_either_end_alone() -> None:
    land = Land()
    refunded(land, BUCHE, LINDE, EICHE)

    for town in (EICHE, BUCHE):
        assert {"refund_unfounded"} == {code for code, _ in accused(land.export(LINDE), land.export(town))}
    assert set() == accused(land.export(LINDE))


@pytest.mark.parametrize("ends", [(EICHE,), (BUCHE,), (EICHE, BUCHE)])
def test_who_takes_back_more_than_it_paid_is_named_by_either_end_and_not_who_gave_it(ends: tuple[Town, ...]) -> None:
    """Seed 1949: Buche gives it back twice, which its ring may try; Eiche alone decides, and takes both."""
    land = Land()
    pays(land, EICHE, BUCHE, 1)
    for number in (9, 10):
        refunded(land, BUCHE, EICHE, number=number)

    assert {("refund_exceeds", EICHE.id)} == accused(*map(land.export, ends))


def test_an_order_that_its_payer_hides_accuses_the_payer_and_not_who_showed_it() -> None:
    """Eiche keeps it out of its log; of Linde, which had it from Eiche, there is no log."""
    land = Land()
    hidden = land.send(EICHE, LINDE, order_along(EICHE, LINDE, BUCHE))
    land.send(LINDE, BUCHE, Offer(index=1, order=cut_out(hidden)))
    log = land.export(EICHE)
    shown = replace(log, entries=[booking(1) if entry == hidden.entry() else entry for entry in log.entries])

    assert {("order_changed", EICHE.id)} == accused(shown, land.export(BUCHE))
