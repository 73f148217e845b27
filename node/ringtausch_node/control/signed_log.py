# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator asks of the signed log: its newest checkpoint, a proof for an entry, all of it as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.store import Tx
from ringtausch_node.translog import checkpoint_records, proving
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.translog.export import export_logs
from ringtausch_protocol import checkpoints, limits

_Number = Annotated[int, msgspec.Meta(ge=1, le=limits.SEQ_MAX)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=limits.SEQ_MAX)]


class OfLog(Arguments, frozen=True, kw_only=True):
    """`log.checkpoint`: of which log; absent: of the present one."""

    log: _Number | None = None


class OfEntry(Arguments, frozen=True, kw_only=True):
    """`log.proof`: which entry, counted from 0 inside its log."""

    index: _Index
    log: _Number | None = None


class Export(Arguments, frozen=True, kw_only=True):
    """`log.export`: the whole path of the new folder."""

    out: str


class Access(Arguments, frozen=True, kw_only=True):
    """`log.access`: for how many days."""

    days: int


class RevokeAccess(Arguments, frozen=True, kw_only=True):
    """`log.access.revoke`: which one; absent: all."""

    id: _Number | None = None


async def checkpoint(ring: Ring, args: OfLog) -> object:
    """The newest checkpoint of a log; of the present one signed now, if it has grown."""
    await ring.checkpoints.make_if_ready()
    return await ring.store.read(lambda tx: _told(ring, _newest(tx, args.log)))


async def proof(ring: Ring, args: OfEntry) -> object:
    """A receipt (SPEC.md 8.7) for an entry, with the entry, under the newest checkpoint."""
    await ring.checkpoints.make_if_ready()
    return await ring.store.read(lambda tx: _receipt(ring, tx, args))


async def export(ring: Ring, args: Export) -> object:
    """All logs of the ring as files in a new folder, each as far as its newest checkpoint."""
    await ring.checkpoints.make_if_ready()
    cards = ring.identity.cards.chain
    written = await ring.store.read_apart(lambda tx: export_logs(tx, cards, Path(args.out)))
    return {"out": args.out, "logs": [each._asdict() for each in written]}


async def access(ring: Ring, args: Access) -> object:
    """A token for an auditor, shown this once."""
    return await ring.publication.readers.give(args.days)


async def accesses(ring: Ring, _args: Arguments) -> object:
    """The auditors' tokens that count, without the tokens."""
    return {"accesses": await ring.publication.readers.all()}


async def revoke(ring: Ring, args: RevokeAccess) -> object:
    """Void one, or all. -> those that are left."""
    return {"accesses": await ring.publication.readers.revoke(args.id)}


def _newest(tx: Tx, log: int | None) -> CheckpointRow:
    """Raises LocalError('no_checkpoint')."""
    number = translog.head(tx).log if log is None else log
    row = checkpoint_records.load_newest(tx, number)
    if row is None:
        raise LocalError("no_checkpoint", f"log {number}")
    return row


def _told(ring: Ring, row: CheckpointRow) -> dict[str, Any]:
    return {
        "origin": checkpoints.origin_of(ring.identity.ring_id, row.log), "size": row.size, "at": row.at,
        "cosigned": row.cosigned, "checkpoint": row.note.decode(),
    }  # fmt: skip


def _receipt(ring: Ring, tx: Tx, args: OfEntry) -> dict[str, Any]:
    row = _newest(tx, args.log)
    if args.index >= row.size:
        raise LocalError("not_found", f"log {row.log} has {row.size} entries")
    receipt = proving.receipt_under(tx, row, args.index).to_bytes().decode()
    return {**_told(ring, row), "index": args.index, "receipt": receipt}


SIGNED_LOG: dict[str, Operation] = {
    "log.access": Operation(Access, access),
    "log.access.revoke": Operation(RevokeAccess, revoke),
    "log.accesses": Operation(Arguments, accesses),
    "log.checkpoint": Operation(OfLog, checkpoint),
    "log.proof": Operation(OfEntry, proof),
    "log.export": Operation(Export, export),
}
