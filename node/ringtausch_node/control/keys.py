# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator asks of an open ring about keys: how far its chains reach, and what waits to be signed."""

from __future__ import annotations

from typing import Any

import msgspec

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.control.signing import told
from ringtausch_node.federation.line.records import load_line
from ringtausch_node.federation.reset.records import load_ended
from ringtausch_node.ring import Ring
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol.envelope import Signature
from ringtausch_protocol.limits import REVOKED_CHANNELS_MAX


class Signed(Arguments, frozen=True, kw_only=True):
    """`key.signed`: the H of a document that waits, and an operator's signature over it."""

    hash: str
    signature: Signature


async def positions(ring: Ring, _args: Arguments) -> object:
    """How far the ring's log and its chains to each peer reach now, and where those before an epoch-reset ended."""
    return await ring.store.read(lambda tx: _positions(ring, tx))


def _positions(ring: Ring, tx: Tx) -> dict[str, Any]:
    number, size, _ = translog.head(tx)
    channels = [
        {"peer": line.peer.ring_id, "epoch": line.peer.epoch, "seq": load_line(tx, line.peer.id).own_seq}
        for line in ring.federation.lines.all()
    ]
    ended = [
        {"peer": line.peer.ring_id, "epoch": each.epoch, "seq": each.own_seq}
        for line in ring.federation.lines.all()
        for each in load_ended(tx, line.peer.id)
    ]
    return {"log": number, "size": size, "channels": (channels + ended)[:REVOKED_CHANNELS_MAX]}


async def waiting(ring: Ring, _args: Arguments) -> object:
    """Documents that lack signatures of this ring's operators."""
    return {"ring_id": ring.identity.ring_id, "documents": await ring.store.read(lambda tx: _waiting(ring, tx))}


def _waiting(ring: Ring, tx: Tx) -> list[dict[str, Any]]:
    found = ring.federation.operators.waiting(tx)
    return [{**msgspec.structs.asdict(each), "says": told(ring, tx, each)} for each in found]


async def signed(ring: Ring, args: Signed) -> object:
    """Another operator has signed. Raises LocalError: nothing_to_sign, unknown_key, bad_signature."""
    await ring.store.write(lambda tx: ring.federation.operators.add(tx, args.hash, args.signature))
    return await waiting(ring, args)


KEYS: dict[str, Operation] = {
    "key.positions": Operation(Arguments, positions),
    "key.waiting": Operation(Arguments, waiting),
    "key.signed": Operation(Signed, signed),
}
