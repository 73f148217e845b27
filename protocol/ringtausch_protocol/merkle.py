# SPDX-License-Identifier: Apache-2.0
"""Merkle trees of RFC 6962 (RFC 9162 section 2.1): roots, inclusion, and a tree that only grows (SPEC.md 2.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ringtausch_protocol.errors import RemoteError

#: The root of a tree without leaves.
EMPTY = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; EMPTY for none."""
    if not leaves:
        return EMPTY
    level = list(leaves)
    while len(level) > 1:
        paired = [node_hash(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings from leaf `index` up to the root, leaf's own first (RFC 9162 section 2.1.3.1)."""
    path: list[bytes] = []
    level, place = list(leaves), index
    while len(level) > 1:
        if place ^ 1 < len(level):
            path.append(level[place ^ 1])
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
        place //= 2
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` stands at `index` of the tree of `size` leaves with `root` (RFC 9162 section 2.1.3.2).

    Raises RemoteError('bad_proof'), also for an index outside the tree.
    """
    if not 0 <= index < size:
        raise RemoteError("bad_proof", "index outside the tree")
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise RemoteError("bad_proof", "path too long")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise RemoteError("bad_proof", "path does not lead to the root")


class Frontier:
    """A growing tree as the roots of its full subtrees, largest first: all that is needed to append and to sign.

    At most 64 hashes; an append costs about two hashes on average, whatever the size.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(hashes):
            raise RemoteError("malformed", "frontier does not fit its size")
        self.size = size
        self._hashes = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the full subtrees, largest first."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._hashes.pop(), leaf)
            size >>= 1
        self._hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over everything appended so far."""
        if not self._hashes:
            return EMPTY
        found = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            found = node_hash(left, found)
        return found

    def to_bytes(self) -> bytes:
        """Size as a big-endian u64, then the hashes."""
        return self.size.to_bytes(8) + b"".join(self._hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """The inverse of `to_bytes`. Raises RemoteError('malformed')."""
        if len(data) < 8 or (len(data) - 8) % 32:
            raise RemoteError("malformed", "frontier")
        hashes = [data[place : place + 32] for place in range(8, len(data), 32)]
        return cls(int.from_bytes(data[:8]), hashes)
