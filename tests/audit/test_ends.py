# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders that go or end as no ring of ours would let them: each is found, and what opens nothing is nothing."""

from __future__ import annotations

from ringtausch_protocol import entries
from ringtausch_protocol.entries import log_entry
from ringtausch_protocol.items import Fulfil, Offer, Release, encode_item, item_hash
from tests.audit.exports import audited, codes
from tests.audit.roads import Land, cut_out, order_along, paid
from tests.vectors.cast import BUCHE, EICHE, LINDE


def said(land: Land) -> set[tuple[str, str]]:
    """Codes, and what each says was wrong."""
    return {
        (each.code, str(dict(each.evidence).get("what") or dict(each.evidence).get("reason") or ""))
        for each in audited(*land.exports()).findings
        if each.level > 0
    }


def test_an_order_that_names_another_way_opens_nothing() -> None:
    land = Land()
    land.send(EICHE, BUCHE, order_along(EICHE, LINDE))
    assert [] == codes(audited(*land.exports()))


def test_an_order_that_goes_on_behind_its_end_is_changed() -> None:
    land = Land()
    first = land.send(EICHE, LINDE, order_along(EICHE, LINDE))
    land.send(LINDE, BUCHE, Offer(index=1, order=cut_out(first)))
    assert ("order_changed", "index") in said(land)


def test_a_refusal_that_nobody_decided_is_none() -> None:
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    land.send(EICHE, LINDE, order)
    land.send(LINDE, EICHE, Release(order_hash=item_hash(encode_item(order)), cause="refused"))
    assert ("decision_invalid", "missing") in said(land)


def test_a_claim_over_a_refusal_is_invalid() -> None:
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    first = land.send(EICHE, LINDE, order)
    land.send(LINDE, BUCHE, Offer(index=1, order=cut_out(first)))
    refusal = land.send(BUCHE, LINDE, paid(order, 2, "refused"))
    land.send(LINDE, EICHE, Fulfil(order_hash=item_hash(encode_item(order)), decision=cut_out(refusal)))
    assert ("decision_invalid", "another outcome") in said(land)


def test_a_first_log_has_no_start_of_a_later_one() -> None:
    land = Land()
    land.log(EICHE, log_entry(entries.START, (b"{}",)))
    assert ["bad_entry"] == codes(audited(*land.exports()))
