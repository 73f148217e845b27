# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody gives to an audit beside logs: cards, tokens, what the last one left, answers of witnesses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from ringtausch_protocol import canonical, checkpoints, receipts
from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.program.state import parse_state, state_after
from ringtausch_protocol.audit.sources.folders import format_cards, read_cards
from ringtausch_protocol.audit.sources.tokens import parse_tokens, token_for
from ringtausch_protocol.bookings import open_booking, parse_opened
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.notes import Note
from tests.fuzz.target import Target, choosing
from tests.vectors import opening, rosters
from tests.vectors.cast import EICHE, LINDE
from tests.vectors.logbook import Logbook, as_witness, entries_of

_BOOK = Logbook(EICHE, entries_of(3))
_NOTHING = Result((), (), (), (), (), (), 0, 0, 0, 0, 0, (), {})


def _cards(data: bytes) -> None:
    """The second reader of JSON finds as many, and what is written again is read as the same."""
    found = read_cards(data)
    if not data.lstrip().startswith(b"{"):  # one alone is looked at by who reads it
        assert read_cards(format_cards(found)) == found
        with suppress(ValueError, RecursionError):  # numbers and depths that this reader has no room for
            assert len(json.loads(data)) == len(found)


def _tokens(data: bytes) -> None:
    for name, token in parse_tokens(data).items():
        assert token.isascii()
        assert len(token.split()) == 1
        with suppress(ValueError):  # of a name that is no address
            assert not name or token_for(name, {name: token}) == token


def _state(data: bytes) -> None:
    found = parse_state(data)
    assert parse_state(state_after(found, _NOTHING)) == found


def _cosignatures(data: bytes) -> None:
    """Lines of a witness's answer under a head: put there, they are what was answered."""
    head = checkpoints.parse_checkpoint(_BOOK.checkpoint(3).to_bytes())
    lines = checkpoints.read_cosignatures(head, data, [as_witness(LINDE)])
    assert {line.name for line in lines} <= {LINDE.id}
    told = checkpoints.parse_checkpoint(checkpoints.with_cosignatures(head, lines))
    assert {name for name, _ in checkpoints.told_cosigners(told)} == {line.name for line in lines}


def _booking(data: bytes) -> None:
    """A booking that a member shows somebody, with the receipt in it."""
    opened, receipt = parse_opened(data)
    assert canonical.encode(opened) == data
    assert receipts.parse_receipt(receipt.to_bytes()) == receipt


def _of_state() -> bytes:
    head = _BOOK.head(3)
    table = {"version": 1, "heads": {head.origin: {"size": 3, "root": canonical.b64_padded(head.root)}}}
    return msgspec.json.encode({**table, "roster": rosters.FIRST.decode()})


_GIVEN = (
    (_cards, format_cards([EICHE.card.envelope, LINDE.card.envelope])),
    (_tokens, b"https://eiche.example/ abc\n\nlinde.example def\n"),
    (_state, _of_state()),
    (_booking, open_booking(opening.BOOKING, opening.SALT, opening.BOOK.receipt(opening.PLACE, 10, LINDE))),
    (_cosignatures, Note("", _BOOK.checkpoint(3, LINDE).lines[1:]).to_bytes()[1:]),
)


def targets() -> Iterator[tuple[str, Target]]:
    """The one target; its first byte chooses a kind of file."""
    start = tuple(bytes((way,)) + data for way, (_, data) in enumerate(_GIVEN))
    target = choosing([read for read, _ in _GIVEN])
    yield "given", target._replace(start=start, is_apart=True, refuses=RemoteError)
