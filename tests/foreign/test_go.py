# SPDX-License-Identifier: AGPL-3.0-or-later
"""Go's sumdb verifies our trees, proofs, tiles, checkpoints and cosignatures; its standard library our envelopes."""

from __future__ import annotations

import base64
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol import checkpoints, log_keys, merkle, tiles
from ringtausch_protocol.canonical import b64_padded
from ringtausch_protocol.merkle import leaf_hash, nodes_of, prove_consistency, prove_inclusion, range_root
from ringtausch_protocol.receipts import parse_receipt
from tests.federation.towns import Towns, pay
from tests.foreign.programs import Case, envelopes, hashes, inclusion, program, verdicts
from tests.house.tree import ROOT
from tests.vectors.cast import BUCHE, EICHE, LINDE
from tests.vectors.heads import vkeys
from tests.vectors.logbook import Logbook, as_witness, entries_of

#: Where Debian's packages of Go libraries are.
GOPATH = Path("/usr/share/gocode")
SOURCE = ROOT / "tests" / "foreign" / "go" / "verify.go"
SIZES = range(1, 261)
LEAVES = [leaf_hash(b"%d" % place) for place in range(SIZES[-1])]
NODE = nodes_of(LEAVES)
ROOTS = {size: range_root(NODE, 0, size) for size in SIZES}
BOOK = Logbook(EICHE, entries_of(600))

Go = Callable[[Iterator[Case]], list[str]]


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    """Compile the verifier against Debian's golang.org/x/mod, offline; give what runs it."""
    compiler = program("go", "golang-go golang-golang-x-mod-dev", GOPATH / "src" / "golang.org" / "x" / "mod")
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(folder / "cache"), "GOFLAGS": "",
    }  # fmt: skip
    command = [compiler, "build", "-o", str(folder / "verify"), str(SOURCE)]
    built = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (0, "") == (built.returncode, built.stderr)
    return lambda cases: verdicts([str(folder / "verify")], cases)


def consistency(old: int, size: int, path: list[bytes], old_root: bytes, root: bytes) -> Case:
    return {
        "is": "consistency", "old": old, "size": size, "path": hashes(path), "old_root": b64_padded(old_root),
        "root": b64_padded(root),
    }  # fmt: skip


def test_roots_of_all_sizes_to_260_are_its_roots(go: Go) -> None:
    cases = ({"is": "root", "path": hashes(LEAVES[:size]), "root": b64_padded(ROOTS[size])} for size in SIZES)

    assert {"ok"} == set(go(cases))


def test_it_verifies_every_inclusion_in_all_sizes_to_260(go: Go) -> None:
    cases = (
        inclusion(index, size, prove_inclusion(NODE, index, size), LEAVES[index], ROOTS[size])
        for size in SIZES
        for index in range(size)
    )

    assert ["ok"] * sum(SIZES) == go(cases)


def test_it_verifies_every_consistency_in_all_sizes_to_260(go: Go) -> None:
    cases = (
        consistency(old, size, prove_consistency(NODE, old, size), ROOTS[old], ROOTS[size])
        for size in SIZES
        for old in range(1, size + 1)
    )

    assert ["ok"] * sum(SIZES) == go(cases)


def test_it_refuses_every_flipped_bit(go: Go) -> None:
    def cases() -> Iterator[Case]:
        for size in (2, 7, 64, 257):
            index, old = size // 3, max(1, size * 2 // 3)
            for place, bit in ((place, bit) for place in range(9) for bit in range(256)):
                path, other = prove_inclusion(NODE, index, size), prove_consistency(NODE, old, size)
                for steps in (path, other):
                    if place < len(steps):
                        steps[place] = (int.from_bytes(steps[place]) ^ 1 << bit).to_bytes(32)
                if place < len(path):
                    yield inclusion(index, size, path, LEAVES[index], ROOTS[size])
                if place < len(other):
                    yield consistency(old, size, other, ROOTS[old], ROOTS[size])

    found = go(cases())

    assert len(found) > 8_000
    assert [] == [verdict for verdict in found if not verdict.startswith("refused")]


