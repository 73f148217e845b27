# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a line stands, as its operator sees it."""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line, agreement_in
from ringtausch_node.federation.line.model import (
    GIVEN_UP,
    RESET_SIGNED,
    STATEMENT_DIFFERS,
    STOPPED_THERE,
    LineRow,
    terms_of,
)
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.federation.mail.farewells import stops_since
from ringtausch_node.federation.recovery.service import Recovery
from ringtausch_node.federation.reset.records import load_began_at
from ringtausch_node.federation.statements import service as statements
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx

#: So long the ring that proposed a new beginning may need to hear that it is signed. It is told at once; if it cannot
#: be reached it asks by itself, every quarter of an hour once it has waited for a day (`retry_idle_seconds`), and may
#: miss one turn. Whoever has not heard by then has to be rung up.
HEARS_WITHIN_SECONDS = 2 * 900


class LineViews:
    """Looks at lines: what is agreed, what is owed, and in which state each is."""

    def __init__(self, clock: Clock, life: terms.LineLife, recovery: Recovery) -> None:
        self._clock, self._life, self._recovery = clock, life, recovery

    def of(self, tx: Tx, line: Line) -> PeerView:
        """One line."""
        row = records.load_line(tx, line.peer.id)
        return PeerView(
            address=line.peer.address, ring_id=line.peer.ring_id, state=self._state_of(line, row),
            clearing_seconds=ledger.account(tx, line.peer.clearing_account).balance_seconds,
            limit_in=terms.limit_in(row), limit_out=terms.limit_out(row),
            held_in=row.held_in_seconds, held_out=row.held_out_seconds, last_seen=row.seen_at,
            reason=self._reason_of(tx, line, row),
            proposed_out=self._proposed_out(tx, line), statement=next(iter(statements.views(tx, line, 1)), None),
            stops_since=stops_since(tx, line), stopped_there_at=row.stopped_there_at,
        )  # fmt: skip

    def _reason_of(self, tx: Tx, line: Line, row: LineRow) -> str | None:
        """What keeps a line from being open. Of what a ring may not have heard yet nobody says that it refuses it."""
        said = line.why_silent or line.peer.reason or row.closed
        if said is None and self._is_signed_lately(tx, line, row):
            return RESET_SIGNED
        return said or _word_of(row) or _refusal_of(row)

    def _is_signed_lately(self, tx: Tx, line: Line, row: LineRow) -> bool:
        """Whether the present epoch began a while ago at most, and no hello of the other ring has named it yet."""
        since = self._clock.now() - HEARS_WITHIN_SECONDS
        return row.fence is None and load_began_at(tx, line.peer.id, line.names.epoch) > max(since, 0)

    def _state_of(self, line: Line, row: LineRow) -> str:
        """agreed -> confirmed -> (in step) probing -> open; away, paused, ended; quarantined until operators decide."""
        if line.peer.state != "confirmed":
            return GIVEN_UP if line.peer.reason == GIVEN_UP else line.peer.state
        if line.is_silent:
            return "quarantined"
        if self._recovery.is_active:
            return "recovering" if self._recovery.awaits(line) else "recovered"
        if "ended" in (row.state_in, row.state_out):
            return "ended"
        if not line.in_step or line.is_away:
            return "away" if row.is_open else "confirmed"
        if "paused" in (row.state_in, row.state_out) or row.closed == STATEMENT_DIFFERS:
            return "paused"
        return "open" if row.is_open else "probing"

    def _proposed_out(self, tx: Tx, line: Line) -> int | None:
        """The most we might owe them if our operator agrees to what they propose."""
        proposal = records.load_proposal(tx, line.peer.id)
        if proposal is None or not self._life.is_theirs(proposal):
            return None
        return terms_of(agreement_in(proposal), line.names.me).limit_out_seconds


def _refusal_of(row: LineRow) -> str | None:
    """The other ring is there, and will have nothing more to do with this line: it was stopped or given up there."""
    return None if row.stopped_there_at is None else STOPPED_THERE


def _word_of(row: LineRow) -> str | None:
    """Who spoke the word that keeps a line from being open."""
    if row.state_in != "open":
        return f"{row.state_in}_by_us"
    return None if row.state_out == "open" else f"{row.state_out}_by_them"
