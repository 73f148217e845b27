# SPDX-License-Identifier: Apache-2.0
"""What frames say of the log in which they stand, beside the log as everybody reads it (SPEC.md 6.1, 8.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringtausch_protocol import merkle
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.checkpoints import parse_origin
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.rules.logs import newest, read_leaves
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.frames import Frame

RULES = RuleBook()


@RULES.rule("head-size", "6.1", "a frame that came stands in the log where its head says: head.size is its index")
def head_size(stage: Stage) -> Talk[None]:
    frames, leaves = yield from _published(stage)
    for frame in frames:
        if leaves[frame.header.head.size] != merkle.leaf_hash(frame.entry()):
            place = f"entry {frame.header.head.size} of the log"
            raise Broken(f"frame {frame.header.seq} as {place}", f"another {place}")


@RULES.rule("head-root", "6.1", "the root in a frame's head is that of the log before this frame")
def head_root(stage: Stage) -> Talk[None]:
    frames, leaves = yield from _published(stage)
    for frame, root in zip(frames, _roots(leaves, frames), strict=True):
        if frame.header.head.root != root:
            raise Broken(f"root {root} over {frame.header.head.size} entries", f"root {frame.header.head.root}")


def _published(stage: Stage) -> Talk[tuple[list[Frame], list[bytes]]]:
    """The frames of all lines that stand in the published log, as far as they say so, by index; and its leaves.

    Raises Broken; Unjudged where there are none yet.
    """
    head = (yield from newest(stage)).head
    number = parse_origin(head.origin)[1]
    came = (frame for line in stage.lines for frame in line.came)
    inside = [each for each in came if each.header.head.log == number and each.header.head.size < head.size]
    if not inside:
        raise Unjudged("the published checkpoint is older than every frame that came")
    leaves = yield from read_leaves(head.size)
    return sorted(inside, key=lambda frame: frame.header.head.size), leaves


def _roots(leaves: Sequence[bytes], frames: Sequence[Frame]) -> Iterator[str]:
    """The root over the leaves before each of these frames, in the order of their indices."""
    tree = merkle.Frontier()
    for frame in frames:
        for leaf in leaves[tree.size : frame.header.head.size]:
            tree.append(leaf)
        yield b64(tree.root())
