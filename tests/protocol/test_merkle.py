# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trees of RFC 6962 against its known roots and against a plain reading of its definition."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import (
    EMPTY,
    Frontier,
    inclusion_path,
    leaf_hash,
    leaf_hashes,
    levels_of,
    node_hash,
    nodes_of,
    path_in,
    tree_root,
    verify_inclusion,
)

#: The inputs and roots that the Certificate Transparency projects share.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
KNOWN = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % place) for place in range(size)]


def split_of(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def root_by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    cut = split_of(len(leaves))
    return hashlib.sha256(b"\x01" + root_by_definition(leaves[:cut]) + root_by_definition(leaves[cut:])).digest()


def path_by_definition(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 9162 section 2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    cut = split_of(len(leaves))
    if index < cut:
        return [*path_by_definition(index, leaves[:cut]), root_by_definition(leaves[cut:])]
    return [*path_by_definition(index - cut, leaves[cut:]), root_by_definition(leaves[:cut])]


def is_proven(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    try:
        verify_inclusion(leaf, index, size, path, root)
    except RemoteError as error:
        return error.code != "bad_proof"
    return True


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == EMPTY.hex()
    assert (EMPTY, EMPTY) == (tree_root([]), Frontier().root())


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_the_known_roots_come_out(size: int, root: str) -> None:
    assert root == tree_root(KNOWN[:size]).hex()


@pytest.mark.parametrize("size", range(1, 70))
def test_roots_and_paths_are_those_of_the_definition(size: int) -> None:
    leaves = leaves_of(size)
    root = root_by_definition(leaves)

    assert root == tree_root(leaves)
    for index in range(size):
        path = inclusion_path(leaves, index)
        assert path_by_definition(index, leaves) == path
        verify_inclusion(leaves[index], index, size, path, root)


def test_the_leaves_of_a_tile_hash_as_each_alone() -> None:
    entries = [b"", b"one", b"another"]
    assert [leaf_hash(entry) for entry in entries] == leaf_hashes(entries)


def test_roots_do_not_change_what_they_are_made_of() -> None:
    leaves = leaves_of(5)
    tree_root(leaves)
    inclusion_path(leaves, 2)

    assert leaves_of(5) == leaves


@given(size=st.integers(1, 40), data=st.data())
def test_a_path_proves_one_leaf_at_one_place_only(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    path, root = inclusion_path(leaves, index), tree_root(leaves)

    assert (index == other) == is_proven(leaves[index], other, size, path, root)
    assert (index == other) == is_proven(leaves[other], index, size, path, root)


WRONG: list[Callable[[list[bytes]], list[bytes]]] = [
    lambda path: path[:-1],
    lambda path: path[1:],
    lambda path: [*path, EMPTY],
    lambda path: [EMPTY, *path],
    lambda path: path[::-1],
    lambda path: path * 40,
    lambda path: [],
]


@pytest.mark.parametrize("change", WRONG)
@pytest.mark.parametrize("index", range(7))
def test_a_wrong_path_proves_nothing(change: Callable[[list[bytes]], list[bytes]], index: int) -> None:
    leaves = leaves_of(7)

    assert not is_proven(leaves[index], index, 7, change(inclusion_path(leaves, index)), tree_root(leaves))


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0), (2, 2), (-1, 0), (9, 8)])
def test_an_index_outside_the_tree_proves_nothing(index: int, size: int) -> None:
    assert not is_proven(KNOWN[0], index, size, [], KNOWN[0])


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_path_of_a_leaf_outside_the_tree(index: int) -> None:
    with pytest.raises(RemoteError, match="bad_proof"):
        path_in(levels_of([bytes(32)] * 3), index)


def test_a_path_too_long_or_short_proves_nothing_even_if_the_root_was_made_for_it() -> None:
    left, right = leaves_of(2)

    assert not is_proven(right, 0, 1, [left], node_hash(left, right))
    assert not is_proven(left, 0, 2, [], left)


def test_an_inner_node_is_no_leaf() -> None:
    left, right = leaves_of(2)

    assert node_hash(left, right) != leaf_hash(left + right)
    assert not is_proven(leaf_hash(left + right), 0, 1, [], tree_root([left, right]))


@pytest.mark.parametrize("first", range(20))
def test_a_growing_tree_has_the_roots_of_the_whole_one(first: int) -> None:
    leaves = leaves_of(first + 20)
    frontier = Frontier()
    for leaf in leaves[:first]:
        frontier.append(leaf)
    again = Frontier.from_bytes(frontier.to_bytes())
    for leaf in leaves[first:]:
        again.append(leaf)

    assert tree_root(leaves[:first]) == frontier.root()
    assert (first + 20, tree_root(leaves)) == (again.size, again.root())


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 300])
def test_a_tree_out_of_nodes_is_the_one_that_grew(size: int) -> None:
    hashes = [hashlib.sha256(b"%d" % place).digest() for place in range(size)]
    grown = Frontier()
    for place, leaf in enumerate(hashes, 1):
        ended = grown.append(leaf)
        assert [tree_root(hashes[place - (1 << level) : place]) for level in range(len(ended))] == ended

    assert grown.to_bytes() == Frontier.of_nodes(nodes_of(hashes), size).to_bytes()


def test_a_frontier_keeps_the_roots_of_its_full_subtrees() -> None:
    leaves = leaves_of(7)
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)

    assert (tree_root(leaves[:4]), tree_root(leaves[4:6]), leaves[6]) == frontier.hashes
    assert (7).to_bytes(8) + b"".join(frontier.hashes) == frontier.to_bytes()


@pytest.mark.parametrize(
    "data",
    [b"", bytes(7), bytes(9), bytes(40), (1).to_bytes(8), (3).to_bytes(8) + bytes(32), (1).to_bytes(8) + bytes(31)],
)
def test_bytes_that_are_no_frontier_are_refused(data: bytes) -> None:
    with pytest.raises(RemoteError) as caught:
        Frontier.from_bytes(data)

    assert "malformed" == caught.value.code
