# SPDX-License-Identifier: AGPL-3.0-or-later
"""Giving a restored ring back what we hold of the line: frames of both chains in the order in which they happened.

Answered in every state (SPEC.md 6.8). Each frame comes after those of the other chain that its ack covers, so that
whoever applies them one by one never meets an effect before its cause.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ringtausch_node.federation.frames.sealing import decode_boxes, size_of
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.recovery import records as kept
from ringtausch_node.federation.recovery.records import KeptFrame
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, frames, limits
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.posts import Kept, Recover, RecoverAnswer

#: What JSON puts around a frame.
_AROUND_BYTES = 128


def page_for(tx: Tx, line: Line, ask: Recover) -> RecoverAnswer:
    """The next frames for a ring that lost them. Raises RemoteError('wrong_epoch').

    Of our own chain only what the asker once acked: what it never acked it never acted upon, and will get as always.
    """
    if ask.epoch != line.names.epoch:
        raise RemoteError("wrong_epoch", ask.epoch)
    acked = records.load_line(tx, line.peer.id).acked_seq
    peer, count = line.peer.id, limits.RECOVERED_FRAMES
    yours = kept.load_theirs(tx, peer, ask.epoch, ask.after_own, count)
    mine = kept.load_ours(tx, peer, ask.epoch, ask.after_peer, acked, count)
    page: list[Kept] = []
    used = limits.REQUEST_MARGIN
    for is_yours, frame in _in_order(yours, mine, ask.after_own, ask.after_peer):
        given, size = _give(frame, is_yours=is_yours)
        used += size
        if len(page) == count or (page and used > limits.REQUEST_BYTES):
            break
        page.append(given)
    if page:
        sometimes("frames are told again after a loss")
    return RecoverAnswer(frames=page)


def _in_order(
    yours: list[KeptFrame], mine: list[KeptFrame], seen_yours: int, seen_mine: int
) -> Iterator[tuple[bool, KeptFrame]]:
    """(is the asker's, frame): merged so that what a frame acks comes before it."""
    while yours or mine:
        if yours and _ack_of(yours[0]) <= seen_mine:
            frame = yours.pop(0)
            seen_yours = frame.seq
            yield True, frame
        elif mine and _ack_of(mine[0]) <= seen_yours:
            frame = mine.pop(0)
            seen_mine = frame.seq
            yield False, frame
        else:
            return


def _ack_of(frame: KeptFrame) -> int:
    signed, _ = frames.frame_of_entry(frame.entry)
    return canonical.parse(envelope.parse_envelope(signed).body(), Header, limits.DOCUMENT_BYTES).ack_seq


def _give(frame: KeptFrame, *, is_yours: bool) -> tuple[Kept, int]:
    """A frame as it goes out, and what it takes. Nobody gets another's notes."""
    signed, items = frames.frame_of_entry(frame.entry)
    boxes = decode_boxes(frame.seq, frame.boxes)
    notes = decode_boxes(frame.seq, frame.notes) if is_yours else ()
    given = Kept(
        whose="yours" if is_yours else "mine", header=msgspec.Raw(signed), items=[msgspec.Raw(item) for item in items],
        boxes=list(boxes), notes=list(notes),
    )  # fmt: skip
    return given, len(frame.entry) + size_of(boxes) + size_of(notes) + _AROUND_BYTES
