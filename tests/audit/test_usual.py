# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fast reader takes nothing that the strict ones refuse, and sees in it what they see."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import canonical, entries, limits, merkle
from ringtausch_protocol.audit.evidence.seen import SeenFrame, read_frame, read_usual
from ringtausch_protocol.audit.evidence.usual import Usual
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.documents import CodeName
from ringtausch_protocol.entries import ENTRY_FRAME
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import parse_item
from tests.audit.busy import busy_logs

#: What to put in the place of a byte: of every alphabet, and what JSON or base64 might pass over.
OTHERS = (b"A", b"a", b"0", b"-", b"=", b'"', b"\\", b" ", b"\n", b"\x7f", b"\xc3\xa9", b"", b"AA")


@cache
def order_and_decision() -> list[bytes]:
    """Entries of a frame with an order, and of one with its decision."""
    return [entry for entry in busy_logs(1)[0].entries if entry[0] == ENTRY_FRAME]


def learned() -> Usual:
    """A reader that has met both rings."""
    usual = Usual()
    for entry in order_and_decision():
        read_frame(entries.parse_entry(entry)[1], b"", usual)
    return usual


def fields(frame: SeenFrame) -> tuple[Any, ...]:
    """All that a frame says, whatever class says it."""
    said = [None if each.item is None else msgspec.structs.asdict(each.item) for each in frame.items]
    hashes, signed = [each.hash for each in frame.items], [msgspec.structs.astuple(each) for each in frame.signed]
    return msgspec.to_builtins(frame.header), frame.hash, frame.leaf, hashes, said, signed


def strictly(entry: bytes) -> tuple[Any, ...] | str:
    """What the strict readers see, or why they refuse it."""
    try:
        return fields(read_frame(entries.parse_entry(entry)[1], merkle.leaf_hash(entry), Usual()))
    except RemoteError as error:
        return error.code


def quickly(entry: bytes, usual: Usual) -> tuple[Any, ...] | None:
    """What the fast reader sees; None where it leaves the entry to the strict ones."""
    [found] = read_usual([entry], [merkle.leaf_hash(entry)], (), usual)
    return None if found is None else fields(found)


@pytest.mark.parametrize("place", [0, 1], ids=["order", "decision"])
def test_what_a_ring_of_ours_writes_is_usual(place: int) -> None:
    entry = order_and_decision()[place]
    assert strictly(entry) == quickly(entry, learned())


def test_who_was_never_met_is_left_to_the_strict_readers() -> None:
    assert [None, None] == [quickly(entry, Usual()) for entry in order_and_decision()]


def test_a_frame_that_another_log_has_shown_is_not_read_again() -> None:
    entry = order_and_decision()[0]
    leaf = merkle.leaf_hash(entry)
    assert [None] == read_usual([entry], [leaf], {leaf}, learned())


@pytest.mark.parametrize("place", [0, 1], ids=["order", "decision"])
def test_no_changed_byte_of_an_entry_is_taken_that_the_strict_readers_refuse(place: int) -> None:
    entry, usual = order_and_decision()[place], learned()
    changed = [entry[:at] + other + entry[at + 1 :] for at in range(0, len(entry), 7) for other in OTHERS]
    assert [] == [each for each in changed if (seen := quickly(each, usual)) is not None and seen != strictly(each)]


@pytest.mark.parametrize("place", [0, 1], ids=["order", "decision"])
def test_no_changed_byte_of_an_item_is_taken_that_the_strict_reader_refuses(place: int) -> None:
    item, usual = entries.parse_entry(order_and_decision()[place])[1][1], learned()
    for changed in [item[:at] + other + item[at + 1 :] for at in range(len(item)) for other in OTHERS]:
        found = usual.item(changed)
        assert found is None or msgspec.structs.asdict(found) == msgspec.structs.asdict(parse_item(changed))


def test_no_changed_byte_of_a_header_is_taken_that_the_strict_reader_refuses() -> None:
    usual = learned()
    opened = usual.envelope(entries.parse_entry(order_and_decision()[0])[1][0])
    assert opened is not None
    data = opened.payload
    for changed in [data[:at] + other + data[at + 1 :] for at in range(len(data)) for other in OTHERS]:
        found = usual.header(changed)
        strict = None if found is None else canonical.parse(changed, Header, limits.DOCUMENT_BYTES)
        assert msgspec.to_builtins(strict) == msgspec.to_builtins(found)


def test_every_code_of_the_protocol_is_one_that_the_strict_reader_takes() -> None:
    assert set(CODES) == {msgspec.convert(code, CodeName) for code in CODES}