def test_it_verifies_random_sizes_to_100_000_out_of_tiles(go: Go) -> None:
    chance = random.Random(6962)
    leaves = [leaf_hash(place.to_bytes(4)) for place in range(100_000)]
    whole = nodes_of(leaves)

    def cases() -> Iterator[Case]:
        for size in [100_000, *(chance.randrange(1, 100_000) for _ in range(30))]:

            def read(level: int, number: int, width: int) -> bytes:
                first = number * tiles.WIDTH
                return b"".join(whole(tiles.HEIGHT * level, place) for place in range(first, first + width))

            node, index, old = tiles.tile_nodes(read, size), chance.randrange(size), chance.randrange(1, size + 1)
            root, old_root = range_root(whole, 0, size), range_root(whole, 0, old)
            yield inclusion(index, size, prove_inclusion(node, index, size), leaves[index], root)
            yield consistency(old, size, prove_consistency(node, old, size), old_root, root)
        yield {"is": "root", "path": hashes(leaves), "root": b64_padded(merkle.tree_root(leaves))}

    assert ["ok"] * 63 == go(cases())


def test_it_opens_our_checkpoints_and_cosignatures(go: Go) -> None:
    keys = vkeys(BOOK.key, as_witness(LINDE), as_witness(BUCHE))
    text = BOOK.checkpoint(600, LINDE, BUCHE).to_bytes().decode()
    note: Case = {"is": "note", "note": text, "vkeys": keys}
    found = go(iter([
        note, {**note, "note": BOOK.checkpoint(600).to_bytes().decode(), "vkeys": keys[:1]},
        {**note, "note": text + "— grease.example AAAAAAAA\n"}, {**note, "note": text.replace("\n600\n", "\n601\n")},
        {**note, "note": text.replace(text.split()[-1], text.split()[-4])}, {**note, "vkeys": vkeys(as_witness(EICHE))},
    ]))  # fmt: skip

    assert ["ok", "ok", "ok"] == found[:3]
    assert ["refused"] * 3 == [verdict.partition(":")[0] for verdict in found[3:]]


async def test_it_opens_the_checkpoint_and_proves_the_entry_of_a_receipt_of_a_payment(go: Go, tmp_path: Path) -> None:
    land = Towns(tmp_path)
    oak = await land.found("oak")
    for handle in ("alma", "ben"):
        await oak.members.add(handle, handle.title())
    payment_id = (await pay(oak, "alma", "ben", 3_600)).payment_id
    text = (await oak.receipts.receipt(payment_id, OPERATOR)).booking_proof
    origin, card = checkpoints.origin_of(oak.identity.ring_id, 1), oak.identity.own
    await land.close_all()

    receipt = parse_receipt((text or "").encode())
    head = checkpoints.parse_checkpoint(receipt.checkpoint).head
    leaf = leaf_hash(receipt.entry or b"")
    proved = inclusion(receipt.number, head.size, list(receipt.path), leaf, head.root)
    note: Case = {
        "is": "note", "note": receipt.checkpoint.decode(), "vkeys": vkeys(*log_keys.checkpoint_keys(card, origin))
    }  # fmt: skip

    assert ["ok", "ok"] == go(iter([note, proved]))


@pytest.mark.parametrize("size", [1, 256, 300, 600])
def test_it_proves_every_entry_and_every_growth_out_of_our_folder(go: Go, tmp_path: Path, size: int) -> None:
    BOOK.write(tmp_path, size, LINDE)
    case: Case = {
        "is": "folder", "folder": str(tmp_path), "vkeys": vkeys(BOOK.key, as_witness(LINDE)),
        "data": [base64.b64encode(entry).decode() for entry in BOOK.entries[:size]],
    }  # fmt: skip
    assert ["ok"] == go(iter([case]))

    tile = tmp_path / next(iter(tiles.tiles_of(size))).path
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    assert go(iter([case]))[0].startswith("refused")


def test_its_standard_library_verifies_our_envelopes(go: Go) -> None:
    good = list(envelopes())
    assert len(good) > 20
    assert {"ok"} == set(go(iter(good)))
    assert {"refused: signature"} == set(go({**case, "type": case["type"] + "x"} for case in good))
