# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two real rings that trade, and their logs as bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from tests.audit.exports import Export, export
from tests.federation.copies import Copies, pay_both_ways
from tests.federation.towns import Towns, end_of, pay, peer, talk


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
    found = [*await export(oak, root / "oak"), *await export(elm, root / "elm")]
    await towns.close_all()
    return found
