# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring between tells an end in two ways: its log says other than what it told the ring before."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from ringtausch_protocol.items import Fulfil, Offer, Order, Release, SignedItem
from tests.audit.exports import audited
from tests.audit.roads import Land, cut_out, order_along, paid
from tests.vectors.cast import BUCHE, EICHE, LINDE, ULME


def _decided_behind(land: Land, order: Order) -> SignedItem:
    """The last ring but one has passed it on, and hears *paid*."""
    shown = cut_out(land.send(EICHE, LINDE, order))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    land.send(BUCHE, ULME, Offer(index=2, order=shown))
    return cut_out(land.send(ULME, BUCHE, paid(order, 3)))


def test_a_ring_between_whose_log_tells_an_end_otherwise_than_it_told_the_ring_before_is_named_alone() -> None:
    """Ulme has decided *paid*, and Buche's log hands that on: Linde was told that Buche refused, and hands that on."""
    told, written = (Land((EICHE, LINDE, BUCHE, ULME)) for _ in range(2))
    order = order_along(*told.towns)
    order_hash, _, decided = paid(order, 3).order_hash, _decided_behind(told, order), _decided_behind(written, order)
    lie = told.send(BUCHE, LINDE, paid(order, 2, "refused"))
    told.send(LINDE, EICHE, Release(order_hash=order_hash, cause="refused", decision=cut_out(lie)))
    true = written.send(BUCHE, LINDE, Fulfil(order_hash=order_hash, decision=decided)).entry()

    logs = [
        replace(
            log, entries=[true if log.ring_id == BUCHE.id and each == lie.entry() else each for each in log.entries]
        )
        for log in told.exports()
    ]

    for given in permutations(logs):
        assert {BUCHE.id} == {each.place.ring for each in audited(*given).findings if each.level}, given[-1].name
