# SPDX-License-Identifier: AGPL-3.0-or-later
"""The payment of nothing by which a line proves that it works, before anything else goes over it (SPEC.md 5.3)."""

from __future__ import annotations

from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders.payer import Payer
from ringtausch_node.store import Tx

#: A probe that was refused is sent again no sooner than the peer decides one (SPEC.md 5.3), with a margin.
PROBE_AGAIN_SECONDS = 75


def ensure_probe(tx: Tx, line: Line, payer: Payer, now: int) -> int | None:
    """While our own probe is not paid, one is on its way, at most one a minute.

    -> seconds until it is to be looked again; None: the line waits for no probe.
    """
    row = records.load_line(tx, line.peer.id)
    if row.is_open or row.closed:
        return None
    since = PROBE_AGAIN_SECONDS if row.probe_at is None else now - row.probe_at
    if 0 <= since < PROBE_AGAIN_SECONDS:  # a probe of the future was sent by a clock that is right again
        return PROBE_AGAIN_SECONDS - since
    if not records.has_open_probe(tx, line.peer.id):
        payer.queue_probe(tx, line, row)
        records.save_line(tx, row)
    return PROBE_AGAIN_SECONDS
