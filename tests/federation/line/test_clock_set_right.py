# SPDX-License-Identifier: AGPL-3.0-or-later
"""A clock that was ahead for a while and was believed: what it dated into the future holds nothing up afterwards."""

from __future__ import annotations

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line import records
from ringtausch_node.store import Tx
from tests.federation.copies import pay_both_ways
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Towns, row_of, talk, until

AHEAD_SECONDS = 8 * HOUR


async def _expiry(ring: Ring) -> int:
    await ring.store.write(ring.federation.ways.adverts.refresh)
    sql = "SELECT expires_at FROM advert WHERE ring_id = ?"
    return int(await ring.store.read(lambda tx: tx.one(sql, (ring.identity.ring_id,))[0]))


async def test_its_advert_is_said_anew(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _ = open_pair
    towns.clock.jump(AHEAD_SECONDS)
    ahead = await _expiry(oak)
    towns.clock.jump(-AHEAD_SECONDS)
    assert ahead - AHEAD_SECONDS <= await _expiry(oak) < ahead


async def test_its_probe_is_sent_anew(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair

    def has_probed_ahead(tx: Tx) -> None:
        row = records.load_line(tx, oak.federation.lines.all()[0].peer.id)
        row.probe_at = oak.clock.now() + AHEAD_SECONDS
        records.save_line(tx, row)

    await oak.store.write(has_probed_ahead)
    await talk(oak, elm)  # until both lines are open
    assert [True, True] == [(await row_of(one, other)).is_open for one, other in ((oak, elm), (elm, oak))]


async def test_its_statement_does_not_put_off_the_next(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    await pay_both_ways(oak, elm, 1)
    await a_day_later(towns, oak, elm)
    await are_signed(oak, elm)
    await pay_both_ways(oak, elm, 1)
    towns.clock.jump(-AHEAD_SECONDS)
    for ring in (oak, elm):
        await ring.timekeeping.confirm()
        await ring.store.write(ring.federation._sweep_once)

    async def states() -> list[list[str]]:
        told = [await ring.federation.statements(of.config.address) for ring, of in ((oak, elm), (elm, oak))]
        return [[each.state for each in statements] for statements in told]

    async def is_second() -> bool:
        return all(len(each) == 2 and "open" not in each for each in await states())

    await until(is_second)
    assert [["signed", "signed"]] * 2 == await states()
