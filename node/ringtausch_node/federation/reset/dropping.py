# SPDX-License-Identifier: AGPL-3.0-or-later
"""A proposal of ours that nobody will sign: the other ring has certified that all is over (SPEC.md 5.4, 5.6).

It moved nothing, so to drop it moves nothing either: the line is what it was before. Should both have signed it all the
same, their document still counts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import stopping
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.evidence import load_evidence
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import Peer
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.federation.reset.waiving import PROPOSED
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Store, Tx

logger = logging.getLogger(__name__)


class Dropping:
    """Hears that a proposal of ours is refused for good. `adopt`: takes a changed row of a peer up."""

    def __init__(self, store: Store, clock: Clock, adopt: Callable[[Peer], object]) -> None:
        self._store, self._clock, self._adopt = store, clock, adopt

    async def refused(self, line: Line, code: str) -> bool:
        """What we showed of this line was refused. -> whether it was a proposal that is dropped now."""
        return code == stopping.CLOSED and await self._store.write(lambda tx: self._drop(tx, line))

    def _drop(self, tx: Tx, line: Line) -> bool:
        """The document itself is kept, so that an operator reads later what became of it."""
        ours, _, cause = kept.load_proposals(tx, line.peer.id)
        stored = records.load_peer_by_ring(tx, line.peer.ring_id)
        if ours is None or stored is None or stored.reason != PROPOSED:
            return False  # signed or given up meanwhile
        sometimes("a proposal is dropped, for the other ring is closed")
        records.keep_evidence(tx, stored.id, stopping.CLOSED, ours, self._clock.now())
        kept.drop_proposals(tx, stored.id)
        before = stored._replace(state="quarantined" if cause else "confirmed", reason=cause)
        records.set_peer_state(tx, before.id, before.state, before.reason)
        tx.after_commit(lambda: self._adopt(before))
        logger.info("line to %s: our proposal is dropped, that ring is closed", stored.address)
        return True


def closed_there_at(tx: Tx, line: Line) -> int | None:
    """When a proposal of ours was dropped last, as the other ring answered that it is closed; None: never."""
    return next((each.at for each in load_evidence(tx, stopping.CLOSED) if each.peer == line.peer.id), None)
