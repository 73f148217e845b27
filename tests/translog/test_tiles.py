# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tiles come with the leaves, in their transaction; every part of every tile that was ever right can be read."""

from __future__ import annotations

import pytest

from ringtausch_node.store import Tx
from ringtausch_node.translog import building, checkpoint_records, reading, records, tile_records
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.translog.service import LogWriter
from ringtausch_protocol import merkle, tiles
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.merkle import leaf_hash
from ringtausch_protocol.tiles import Tile
from tests.translog.conftest import fill

#: Two full tiles of level 1 would need 131 072 entries; one and a bit shows level 2 too.
DEEP = 65_536 + 300


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(count)]


def publish(tx: Tx) -> int:
    """A checkpoint over everything; its signature does not matter here."""
    head = translog.head(tx)
    checkpoint_records.insert(tx, CheckpointRow(*head, b"note %d\n" % head.size, 0, 0))
    return head.size


@pytest.mark.parametrize("together", [1, 7, 256, 1000])
def test_every_tile_holds_the_roots_below_it(tx: Tx, together: int) -> None:
    fill(tx, 1_100, together=together)
    node = merkle.nodes_of(leaves(1_100))
    for tile in tiles.tiles_of(publish(tx)):
        first = tile.number * 256
        expected = b"".join(node(8 * tile.level, place) for place in range(first, first + tile.width))
        assert expected == reading.tile(tx, 1, *tile)


def test_a_row_stands_for_each_tile_above_the_leaves_and_for_no_other(tx: Tx) -> None:
    fill(tx, DEEP, together=5_000)
    rows = [(row.level, row.number, len(row.hashes) // 32) for row in tile_records.load_tiles(tx, 1)]
    assert [tuple(tile) for tile in tiles.tiles_of(DEEP) if tile.level > 0] == rows
    assert [(1, 0, 256), (1, 1, 1), (2, 0, 1)] == rows


def test_what_was_served_when_the_log_was_smaller_stays_served(tx: Tx) -> None:
    node = merkle.nodes_of(leaves(2_000))
    for _ in range(4):
        fill(tx, 500, translog.head(tx).size)
        publish(tx)
    for level, number, width in ((0, 1, 244), (0, 3, 1), (1, 0, 1), (1, 0, 3), (1, 0, 7), (0, 7, 208)):
        expected = b"".join(node(8 * level, number * 256 + place) for place in range(width))
        assert expected == reading.tile(tx, 1, level, number, width)
    assert tiles.format_bundle([b"entry %d" % place for place in range(256, 266)]) == reading.entries(tx, 1, 1, 10)


@pytest.mark.parametrize(
    "tile", [(0, 0, 0), (0, 0, 257), (0, 1, 45), (0, 2, 1), (1, 0, 2), (2, 0, 1), (63, 0, 1), (0, 2**53, 1)]
)
def test_nothing_beyond_the_newest_checkpoint_is_given_out(tx: Tx, tile: tuple[int, int, int]) -> None:
    fill(tx, 300)
    assert reading.tile(tx, 1, 0, 0, 256) is None
    publish(tx)
    fill(tx, 300, 300)
    assert reading.tile(tx, 1, 0, 0, 256) is not None
    assert None is reading.tile(tx, 1, *tile) is reading.tile(tx, 2, 0, 0, 1)
    assert None is reading.entries(tx, 1, 1, 45) is reading.checkpoint(tx, 7)
    assert b"note 300\n" == reading.checkpoint(tx) == reading.checkpoint(tx, 1)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700, 1_100])
