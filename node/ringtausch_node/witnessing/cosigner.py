# SPDX-License-Identifier: AGPL-3.0-or-later
"""This ring as the witness of its peers' logs, after C2SP tlog-witness (SPEC.md 8.8).

Verdict and new state are one transaction, and nobody hears of a cosignature before its commit: whatever fails in
between, no two heads are cosigned of which one does not grow from the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.store import Store, Tx
from ringtausch_node.witnessing import records
from ringtausch_node.witnessing.model import LOGS_OF_PEER_MAX, CosignedHead, RefusedHead
from ringtausch_node.witnessing.watched import Neighbourhood, keys_of
from ringtausch_protocol import checkpoints, notes, witness
from ringtausch_protocol.checkpoints import Checkpoint
from ringtausch_protocol.notes import Line as SignatureLine
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.witness import AddCheckpoint, Verdict, Watched

logger = logging.getLogger(__name__)

_COSIGNED = 200
_UNKNOWN = Verdict(404, "unknown_log")


class Answer(NamedTuple):
    """A verdict, and with status 200 the head as it is cosigned now."""

    verdict: Verdict
    cosigned: CosignedHead | None = None

    @property
    def line(self) -> str:
        """Our signature line; empty without one."""
        return "" if self.cosigned is None else str(_own_line(self.cosigned))


class Cosigner:
    """Judges heads of peers' logs and keeps the newest that it cosigned."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, neighbourhood: Neighbourhood,
        verify_ready: Callable[[], None],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._identity = store, clock, identity
        self._neighbourhood, self._verify_ready = neighbourhood, verify_ready

    async def consider(self, asked: AddCheckpoint) -> Answer:
        """The table of C2SP tlog-witness for one head, shown to us or fetched by us.

        Raises LocalError: recovering, superseded, clock_doubtful (this ring cosigns nothing now), storage_failed.
        """
        self._verify_ready()
        line = self._neighbourhood.of_origin(asked.origin)
        if line is None:
            return Answer(_UNKNOWN)
        keys = keys_of(line, asked.origin)
        known = await self._store.read(lambda tx: records.load_cosigned(tx, asked.origin))
        early = witness.judge(asked, Watched(keys, known.head if known else None))
        if early.status != _COSIGNED and not early.is_evidence:
            return Answer(early)  # not signed: the writer has no work with what anybody may send
        return await self._store.write(lambda tx: self._decide(tx, line, keys, asked))

    def _decide(self, tx: Tx, line: Line, keys: tuple[NoteKey, ...], asked: AddCheckpoint) -> Answer:
        known = records.load_cosigned(tx, asked.origin)
        is_new = known is None and records.count_logs(tx, line.peer.id) >= LOGS_OF_PEER_MAX
        if is_new or records.is_forked(tx, asked.origin):
            return Answer(_UNKNOWN)
        verdict = witness.judge(asked, Watched(keys, known.head if known else None))
        if verdict.is_evidence:
            self.keep(tx, by_keys(asked.checkpoint, keys), verdict.code or "")
        if verdict.status != _COSIGNED:
            return Answer(verdict)
        cosigned = self._cosigned(line, by_keys(asked.checkpoint, keys))
        records.save_cosigned(tx, cosigned)
        return Answer(verdict, cosigned)

    def _cosigned(self, line: Line, checkpoint: Checkpoint) -> CosignedHead:
        """The head as others are told it: with our line last."""
        head, now = checkpoint.head, self._clock.now()
        own = notes.cosign_note(checkpoint.note.text, self._identity.ring_id, self._identity.witness_signer, now)
        told = checkpoints.with_cosignatures(checkpoint, [own])
        name = notes.gossip_name(head.origin)
        return CosignedHead(head.origin, name, line.peer.id, head.size, head.root, told, now)

    def keep(self, tx: Tx, checkpoint: Checkpoint, code: str) -> None:
        """Keep a head that its ring signed and that we did not cosign: it may be half of a proof."""
        head, now = checkpoint.head, self._clock.now()
        records.keep_refused(tx, RefusedHead(0, *head, checkpoint.note.to_bytes(), code, now))
        logger.info("a head of %s at %d is not cosigned: %s", head.origin, head.size, code)

    async def told(self, gossip_name: str) -> bytes | None:
        """The newest head that we cosigned of the log with this gossip name, or None."""
        return await self._store.read(lambda tx: records.load_told(tx, gossip_name))


def by_keys(checkpoint: Checkpoint, keys: Sequence[NoteKey]) -> Checkpoint:
    """The checkpoint with no lines but those of the log's keys: what others wrote beside them is no word of ours."""
    known = {(key.name, key.hash) for key in keys}
    lines = tuple(line for line in checkpoint.note.lines if line[:2] in known)
    return checkpoint._replace(note=checkpoint.note._replace(lines=lines))


def _own_line(cosigned: CosignedHead) -> SignatureLine:
    """Our line stands last: it was added to those of the log."""
    return checkpoints.parse_checkpoint(cosigned.checkpoint).note.lines[-1]
