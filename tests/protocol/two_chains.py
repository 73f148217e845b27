# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two rings, A and B, their chains, and what B says of itself."""

from __future__ import annotations

from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head, Position, Run, Standing

A, B = "a" * 52, "b" * 51 + "a"
OLD, NEW, ELSE = (b64(bytes([place]) * 16) for place in (1, 2, 3))
EPOCH = b64(bytes(16))
CARD = b64(bytes(32))
START = b64(b"agreement".ljust(32))


def name_of(side: str, seq: int) -> str:
    """H of a frame that stands in a chain."""
    return b64(f"{side} {seq}".encode().ljust(32)) if seq else START


def position(side: str, seq: int) -> Position:
    return Position(seq=seq, hash=name_of(side, seq))


def run(boot: str, first_seq: int) -> Run:
    return Run(boot=boot, card=CARD, first_seq=first_seq)


def standing(*, own: int = 5, peer: int = 4, acked: int = 2, head: int | None = 30, runs: list[Run] | None = None,
             own_hash: str | None = None, peer_hash: str | None = None, root: str = CARD) -> Standing:  # fmt: skip
    """What B says: its own frames up to `own`, A's up to `peer`, A's log up to `head` entries."""
    return Standing(
        boot=NEW, card=CARD, epoch=EPOCH, own=Position(seq=own, hash=own_hash or name_of("b", own)),
        peer=Position(seq=peer, hash=peer_hash or name_of("a", peer)), runs=[] if runs is None else runs, acked=acked,
        own_head=Head(log=1, size=9, root=CARD), token="",
        peer_head=None if head is None else Head(log=1, size=head, root=root),
    )  # fmt: skip
