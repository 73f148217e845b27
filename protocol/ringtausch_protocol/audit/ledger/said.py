# SPDX-License-Identifier: Apache-2.0
"""An item as the log says it, and where that stands."""

from __future__ import annotations

from msgspec import Struct

from ringtausch_protocol.audit.evidence.seen import SeenFrame, SeenItem
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.frames import Header


class Said(Struct, frozen=True):
    """An item, in which frame, and where that stands in the log that is read.

    `is_own`: by the ring whose log it is; `is_first`: shown for the first time. Places are made where they are kept:
    most are not, and there would be several to each frame.
    """

    frame: SeenFrame
    item: SeenItem
    log: str
    entry: int
    is_own: bool
    is_first: bool
    is_told_again: bool  # in an own frame of an earlier log, which came back after a loss

    @property
    def header(self) -> Header:
        """Of the frame."""
        return self.frame.header

    @property
    def place(self) -> Place:
        """Where it stands, with its sender as the one who must answer for it."""
        return self.place_of("")

    def place_of(self, order_hash: str) -> Place:
        """The place, with the order that it is about."""
        header = self.frame.header
        return Place(header.from_, self.log, self.entry, header.to, header.seq, order_hash, header.at)
