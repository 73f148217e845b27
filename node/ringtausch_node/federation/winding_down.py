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
from ringtausch_node.federation.agreement import stopping
from ringtausch_node.federation.agreement.operators import Operators
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import GIVEN_UP
from ringtausch_node.federation.mail.farewells import Farewells
from ringtausch_node.federation.reset.last_word import last_word, left_on
from ringtausch_node.federation.reset.records import load_proposals
from ringtausch_node.federation.reset.waiving import kept_seconds
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.ring_close import KIND, ClosedLine, RingClose


class Taker(msgspec.Struct, frozen=True, kw_only=True):
    """A ring that may take a claim over, and at most so much of it: its own debt ends by that."""

    address: str
    amount_seconds: int
    #: By adverts: how much more may be owed on the line between the two, at least; None: we know of no such line.
    room_seconds: int | None = None


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a ring that winds down. we_owe_seconds < 0: they owe us. `ended`: something is left.

    `kept_seconds`: what we owed there and keep, as it was waived or the line given up; below zero: what was lost.
    `is_proposed`: one of both has signed a new beginning of the line (SPEC.md 5.4), and not the other.
    """

    address: str
    state: Literal["open", "ended", "over"]
    we_owe_seconds: int
    under_way: int
    kept_seconds: int = 0
    is_proposed: bool = False
    takers: list[Taker] = []


class WindingView(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is. `begun_at`: None while the ring goes on; `document`: the closing certificate, once signed."""

    claims: list[ClaimView]
    is_over: bool
    begun_at: int | None = None
    document: msgspec.Raw | None = None


class StopStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`closed_at`: when the operators signed that all is over, or None."""

    is_stopping: bool
    closed_at: int | None


def read_certificate(signed: bytes) -> RingClose:
    """What a certificate of our own says."""
    return canonical.parse(envelope.parse_envelope(signed).body(), RingClose, limits.DOCUMENT_BYTES)


class WindingDown:
    """The operator's side of it. `end_line` says the end of one line; `verify_ready`: not while recovering.

    `room`: what is known of how much more one ring may owe another; `farewells`: tells all partners, once.
    """

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, operators: Operators,
        end_line: Callable[[str], Awaitable[object]], verify_ready: Callable[[], None],
        room: Callable[[str, str], int | None], farewells: Farewells,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._identity, self._lines = store, clock, identity, lines
        self._operators, self._end_line, self._verify_ready = operators, end_line, verify_ready
        self._room, self._farewells = room, farewells
        #: Whether it was announced: every page asks.
        self.is_begun = False

    async def load(self) -> None:
        """What this ring announced in an earlier boot."""
        self.is_begun = (await self.standing()).is_stopping

    async def begin(self) -> WindingView:
        """Announce it, tell all partners and end every line: nothing new comes or goes but what brings a balance home.

        Again: what an interrupted announcement left out. Raises LocalError: recovering, superseded.
        """
        self._verify_ready()
        await self._store.write(self._announce)
        self.is_begun = True
        for claim in (await self.view()).claims:
            if claim.state == "open":
                await self._end(claim.address)
        return await self.view()

    async def _end(self, address: str) -> None:
        """Another operator, or the last statement with the other ring, may have ended it this very moment."""
        try:
            await self._end_line(address)
        except LocalError as error:
            if error.code != "line_ended":
                raise

    async def tell(self) -> None:
        """Tell who was not told: this ring announced its end when its program could not tell yet.

        While nothing is to be told, nothing is done. Raises LocalError: recovering, superseded.
        """
        if await self._store.read(self._must_tell):
            self._verify_ready()
            sometimes("a ring tells its partners later that it winds down")
            await self._store.write(self._farewells.say)

    def _must_tell(self, tx: Tx) -> bool:
        known = stopping.load_stopping(tx)
        return known is not None and known.certificate is None and self._farewells.is_untold(tx)

    def _announce(self, tx: Tx) -> None:
        stopping.announce(tx, self._clock.now())
        self._farewells.say(tx)

    async def view(self) -> WindingView:
        """Each partner's claim."""
        return await self._store.read(self._view)

    async def standing(self) -> StopStanding:
        """Whether this ring stops, or has stopped: what members are told."""
        known = await self._store.read(stopping.load_stopping)
        signed = known and known.certificate
        return StopStanding(is_stopping=known is not None, closed_at=read_certificate(signed).at if signed else None)

    async def close(self) -> WindingView:
        """Sign and log that all is over; signed once, it is told again.

        Raises LocalError: claims_left (or not announced), reset_open (a new beginning is proposed, which would move
        hours afterwards), threshold (others of ours sign first), recovering, superseded.
        """
        self._verify_ready()
        self._operators.verify_done(is_done=await self._store.write(self._close) is not None)
        return await self.view()

    def _view(self, tx: Tx) -> WindingView:
        """A line whose words were never compared is none: nothing was ever said on it."""
        known = stopping.load_stopping(tx)
        is_closed = known is not None and known.certificate is not None
        lines = [line for line in self._lines.all() if line.peer.state != "agreed"]
        claims = [_claim(tx, line, is_closed=is_closed) for line in lines]
        standing = [claim for line, claim in zip(lines, claims, strict=True) if not line.is_given_up]
        claims = [
            msgspec.structs.replace(claim, takers=self._takers(claim, standing) if claim in standing else [])
            for claim in claims
        ]
        return WindingView(
            claims=claims, is_over=known is not None and all(claim.state == "over" for claim in claims),
            begun_at=known and known.begun_at,
            document=msgspec.Raw(known.certificate) if known and known.certificate else None,
        )  # fmt: skip

    def _takers(self, claim: ClaimView, claims: list[ClaimView]) -> list[Taker]:
        """The rings that stand the other way round: a debtor of ours can owe our creditor instead (SPEC.md 7.16)."""
        found = []
        for each in claims:
            if each.we_owe_seconds * claim.we_owe_seconds < 0:
                amount = min(abs(each.we_owe_seconds), abs(claim.we_owe_seconds))
                debtor, creditor = (each, claim) if claim.we_owe_seconds > 0 else (claim, each)
                rings = [self._lines.agreed(side.address).names.peer for side in (debtor, creditor)]
                room = self._room(rings[0], rings[1])
                found.append(Taker(address=each.address, amount_seconds=amount, room_seconds=room))
        return found

    def _close(self, tx: Tx) -> bytes | None:
        view = self._view(tx)
        if view.document is not None:
            return bytes(view.document)
        for each in view.claims:
            if each.is_proposed:
                raise LocalError("reset_open", each.address)
        if not view.is_over:
            raise LocalError("claims_left", "a line is not over")
        lines = sorted((_closed(tx, line) for line in self._lines.all()), key=lambda each: each.peer)
        ring_id, net = self._identity.ring_id, self._identity.net
        said = RingClose(v=1, net=net, ring_id=ring_id, at=self._clock.now(), lines=lines)
        for known in self._operators.known(tx, KIND, ring_id):
            before = read_certificate(known)
            if msgspec.structs.replace(said, at=before.at) == before:
                said = before
        signed = envelope.seal(KIND, canonical.encode(said), self._identity.operator_signers)
        whole = self._operators.complete(tx, KIND, signed, ring_id)
        if whole is not None:
            sometimes("a ring says that all is over")
            translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (whole,)))
            stopping.keep_certificate(tx, whole)
        return whole


def _claim(tx: Tx, line: Line, *, is_closed: bool) -> ClaimView:
    """`is_closed`: once the certificate is signed a proposal means nothing, for nobody signs it here any more."""
    row = records.load_line(tx, line.peer.id)
    left = left_on(tx, line, row)
    is_given_up = line.is_given_up
    is_ended = is_given_up or row.state_in == "ended"
    is_signed = is_given_up or last_word(tx, line) is not None
    proposals = load_proposals(tx, line.peer.id)
    is_proposed = not is_closed and (proposals.ours, proposals.theirs) != (None, None)
    is_over = is_ended and is_signed and left == (0, 0) and not is_proposed
    return ClaimView(
        address=line.peer.address, state="over" if is_over else "ended" if is_ended else "open",
        we_owe_seconds=left.we_owe_seconds, under_way=left.under_way, is_proposed=is_proposed,
        kept_seconds=kept_seconds(tx, line),
    )  # fmt: skip


def _closed(tx: Tx, line: Line) -> ClosedLine:
    last = None if line.peer.reason == GIVEN_UP else last_word(tx, line)
    return ClosedLine(peer=line.names.peer, epoch=line.names.epoch, last_word=last)
