# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two signed heads of one log: one history, a proof of two, or neither as long as the ring withholds its tiles."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.witnessing.fetching import Fetcher
from ringtausch_node.witnessing.watched import accused
from ringtausch_protocol import checkpoints, forks, merkle
from ringtausch_protocol.checkpoints import Checkpoint
from ringtausch_protocol.merkle import Node


class Compared(NamedTuple):
    """What two heads are to each other: the consistency path of one history, or the bytes of a fork proof."""

    path: tuple[bytes, ...] = ()
    fork: bytes | None = None


async def compare(fetcher: Fetcher, line: Line, one: Checkpoint, other: Checkpoint) -> Compared:
    """Compare two heads of one origin whose signatures were verified.

    Raises RemoteError where the tiles of the larger one cannot be had: then nothing is known.
    """
    a, b = sorted((one, other), key=lambda each: each.head.size)
    _, log = checkpoints.parse_origin(a.head.origin)
    if a.head.size == b.head.size:
        is_same = a.head.root == b.head.root
        return Compared() if is_same else Compared(fork=_one_size(line, log, a, b))
    if a.head.size == 0:
        return Compared()
    return await fetcher.prove(line, b.head, lambda node: _history(line, log, a, b, node))


def _one_size(line: Line, log: int, a: Checkpoint, b: Checkpoint) -> bytes:
    return forks.prove_one_size(accused(line, log), forks.show_checkpoint(a), forks.show_checkpoint(b))


def _history(line: Line, log: int, a: Checkpoint, b: Checkpoint, node: Node) -> Compared:
    """From the tiles of the larger head: which root its log had at the smaller size."""
    if merkle.range_root(node, 0, a.head.size) == a.head.root:
        return Compared(path=tuple(merkle.prove_consistency(node, a.head.size, b.head.size)))
    shown = forks.show_checkpoint(a), forks.show_checkpoint(b)
    return Compared(fork=forks.prove_history(accused(line, log), *shown, a.head.size, b.head.size, node))
