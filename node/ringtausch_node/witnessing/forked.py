# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring showed two histories of its log: the proof is kept, the line stops, its own operators and the ring are told.

Whoever found the proof: it proves itself, so one that somebody hands us counts like one that we made (SPEC.md 8.9).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.wire.transport import JSON, Request, Transport
from ringtausch_node.folder import write_file
from ringtausch_node.store import Store, Tx
from ringtausch_node.witnessing import records
from ringtausch_node.witnessing.model import ASK_SECONDS, FORKED, ForkRow
from ringtausch_protocol import forks, limits, notes
from ringtausch_protocol.errors import RemoteError

logger = logging.getLogger(__name__)

PATH = "/witness/fork-proof"
#: Where proofs lie in the ring's folder, to be sent by e-mail and verified by anybody.
FOLDER = "evidence"
_TAKEN = 204


class Forked:
    """Proofs that rings showed two histories: kept, told, and written into the folder."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, transport: Transport, folder: Path,
        suspect: Callable[[Tx, Line, str, bytes], None],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._identity, self._lines = store, clock, identity, lines
        self._transport, self._folder, self._suspect = transport, folder / FOLDER, suspect

    async def found(self, proof: bytes) -> None:
        """A proof about this ring or a peer, from whomever. What is known already changes nothing.

        Raises RemoteError: as `verify_fork`; wrong_net; unknown_peer (it is about somebody else).
        """
        fork = forks.verify_fork(proof)
        accused = fork.proof.ring_id
        if fork.proof.net != self._identity.net:
            raise RemoteError("wrong_net", fork.proof.net)
        line = self._lines.by_ring(accused)
        if line is None and accused != self._identity.ring_id:
            raise RemoteError("unknown_peer", "evidence about another ring")
        row = ForkRow(fork.a.origin, accused, fork.proof.fault, proof, self._clock.now(), None)
        if await self._store.write(lambda tx: self._keep(tx, row, line)):
            self.write(row)

    def _keep(self, tx: Tx, row: ForkRow, line: Line | None) -> bool:
        is_new = records.insert_fork(tx, row)
        if is_new and line is not None:
            self._suspect(tx, line, FORKED, row.proof)
        elif is_new:
            logger.error("another ring proves that this one showed two histories of its log: see 'log witness'")
        return is_new

    def write(self, row: ForkRow) -> None:
        """Put the proof into the folder. The table has it too: where the disk fails, the next start writes it."""
        path = self.path_of(row.origin)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if not path.exists():
                write_file(path, row.proof)
        except OSError as error:
            logger.warning("%s cannot be written: %s", path.name, error.strerror)

    def path_of(self, origin: str) -> Path:
        """The file of a log's proof."""
        return self._folder / f"fork-{notes.gossip_name(origin)[:16]}.json"

    async def load(self) -> None:
        """At the opening: the files are there, whatever became of the folder."""
        for row in await self._store.read(records.load_forks):
            self.write(row)

    async def tell(self) -> None:
        """Hand each proof to the ring that it accuses, until that ring took it; who is away is told later."""
        for row in await self._store.read(records.load_forks):
            line = self._lines.by_ring(row.ring_id)
            if row.told_at is None and line is not None:
                await self._tell_one(row, line)

    async def _tell_one(self, row: ForkRow, line: Line) -> None:
        request = Request("POST", PATH, row.proof, JSON)
        try:
            reply = await self._transport.send(
                line.peer.url, request, limit_bytes=limits.DOCUMENT_BYTES, timeout_seconds=ASK_SECONDS
            )
        except RemoteError as error:
            logger.info("%s was not told of the proof: %s", line.peer.address, error.code)
            return
        if reply.status == _TAKEN:
            await self._store.write(lambda tx: records.set_told(tx, row.origin, self._clock.now()))
