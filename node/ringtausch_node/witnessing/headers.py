# SPDX-License-Identifier: AGPL-3.0-or-later
"""Headers of frames are heads of their sender's log too (SPEC.md 6.1, 8.8): of the one history that we cosigned.

A ring that shows witnesses one log and works on another is found by what it signed to us on the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.store import Tx
from ringtausch_node.witnessing import records
from ringtausch_node.witnessing.fetching import Fetcher
from ringtausch_node.witnessing.model import HEADERS_AT_ONCE
from ringtausch_node.witnessing.watched import accused
from ringtausch_protocol import canonical, checkpoints, envelope, forks, frames, limits, merkle
from ringtausch_protocol.checkpoints import Checkpoint
from ringtausch_protocol.frames import Header
from ringtausch_protocol.merkle import Node


class Named(NamedTuple):
    """The head that a received frame named, and the leaf at which the frame stands in our log."""

    leaf: int
    origin: str
    size: int
    root: bytes
    header: bytes


def load_named(tx: Tx, line: Line) -> list[Named]:
    """The heads that the newest frames of a peer named, newest first; the frames were verified when they came."""
    rows = records.load_received(tx, line.peer.id, line.names.epoch, HEADERS_AT_ONCE)
    return [_named(leaf, frames.frame_of_entry(entry)[0]) for leaf, entry in rows]


def _named(leaf: int, signed: bytes) -> Named:
    header = canonical.parse(envelope.parse_envelope(signed).body(), Header, limits.DOCUMENT_BYTES)
    head = header.head
    origin = checkpoints.origin_of(header.from_, head.log)
    return Named(leaf, origin, head.size, canonical.unb64(head.root, 32), signed)


async def find_fork(fetcher: Fetcher, line: Line, known: Checkpoint, named: Sequence[Named]) -> bytes | None:
    """A proof that one of these heads is not of the history of a head that we cosigned; None where all are.

    named: heads of the same log, no larger. Raises RemoteError where the tiles of the log cannot be had.
    """

    def false_one(node: Node) -> bytes | None:
        wrong = next((each for each in named if merkle.range_root(node, 0, each.size) != each.root), None)
        return None if wrong is None else _prove(line, known, wrong, node)

    return await fetcher.prove(line, known.head, false_one) if named else None


def _prove(line: Line, known: Checkpoint, wrong: Named, node: Node) -> bytes:
    _, log = checkpoints.parse_origin(known.head.origin)
    whose, a, b = accused(line, log), forks.show_header(wrong.header), forks.show_checkpoint(known)
    if wrong.size == known.head.size:
        return forks.prove_one_size(whose, a, b)
    return forks.prove_history(whose, a, b, wrong.size, known.head.size, node)
