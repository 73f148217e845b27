# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is handed to a peer: own frames from the first that it lacks, one after the other, in a post or an answer."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ringtausch_node.federation.frames.sealing import decode_boxes, size_of
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import OUTBOX_FRAMES, Line, Sealed
from ringtausch_node.store import Store
from ringtausch_protocol import frames, limits
from ringtausch_protocol.posts import Beside, WireFrame


class Waiting(NamedTuple):
    """What waits for a peer, as it goes into a post or an answer."""

    frames: list[WireFrame]
    boxes: list[Beside]
    notes: list[Beside]


def waiting_for(line: Line, *, is_under_way: bool) -> Waiting:
    """Own sealed frames above what the peer says it holds, with boxes and notes, as many as one message takes.

    None while others are under way: they would go twice, for the peer says soon what it holds. None behind a gap in
    memory either (`refill`): the peer could store none of them.
    """
    chosen = Waiting([], [], [])
    size = 0
    for sealed in () if is_under_way else line.outbox:
        if sealed.seq <= line.have_seq:
            continue
        size += sealed.size
        is_too_large = bool(chosen.frames) and size > limits.REQUEST_BYTES - limits.REQUEST_MARGIN
        is_behind_gap = sealed.seq != line.have_seq + len(chosen.frames) + 1
        if is_too_large or is_behind_gap or len(chosen.frames) == limits.REQUEST_FRAMES:
            break
        chosen.frames.append(sealed.frame)
        chosen.boxes.extend(sealed.boxes)
        chosen.notes.extend(sealed.notes)
        line.handed_seq = max(line.handed_seq, sealed.seq)
    return chosen


async def refill(store: Store, line: Line) -> None:
    """Read from the table what the peer lacks next, where memory does not hold it."""
    if not line.is_to_refill:
        return
    epoch, have_seq = line.names.epoch, line.have_seq
    rows = await store.read(lambda tx: records.load_out_after(tx, line.peer.id, epoch, have_seq, OUTBOX_FRAMES))
    if line.names.epoch == epoch:
        line.refill([_sealed(*row) for row in rows])


def _sealed(seq: int, digest: str, entry: bytes, boxes: bytes, notes: bytes) -> Sealed:
    envelope, items = frames.frame_of_entry(entry)
    wire = WireFrame(header=msgspec.Raw(envelope), items=[msgspec.Raw(item) for item in items])
    beside, own = decode_boxes(seq, boxes), decode_boxes(seq, notes)
    return Sealed(seq, digest, wire, beside, own, len(entry) + size_of(beside) + size_of(own))
