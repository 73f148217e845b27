# SPDX-License-Identifier: AGPL-3.0-or-later
"""An order that goes back by the line it came by is refused (SPEC.md 7.14), also when it comes back after a loss."""

from __future__ import annotations

from ringtausch_node.bootstrap import Ring
from tests.federation.copies import Copies, ready, sound
from tests.federation.towns import HOUR, Towns, end_of, pay


async def test_an_order_there_and_back_does_not_keep_a_restored_ring_from_recovering(
    open_pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    """It has both its edges on one line, for which the table has no room: no page of frames behind it was taken."""
    oak, elm = open_pair
    assert (await end_of(elm, (await pay(elm, "ben", "alma@oak.example", HOUR)).payment_id)).state == "paid"
    elm = await copies.take("elm")
    await ready(oak, elm)
    me, other = oak.identity.ring_id, elm.identity.ring_id
    order = await oak.federation.netting.go_round((me, other, me), 60)
    assert order is not None
    assert ("released", "not_allowed") == (order.state, order.code)
    assert (await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 60)).payment_id)).state == "paid"

    elm = await copies.put_back("elm", mark=True)
    await elm.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)
