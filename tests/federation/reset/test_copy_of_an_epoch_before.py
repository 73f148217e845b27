# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring between is put back from a copy of before one of its lines began anew: each order counts once on each line."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from tests.audit.exports import audited, export
from tests.federation.copies import Copies, ready
from tests.federation.reset.copied import OLD, assert_counted, copied, looked, paid_since, put_back, waits_and_is_over
from tests.federation.reset.resting import is_carried, unwanted
from tests.federation.reset.test_reset import begin_anew
from tests.federation.towns import HOUR, Towns, until
from tests.federation.transit.chain import Chain


async def _assert_counted_for_good(chain: Chain, moved: int) -> None:
    """Both lines begin anew once more: what was counted before stays so, and each epoch replays by itself."""
    oak, elm, ash = chain.rings
    for other in (oak, ash):
        await begin_anew(other, elm)
        await ready(*chain.rings)
    await chain.paid(OLD)
    await assert_counted(chain, moved + OLD)


@pytest.mark.parametrize("first", ["oak", "ash"])
@pytest.mark.parametrize("anew", ["oak", "ash"])
async def test_what_passed_since_a_line_began_anew_counts_in_its_new_epoch(
    towns: Towns, copies: Copies, anew: str, first: str
) -> None:
    """The line that was there first told of it, and moved both; then the other took up what had been agreed on."""
    chain = await copied(towns, copies)
    await begin_anew(towns.network.rings[anew], chain.rings[1])
    await ready(*chain.rings)
    await chain.paid(HOUR)
    await chain.paid(OLD)  # by which the end of the hour is acked, so that it is given back and does not come as news
    await put_back(chain, copies, first)
    await assert_counted(chain, HOUR + OLD + 60)


@pytest.mark.parametrize("first", ["oak", "ash"])
@pytest.mark.parametrize("anew", ["oak", "ash"])
async def test_what_passed_before_a_line_began_anew_is_in_what_was_agreed_on(
    towns: Towns, copies: Copies, anew: str, first: str
) -> None:
    """The copy knows nothing of it, and its old epoch comes back on one of both lines alone."""
    chain = await copied(towns, copies)
    await chain.paid(OLD)
    await begin_anew(towns.network.rings[anew], chain.rings[1])
    await ready(*chain.rings)
    await chain.paid(HOUR)
    await put_back(chain, copies, first)
    await assert_counted(chain, HOUR + OLD + 60)
    await _assert_counted_for_good(chain, HOUR + OLD + 60)


@pytest.mark.parametrize("first", ["oak", "ash"])
async def test_both_lines_began_anew_and_their_old_epochs_come_back_on_neither(
    towns: Towns, copies: Copies, reached: Counter[str], first: str
) -> None:
    """What passed in both is in both balances: what it moved waits twice, and is nothing in all."""
    chain = await copied(towns, copies)
    oak, elm, ash = chain.rings
    await chain.paid(OLD)
    await begin_anew(oak, elm)
    await ready(*chain.rings)
    await chain.paid(2 * OLD)
    await begin_anew(ash, elm)
    await ready(*chain.rings)
    await chain.paid(HOUR)
    await put_back(chain, copies, first)
    assert 1 <= reached["what passed belongs to another epoch"]
    await assert_counted(chain, HOUR + 3 * OLD + 60, OLD, -OLD)


@pytest.mark.parametrize("first", ["oak", "ash"])
@pytest.mark.parametrize("anew", ["oak", "ash"])
async def test_what_passed_in_the_copy_and_ended_before_a_line_began_anew_is_in_what_was_agreed_on(
    towns: Towns, copies: Copies, anew: str, first: str
) -> None:
    """Its hour was booked on that line once more, and the next statement would have closed it."""
    chain, _ = await paid_since(towns, copies)
    await begin_anew(towns.network.rings[anew], chain.rings[1])
    await put_back(chain, copies, first)
    await until(partial(is_carried, chain.rings[1], "posted"))
    await assert_counted(chain, HOUR + 60)
    logs = [log for ring in chain.rings for log in await export(ring, towns.root / ring.config.name)]
    assert not {"edges_differ", "effect_before_cause", "two_outcomes"} & {each.code for each in audited(*logs).findings}


async def test_what_waited_in_the_copy_and_is_over_for_its_payer_is_not_passed_on(
    towns: Towns, copies: Copies, reached: Counter[str]
) -> None:
    """Elm would have owed for it, and nobody would have owed elm."""
    chain = await waits_and_is_over(towns, copies)
    await put_back(chain, copies, "oak")
    await until(partial(looked, chain.rings[1]))
    assert 1 == reached["what waits is over on the line that it came by"]
    assert (-60, 60) == await chain.balances()
    await assert_counted(chain, 60)
    assert [[]] * 3 == [await ring.store.read(unwanted) for ring in chain.rings]
