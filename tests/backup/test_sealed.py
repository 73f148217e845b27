# SPDX-License-Identifier: AGPL-3.0-or-later
"""A sealed file opens whole, with its passphrase, or not at all (docs/backup-file.md)."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from ringtausch_node.backup import sealed
from ringtausch_node.backup.sealed import (
    CHUNK_BYTES,
    HEADER_BYTES,
    TAG_BYTES,
    Cost,
    SealedReader,
    Sealing,
    SealingWriter,
    parse_passphrase,
    recovery_phrase,
)
from ringtausch_node.errors import LocalError

WORDS = "Abend Acker Adler Affe Ahorn Album Allee Ampel Amsel Anker"
#: A hash that is not slow, as its header says.
QUICK = Cost(8, 1, 1)
SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
#: A file as it was made first: `Eiche`, sealed with the words and sixteen times the letter s.
OLD = (
    "72696e67746175736368206261636b757020310a0000000800000001000000017373737373737373737373737373737392e8"
    "537e3866e9cec43782a49b10cd4bc158c55e3e0d80416fa1757df00bef1f601e602ead8f173a654b3cb5e611c26c244a2897"
    "89"
)
SIZES = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES)


def seal(data: bytes, passphrase: str = WORDS, salt: bytes = b"s" * 16) -> bytes:
    out = io.BytesIO()
    writer = SealingWriter(out, Sealing(passphrase, salt, QUICK))
    for start in range(0, len(data), 10_000):
        writer.write(data[start : start + 10_000])
    assert len(data) == writer.tell()
    writer.finish()
    return out.getvalue()


def opened(data: bytes, passphrase: str = WORDS) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(data), passphrase)).read()


def text(size: int) -> bytes:
    return bytes(number * 31 % 251 for number in range(size))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_again(size: int) -> None:
    made = seal(text(size))
    assert text(size) == opened(made)
    chunks = max(1, -(-size // CHUNK_BYTES))
    assert HEADER_BYTES + size + chunks * TAG_BYTES == len(made)


def test_the_inside_is_read_from_anywhere() -> None:
    data = text(3 * CHUNK_BYTES + 5)
    reader = io.BufferedReader(SealedReader(io.BytesIO(seal(data)), WORDS))
    for place in (2 * CHUNK_BYTES - 3, 0, len(data) - 2, CHUNK_BYTES):
        reader.seek(place)
        assert data[place : place + 6] == reader.read(6)
    assert len(data) == reader.seek(0, io.SEEK_END)


@pytest.mark.parametrize(
    "typed", [WORDS.lower(), WORDS.upper(), WORDS.replace(" ", "-"), f"  {WORDS.replace(' ', '   ')} \n"]
)
def test_the_ten_words_may_be_typed_in_any_case(typed: str) -> None:
    assert b"x" == opened(seal(b"x"), typed)


@pytest.mark.parametrize(
    ("passphrase", "typed"),
    [("Übergroße  Nadel", "U\u0308bergroße Nadel"), ("Nadel im Heu 17", " Nadel im Heu 17\t")],
)
def test_what_looks_the_same_is_the_same(passphrase: str, typed: str) -> None:
    assert b"x" == opened(seal(b"x", passphrase), typed)


@pytest.mark.parametrize("typed", ["nadel im heu 17", "Nadel im Heu 1", WORDS[:-1], WORDS + " Ananas"])
def test_another_passphrase_is_told_as_such(typed: str) -> None:
    with pytest.raises(LocalError, match="passphrase_wrong"):
        opened(seal(b"x", "Nadel im Heu 17"), typed)


def test_without_a_passphrase_it_is_asked_for() -> None:
    with pytest.raises(LocalError, match="passphrase_needed"):
        opened(seal(b"x"), "")


@pytest.mark.parametrize("passphrase", ["", "elf Zeichen", "x" * 1_001])
def test_a_passphrase_that_is_too_short_or_too_long_seals_nothing(passphrase: str) -> None:
    with pytest.raises(LocalError, match="passphrase_short"):
        seal(b"x", passphrase)
    assert "zwölfzeichen" == parse_passphrase("zwölfzeichen")


def _without_last(data: bytes) -> bytes:
    return data[: HEADER_BYTES + 2 * SEALED_BYTES]


def _swapped(data: bytes) -> bytes:
    first, second = (data[HEADER_BYTES + place : HEADER_BYTES + place + SEALED_BYTES] for place in (0, SEALED_BYTES))
    return data[:HEADER_BYTES] + second + first + data[HEADER_BYTES + 2 * SEALED_BYTES :]


def _twice(data: bytes) -> bytes:
    return data + data[HEADER_BYTES + 2 * SEALED_BYTES :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a chunk's end is missing": lambda data: data[:-1],
    "cut off behind a chunk": _without_last,
    "cut off behind the header": lambda data: data[:HEADER_BYTES],
    "a bit": lambda data: data[:-20] + bytes([data[-20] ^ 1]) + data[-19:],
    "a byte more": lambda data: data + b"x",
    "two chunks changed places": _swapped,
    "the last chunk twice": _twice,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_file_that_was_changed_does_not_open(damage: Callable[[bytes], bytes]) -> None:
    made = seal(text(2 * CHUNK_BYTES + 100))
    with pytest.raises(LocalError, match="backup_broken"):
        opened(damage(made))


def test_a_chunk_of_another_file_of_the_same_passphrase_does_not_open() -> None:
    one, other = seal(text(10)), seal(text(10), salt=b"t" * 16)
    with pytest.raises(LocalError, match="backup_broken"):
        opened(one[:HEADER_BYTES] + other[HEADER_BYTES:])


@pytest.mark.parametrize("place", range(len(sealed.MAGIC), HEADER_BYTES, 5))
def test_no_byte_of_the_header_can_be_changed(place: int) -> None:
    made = seal(b"x")
    with pytest.raises(LocalError, match=r"passphrase_wrong|not_a_backup"):
        opened(made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :])


@pytest.mark.parametrize(
    ("memory_kib", "iterations", "lanes"),
    [(sealed.MEMORY_KIB_MAX + 1, 1, 1), (8, sealed.ITERATIONS_MAX + 1, 1), (2**31, 2**31, 2**31), (8, 0, 1), (7, 1, 1),
     (64, 1, sealed.LANES_MAX + 1)],
)  # fmt: skip
def test_a_file_that_wants_to_fill_the_machine_is_refused(memory_kib: int, iterations: int, lanes: int) -> None:
    header = sealed._HEADER.pack(sealed.MAGIC, memory_kib, iterations, lanes, bytes(16)) + bytes(48)
    with pytest.raises(LocalError, match="not_a_backup"):
        opened(header)


@pytest.mark.parametrize("data", [b"", b"ringtausch", b"PK\x03\x04" * 100, sealed.MAGIC])
def test_another_file_is_told_as_such(data: bytes) -> None:
    with pytest.raises(LocalError, match="not_a_backup"):
        opened(data)


def test_the_same_bytes_are_made_from_the_same_salt() -> None:
    """The format does not change unnoticed: this file must open for ever."""
    assert seal(b"Eiche") == seal(b"Eiche")
    assert OLD == seal(b"Eiche").hex()


def test_ten_words_are_eighty_bits() -> None:
    assert WORDS == recovery_phrase(bytes(range(32)))
