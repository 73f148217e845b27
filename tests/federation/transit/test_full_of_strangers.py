# SPDX-License-Identifier: AGPL-3.0-or-later
"""More rings than there is room for: whoever shows cards without end shuts nobody out, and stops no line."""

from __future__ import annotations

import pytest

from ringtausch_node.federation.orders import strangers
from tests.federation.rotating import restart, rotate
from tests.federation.towns import Towns, talk, view_of
from tests.federation.transit.chain import row_of_rings


async def test_a_new_card_of_a_far_ring_is_taken_by_a_full_store_and_no_line_stops(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = await row_of_rings(towns, 3)
    oak, elm, _ = chain.rings
    monkeypatch.setattr(strangers, "STRANGERS_MAX", 1)
    rotate(towns, "ash")
    chain.rings[2] = await restart(towns, "ash")
    await talk(*chain.rings)
    assert (await chain.paid(120)).state == "paid"
    assert (-120, 120) == await chain.balances()
    assert ["open", "open"] == [(await view_of(one, other)).state for one, other in ((oak, elm), (elm, oak))]
