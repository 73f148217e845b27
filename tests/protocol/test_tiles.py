# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tiles and bundles: one way of writing their paths, exactly as many hashes and entries as their width says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import limits, tiles
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import leaf_hash, tree_root
from ringtausch_protocol.tiles import ENTRIES, Tile, parse_path


def code_of(path: str) -> str | None:
    try:
        parse_path(path)
    except RemoteError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("tile/0/000", Tile(0, 0, 256)),
        ("tile/0/x001/x234/067", Tile(0, 1_234_067, 256)),
        ("tile/0/x001/x234/067.p/8", Tile(0, 1_234_067, 8)),
        ("tile/1/x001/000", Tile(1, 1_000, 256)),
        ("tile/entries/999.p/255", Tile(ENTRIES, 999, 255)),
        ("tile/63/000.p/1", Tile(63, 0, 1)),
    ],
)
def test_paths_are_those_of_c2sp(path: str, tile: Tile) -> None:
    assert (path, tile) == (tile.path, parse_path(path))


@given(level=st.integers(-1, 63), number=st.integers(0, limits.SEQ_MAX), width=st.integers(1, 256))
def test_every_tile_has_one_path(level: int, number: int, width: int) -> None:
    tile = Tile(level, number, width)

    assert tile == parse_path(tile.path)


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/234",
        "tile/0/x001", "tile/0/X001/234", "tile/00/001", "tile/+7/001", "tile/07/001", "tile/64/001", "tile/-1/001",
        "tile/0/+07", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/07", "tile/0/001.p/+7", "tile/0/001.p/",
        "tile/0/001.p/1000", "tile/0/001/", "/tile/0/001", "tile/0/001\n", "tile/0/\N{ARABIC-INDIC DIGIT ONE}00",
        "tile/entry/001",
        "tile/0/../001", "tile//001", "tile/0/001?x=1", "tile/0/" + "x999/" * 20 + "999",
        "tile/0/" + "x999/" * 5 + "999",
    ],
)  # fmt: skip
def test_what_is_not_exactly_a_path_is_refused(path: str) -> None:
    assert "malformed" == code_of(path)


def test_a_log_has_the_tiles_that_its_size_makes() -> None:
    assert [] == list(tiles.tiles_of(0))
    assert [Tile(0, 0, 1)] == list(tiles.tiles_of(1))
    assert [Tile(0, 0, 256), Tile(1, 0, 1)] == list(tiles.tiles_of(256))
    assert [Tile(0, 0, 256), Tile(0, 1, 44), Tile(1, 0, 1)] == list(tiles.tiles_of(300))
    assert (274, [Tile(0, 273, 112), Tile(1, 0, 256), Tile(1, 1, 17), Tile(2, 0, 1)]) == (
        sum(tile.level == 0 for tile in tiles.tiles_of(70_000)), list(tiles.tiles_of(70_000))[273:],
    )  # fmt: skip


@pytest.mark.parametrize(("old", "size"), [(0, 300), (255, 256), (256, 257), (300, 300), (300, 600), (65_500, 66_000)])
def test_growing_makes_the_tiles_that_were_not_there(old: int, size: int) -> None:
    before = set(tiles.tiles_of(old))

    assert [tile for tile in tiles.tiles_of(size) if tile not in before] == list(tiles.new_tiles(old, size))


def test_the_width_of_a_tile_follows_from_the_size() -> None:
    assert [256, 44, 0] == [tiles.width_of(0, number, 300) for number in range(3)]
    assert [256, 44, 0] == [tiles.width_of(ENTRIES, number, 300) for number in range(3)]
    assert [1, 0] == [tiles.width_of(1, number, 300) for number in range(2)]


def test_a_full_tile_is_one_hash_above_and_a_partial_one_has_a_root_too() -> None:
    hashes = [leaf_hash(b"%d" % place) for place in range(256)]

    assert tree_root(hashes) == tiles.tile_root(b"".join(hashes), 256)
    assert tree_root(hashes[:44]) == tiles.tile_root(b"".join(hashes[:44]), 44)


@pytest.mark.parametrize("length", [0, 31, 33, 32 * 43, 32 * 45])
def test_a_tile_holds_as_many_hashes_as_its_width_says(length: int) -> None:
    with pytest.raises(RemoteError) as caught:
        tiles.parse_tile(bytes(length), 44)

    assert "bad_tile" == caught.value.code


@given(entries=st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_is_read_as_it_was_written(entries: list[bytes]) -> None:
    assert entries == tiles.parse_bundle(tiles.format_bundle(entries), len(entries))


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"", 1), (b"\x00", 1), (b"\x00\x02a", 1), (b"\x00\x01a\x00", 1), (b"\x00\x01a\x00", 2), (b"\x00\x01a", 2),
        (b"\x00\x01a\x00\x01b", 1), (b"a", 0), (b"\xff\xff", 1),
    ],
)  # fmt: skip
def test_a_bundle_holds_exactly_as_many_entries_as_its_width_says(data: bytes, width: int) -> None:
    with pytest.raises(RemoteError) as caught:
        tiles.parse_bundle(data, width)

    assert "bad_tile" == caught.value.code


def test_the_longest_entry_fits_a_bundle_and_a_longer_one_does_not() -> None:
    longest = bytes(limits.LOG_ENTRY_BYTES)

    assert [longest] == tiles.parse_bundle(tiles.format_bundle([longest]), 1)
    with pytest.raises(RemoteError, match="too_large"):
        tiles.format_bundle([longest + b"x"])


def test_the_path_of_the_largest_log_fits() -> None:
    assert len(Tile(ENTRIES, limits.SEQ_MAX, 255).path) <= limits.TILE_PATH_LENGTH
