# SPDX-License-Identifier: Apache-2.0
"""What stands in a request between two rings and in its answer: frames as they were signed, and what travels beside."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import Count, Hash32, Id16, Seq, Wire
from ringtausch_protocol.frames import Frame


class Have(Wire, frozen=True):
    """What a side has persisted of the other's chain; unsigned, it only stops re-sending."""

    epoch: Id16
    seq: Count
    hash: Hash32


class WireFrame(Wire, frozen=True):
    """A frame in a request or an answer: envelope and items as the very bytes that were signed."""

    header: msgspec.Raw
    items: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=limits.FRAME_ITEMS)]


class Beside(Wire, frozen=True):
    """What travels beside item `index` of frame `seq`: a box sealed to the receiver, or a note to self."""

    seq: Seq
    index: Annotated[int, msgspec.Meta(ge=0, lt=limits.FRAME_ITEMS)]
    sealed: Annotated[str, msgspec.Meta(max_length=limits.SEALED_TEXT_LENGTH, pattern=r"^[A-Za-z0-9_-]+$")]


class Post(Wire, frozen=True):
    """`POST /peer/v1/frames`."""

    token: Hash32
    have: Have
    frames: Annotated[list[WireFrame], msgspec.Meta(max_length=limits.REQUEST_FRAMES)]
    boxes: Annotated[list[Beside], msgspec.Meta(max_length=limits.REQUEST_FRAMES * limits.FRAME_ITEMS)]
    notes: Annotated[list[Beside], msgspec.Meta(max_length=limits.REQUEST_FRAMES * limits.FRAME_ITEMS)]


class PostAnswer(Wire, frozen=True):
    """Answer 200 to a post: persisted; and the frames that wait here for the other side."""

    have: Have
    frames: Annotated[list[WireFrame], msgspec.Meta(max_length=limits.REQUEST_FRAMES)]
    boxes: Annotated[list[Beside], msgspec.Meta(max_length=limits.REQUEST_FRAMES * limits.FRAME_ITEMS)]
    notes: Annotated[list[Beside], msgspec.Meta(max_length=limits.REQUEST_FRAMES * limits.FRAME_ITEMS)]


class Recover(Wire, frozen=True):
    """`POST /peer/v1/recover`: a restored ring asks for what stood behind these places (SPEC.md 6.8)."""

    token: Hash32
    epoch: Id16
    after_own: Count
    after_peer: Count


class Kept(Wire, frozen=True):
    """A stored frame as it is given back: the asker's own, or the answerer's, with what travelled beside it."""

    whose: Literal["yours", "mine"]
    header: msgspec.Raw
    items: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=limits.FRAME_ITEMS)]
    boxes: Annotated[list[Beside], msgspec.Meta(max_length=limits.FRAME_ITEMS)]
    notes: Annotated[list[Beside], msgspec.Meta(max_length=limits.FRAME_ITEMS)]


class RecoverAnswer(Wire, frozen=True):
    """Answer to `recover`: frames of both chains in the order in which they may be applied; empty at the end."""

    frames: Annotated[list[Kept], msgspec.Meta(max_length=limits.RECOVERED_FRAMES)]


def wire_frame(frame: Frame) -> WireFrame:
    """A frame as it stands in a request: the same bytes, not serialised again."""
    return WireFrame(header=msgspec.Raw(frame.envelope), items=[msgspec.Raw(item) for item in frame.items])
