# SPDX-License-Identifier: Apache-2.0
"""Merkle trees of RFC 6962 (RFC 9162 section 2.1): roots, proofs, and a tree that only grows (SPEC.md 2.4).

Proofs are made from any source of *nodes*: `node(level, place)` is the hash over the 2^level leaves from
place * 2^level on, all of which are there. Leaf hashes are one source (`nodes_of`), tiles another (`tiles.tile_nodes`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeAlias

from ringtausch_protocol.errors import RemoteError

#: The root of a tree without leaves.
EMPTY = sha256().digest()

Node: TypeAlias = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(00 || data)."""
    return sha256(b"\x00" + data).digest()


def leaf_hashes(data: Sequence[bytes]) -> list[bytes]:
    """The leaf hash of each; a whole tile at once costs half as much as one after the other."""
    return [sha256(b"\x00" + each).digest() for each in data]


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; EMPTY for none."""
    return levels_of(leaves)[-1][0] if leaves else EMPTY


def levels_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The nodes over leaf hashes, which stand first, level by level up to the root; each is hashed once.

    One without a neighbour goes up as it is. A subtree of 2^level leaves that are all there has its node at its place.
    """
    levels = [list(leaves)]
    while len(level := levels[-1]) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        paired = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        levels.append(paired + level[len(paired) * 2 :])
    return levels


def path_in(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """The inclusion path of leaf `index` out of `levels_of` its tree. Raises RemoteError('bad_proof') outside."""
    if not 0 <= index < len(levels[0]):
        raise RemoteError("bad_proof", "index outside the tree")
    beside = ((nodes, index >> height ^ 1) for height, nodes in enumerate(levels))
    return [nodes[place] for nodes, place in beside if place < len(nodes)]


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings from leaf `index` up to the root, leaf's own first (RFC 9162 section 2.1.3.1)."""
    return path_in(levels_of(leaves), index)


def nodes_of(leaves: Sequence[bytes]) -> Node:
    """A source of nodes over leaf hashes; hashes each inner node once."""
    levels = levels_of(leaves)
    return lambda level, place: levels[level][place]


def range_root(node: Node, begin: int, end: int) -> bytes:
    """The root over the leaves from `begin` up to `end`; EMPTY for none.

    A power of two that is no smaller than their number must divide `begin`, as it does for every part of a tree.
    """
    parts = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        parts.append(node(level, begin >> level))
        begin += 1 << level
    return fold(parts)


def fold(parts: Sequence[bytes]) -> bytes:
    """The root over full subtrees that stand side by side, largest first; EMPTY for none."""
    if not parts:
        return EMPTY
    found = parts[-1]
    for left in parts[-2::-1]:
        found = sha256(b"\x01" + left + found).digest()
    return found


def _cut(begin: int, end: int) -> int:
    """Where a tree over more than one leaf parts: the largest power of two smaller than their number."""
    return begin + (1 << (end - begin - 1).bit_length() - 1)


def prove_inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """The inclusion path of leaf `index` in the tree of `size` leaves. Raises RemoteError('bad_proof') outside."""
    if not 0 <= index < size:
        raise RemoteError("bad_proof", "index outside the tree")
    path, begin, end = [], 0, size
    while end - begin > 1:
        cut = _cut(begin, end)
        if index < cut:
            path.append((cut, end))
            end = cut
        else:
            path.append((begin, cut))
            begin = cut
    return [range_root(node, *part) for part in reversed(path)]


def prove_consistency(node: Node, old: int, size: int) -> list[bytes]:
    """What shows that the tree of `old` leaves is the beginning of the one of `size` (RFC 9162 section 2.1.4.1).

    Empty where both sizes are the same. Raises RemoteError('bad_proof') unless 1 <= old <= size.
    """
    if not 1 <= old <= size:
        raise RemoteError("bad_proof", "no such two trees")
    path, begin, end = [], 0, size
    while end != old:
        cut = _cut(begin, end)
        if old <= cut:
            path.append((cut, end))
            end = cut
        else:
            path.append((begin, cut))
            begin = cut
    if begin:  # else the old tree is a whole subtree, whose root the verifier has
        path.append((begin, end))
    return [range_root(node, *part) for part in reversed(path)]


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


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> None:
    """Check that the tree of `old` leaves is the beginning of the one of `size` leaves (RFC 9162 section 2.1.4.2).

    1 <= old <= size; what an empty tree is the beginning of is for the caller to say. Raises RemoteError('bad_proof').
    """
    if not 1 <= old <= size:
        raise RemoteError("bad_proof", "no such two trees")
    if old == size:
        if path or old_root != root:
            raise RemoteError("bad_proof", "one size, but two roots or a path")
        return
    steps = [old_root, *path] if old.bit_count() == 1 else list(path)
    if not steps:
        raise RemoteError("bad_proof", "path too short")
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if _climb(place, last, steps) != (old_root, root):
        raise RemoteError("bad_proof", "path does not lead from root to root")


def _climb(place: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of the old and of the new tree that a consistency path leads to."""
    old_root = new_root = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise RemoteError("bad_proof", "path too long")
        if place & 1 or place == last:
            old_root, new_root = node_hash(step, old_root), node_hash(step, new_root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_root = node_hash(new_root, step)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise RemoteError("bad_proof", "path too short")
    return old_root, new_root


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

    def append(self, leaf: bytes) -> list[bytes]:
        """Add one leaf hash. -> the roots of the subtrees that end with it: over 1 leaf, 2, 4, and so on."""
        size, ended = self.size, [leaf]
        while size & 1:
            leaf = sha256(b"\x01" + self._hashes.pop() + leaf).digest()
            ended.append(leaf)
            size >>= 1
        self._hashes.append(leaf)
        self.size += 1
        return ended

    def root(self) -> bytes:
        """The root over everything appended so far."""
        return fold(self._hashes)

    @classmethod
    def of_nodes(cls, node: Node, size: int) -> Frontier:
        """The tree of `size` leaves, out of a source of nodes."""
        hashes, done = [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                hashes.append(node(level, done >> level))
                done += 1 << level
        return cls(size, hashes)

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
