# SPDX-License-Identifier: AGPL-3.0-or-later
"""Claims change hands (SPEC.md 7.16): a debtor of ours comes to owe our creditor instead of us, if both agree.

For the ring that hands over, and for the two that are asked. It is one order round the circle, so either all three
lines move or none does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.netting.service import Netting
from ringtausch_node.federation.orders import assignment_records as records
from ringtausch_node.federation.orders.assignment_records import Asked
from ringtausch_node.federation.orders.round_trip import ASSIGNMENT
from ringtausch_node.federation.winding_down import ClaimView, WindingDown
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.errors import LocalError


class Assigned(msgspec.Struct, frozen=True, kw_only=True):
    """From now on `debtor` owes `creditor` so much more, and neither has to do with us for it. Else it is under way."""

    debtor: str
    creditor: str
    amount_seconds: int
    is_done: bool


class AssignmentView(msgspec.Struct, frozen=True, kw_only=True):
    """What we are asked. `we_owe`: we come to owe `other` what `leaver` owes it; else `other` comes to owe us that."""

    leaver: str
    other: str
    we_owe: bool
    amount_seconds: int
    state: Literal["asked", "agreed", "declined"]
    at: int


class Assigning:
    """The operators' side, in all three rings. `verify_believed`: not while recovering, nor with a wrong clock."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, lines: Lines, netting: Netting,
        winding: WindingDown, verify_believed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._identity, self._lines = store, clock, identity, lines
        self._netting, self._winding, self._verify_believed = netting, winding, verify_believed

    async def assign(self, creditor: str, debtor: str, amount_seconds: int) -> Assigned:
        """Let `debtor`, who owes us, owe so much to `creditor` instead, whom we owe: as their operator has read it.

        Raises LocalError: unknown_peer, claim_turned (it is the other way round by now), no_taker, not_agreed (they
        are asked by this), assignment_declined, card_unknown (one of them has not heard of our newest card yet),
        no_capacity, no_route, next_hop_down, paused, busy, recovering, superseded, clock_doubtful.
        """
        self._verify_believed()
        rings = [self._lines.agreed(each).names.peer for each in (debtor, creditor)]
        _verify_is_open((await self._winding.view()).claims, creditor, debtor, amount_seconds)
        me = self._identity.ring_id
        order = await self._netting.go_round((me, *rings, me), amount_seconds, ASSIGNMENT)
        _verify_goes_on(order)
        return Assigned(
            debtor=debtor, creditor=creditor, amount_seconds=amount_seconds,
            is_done=order is not None and order.state == "posted",
        )  # fmt: skip

    async def asked(self) -> list[AssignmentView]:
        """What we were asked and nothing has come of yet, newest first."""
        return await self._store.read(lambda tx: [self._view(each) for each in records.load_all(tx)])

    async def answer(self, leaver: str, other: str, amount_seconds: int, *, agrees: bool) -> list[AssignmentView]:
        """Agree to what was read, once, or decline it; the answer may change until an order has used it.

        Raises LocalError: nothing_asked (nothing, or another amount by now), recovering, superseded, clock_doubtful.
        """
        self._verify_believed()
        state = "agreed" if agrees else "declined"

        def use_case(tx: Tx) -> None:
            views = [(each, self._view(each)) for each in records.load_all(tx)]
            wanted = (leaver, other, amount_seconds)
            meant = [each for each, view in views if (view.leaver, view.other, view.amount_seconds) == wanted]
            if not meant:
                raise LocalError("nothing_asked", f"{leaver} and {other}")
            for each in meant:
                records.answer(tx, each, state, self._clock.now())
                if not agrees:
                    sometimes("a taker declines" if each.place == records.TAKER else "a creditor declines")

        await self._store.write(use_case)
        return await self.asked()

    def _view(self, asked: Asked) -> AssignmentView:
        leaver, other = (self._lines.by_id(each).peer.address for each in (asked.leaver, asked.other))
        return AssignmentView(
            leaver=leaver, other=other, we_owe=asked.place == records.TAKER, amount_seconds=asked.amount_seconds,
            state=asked.state, at=asked.at,
        )  # fmt: skip


def _verify_is_open(claims: list[ClaimView], creditor: str, debtor: str, amount_seconds: int) -> None:
    """People pay between an operator's reading and his word: what he did not read is not done."""
    for claim in claims:
        taker = next((each for each in claim.takers if (claim.address, each.address) == (creditor, debtor)), None)
        if taker is not None and claim.we_owe_seconds < 0:
            sometimes("a claim has turned before it was handed over")
            raise LocalError("claim_turned", f"{creditor} owes us")
        if taker is not None and 0 < amount_seconds <= taker.amount_seconds:
            return
    raise LocalError("no_taker", f"{debtor} for {creditor}")


def _verify_goes_on(order: OrderOut | None) -> None:
    """An order that came back says why; one that never left found nobody there."""
    if order is None or order.state in ("cancelled", "expired"):
        raise LocalError("next_hop_down", "not sent")
    if order.state == "released" and order.code == records.NOT_AGREED:
        sometimes("an agreement is asked for")
        raise LocalError("not_agreed", "")
    if order.state == "released" and order.code == records.DECLINED:
        raise LocalError("assignment_declined", "")
    if order.state == "released":
        raise LocalError(order.code or "next_hop_down", "")
    if order.state == "posted":
        sometimes("a claim changes hands")
