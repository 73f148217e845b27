# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log as files: whatever is changed in it is found, and named by its path."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ringtausch_protocol import cards, entries, merkle
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import LogStart, log_entry
from ringtausch_protocol.tiles import ENTRIES, Tile
from ringtausch_protocol.verifier.findings import Finding, FoundWrong
from ringtausch_protocol.verifier.kinds import verify_envelope
from ringtausch_protocol.verifier.log_folder import verify_folder
from ringtausch_protocol.verifier.program import main
from ringtausch_protocol.verifier.trust import Trust
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, hash32, sealed
from tests.vectors.logbook import Logbook, as_witness, entries_of

SIZE = 600
BOOK = Logbook(EICHE, entries_of(SIZE))
#: Three levels of tiles: 257 of leaves, one above, one at the top.
BIG = Logbook(EICHE, [log_entry(5, (bytes(32),))] * 65_537)


def trust_of(*, quorum: int | None = None) -> Trust:
    trust = Trust(quorum)
    for town in (EICHE, LINDE, BUCHE):
        trust.add_card(town.card.envelope)
    return trust


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return BOOK.write(tmp_path_factory.mktemp("whole"), SIZE, LINDE, BUCHE)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(whole, tmp_path / "log"))


def wrong(folder: Path, trust: Trust | None = None) -> tuple[str, str]:
    """The first wrong thing: its code and its place."""
    with pytest.raises(FoundWrong) as caught:
        verify_folder(folder, trust or trust_of())
    return caught.value.code, caught.value.where


def write_cards(folder: Path, *cards: bytes) -> None:
    (folder / "cards.json").write_bytes(b"[" + b",\n".join(cards) + b"]\n")


def test_a_whole_log_is_verified(whole: Path) -> None:
    found = verify_folder(whole, trust_of())

    assert ("folder", (BOOK.key.id, as_witness(LINDE).id, as_witness(BUCHE).id)) == found[:2]
    assert (SIZE, SIZE, 4, 2, BOOK.origin) == (
        found.facts["size"], found.facts["entries"], found.facts["tiles"], found.facts["cosignatures"],
        found.facts["origin"],
    )  # fmt: skip


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512])
def test_logs_of_every_shape_are_verified(tmp_path: Path, size: int) -> None:
    assert size == verify_folder(BOOK.write(tmp_path, size), trust_of(quorum=0)).facts["size"]


def test_a_log_of_three_levels_is_verified(tmp_path: Path) -> None:
    BIG.write(tmp_path, len(BIG.entries))
    shutil.rmtree(tmp_path / "tile" / "entries")
    assert 259 == verify_folder(tmp_path, trust_of(quorum=0)).facts["tiles"]

    for path, place in (("tile/1/000", 32 * 7), ("tile/2/000.p/1", 3), ("tile/0/007", 40)):
        flip(tmp_path, path, place)
        assert ("bad_tile", path) == wrong(tmp_path, trust_of(quorum=0))
        flip(tmp_path, path, place)


def test_a_log_is_verified_without_entries_too(folder: Path) -> None:
    shutil.rmtree(folder / "tile" / "entries")

    assert 0 == verify_folder(folder, trust_of()).facts["entries"]


def test_a_card_in_the_folder_tells_the_keys_of_its_log(folder: Path) -> None:
    assert ("unknown_key", "checkpoint") == wrong(folder, Trust())
    write_cards(folder, EICHE.card.envelope)
    assert isinstance(verify_folder(folder, Trust()), Finding)
    write_cards(folder, LINDE.card.envelope)
    assert ("wrong_ring", "cards.json") == wrong(folder, Trust())
    write_cards(folder, EICHE.card.envelope[:-1])
    assert ("malformed", "cards.json") == wrong(folder, Trust())
    (folder / "cards.json").write_bytes(EICHE.card.envelope)
    assert ("malformed", "cards.json") == wrong(folder, Trust())


