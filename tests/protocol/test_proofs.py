# SPDX-License-Identifier: AGPL-3.0-or-later
"""Consistency of two trees, and proofs out of tiles; tests/foreign holds them against programs of others."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest

from ringtausch_protocol import merkle, tiles
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import EMPTY, leaf_hash, nodes_of, prove_consistency, prove_inclusion, tree_root

LEAVES = [leaf_hash(b"%d" % place) for place in range(1_000)]
NODE = nodes_of(LEAVES)


def split_of(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def path_by_definition(old: int, leaves: Sequence[bytes], is_whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 9162 section 2.1.4.1, word for word."""
    if old == len(leaves):
        return [] if is_whole else [tree_root(leaves)]
    cut = split_of(len(leaves))
    if old <= cut:
        return [*path_by_definition(old, leaves[:cut], is_whole), tree_root(leaves[cut:])]
    return [*path_by_definition(old - cut, leaves[cut:], is_whole=False), tree_root(leaves[:cut])]


def is_consistent(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    try:
        merkle.verify_consistency(old, size, old_root, root, path)
    except RemoteError as error:
        return error.code != "bad_proof"
    return True


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    try:
        merkle.verify_inclusion(leaf, index, size, path, root)
    except RemoteError as error:
        return error.code != "bad_proof"
    return True


def flips(path: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The path with one bit turned round, for every bit."""
    for place, step in enumerate(path):
        number = int.from_bytes(step)
        for bit in range(256):
            yield [*path[:place], (number ^ 1 << bit).to_bytes(32), *path[place + 1 :]]


@pytest.mark.parametrize("size", range(1, 70))
def test_consistency_paths_are_those_of_the_definition(size: int) -> None:
    for old in range(1, size + 1):
        path = prove_consistency(NODE, old, size)

        assert path_by_definition(old, LEAVES[:size]) == path
        assert is_consistent(old, size, tree_root(LEAVES[:old]), tree_root(LEAVES[:size]), path)


@pytest.mark.parametrize("size", range(2, 24))
def test_a_path_proves_two_sizes_only(size: int) -> None:
    root = tree_root(LEAVES[:size])
    for old in range(1, size):
        path, old_root = prove_consistency(NODE, old, size), tree_root(LEAVES[:old])
        proven = [
            (other_old, other)
            for other in range(size + 3)
            for other_old in range(-1, other + 2)
            if is_consistent(other_old, other, old_root, root, path)
        ]

        # A path says nothing of how many leaves hang below what it names, so sizes of one shape look alike to it: what
        # it proves it proves for the sizes that stand in the two signed heads.
        assert (old, size) in proven
        assert all(len(prove_consistency(NODE, *pair)) == len(path) for pair in proven)


@pytest.mark.parametrize("size", [2, 3, 4, 7, 8, 13, 33, 255, 256, 257, 700])
def test_every_bit_of_a_path_counts(size: int) -> None:
    chance = random.Random(size)
    root, index, old = tree_root(LEAVES[:size]), chance.randrange(size), chance.randrange(1, size)
    leaf, old_root = LEAVES[index], tree_root(LEAVES[:old])
    inclusion, consistency = prove_inclusion(NODE, index, size), prove_consistency(NODE, old, size)

    assert not any(is_included(leaf, index, size, path, root) for path in flips(inclusion))
    assert not any(is_consistent(old, size, old_root, root, path) for path in flips(consistency))
    for (changed,), (changed_old,) in zip(flips([root]), flips([old_root]), strict=True):
        assert not is_included(leaf, index, size, inclusion, changed)
        assert not is_consistent(old, size, old_root, changed, consistency)
        assert not is_consistent(old, size, changed_old, root, consistency)


@pytest.mark.parametrize(("old", "size"), [(3, 7), (4, 7), (6, 8), (1, 2), (7, 20), (8, 20)])
def test_a_path_too_long_or_short_or_of_other_order_proves_nothing(old: int, size: int) -> None:
    root, old_root, path = tree_root(LEAVES[:size]), tree_root(LEAVES[:old]), prove_consistency(NODE, old, size)
    wrong = [path[:-1], path[1:], [*path, EMPTY], [EMPTY, *path], [*path, *path], []]
    wrong += [path[::-1]] if len(path) > 1 else []

    assert not any(is_consistent(old, size, old_root, root, each) for each in wrong)


def test_a_rewritten_past_is_not_consistent() -> None:
    changed = [*LEAVES[:3], leaf_hash(b"another"), *LEAVES[4:20]]

    for size in range(5, 21):
        for old in range(4, size):
            path = prove_consistency(nodes_of(changed[:size]), old, size)
            assert not is_consistent(old, size, tree_root(LEAVES[:old]), tree_root(changed[:size]), path)


def test_trees_of_one_size_are_the_same_or_inconsistent() -> None:
    root = tree_root(LEAVES[:5])

    assert is_consistent(5, 5, root, root, [])
    assert not is_consistent(5, 5, root, LEAVES[0], [])
    assert not is_consistent(5, 5, root, root, [root])


@pytest.mark.parametrize(("old", "size"), [(0, 5), (-1, 5), (6, 5), (0, 0), (1, 0)])
def test_sizes_that_are_no_two_trees_prove_nothing(old: int, size: int) -> None:
    assert not is_consistent(old, size, EMPTY, EMPTY, [])
    with pytest.raises(RemoteError, match="bad_proof"):
        prove_consistency(NODE, old, size)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (900, 5)])
def test_nothing_is_proved_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(RemoteError, match="bad_proof"):
        prove_inclusion(NODE, index, size)


def test_nothing_has_the_root_of_nothing() -> None:
    assert EMPTY == merkle.range_root(NODE, 0, 0)


# -- out of tiles ------------------------------------------------------------------------------------------------------


def stored(node: merkle.Node, size: int) -> dict[tuple[int, int, int], bytes]:
    """Every tile of a log, by level, number and width."""
    return {
        (tile.level, tile.number, tile.width): b"".join(
            node(tiles.HEIGHT * tile.level, place)
            for place in range(tile.number * tiles.WIDTH, tile.number * tiles.WIDTH + tile.width)
        )
        for tile in tiles.tiles_of(size)
    }


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 999])
def test_tiles_prove_what_leaves_prove(size: int) -> None:
    kept = stored(NODE, size)
    node = tiles.tile_nodes(lambda *of: kept[of], size)

    assert merkle.range_root(NODE, 0, size) == merkle.range_root(node, 0, size)
    for place in {0, size // 3, size - 1}:
        assert prove_inclusion(NODE, place, size) == prove_inclusion(node, place, size)
        assert prove_consistency(NODE, place + 1, size) == prove_consistency(node, place + 1, size)


@pytest.mark.parametrize("size", [65_537, 100_000])
def test_tiles_of_three_levels_prove_what_leaves_prove(size: int) -> None:
    leaves = [leaf_hash(place.to_bytes(4)) for place in range(size)]
    whole = nodes_of(leaves)
    kept, chance = stored(whole, size), random.Random(size)
    node, root = tiles.tile_nodes(lambda *of: kept[of], size), tree_root(leaves)

    assert root == merkle.range_root(node, 0, size)
    for place in (chance.randrange(size) for _ in range(20)):
        path = prove_inclusion(node, place, size)
        assert is_included(leaves[place], place, size, path, root)
        old_root = merkle.range_root(whole, 0, place + 1)
        assert is_consistent(place + 1, size, old_root, root, prove_consistency(node, place + 1, size))


def test_a_proof_reads_few_tiles_and_each_once() -> None:
    kept, read = stored(NODE, 999), []

    def reader(level: int, number: int, width: int) -> bytes:
        read.append((level, number, width))
        return kept[level, number, width]

    prove_inclusion(tiles.tile_nodes(reader, 999), 300, 999)

    assert [(0, 1, 256), (0, 3, 231), (1, 0, 3)] == sorted(read)


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(32 * 256 - 1), bytes(32 * 256 + 1), bytes(32 * 255)])
def test_a_tile_of_another_length_is_not_used(data: bytes) -> None:
    with pytest.raises(RemoteError, match="bad_tile"):
        prove_inclusion(tiles.tile_nodes(lambda *_: data, 999), 0, 999)
