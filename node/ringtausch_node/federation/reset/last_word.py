# SPDX-License-Identifier: AGPL-3.0-or-later
"""What both rings signed last about a line, and whether anything is left of it (SPEC.md 5.6).

A line that both have ended at zero has nothing to agree on: a new beginning of it would only keep both from closing.
"""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.agreement import stopping
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.recovery.records import load_queued_to
from ringtausch_node.federation.reset.records import load_epochs, load_proposals
from ringtausch_node.federation.statements.records import load_newest
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol import envelope
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError

#: Why no new beginning is proposed: both rings have signed that the line has ended, with nothing open.
OVER = "line_over"


class Left(NamedTuple):
    """What is open on a line. we_owe_seconds < 0: they owe us; under_way: payments without an end, of both rings."""

    we_owe_seconds: int
    under_way: int


def left_on(tx: Tx, line: Line, row: LineRow) -> Left:
    """What our books and what waits say."""
    owed = ledger.account(tx, line.peer.clearing_account).balance_seconds
    return Left(owed, row.held_out_count + row.held_in_count + len(load_queued_to(tx, line.peer.id)))


def last_word(tx: Tx, line: Line) -> str | None:
    """H of what both rings signed last about a line, at zero: its last statement, or the reset to zero."""
    newest = load_newest(tx, line.peer.id, 1)
    if newest and newest[0].is_final and newest[0].state == "signed" and newest[0].epoch == line.names.epoch:
        return _hash("statement", newest[0].ours)
    begun = next((row for row in load_epochs(tx, line.peer.id) if row.epoch == line.names.epoch), None)
    if begun is None or begun.document is None or begun.opening_seconds:
        return None
    return _hash("epoch-reset", begun.document)


def why_not_anew(tx: Tx, line: Line) -> str | None:
    """The code for what keeps us from proposing a new beginning: `ring_closed`, `line_over`; or None.

    What one of both has proposed may be answered, and ours changed, whatever was signed before.
    """
    if stopping.is_closed(tx):
        return stopping.CLOSED
    return OVER if _is_over(tx, line) else None


def verify_worth_giving_up(tx: Tx, line: Line) -> None:
    """Raises LocalError('line_over') where both have signed that nothing is open, and this ring stops.

    A ring that goes on may need the address again, for a ring that is founded anew.
    """
    if stopping.load_stopping(tx) is not None and _is_over(tx, line):
        raise LocalError(OVER, line.peer.address)


def _is_over(tx: Tx, line: Line) -> bool:
    """Whether one of both has ended the line, both have signed that nothing is open, and neither proposes otherwise."""
    ours, theirs, _ = load_proposals(tx, line.peer.id)
    row = records.load_line(tx, line.peer.id)
    is_ended = "ended" in (row.state_in, row.state_out)
    is_even = last_word(tx, line) is not None and left_on(tx, line, row) == (0, 0)
    return is_ended and is_even and ours is None and theirs is None


def _hash(kind: str, signed: bytes | None) -> str:
    assert signed is not None  # what both have signed has our signature too
    return b64(envelope.document_hash(kind, envelope.parse_envelope(signed).body()))