def flip(folder: Path, path: str, place: int, bit: int = 1) -> None:
    data = bytearray((folder / path).read_bytes())
    data[place] ^= bit
    (folder / path).write_bytes(data)


@pytest.mark.parametrize("with_entries", [True, False])
def test_a_flipped_bit_anywhere_is_found_in_its_file(folder: Path, with_entries: bool) -> None:
    """Every file of the export, at its beginning, its end and some places between."""
    if not with_entries:
        shutil.rmtree(folder / "tile" / "entries")
    for path in sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()):
        length = (folder / path).stat().st_size
        for place in sorted({0, 1, 2, 7, 40, length // 2, length - 2, length - 1} & set(range(length))):
            flip(folder, path, place, 1 << place % 8)
            code, where = wrong(folder)
            flip(folder, path, place, 1 << place % 8)

            assert where.partition(" ")[0] == path, (path, place, code, where)
    assert isinstance(verify_folder(folder, trust_of()), Finding)


def test_a_changed_entry_is_named_by_its_number(folder: Path) -> None:
    flip(folder, "tile/entries/001", (2 + 37) * 44 + 20)
    assert ("bad_entry", "tile/entries/001 entry 300") == wrong(folder)


def test_a_changed_hash_is_named_by_its_tile(folder: Path) -> None:
    flip(folder, "tile/0/001", 32 * 44)
    assert ("bad_tile", "tile/0/001") == wrong(folder)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("checkpoint", lambda data: data.replace(b"\n600\n", b"\n+600\n")),
        ("tile/0/001", lambda data: data[:-1]),
        ("tile/0/001", lambda data: data + bytes(32)),
        ("tile/0/001", lambda data: data * 2),
        ("tile/1/000.p/2", lambda data: data[:32]),
        ("tile/entries/000", lambda data: data[:-1]),
        ("tile/entries/000", lambda data: data + b"\x00"),
        ("tile/entries/002.p/88", lambda data: b""),
    ],
)  # fmt: skip
def test_a_file_of_another_length_is_named(folder: Path, path: str, change: Callable[[bytes], bytes]) -> None:
    (folder / path).write_bytes(change((folder / path).read_bytes()))

    assert path == wrong(folder)[1]


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/1/000.p/2", "tile/entries/001"])
def test_a_missing_file_is_named(folder: Path, path: str) -> None:
    (folder / path).unlink()

    assert ("bad_tile", path) == wrong(folder)


