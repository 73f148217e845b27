# SPDX-License-Identifier: Apache-2.0
"""One direction of a line: frames without gap, each naming the one before, acks that are true (SPEC.md 6.1, 6.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile

from ringtausch_protocol.frames import Header


@dataclass(slots=True)
class Chain:
    """Where a chain stands. `kept`: hashes by seq from the last acked one on; `is_cut`: it begins in the middle.

    `log`: the number of its ring's log that the last frame names.

    `acked`: 0 also where it began in the middle and no frame of what is there was acked yet.
    """

    hash: str
    seq: int = 0
    acked: int = 0
    log: int = 0
    kept: dict[int, str] = field(default_factory=dict)
    is_cut: bool = False

    def __post_init__(self) -> None:
        self.kept.setdefault(self.seq, self.hash)

    def follow(self, header: Header, digest: str) -> bool:
        """Go on to a frame, whatever it says. -> whether it followed: next seq, and the hash of the one before."""
        follows = self.is_cut or (header.seq, header.prev) == (self.seq + 1, self.hash)
        if self.is_cut or header.seq > self.seq + 1:
            self.kept.clear()
            self.acked = 0 if self.is_cut else header.seq
        self.seq, self.hash, self.log, self.is_cut = header.seq, digest, header.head.log, False
        self.kept[header.seq] = digest
        return follows

    def ack(self, header: Header) -> bool:
        """The other side acks this chain. -> whether it is true: never falling, an existing frame, its very hash."""
        seq = header.ack_seq
        if self.is_cut or (not self.acked and seq < next(iter(self.kept), 0)):
            return True
        is_true = self.acked <= seq and self.kept.get(seq) == header.ack_hash
        if is_true:
            for done in tuple(takewhile(seq.__gt__, self.kept)):
                del self.kept[done]
            self.acked = seq
        return is_true
