# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring winds down (SPEC.md 5.6): all lines are ended, each claim goes home or is closed, and a certificate says so.

What ends a claim is what ends it on any line: payments home, netting, a third ring that takes it over, a reset that
both sign, giving up. Here stands only what is left, and the last word.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.operators import Operators
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.recovery.records import load_queued_to
from ringtausch_node.federation.reset.giving_up import GIVEN_UP
from ringtausch_node.federation.reset.records import load_epochs
from ringtausch_node.federation.statements.records import load_newest
from ringtausch_node.ledger import service as ledger
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.frames import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.ring_close import KIND, ClosedLine, RingClose


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a ring that winds down. we_owe_seconds < 0: they owe us. `ended`: something is left."""

    address: str
    state: Literal["open", "ended", "over"]
    we_owe_seconds: int
    under_way: int


class WindingView(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is. `document`: the closing certificate, from `close` alone."""

    claims: list[ClaimView]
    is_over: bool
    document: msgspec.Raw | None = None


class WindingDown:
    """The operator's side of it. `end_line` says the end of one line; `verify_ready`: not while recovering."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, operators: Operators,
        end_line: Callable[[str], Awaitable[object]], verify_ready: Callable[[], None],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._identity, self._lines = store, clock, identity, lines
        self._operators, self._end_line, self._verify_ready = operators, end_line, verify_ready

    async def begin(self) -> WindingView:
        """End every line: nothing new comes or goes but what brings a balance home. Again: lines that are new since.

        Raises LocalError: recovering, superseded.
        """
        self._verify_ready()
        for claim in (await self.view()).claims:
            if claim.state == "open":
                await self._end_line(claim.address)
        return await self.view()

    async def view(self) -> WindingView:
        """Each partner's claim."""
        return await self._store.read(self._view)

    async def close(self) -> WindingView:
        """Sign and log that all is over. Raises LocalError: claims_left, threshold (others of ours sign first)."""
        self._verify_ready()
        signed = await self._store.write(self._close)
        if signed is None:
            raise LocalError("threshold", f"{self._operators.needed} operators of this ring must sign")
        view = await self.view()
        return msgspec.structs.replace(view, document=msgspec.Raw(signed))

    def _view(self, tx: Tx) -> WindingView:
        claims = [self._claim(tx, line) for line in self._lines.all()]
        return WindingView(claims=claims, is_over=all(claim.state == "over" for claim in claims))

    def _claim(self, tx: Tx, line: Line) -> ClaimView:
        row = records.load_line(tx, line.peer.id)
        owed = ledger.account(tx, line.peer.clearing_account).balance_seconds
        under_way = row.held_in_count + row.held_out_count + len(load_queued_to(tx, line.peer.id))
        is_given_up = line.peer.reason == GIVEN_UP
        is_ended = is_given_up or row.state_in == "ended"
        is_signed = is_given_up or _last_word(tx, line) is not None
        is_over = is_ended and is_signed and (owed, under_way) == (0, 0)
        return ClaimView(
            address=line.peer.address, state="over" if is_over else "ended" if is_ended else "open",
            we_owe_seconds=owed, under_way=under_way,
        )  # fmt: skip

    def _close(self, tx: Tx) -> bytes | None:
        if not self._view(tx).is_over:
            raise LocalError("claims_left", "a line is not over")
        lines = sorted((_closed(tx, line) for line in self._lines.all()), key=lambda each: each.peer)
        ring_id, net = self._identity.ring_id, self._identity.net
        said = RingClose(v=1, net=net, ring_id=ring_id, at=self._clock.now(), lines=lines)
        for known in self._operators.known(tx, KIND, ring_id):
            before = canonical.parse(envelope.parse_envelope(known).body(), RingClose, limits.DOCUMENT_BYTES)
            if msgspec.structs.replace(said, at=before.at) == before:
                said = before
        signed = envelope.seal(KIND, canonical.encode(said), self._identity.operator_signers)
        whole = self._operators.complete(tx, KIND, signed, ring_id)
        if whole is not None:
            sometimes("a ring says that all is over")
            translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (whole,)))
        return whole


def _last_word(tx: Tx, line: Line) -> str | None:
    """H of what both rings signed last about a line, at zero: its last statement, or the reset to zero."""
    newest = load_newest(tx, line.peer.id, 1)
    if newest and newest[0].is_final and newest[0].state == "signed" and newest[0].epoch == line.names.epoch:
        return _hash("statement", newest[0].ours)
    begun = next((row for row in load_epochs(tx, line.peer.id) if row.epoch == line.names.epoch), None)
    if begun is None or begun.document is None or begun.opening_seconds:
        return None
    return _hash("epoch-reset", begun.document)


def _hash(kind: str, signed: bytes | None) -> str:
    assert signed is not None  # what both have signed has our signature too
    return b64(envelope.document_hash(kind, envelope.parse_envelope(signed).body()))


def _closed(tx: Tx, line: Line) -> ClosedLine:
    last = None if line.peer.reason == GIVEN_UP else _last_word(tx, line)
    return ClosedLine(peer=line.names.peer, epoch=line.names.epoch, last_word=last)