@pytest.mark.parametrize(
    "path", ["tile/0/003", "tile/0/002.p/89", "tile/2/000.p/1", "tile/0/+07", "tile/0/notes.txt", "tile/x"]
)
def test_a_foreign_file_is_named(folder: Path, path: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(b"x")

    assert ("bad_tile", path) == wrong(folder)


@pytest.mark.parametrize("tile", [Tile(0, 1, 30), Tile(0, 2, 80), Tile(1, 0, 1), Tile(ENTRIES, 1, 30)])
def test_what_was_served_when_the_log_was_smaller_may_stay(folder: Path, tile: Tile) -> None:
    path = folder / tile.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(BOOK.tile(tile))
    assert isinstance(verify_folder(folder, trust_of()), Finding)

    flip(folder, tile.path, 10)
    assert ("bad_tile", tile.path) == wrong(folder)
    path.write_bytes(BOOK.tile(tile)[:-1])
    assert ("bad_tile", tile.path) == wrong(folder)


def test_tiles_of_another_history_do_not_pass(folder: Path, tmp_path: Path) -> None:
    other = Logbook(EICHE, entries_of(SIZE, "other")).write(tmp_path / "other", SIZE)
    shutil.copy(folder / "checkpoint", other / "checkpoint")

    assert ("bad_tile", "tile/0/002.p/88") == wrong(other)


def test_an_endless_file_is_not_read(folder: Path) -> None:
    (folder / "tile" / "0" / "000").unlink()
    (folder / "tile" / "0" / "000").symlink_to("/dev/zero")
    assert ("malformed", "tile/0/000") == wrong(folder)
    with (folder / "checkpoint").open("r+b") as file:
        file.truncate(1 << 40)
    assert ("too_large", "checkpoint") == wrong(folder)


# -- entries -----------------------------------------------------------------------------------------------------------


def start_entry(signer_is_operator: bool = True) -> bytes:
    closed = Head(log=1, size=3, root=b64(merkle.EMPTY))
    start = LogStart(v=1, net=NET, ring_id=EICHE.id, log=2, closed=closed, code="old_copy", at=NOON)
    signer = EICHE.operator if signer_is_operator else EICHE.frame
    return log_entry(entries.START, (sealed(entries.START_KIND, start, EICHE.named(signer))[1],))


def test_a_log_behind_a_closed_one_begins_with_its_start(tmp_path: Path) -> None:
    book = Logbook(EICHE, [start_entry(), *entries_of(3)], log=2)

    assert 4 == verify_folder(book.write(tmp_path, 4), trust_of(quorum=0)).facts["entries"]


def test_one_operator_begins_a_log_though_agreements_need_two(tmp_path: Path) -> None:
    """A ring wakes from an old copy at night: `verify_start` and `is_at_threshold` ask for one key (SPEC.md 4, 8.3)."""
    first = LINDE.card.card
    of_two = msgspec.structs.replace(payloads.second_card(), number=first.number, prev_card=first.prev_card)
    trust = Trust(0)
    trust.add_card(sealed(cards.KIND, of_two, *map(LINDE.named, LINDE.roots))[1])
    closed = Head(log=1, size=3, root=b64(merkle.EMPTY))
    start = LogStart(v=1, net=NET, ring_id=LINDE.id, log=2, closed=closed, code="old_copy", at=NOON)
    signed = sealed(entries.START_KIND, start, LINDE.named(LINDE.operator))[1]
    book = Logbook(LINDE, [log_entry(entries.START, (signed,))], log=2)

    assert not trust.are_enough(LINDE.id, LINDE.known(LINDE.operator))
    assert 1 == verify_folder(book.write(tmp_path, 1), trust).facts["entries"]
    assert "log-start" == verify_envelope(signed, trust).facts["document"]


@pytest.mark.parametrize(
    ("log", "made", "code", "number"),
    [
        (2, [start_entry(signer_is_operator=False)], "unknown_key", 0),
        (2, entries_of(2), "bad_entry", 0),
        (3, [start_entry()], "bad_entry", 0),
        (1, [start_entry()], "bad_entry", 0),
        (2, [start_entry(), start_entry()], "bad_entry", 1),
        (1, [*entries_of(2), b"\x09" + hash32("x").encode()], "bad_entry", 2),
        (1, [b""], "bad_entry", 0),
    ],
)  # fmt: skip
def test_an_entry_that_does_not_belong_there_is_named(
    tmp_path: Path, log: int, made: list[bytes], code: str, number: int
) -> None:
    book = Logbook(EICHE, made, log)
    path = Tile(ENTRIES, 0, len(made)).path

    assert (code, f"{path} entry {number}") == wrong(book.write(tmp_path, len(made)), trust_of(quorum=0))


def test_the_program_takes_a_folder(folder: Path, tmp_path: Path) -> None:
    write_cards(folder, EICHE.card.envelope)
    out = io.StringIO()

    assert 0 == main([str(folder), "--lang", "de"], out)
    assert f"{folder}: Protokoll, geprüft\n  Protokoll: {BOOK.origin}\n  Einträge: 600\n" in out.getvalue()

    (folder / "tile" / "0" / "strange\x1b[31m").write_bytes(b"")
    out = io.StringIO()
    assert 1 == main([str(folder), "--as", "folder", "--lang", "en"], out)
    assert "  place: tile/0/strange?[31m\n" in out.getvalue()
