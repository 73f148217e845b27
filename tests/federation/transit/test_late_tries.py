# SPDX-License-Identifier: AGPL-3.0-or-later
"""*Paid* that comes for an attempt which was released before another one: it moves nothing, and it is told."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest

from ringtausch_node.federation.orders.ends import inner_decision
from ringtausch_node.payments.model import PaymentView, parse_payment_id
from ringtausch_protocol import canonical, frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Decision, Fulfil, SignedItem
from tests.federation.forger import Forger
from tests.federation.towns import HOUR, balance, end_of, faults, row_of
from tests.federation.transit.test_attempts import Diamond, diamond
from tests.federation.transit.test_attempts import _evidence as evidence
from tests.federation.transit.test_attempts import _first_try as first_try

__all__ = ["diamond"]


async def _released_and_paid(diamond: Diamond, first: str, **changes: Any) -> tuple[PaymentView, SignedItem]:
    """No way is left, so the member has the hours back; and fir's *paid* for the attempt that went by `first`."""
    for name in ("elm", "ash"):
        await diamond.ring(name).federation.carrying.set("fir.example", carries=False)
    ended = await diamond.pay()
    oak, between, fir = (diamond.ring(name) for name in ("oak", first, "fir"))
    payment_id = parse_payment_id(ended.payment_id)
    for ring in diamond.rings:
        await ring.federation.stop()
    fields: dict[str, Any] = {
        "order_hash": await oak.store.read(partial(first_try, payment_id)), "payment_id": b64(payment_id),
        "outcome": "paid", "by": fir.identity.ring_id, "index": 2, "inbound": between.identity.ring_id,
        "amount_seconds": HOUR, "decided_at": oak.clock.now(),
    }  # fmt: skip
    frame = await Forger(fir, between).frame([Decision(**{**fields, **changes})])
    return ended, frames.signed_item(frame.envelope, frame.items, 0)


@pytest.mark.parametrize("by", ["line", "file"])
async def test_a_late_paid_of_an_earlier_attempt_moves_nothing_and_its_member_reads_of_it(
    diamond: Diamond, by: str, reached: Counter[str]
) -> None:
    first = await diamond.first_choice()
    ended, decision = await _released_and_paid(diamond, first)
    oak, between = diamond.ring("oak"), diamond.ring(first)
    assert (ended.state, ended.is_paid_there) == ("refused", False)
    if by == "file":
        shown = await oak.federation.giving_up.shown.take(canonical.encode(decision))
        assert (shown.address, shown.state, shown.counts) == (f"{first}.example", "released", False)
    else:
        fulfil = Fulfil(order_hash=inner_decision(decision).order_hash, decision=decision)
        assert (await Forger(between, oak).post(await Forger(between, oak).frame([fulfil]))).status == 200
    later = await end_of(oak, ended.payment_id)
    assert (later.state, later.is_paid_there) == ("refused", True)
    assert reached["an attempt that was released is paid all the same"] == (by == "line")
    assert await oak.store.read(evidence) == ["late_decision"]
    assert await balance(oak, "alma") == 0
    assert await faults(oak) == []


@pytest.mark.parametrize("changes", [{"amount_seconds": HOUR + 1}, {"index": 1}, {"decided_at": 2**40}])
async def test_a_late_paid_that_does_not_fit_the_attempt_tells_the_member_nothing(
    diamond: Diamond, changes: dict[str, int]
) -> None:
    first = await diamond.first_choice()
    ended, decision = await _released_and_paid(diamond, first, **changes)
    oak, between = diamond.ring("oak"), diamond.ring(first)
    with pytest.raises(RemoteError, match="bad_decision"):
        await oak.federation.giving_up.shown.take(canonical.encode(decision))
    fulfil = Fulfil(order_hash=inner_decision(decision).order_hash, decision=decision)
    assert (await Forger(between, oak).post(await Forger(between, oak).frame([fulfil]))).status == 200
    assert not (await end_of(oak, ended.payment_id)).is_paid_there
    assert (await row_of(oak, between)).closed is None
