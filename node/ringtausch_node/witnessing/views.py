# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the ring stands with its witnesses and with the logs that it watches, as its operator sees it."""

from __future__ import annotations

from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.store import Tx
from ringtausch_node.translog import checkpoint_records
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.witnessing import records
from ringtausch_node.witnessing.asking import OwnWitnesses
from ringtausch_node.witnessing.forked import Forked
from ringtausch_node.witnessing.model import (
    Cosignature,
    CosignedHead,
    ForkRow,
    ForkView,
    HeadView,
    LogWitnesses,
    WatchView,
    WitnessView,
)
from ringtausch_protocol import checkpoints
from ringtausch_protocol.canonical import b64_padded


class WitnessViews:
    """Looks at witnesses, watched logs and proofs."""

    def __init__(self, identity: RingIdentity, lines: Lines, own: OwnWitnesses, forked: Forked) -> None:
        self._identity, self._lines, self._own, self._forked = identity, lines, own, forked

    def all(self, tx: Tx) -> LogWitnesses:
        """Everything that `log witness` shows."""
        log = translog.head(tx).log
        origin = checkpoints.origin_of(self._identity.ring_id, log)
        witnesses = self._witnesses(tx, origin)
        quorum = checkpoints.quorum_of(len(witnesses))
        newest = _newest_cosigned(tx, log, quorum)
        return LogWitnesses(
            origin=origin, quorum=quorum, cosigned_size=newest.size if newest else None, witnesses=witnesses,
            neighbours=[line.peer.address for line in self._own.neighbours()],
            watched=[self._watched(tx, each) for each in records.load_all_cosigned(tx)], forks=self.forks(tx),
        )  # fmt: skip

    def cosigned_head(self, tx: Tx) -> HeadView | None:
        """The newest head of our log that enough witnesses cosigned, or None."""
        log = translog.head(tx).log
        origin = checkpoints.origin_of(self._identity.ring_id, log)
        quorum = checkpoints.quorum_of(len(self._own.chosen(origin)))
        row = _newest_cosigned(tx, log, quorum)
        if row is None:
            return None
        signed = checkpoints.told_cosigners(checkpoints.parse_checkpoint(row.note))
        return HeadView(
            origin=origin, size=row.size, root=b64_padded(row.root), at=row.at, quorum=quorum,
            cosigned=[Cosignature(ring_id=ring_id, at=at) for ring_id, at in signed],
        )  # fmt: skip

    def forks(self, tx: Tx) -> list[ForkView]:
        """The proofs that are known."""
        return [self._fork(row) for row in records.load_forks(tx)]

    def _witnesses(self, tx: Tx, origin: str) -> list[WitnessView]:
        known = records.load_own_witnesses(tx, origin)
        return [
            WitnessView(
                address=line.peer.address,
                ring_id=line.peer.ring_id,
                size=said.size if said else 0,
                at=said.at if said else None,
                code=said.code if said else None,
            )
            for line in self._own.chosen(origin)
            for said in (known.get(line.peer.ring_id),)
        ]

    def _watched(self, tx: Tx, head: CosignedHead) -> WatchView:
        return WatchView(
            address=self._lines.by_id(head.peer).peer.address, origin=head.origin, size=head.size, at=head.at,
            refused=len(records.load_refused(tx, head.origin)),
        )  # fmt: skip

    def _fork(self, row: ForkRow) -> ForkView:
        line = self._lines.by_ring(row.ring_id)
        return ForkView(
            address=line.peer.address if line else None, origin=row.origin, fault=row.fault, at=row.at,
            is_own=row.ring_id == self._identity.ring_id, is_told=row.told_at is not None,
            file=str(self._forked.path_of(row.origin)),
        )  # fmt: skip


def _newest_cosigned(tx: Tx, log: int, quorum: int) -> CheckpointRow | None:
    """The newest head of a log that enough witnesses cosigned; None where nobody is asked."""
    return checkpoint_records.load_newest_cosigned(tx, log, quorum) if quorum else None
