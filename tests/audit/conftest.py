# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real rings that trade, two, in a row, round in a circle, and their logs as bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from tests.audit.exports import Export, export
from tests.federation.copies import Copies, pay_both_ways
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import Towns, end_of, pay, peer, talk, until
from tests.federation.transit.chain import row_of_rings
from tests.federation.transit.circle import circle_of_rings, netting_of
from tests.federation.transit.test_netting import tell


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[Towns]:
    """An empty land."""
    land = Towns(tmp_path)
    yield land
    await land.close_all()


#: The payment of 600 s that is refunded in part.
PAYMENT = "AAAAAAAAAAAAAAAAAAAAAQ"


async def two_rings(towns: Towns) -> tuple[Ring, Ring]:
    """Oak with Alma and elm with Ben, peered and silent."""
    oak, elm = await towns.found("oak"), await towns.found("elm")
    await oak.members.add("alma", "Alma")
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    return oak, elm


@pytest.fixture
async def pair(towns: Towns) -> tuple[Ring, Ring]:
    """Two peered rings."""
    return await two_rings(towns)


@pytest.fixture
def copies(towns: Towns) -> Copies:
    """Where copies are kept."""
    return Copies(towns)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Export]:
    """The logs of oak and elm after a few payments, one refused, one refunded: bytes that no test changes."""
    return asyncio.run(_traded(tmp_path_factory.mktemp("land")))


async def _traded(root: Path) -> list[Export]:
    towns = Towns(root)
    oak, elm = await two_rings(towns)
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 4)
    await end_of(oak, (await pay(oak, "alma", "nobody@elm.example", 60)).payment_id)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 600, PAYMENT)).payment_id)
    refund = await elm.refunds.refund(PAYMENT, OPERATOR, 200)
    await end_of(elm, refund.payment_id)
    await pay_both_ways(oak, elm, 2)
    return await exported(towns, oak, elm)


async def exported(towns: Towns, *rings: Ring) -> list[Export]:
    """All logs, and nothing runs any more."""
    found = [log for ring in rings for log in await export(ring, towns.root / ring.config.name)]
    await towns.close_all()
    return found


@pytest.fixture(scope="module")
def row(tmp_path_factory: pytest.TempPathFactory) -> list[Export]:
    """Oak, elm, ash: one payment through elm that Ben gets, then one that nobody gets."""

    async def traded(towns: Towns) -> list[Export]:
        chain = await row_of_rings(towns, 3)
        assert "paid" == (await chain.paid(600)).state
        await chain.last.members.life.freeze("ben")
        assert "refused" == (await chain.paid(60)).state
        return await exported(towns, *chain.rings)

    return asyncio.run(traded(Towns(tmp_path_factory.mktemp("row"))))


@pytest.fixture(scope="module")
def ring_round(tmp_path_factory: pytest.TempPathFactory) -> list[Export]:
    """Three rings that owed each other two hours in a circle, and do not any more."""

    async def netted(towns: Towns) -> list[Export]:
        circle = await circle_of_rings(towns, 3)
        await circle.owe([2, 2, 2])
        await tell(circle)
        await netting_of(circle.starter).run(only_ours=True)

        async def is_even() -> bool:
            return await circle.debts() == [0, 0, 0]

        await until(is_even)
        return await exported(towns, *circle.rings)

    return asyncio.run(netted(Towns(tmp_path_factory.mktemp("circle"))))


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> list[Export]:
    """Oak and elm, who have signed what they owe, and traded on."""

    async def signed(towns: Towns) -> list[Export]:
        oak, elm = await two_rings(towns)
        await talk(oak, elm)
        await pay_both_ways(oak, elm, 3)
        await a_day_later(towns, oak, elm)
        await are_signed(oak, elm)
        await pay_both_ways(oak, elm, 2)
        return await exported(towns, oak, elm)

    return asyncio.run(signed(Towns(tmp_path_factory.mktemp("stated"))))