def test_proofs_out_of_tiles_lead_to_the_root(tx: Tx, size: int) -> None:
    fill(tx, 1_100)
    hashes = leaves(1_100)
    root = merkle.tree_root(hashes[:size])
    assert root == reading.root_at(tx, 1, size)
    for index in {0, size // 2, size - 1}:
        merkle.verify_inclusion(hashes[index], index, size, reading.inclusion_proof(tx, 1, index, size), root)
    for old in {1, size // 3 or 1, size}:
        path = reading.consistency_proof(tx, 1, old, size)
        merkle.verify_consistency(old, size, merkle.tree_root(hashes[:old]), root, path)


@pytest.mark.parametrize(
    ("log", "index", "size", "code"),
    [(1, 10, 10, "bad_proof"), (1, -1, 10, "bad_proof"), (1, 0, 11, "bad_proof"), (1, 0, -1, "bad_proof"),
     (2, 0, 1, "unknown_log")],
)  # fmt: skip
def test_no_proof_is_made_of_what_is_not_there(tx: Tx, log: int, index: int, size: int, code: str) -> None:
    fill(tx, 10)
    with pytest.raises(RemoteError, match=code):
        reading.inclusion_proof(tx, log, index, size)


def statements(tx: Tx, index: int, size: int) -> int:
    """How many readings a proof takes."""
    seen: list[str] = []
    tx._connection.set_trace_callback(seen.append)
    reading.inclusion_proof(tx, 1, index, size)
    tx._connection.set_trace_callback(None)
    return len(seen)


def test_a_proof_reads_a_few_tiles_whatever_the_size(tx: Tx) -> None:
    fill(tx, 600)
    few = statements(tx, 3, 600)
    fill(tx, DEEP - 600, 600, together=5_000)
    assert few + 4 >= statements(tx, 3, DEEP)


def test_a_closed_log_keeps_its_tiles(tx: Tx) -> None:
    fill(tx, 600)
    publish(tx)
    translog.begin_log(tx, b"start", 3)
    writer = LogWriter(tx)
    writer.append_all([b"after %d" % number for number in range(299)])
    writer.save()
    publish(tx)
    second = [leaf_hash(b"start"), *(leaf_hash(b"after %d" % number) for number in range(299))]
    assert [1, 3] == reading.log_numbers(tx)
    assert b"".join(leaves(600)[512:]) == reading.tile(tx, 1, 0, 2, 88)
    assert b"".join(second[256:]) == reading.tile(tx, 3, 0, 1, 44)
    assert merkle.tree_root(second[:256]) == reading.tile(tx, 3, 1, 0, 1)
    assert (merkle.tree_root(leaves(600)), merkle.tree_root(second)) == tuple(
        reading.root_at(tx, log, size) for log, size in ((1, 600), (3, 300))
    )
    assert tiles.format_bundle([b"start"]) == reading.entries(tx, 3, 0, 1)


def test_tiles_only_grow_and_stay(tx: Tx) -> None:
    fill(tx, 600)
    for sql in (
        "DELETE FROM tile", "UPDATE tile SET hashes = zeroblob(64)", "UPDATE tile SET hashes = zeroblob(96)",
        "UPDATE tile SET hashes = substr(hashes, 1, 32)", "UPDATE tile SET number = 1", "UPDATE tile SET log = 2",
    ):  # fmt: skip
        with pytest.raises(LocalError, match="constraint"):
            tx.execute(sql)


@pytest.mark.parametrize("sql", ["UPDATE tile SET hashes = substr(hashes, 1, 32)", "DELETE FROM tile"])
def test_nothing_is_appended_to_a_tile_that_ends_elsewhere(tx: Tx, sql: str) -> None:
    fill(tx, 600)
    tx.execute("DROP TRIGGER tile_only_grows")
    tx.execute("DROP TRIGGER tile_stays")
    tx.execute(sql)
    with pytest.raises(LocalError, match=r"log_broken: tile 1/0 of log 1 does not end at hash 2"):
        fill(tx, 200, 600)
    with pytest.raises(LocalError, match=r"log_broken: tile 1/0 of log 1 is too short"):
        reading.root_at(tx, 1, 600)


def test_an_older_database_gets_its_tiles_once(tx: Tx) -> None:
    fill(tx, 600)
    translog.begin_log(tx, b"start", 2)
    fill(tx, 300, 600)
    rows = [tuple(row) for log in (1, 2) for row in tile_records.load_tiles(tx, log)]
    assert not building.needs_tiles(tx)
    tx.execute("DROP TRIGGER tile_stays")
    tx.execute("DELETE FROM tile")
    assert building.needs_tiles(tx)
    building.build_tiles(tx)
    assert not building.needs_tiles(tx)
    assert rows == [tuple(row) for log in (1, 2) for row in tile_records.load_tiles(tx, log)]
    fill(tx, 300, 900)
    assert merkle.EMPTY != reading.root_at(tx, 2, 601)


def test_a_short_log_needs_none(tx: Tx) -> None:
    fill(tx, 255)
    assert not building.needs_tiles(tx)
    assert Tile(0, 0, 255) == next(tiles.tiles_of(records.load_frontier(tx).size))
