# SPDX-License-Identifier: AGPL-3.0-or-later
"""Entries of a log have known types and shapes; a log that follows a closed one says so first."""

from __future__ import annotations

from typing import Any

import pytest

from ringtausch_protocol import entries, envelope
from ringtausch_protocol.canonical import b64, encode
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import ENTRY_DOCUMENT, HeadTold, LogStart, log_entry
from ringtausch_protocol.errors import RemoteError
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, chance

CLOSED = Head(log=1, size=23, root=b64(chance("closed")))
LATER = Head(log=1, size=31, root=b64(chance("later")))
TOLD = sorted(
    [HeadTold(ring_id=LINDE.id, head=LATER), HeadTold(ring_id=BUCHE.id, head=CLOSED)], key=lambda t: t.ring_id
)
OPERATORS = {name: bytes.fromhex(public) for name, public in EICHE.known(EICHE.operator).items()}


def start_of(**changed: Any) -> LogStart:
    fields = {"v": 1, "net": NET, "ring_id": EICHE.id, "log": 2, "closed": CLOSED, "code": "old_copy", "at": NOON}
    return LogStart(**{**fields, **changed})


def entry_of(start: LogStart) -> bytes:
    signed = envelope.seal(entries.START_KIND, encode(start), [EICHE.named(EICHE.operator)])
    return log_entry(entries.START, (signed,))


def code_of(entry: bytes, log: int = 2) -> str | None:
    try:
        entries.verify_start(entry, OPERATORS, EICHE.id, log)
    except RemoteError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (1, (b"{}", b"{}")), (1, (b"{}", *[b"{}"] * 64)), (2, (b"{}",)), (3, (b"{}",)), (4, (b"{}",)),
        (5, (bytes(32),)), (6, (b"{}",)),
    ],
)  # fmt: skip
def test_entries_of_every_type_are_read(kind: int, parts: tuple[bytes, ...]) -> None:
    assert (kind, list(parts)) == entries.parse_entry(log_entry(kind, parts))


@pytest.mark.parametrize(
    "entry",
    [
        b"", b"\x01", log_entry(0, (b"x",)), log_entry(7, (b"x",)), log_entry(1, (b"{}",)), log_entry(5, (bytes(31),)),
        log_entry(1, [b"{}"] * 66), log_entry(2, ()), log_entry(2, (b"{}", b"{}")), log_entry(6, ()),
        log_entry(5, (bytes(32),))[:-1],
    ],
)  # fmt: skip
def test_other_entries_are_refused(entry: bytes) -> None:
    with pytest.raises(RemoteError) as caught:
        entries.parse_entry(entry)

    assert "bad_entry" == caught.value.code


@pytest.mark.parametrize("changed", [{}, {"heads": TOLD}, {"heads": TOLD[:1]}])
def test_a_log_that_follows_names_the_one_before(changed: dict[str, Any]) -> None:
    start = start_of(**changed)

    assert start == entries.verify_start(entry_of(start), OPERATORS, EICHE.id, 2)


def test_the_newest_head_is_what_the_ring_stands_for() -> None:
    assert CLOSED == entries.newest_closed(start_of())
    assert LATER == entries.newest_closed(start_of(heads=TOLD))
    assert Head(log=2, size=1, root=CLOSED.root) == entries.newest_closed(
        start_of(closed=Head(log=2, size=1, root=CLOSED.root), heads=TOLD)
    )


def test_a_log_may_skip_numbers() -> None:
    assert None is code_of(entry_of(start_of(log=5)), log=5)


@pytest.mark.parametrize(
    "changed",
    [
        {"ring_id": LINDE.id}, {"log": 3}, {"closed": Head(log=2, size=1, root=CLOSED.root)}, {"heads": TOLD[::-1]},
        {"heads": [TOLD[0], TOLD[0]]},
        {"heads": [HeadTold(ring_id=LINDE.id, head=Head(log=2, size=1, root=CLOSED.root))]},
    ],
)  # fmt: skip
def test_a_start_of_something_else_is_refused(changed: dict[str, Any]) -> None:
    assert "bad_entry" == code_of(entry_of(start_of(**changed)))


def test_a_start_is_signed_by_an_operator() -> None:
    signed = envelope.seal(entries.START_KIND, encode(start_of()), [EICHE.named(EICHE.frame)])
    other = envelope.seal("invoice", encode(start_of()), [EICHE.named(EICHE.operator)])

    assert "unknown_key" == code_of(log_entry(entries.START, (signed,)))
    assert "wrong_type" == code_of(log_entry(entries.START, (other,)))
    assert "bad_entry" == code_of(log_entry(ENTRY_DOCUMENT, (signed,)))
