# SPDX-License-Identifier: AGPL-3.0-or-later
"""The signed statement between two rings (SPEC.md 7.4): proposed daily by one, worked out and signed by the other.

Both sides act in the seal hook: only there is it settled which frame is which. The proposal stands first in a frame of
its own, made after everything that waits, so its cut is simply all that came before. Where the two do not say the same,
the line is closed until operators agree; nothing else ever waits for a statement.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import records as lines
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import IN, OUT, STATEMENT_DIFFERS, LineRow
from ringtausch_node.federation.line.views import StatementView
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.statements import records
from ringtausch_node.federation.statements.cut import (
    NOTHING_BEHIND,
    Behind,
    Cut,
    Figures,
    ends_in,
    figures_at,
    orders_in,
)
from ringtausch_node.federation.statements.reading import (
    KIND,
    Heads,
    SignedStatement,
    cut_of,
    place_of,
    shown,
    statement_in,
    verify_statement,
    written,
)
from ringtausch_node.federation.statements.records import StatementRow
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.service import LogWriter
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.documents import Head, Statement
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import DocumentItem, encode_item
from ringtausch_protocol.keys import Signer

logger = logging.getLogger(__name__)

#: No line needs a statement more often: two volunteers look at their lines once a day at most.
EVERY_SECONDS = 86_400
#: Own frames behind a cut that are read for an answer: 64 are at most 3 MiB, and more than any working line has open.
BEHIND_FRAMES_MAX = 64
#: Open orders each way that an answer with other figures lists: it fits a document however many there are.
DIFFERING_HOLDS_MAX = 50
#: Statements that a look shows: a quarter of a year.
SHOWN_MAX = 92
_DUE, _ASKED = "statement_due", "statement_asked"


class _Asked(NamedTuple):
    """A statement that the other ring proposed, in the frame at `seq`, and that this commit must answer."""

    line: Line
    document: Statement
    signed: bytes
    seq: int


class Statements:
    """Statements of all lines; everything inside the writer's transaction."""

    def __init__(self, identity: RingIdentity, clock: Clock) -> None:
        self._identity, self._clock = identity, clock

    # -- proposing ---------------------------------------------------------------------------------------------------

    def look(self, tx: Tx, all_lines: Iterable[Line]) -> None:
        """Ask this commit for the statements that are due; called now and then."""
        for line in all_lines:
            if self._may_propose(line) and self._is_due(tx, line):
                tx.collect(_DUE, line)
                tx.collect("line", line)

    def _may_propose(self, line: Line) -> bool:
        return line.names.me < line.names.peer and line.in_step and line.is_usable and not line.is_away

    def _is_due(self, tx: Tx, line: Line) -> bool:
        """A day has passed, and the chains hold more than the last statement and its answer."""
        last = self._last(tx, line)
        since = last.at if last else records.load_begun(tx, line.peer.id, line.names.epoch)
        if 0 <= self._clock.now() - since < EVERY_SECONDS or (last and last.is_final and last.state == "signed"):
            return False
        if last is None or last.state == "open":
            return True
        row = lines.load_line(tx, line.peer.id)
        is_longer = row.own_seq > last.own_seq + 1 or row.peer_seq > last.peer_seq + 1
        return is_longer or records.has_beside(tx, last)

    def _last(self, tx: Tx, line: Line) -> StatementRow | None:
        """The newest statement of the present epoch."""
        newest = records.load_newest(tx, line.peer.id, 1)
        return newest[0] if newest and newest[0].epoch == line.names.epoch else None

    def propose(self, tx: Tx, line: Line, row: LineRow, head: Callable[[], Head]) -> bytes | None:
        """The item of a statement for which it is time, to be sealed next and alone. `head()`: our log now.

        Called in the seal hook, after all that waits for this line was sealed.
        """
        is_last = "ended" in (row.state_in, row.state_out)
        if not (is_last or line in tx.collected(_DUE)) or not self._may_propose(line):
            return None
        is_early = not (row.own_seq and row.peer_seq) or bool(orders.load_again(tx, row.peer))
        if is_early or row.closed is not None or (is_last and self._was_last(tx, line)):
            return None
        cut = Cut(row.own_seq, row.peer_seq)
        figures = figures_at(tx, line, cut, NOTHING_BEHIND)
        is_final = is_last and figures.is_zero
        if not is_final and line not in tx.collected(_DUE):
            return None
        if len(figures.own_open) + len(figures.their_open) > limits.HOLDS_LISTED_MAX:
            return None
        return self._item(self._proposed(tx, line, cut, head(), figures, is_final=is_final))

    def _was_last(self, tx: Tx, line: Line) -> bool:
        """Whether the last statement of the line is signed, or was proposed today."""
        last = self._last(tx, line)
        if last is None or not last.is_final:
            return False
        return last.state == "signed" or 0 <= self._clock.now() - last.at < EVERY_SECONDS

    def _proposed(self, tx: Tx, line: Line, cut: Cut, head: Head, figures: Figures, *, is_final: bool) -> bytes:
        theirs = records.load_header(tx, line.peer.id, IN, line.names.epoch, cut.peer_seq)
        assert theirs is not None  # the last frame that we hold
        document = written(line, cut, Heads(head, theirs.head), figures, is_final=is_final)
        half = self._seal(document)
        self._save(tx, line, document, "open", half, None)
        return half

    # -- answering ---------------------------------------------------------------------------------------------------

    def heard(self, tx: Tx, line: Line, row: LineRow, header: Header, place: int, signed: bytes) -> str | None:
        """A statement of the other ring: a proposal, or the answer to ours. -> the code of a reject, or None."""
        try:
            found = verify_statement(line, self._identity, signed)
            if line.names.me < line.names.peer:
                self._answered(tx, line, row, found, signed)
            else:
                self._verify_place(tx, line, row, header, place, found.document)
                self._save(tx, line, found.document, "open", None, signed)
                tx.collect(_ASKED, _Asked(line, found.document, signed, header.seq))
                tx.collect("line", line)
        except RemoteError as bad:
            return bad.code
        return None

    def _verify_place(self, tx: Tx, line: Line, row: LineRow, header: Header, place: int, document: Statement) -> None:
        """A proposal's cut is the one that its own frame makes. Raises RemoteError: paused, replay, bad_proof, busy."""
        if row.closed is not None:
            raise RemoteError("paused", row.closed)
        if (place, document.a_seq, document.b_seq) != (0, header.seq - 1, header.ack_seq):
            raise RemoteError("replay", "a cut that is not that of its frame")
        own = records.load_header(tx, line.peer.id, OUT, line.names.epoch, document.b_seq)
        if own is None or not document.a_seq or (document.a_head, document.b_head) != (header.head, own.head):
            raise RemoteError("bad_proof", "heads that are not those of the frames")
        if document.state and "ended" not in (row.state_in, row.state_out):
            raise RemoteError("terms", "nobody has ended this line")
        if row.own_seq - document.b_seq > BEHIND_FRAMES_MAX:
            raise RemoteError("busy", "too much is under way")

    def answer(
        self, tx: Tx, log: LogWriter, line: Line, row: LineRow, unsealed: Sequence[bytes], received: Sequence[Frame]
    ) -> list[bytes]:
        """The items that answer what this commit was asked. `unsealed`: what waits here; `received`: in this commit.

        Called in the seal hook, before anything of the line is sealed.
        """
        asked: list[_Asked] = [each for each in tx.collected(_ASKED) if each.line is line]
        return [self._item(self._judged(tx, log, row, each, unsealed, received)) for each in asked if not row.closed]

    def _judged(
        self, tx: Tx, log: LogWriter, row: LineRow, asked: _Asked, unsealed: Sequence[bytes], received: Sequence[Frame]
    ) -> bytes:
        line, document = asked.line, asked.document
        cut = cut_of(line, document)
        ours = [*records.load_own_items(tx, line.peer.id, line.names.epoch, cut.own_seq), *unsealed]
        theirs = [item for frame in received if frame.header.seq >= asked.seq for item in frame.items]
        figures = figures_at(tx, line, cut, Behind(ends_in(ours), ends_in(theirs), orders_in(theirs)))
        heads = Heads(document.b_head, document.a_head)
        if written(line, cut, heads, figures, is_final=document.state is not None) != document:
            return self._contradict(tx, line, row, asked, cut, heads, figures)
        both = envelope.add_signatures(asked.signed, KIND, [self._signer])
        log.append(log_entry(ENTRY_DOCUMENT, (both,)))
        self._signed(tx, line, row, document, both)
        return both

    def _contradict(
        self, tx: Tx, line: Line, row: LineRow, asked: _Asked, cut: Cut, heads: Heads, figures: Figures
    ) -> bytes:
        """Our own figures in place of theirs; the line is closed."""
        few = figures._replace(
            own_open=figures.own_open[:DIFFERING_HOLDS_MAX], their_open=figures.their_open[:DIFFERING_HOLDS_MAX]
        )
        document = written(line, cut, heads, few, is_final=asked.document.state is not None)
        half = self._seal(document)
        self._differs(tx, line, row, document, half, asked.signed)
        return half

    def _answered(self, tx: Tx, line: Line, row: LineRow, found: SignedStatement, signed: bytes) -> None:
        """The answer to what we proposed. Raises RemoteError: replay (to nothing that is open), threshold."""
        last, document = self._last(tx, line), found.document
        half = last.ours if last and last.state == "open" else None
        if half is None or place_of(document) != place_of(statement_in(half)):
            raise RemoteError("replay", "no such statement is open")
        if document != statement_in(half):
            self._differs(tx, line, row, document, half, signed)
        elif found.is_ours:
            translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (signed,)))
            self._signed(tx, line, row, document, signed)
        else:
            raise RemoteError("threshold", "our own signature is missing")

    # -- what came back ----------------------------------------------------------------------------------------------

    def came_back(self, tx: Tx, line: Line, row: LineRow, signed: bytes) -> None:
        """A statement in a frame of ours, after a loss: what we proposed, or what we answered."""
        document, last = statement_in(signed), self._last(tx, line)
        if line.names.me < line.names.peer:
            self._save(tx, line, document, "open", signed, None)
        elif len(envelope.parse_envelope(signed).signatures) > 1:
            translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (signed,)))
            self._signed(tx, line, row, document, signed)
        elif last and last.theirs:
            self._differs(tx, line, row, document, signed, last.theirs)

    def heard_again(self, tx: Tx, line: Line, row: LineRow, signed: bytes) -> None:
        """A statement in a frame of theirs, after a loss; what we answered stands in a frame of ours."""
        try:
            found = verify_statement(line, self._identity, signed)
            if line.names.me < line.names.peer:
                self._answered(tx, line, row, found, signed)
            else:
                self._save(tx, line, found.document, "open", None, signed)
        except RemoteError:
            pass  # it was rejected then, too

    # -- what became of it -------------------------------------------------------------------------------------------

    def _signed(self, tx: Tx, line: Line, row: LineRow, document: Statement, both: bytes) -> None:
        sometimes("a statement is signed by both")
        self._save(tx, line, document, "signed", both, None)
        if document.state == "ended":
            row.state_in = row.state_out = "ended"

    def _differs(self, tx: Tx, line: Line, row: LineRow, document: Statement, ours: bytes, theirs: bytes) -> None:
        self._save(tx, line, document, "differs", ours, theirs)
        lines.keep_evidence(tx, row.peer, STATEMENT_DIFFERS, theirs, self._clock.now())
        row.closed = STATEMENT_DIFFERS
        logger.error("line to %s is closed: %s", line.peer.address, STATEMENT_DIFFERS)

    def _save(
        self, tx: Tx, line: Line, document: Statement, state: records.StatementState, ours: bytes | None,
        theirs: bytes | None,
    ) -> None:  # fmt: skip
        cut = cut_of(line, document)
        row = StatementRow(
            line.peer.id, document.epoch, *cut, state, int(document.state is not None), ours, theirs, self._clock.now()
        )
        records.save(tx, row)

    @property
    def _signer(self) -> tuple[str, Signer]:
        return self._identity.frame_key_id, self._identity.frame_signer

    def _seal(self, document: Statement) -> bytes:
        return envelope.seal(KIND, canonical.encode(document), [self._signer])

    def _item(self, signed: bytes) -> bytes:
        return encode_item(DocumentItem(type_=KIND, envelope=msgspec.Raw(signed)))


def views(tx: Tx, line: Line, count: int = SHOWN_MAX) -> list[StatementView]:
    """The newest statements of a line, newest first."""
    return [shown(line, row) for row in records.load_newest(tx, line.peer.id, count)]
