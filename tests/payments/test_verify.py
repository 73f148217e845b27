# SPDX-License-Identifier: AGPL-3.0-or-later
"""`verify` holds payments inside the ring against their bookings: those that were given back and settled too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.config import Config
from ringtausch_node.control.operations import carry_out
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest


async def traded(folder: Path) -> Ring:
    """A ring in which somebody paid, gave back, and left with credit."""
    found_ring(folder, Config(address="oak.example", name="oak", net="test", url="https://oak.example"))
    ring = await open_ring(folder)
    for handle in ("alma", "ben", "cleo"):
        await ring.members.add(handle, handle.title(), min_seconds=-3_600)
    paid = [await ring.payments.pay(PayRequest(None, "alma", to, 600, "x"), OPERATOR) for to in ("ben", "cleo")]
    await ring.refunds.refund(paid[0].payment_id, OPERATOR)
    await ring.leaving.leave("cleo", "spende")
    return ring


async def findings(ring: Ring) -> list[str]:
    report = await carry_out(ring, "verify", b"{}")
    return [each["where"] for each in report["findings"]]


@pytest.mark.parametrize("column", ["payee_account = payer_account", "amount_seconds = amount_seconds + 1"])
async def test_a_payment_that_is_not_what_was_booked_is_named_by_its_booking(tmp_path: Path, column: str) -> None:
    ring = await traded(tmp_path / "oak")
    assert [] == await findings(ring)

    with closing(sqlite3.connect(ring.folder.database, isolation_level=None)) as books:
        (transfer,) = books.execute("SELECT transfer_id FROM payment ORDER BY created_at, id LIMIT 1").fetchone()
        books.execute(f"UPDATE payment SET {column} WHERE transfer_id = ?", (transfer,))

    assert [f"transfer {transfer.hex()}"] == await findings(ring)
    await ring.close()
