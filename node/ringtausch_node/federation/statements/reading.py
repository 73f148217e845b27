# SPDX-License-Identifier: AGPL-3.0-or-later
"""A statement's bytes: written for one side's figures, verified, and shown to people (SPEC.md 7.4)."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.views import StatementView, Told
from ringtausch_node.federation.statements.cut import Cut, Figures
from ringtausch_node.federation.statements.records import StatementRow
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.documents import Head, OpenHold, Statement
from ringtausch_protocol.errors import RemoteError

KIND = "statement"


class Heads(NamedTuple):
    """The heads of both logs at a cut."""

    own: Head
    peer: Head


class SignedStatement(NamedTuple):
    """A statement that the other ring has signed, and whether we have, too."""

    document: Statement
    is_ours: bool


def written(line: Line, cut: Cut, heads: Heads, figures: Figures, *, is_final: bool) -> Statement:
    """The document that says these figures."""
    is_a = line.names.me < line.names.peer
    a, b = sorted((line.names.me, line.names.peer))
    ours, theirs = (cut.own_seq, heads.own, figures.own_open), (cut.peer_seq, heads.peer, figures.their_open)
    (a_seq, a_head, ab), (b_seq, b_head, ba) = (ours, theirs) if is_a else (theirs, ours)
    return Statement(
        v=1, net=line.names.net, a=a, b=b, epoch=line.names.epoch, a_seq=a_seq, b_seq=b_seq,
        balance_seconds=figures.we_owe_seconds if is_a else -figures.we_owe_seconds, holds_ab=ab, holds_ba=ba,
        a_head=a_head, b_head=b_head, state="ended" if is_final else None,
    )  # fmt: skip


def cut_of(line: Line, document: Statement) -> Cut:
    """The cut of a statement from our side."""
    seqs = (document.a_seq, document.b_seq)
    return Cut(*seqs) if document.a == line.names.me else Cut(*reversed(seqs))


def place_of(document: Statement) -> tuple[object, ...]:
    """Where a statement stands and what it is, without the figures: two that differ only in those contradict."""
    return (document.epoch, document.a_seq, document.b_seq, document.a_head, document.b_head, document.state)


def statement_in(signed: bytes) -> Statement:
    """What a stored statement says; it was verified when it was stored."""
    return canonical.parse(envelope.parse_envelope(signed).body(), Statement, limits.DOCUMENT_BYTES)


def verify_statement(line: Line, identity: RingIdentity, signed: bytes) -> SignedStatement:
    """Check names and signatures. Frame keys of earlier cards count too: an answer may have waited for its frame.

    Raises RemoteError: malformed, not_canonical, too_large, wrong_type, unknown_key, bad_signature, wrong_net,
    wrong_ring, wrong_epoch, threshold (the other ring has not signed).
    """
    ours = {name: key for card in identity.cards.chain for name, key in card.frame_keys.items()}
    theirs = {name: key for card in line.cards.values() for name, key in card.frame_keys.items()}
    document = canonical.parse(envelope.open_envelope(signed, KIND, ours | theirs), Statement, limits.DOCUMENT_BYTES)
    if document.net != line.names.net:
        raise RemoteError("wrong_net", document.net)
    if [document.a, document.b] != sorted((line.names.me, line.names.peer)):
        raise RemoteError("wrong_ring", "of another line")
    if document.epoch != line.names.epoch:
        raise RemoteError("wrong_epoch", document.epoch)
    names = {each.keyid for each in envelope.parse_envelope(signed).signatures}
    if names.isdisjoint(theirs):
        raise RemoteError("threshold", "the other ring has not signed")
    return SignedStatement(document, not names.isdisjoint(ours))


def shown(line: Line, row: StatementRow) -> StatementView:
    """A stored statement as an operator of ours sees it."""
    said, theirs = row.ours or row.theirs, row.theirs if row.ours else None
    assert said is not None  # the table's own CHECK
    return StatementView(
        at=row.at, state=row.state, is_final=bool(row.is_final), said=_told(line, statement_in(said)),
        they_say=_told(line, statement_in(theirs)) if theirs else None,
        document=row.ours.decode() if row.ours and row.state == "signed" else None,
    )  # fmt: skip


def _told(line: Line, document: Statement) -> Told:
    is_a = document.a == line.names.me
    own, their = (document.holds_ab, document.holds_ba) if is_a else (document.holds_ba, document.holds_ab)
    cut = cut_of(line, document)
    return Told(
        we_owe_seconds=document.balance_seconds if is_a else -document.balance_seconds,
        own_open=len(own), own_open_seconds=_sum(own), their_open=len(their), their_open_seconds=_sum(their),
        own_seq=cut.own_seq, peer_seq=cut.peer_seq,
    )  # fmt: skip


def _sum(holds: list[OpenHold]) -> int:
    return sum(hold.amount_seconds for hold in holds)
