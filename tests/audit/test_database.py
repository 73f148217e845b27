# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody with the database and the keys of his ring rewrites what was booked; the neighbour's log shows it."""

from __future__ import annotations

from functools import partial

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.merkle import leaf_hash
from tests.audit.exports import Export, audited, codes, export
from tests.audit.liar import Liar
from tests.audit.test_planted import in_both
from tests.federation.towns import Towns, end_of, pay, talk

PAID_SECONDS, SAID_SECONDS = 600, 60


def rewrite(tx: Tx, log: Export) -> None:
    """What the tables' own rules forbid: the amount of the booking, and the entries of the log as if it had been so."""
    for trigger in ("transfer_is_final", "entry_is_final", "leaf_is_final"):
        tx.execute(f"DROP TRIGGER {trigger}")
    tx.change("UPDATE transfer SET amount_seconds = ? WHERE amount_seconds = ?", (SAID_SECONDS, PAID_SECONDS))
    rows = [(entry, leaf_hash(entry), index) for index, entry in enumerate(log.entries)]
    tx.executemany("UPDATE leaf SET entry = ?, hash = ? WHERE idx = ?", rows)


async def test_a_booking_changed_in_one_database_with_its_log_signed_again_is_found(
    towns: Towns, pair: tuple[Ring, Ring]
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", PAID_SECONDS)).payment_id)
    honest, [theirs] = await export(oak, towns.root / "oak"), await export(elm, towns.root / "elm")
    lie = in_both("both", {"amount_seconds": PAID_SECONDS}, amount_seconds=SAID_SECONDS)
    [told] = Liar(honest, lie, alone=True).tell()  # with the ring's own keys, and nothing of the neighbour's
    await oak.store.write(partial(rewrite, log=told))
    [changed] = await export(oak, towns.root / "oak")

    assert [] == codes(audited(*honest, theirs))
    assert changed.entries == told.entries != honest[0].entries
    [found] = [each for each in audited(changed, theirs).findings if each.level == Level.FINDING]
    assert ("fork", oak.identity.ring_id, elm.identity.ring_id) == (found.code, found.place.ring, found.place.peer)
