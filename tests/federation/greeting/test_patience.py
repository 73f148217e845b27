# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long a ring waits before it asks again for a ring that has been away."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.sender import PATIENCE_SECONDS, Sender
from tests.federation.towns import line_of


@pytest.mark.parametrize(("away_seconds", "most_seconds"), [(60, 60.0), (PATIENCE_SECONDS + 60, 900.0)])
async def test_rings_that_lost_the_same_ring_do_not_come_back_at_once(
    pair: tuple[Ring, Ring], away_seconds: int, most_seconds: float
) -> None:
    oak, elm = pair
    at = oak.federation
    sender = Sender(
        line=line_of(oak, elm), store=oak.store, clock=oak.clock, ids=oak.ids, transport=at._transport,
        settings=at._settings, greeter=at._greeter, receiver=at.incoming, payer=at._payer, recovery=at.recovery,
        second=at.second_copy, resets=at.resets, between=at.between, adverts=at.ways.adverts,
    )  # fmt: skip
    sender._failures, sender._failing_since = 30, oak.clock.monotonic() - away_seconds
    delays = [sender._delay() for _ in range(50)]
    assert len(delays) == len(set(delays))
    assert most_seconds / 10 <= min(delays) < most_seconds / 2 < max(delays) <= most_seconds
