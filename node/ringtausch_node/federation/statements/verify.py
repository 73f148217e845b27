# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed statements, checked again: signatures, cut, heads, and the balance that the frames give at the cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ringtausch_node.federation.line.model import IN, OUT, Peer
from ringtausch_node.federation.statements import records
from ringtausch_node.federation.statements.reading import KIND
from ringtausch_node.federation.statements.records import StatementRow
from ringtausch_node.ledger.model import Finding
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.cards import Card
from ringtausch_protocol.documents import Statement
from ringtausch_protocol.errors import RemoteError

#: The seconds that we owe at a cut by the frames up to it; None where the chains were not replayed so far.
OwedAt = Callable[[StatementRow], int | None]


class Cards(NamedTuple):
    """All cards of both rings: a statement may have waited over a change of keys."""

    ours: Sequence[Card]
    theirs: Sequence[Card]


class _Read(NamedTuple):
    """One stored envelope: what it says, and which sides have signed it."""

    document: Statement
    signed_by: frozenset[str]


def find_faults(tx: Tx, peer: Peer, cards: Cards, rows: Sequence[StatementRow], owed_at: OwedAt) -> Iterator[Finding]:
    """Everything that is wrong with the statements of one epoch; one finding a statement."""
    for row in rows:
        place = f"{peer.address} {row.own_seq}/{row.peer_seq}"
        try:
            ours, theirs = (_read(data, cards) if data else None for data in (row.ours, row.theirs))
        except RemoteError as bad:
            yield Finding("statement", place, bad.code, "the signed statement does not verify")
            continue
        if wrong := _wrong_state(row, ours, theirs) or _wrong_place(tx, peer, cards, row, ours or theirs):
            yield Finding("statement", place, wrong, "the row does not say what was signed")
        elif ours and row.state != "differs" and (wrong := _wrong_balance(cards, ours.document, owed_at(row))):
            yield Finding("statement", place, "balance", wrong)


def _read(signed: bytes, cards: Cards) -> _Read:
    known = {name: key for card in (*cards.ours, *cards.theirs) for name, key in card.frame_keys.items()}
    payload = envelope.open_envelope(signed, KIND, known)
    names = {each.keyid for each in envelope.parse_envelope(signed).signatures}
    sides = {"us": cards.ours, "them": cards.theirs}
    signed_by = frozenset(
        side for side, chain in sides.items() if any(not names.isdisjoint(card.frame_keys) for card in chain)
    )
    return _Read(canonical.parse(payload, Statement, limits.DOCUMENT_BYTES), signed_by)


def _wrong_state(row: StatementRow, ours: _Read | None, theirs: _Read | None) -> str | None:
    """Who must have signed what, by how it stands."""
    by_us, by_them = frozenset({"us"}), frozenset({"them"})
    signed_by = (ours and ours.signed_by, theirs and theirs.signed_by)
    allowed = {
        "open": ((by_us, None), (None, by_them)), "signed": ((by_us | by_them, None),), "differs": ((by_us, by_them),)
    }  # fmt: skip
    if signed_by not in allowed.get(row.state, ()):
        return "state"
    return "state" if ours and theirs and ours.document == theirs.document else None


def _wrong_place(tx: Tx, peer: Peer, cards: Cards, row: StatementRow, read: _Read | None) -> str | None:
    """The cut of the row is that of the document, and the heads are those of the frames there."""
    assert read is not None  # the table's own CHECK
    document, me = read.document, cards.ours[0].card.ring_id
    if sorted((me, peer.ring_id)) != [document.a, document.b]:
        return "wrong_ring"
    seqs = (document.a_seq, document.b_seq) if document.a == me else (document.b_seq, document.a_seq)
    if (document.epoch, *seqs, int(document.state is not None)) != (row.epoch, row.own_seq, row.peer_seq, row.is_final):
        return "place"
    if row.state != "signed":
        return None
    # The proposal stands in the frame after its cut, and tells the log before that frame.
    sides = (OUT, IN) if document.a == me else (IN, OUT)
    places = zip(sides, (document.a_seq + 1, document.b_seq), strict=True)
    headers = [records.load_header(tx, peer.id, side, row.epoch, seq) for side, seq in places]
    heads = [None if header is None else header.head for header in headers]
    return None if heads == [document.a_head, document.b_head] else "head"


def _wrong_balance(cards: Cards, document: Statement, owed_seconds: int | None) -> str | None:
    is_a = document.a == cards.ours[0].card.ring_id
    told = document.balance_seconds if is_a else -document.balance_seconds
    if owed_seconds is None or told == owed_seconds:
        return None
    return f"{told} s are signed, the frames say {owed_seconds} s"
