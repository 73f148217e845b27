# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own log's witnesses: they are asked beside everything else, and no payment ever waits for them (SPEC.md 8.6).

Once a minute each witness that has not cosigned the newest checkpoint is sent it, with the path from the head that it
is known to have. Whoever does not answer, or answers nonsense, is asked less and less often.
"""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import Reply, refused_code
from ringtausch_node.federation.wire.transport import TEXT, Request, Transport
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import checkpoint_records, reading
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.translog.checkpoints import RENEW_SECONDS, add_cosignatures
from ringtausch_node.witnessing import records
from ringtausch_node.witnessing.model import (
    ASK_SECONDS,
    COSIGN_MOST_SECONDS,
    COSIGN_SECONDS,
    OwnWitness,
    choose_witnesses,
)
from ringtausch_node.witnessing.neighbours import Neighbours
from ringtausch_node.witnessing.watched import Neighbourhood
from ringtausch_protocol import checkpoints, limits, log_keys, notes, witness
from ringtausch_protocol.checkpoints import Checkpoint
from ringtausch_protocol.errors import RemoteError, RingtauschError

logger = logging.getLogger(__name__)

PATH = "/witness/add-checkpoint"
_COSIGNED, _OTHER_SIZE = 200, 409


class Own(NamedTuple):
    """The newest checkpoint of ours, and what each witness last answered about its log."""

    row: CheckpointRow
    checkpoint: Checkpoint
    known: dict[str, OwnWitness]


class OwnWitnesses:
    """Collects cosignatures for the newest checkpoint of this ring."""

    def __init__(
        self, *, store: Store, clock: Clock, transport: Transport, neighbourhood: Neighbourhood, neighbours: Neighbours
    ) -> None:
        self._store, self._clock, self._transport = store, clock, transport
        self._neighbourhood, self._neighbours = neighbourhood, neighbours
        #: By ring id: failures in a row, and the moment (monotonic) from which it may be asked again.
        self._failing: dict[str, tuple[int, float]] = {}

    def chosen(self, origin: str) -> list[Line]:
        """The peers that are asked to cosign a log of ours (SPEC.md 8.6)."""
        able = {line.peer.ring_id: line for line in self._neighbourhood.peers() if log_keys.witness_keys(line.card)}
        return [able[ring_id] for ring_id in choose_witnesses(origin, able.keys() - self._neighbours.known)]

    def neighbours(self) -> list[Line]:
        """The peers that stand at our own address, and therefore are not asked."""
        return [line for line in self._neighbourhood.peers() if line.peer.ring_id in self._neighbours.known]

    async def round(self) -> None:
        """Ask every witness that is due, all at once: a slow one keeps nobody waiting."""
        await self._neighbours.look(list(self._neighbourhood.peers()))
        own = await self._store.read(load_own)
        if own is not None:
            due = [line for line in self.chosen(own.checkpoint.head.origin) if self._is_due(line, own)]
            await asyncio.gather(*(self._ask_one(line, own) for line in due))

    def _is_due(self, line: Line, own: Own) -> bool:
        """It has not cosigned this head, or long ago; and it did not fail a moment ago."""
        said = own.known.get(line.peer.ring_id)
        has_cosigned = said is not None and said.code is None and said.size == own.row.size
        is_fresh = said is not None and 0 <= self._clock.now() - said.at < RENEW_SECONDS
        _, again_at = self._failing.get(line.peer.ring_id, (0, 0.0))
        return not (has_cosigned and is_fresh) and self._clock.monotonic() >= again_at

    async def _ask_one(self, line: Line, own: Own) -> None:
        said = own.known.get(line.peer.ring_id)
        try:
            await self._ask(line, own, said.size if said else 0)
        except RingtauschError as error:
            await self._failed(line, own, error.code)
        else:
            self._failing.pop(line.peer.ring_id, None)

    async def _failed(self, line: Line, own: Own, code: str) -> None:
        failures = self._failing.get(line.peer.ring_id, (0, 0.0))[0] + 1
        wait = min(COSIGN_MOST_SECONDS, COSIGN_SECONDS * float(1 << min(failures, 16)))
        self._failing[line.peer.ring_id] = (failures, self._clock.monotonic() + wait)
        logger.info("%s does not cosign our log: %s", line.peer.address, code)
        said = own.known.get(line.peer.ring_id)
        size, at = (said.size, said.at) if said else (0, self._clock.now())
        noted = OwnWitness(line.peer.ring_id, own.checkpoint.head.origin, size, at, code)
        await self._store.write(lambda tx: records.save_own_witness(tx, noted))

    async def _ask(self, line: Line, own: Own, old: int) -> None:
        """One head, at most twice: a witness that knows another size says which. Raises RemoteError."""
        reply = await self._post(line, own, min(old, own.row.size))
        if (size := _other_size(reply)) is not None:
            if size > own.row.size:
                raise RemoteError("log_size", "it knows more of our log than we do")
            reply = await self._post(line, own, size)
        if reply.status != _COSIGNED:
            raise RemoteError(refused_code(reply.body), f"status {reply.status}")
        lines = checkpoints.read_cosignatures(own.checkpoint, reply.body, log_keys.witness_keys(line.card))
        if not lines:
            raise RemoteError("bad_answer", "no cosignature of its own")
        await self._store.write(lambda tx: self._take(tx, line, own, lines))

    async def _post(self, line: Line, own: Own, old: int) -> Reply:
        path = await self._store.read(lambda tx: load_path(tx, own.row, old))
        body = witness.format_request(old, path, _without_cosignatures(own.checkpoint))
        return await self._transport.send(
            line.peer.url, Request("POST", PATH, body, TEXT), limit_bytes=limits.CHECKPOINT_BYTES,
            timeout_seconds=ASK_SECONDS,
        )  # fmt: skip

    def _take(self, tx: Tx, line: Line, own: Own, lines: list[notes.Line]) -> None:
        add_cosignatures(tx, own.row.log, own.row.size, lines)
        origin = own.checkpoint.head.origin
        records.save_own_witness(tx, OwnWitness(line.peer.ring_id, origin, own.row.size, self._clock.now(), None))


def load_own(tx: Tx) -> Own | None:
    """The newest checkpoint of the present log, or None."""
    row = checkpoint_records.load_newest(tx, translog.head(tx).log)
    if row is None:
        return None
    checkpoint = checkpoints.parse_checkpoint(row.note)
    return Own(row, checkpoint, records.load_own_witnesses(tx, checkpoint.head.origin))


def load_path(tx: Tx, row: CheckpointRow, old: int) -> list[bytes]:
    """The consistency path from a size to a checkpoint; from nothing there is none."""
    return reading.consistency_proof(tx, row.log, old, row.size) if old else []


def _other_size(reply: Reply) -> int | None:
    """The size that a witness knows, of a 409 as C2SP has it; None for every other answer. Raises RemoteError."""
    kind = next((value for name, value in reply.headers.items() if name.lower() == "content-type"), "")
    if reply.status != _OTHER_SIZE or kind != witness.SIZE_TYPE:
        return None
    text = notes.parse_text(reply.body, limits.DOCUMENT_BYTES)
    return notes.parse_decimal(text.removesuffix("\n"))


def _without_cosignatures(checkpoint: Checkpoint) -> bytes:
    """What the log itself signed."""
    lines = tuple(line for line in checkpoint.note.lines if line.name == checkpoint.head.origin)
    return checkpoint.note._replace(lines=lines).to_bytes()
