# SPDX-License-Identifier: AGPL-3.0-or-later
"""pymerkle builds the same trees and accepts our inclusion paths. Its consistency proofs have a layout of their own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from importlib import metadata

import pytest
from pymerkle import InclusionProof, InmemoryTree, InvalidProof, verify_inclusion
from pymerkle.core import _inclusion_path_layout

from ringtausch_protocol.merkle import Frontier, leaf_hash, nodes_of, prove_inclusion, range_root

ENTRIES = [b"entry %d" % place for place in range(260)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NODE = nodes_of(LEAVES)


def tree_of(entries: Sequence[bytes]) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    return tree


def is_accepted(place: int, size: int, path: list[bytes], leaf: bytes, root: bytes) -> bool:
    rule, _ = _inclusion_path_layout(place + 1, size)  # it counts from 1
    proof = InclusionProof("sha256", True, size, place + 1, rule, [leaf, *path])
    try:
        verify_inclusion(leaf, root, proof, index=place + 1, size=size, algorithm="sha256")
    except InvalidProof:
        return False
    return True


def test_it_is_the_version_whose_inside_we_know() -> None:
    assert "7.0.0" == metadata.version("pymerkle")


def test_roots_of_all_sizes_to_260_are_its_roots() -> None:
    tree, grown = tree_of(ENTRIES), Frontier()
    for size, leaf in enumerate(LEAVES, 1):
        grown.append(leaf)
        assert tree.get_root(size) == range_root(NODE, 0, size) == grown.root()


def test_roots_of_random_sizes_to_100_000_are_its_roots() -> None:
    chance = random.Random(9162)
    entries = [place.to_bytes(4) for place in range(100_000)]
    tree, node = tree_of(entries), nodes_of([leaf_hash(entry) for entry in entries])

    for size in [100_000, *(chance.randrange(1, 100_000) for _ in range(30))]:
        assert tree.get_root(size) == range_root(node, 0, size)


@pytest.mark.parametrize("size", range(1, 261, 7))
def test_it_accepts_our_inclusion_paths(size: int) -> None:
    root = range_root(NODE, 0, size)
    for place in range(size):
        path = prove_inclusion(NODE, place, size)

        assert is_accepted(place, size, path, LEAVES[place], root)
        assert not is_accepted(place, size, path, LEAVES[place], LEAVES[place][::-1])
