# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much two rings might let each other owe: a proposal by the za:rt rule, with its reasons. It sets nothing.

Rule 2 of the "3-Länder-Clearing" of za:rt (AT, DE, CH): the outside account of a ring stays, both ways, within 10 % of
last year's turnover and within 20 % of the created money. Here every other ring has a line of its own, so what the
other lines take already is taken off.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.line.model import GIVEN_UP
from ringtausch_node.federation.line.records import load_line
from ringtausch_node.federation.service import Federation
from ringtausch_node.payments import figure_records
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.limits import TIME_MAX

YEAR_SECONDS = 365 * 86_400
#: A proposal is said on the telephone: whole half hours, rounded down.
STEP_SECONDS = 1_800
_TURNOVER_PERCENT, _CREATED_PERCENT = 10, 20

#: Which of the two figures binds, or why there is nothing to propose.
Reason: TypeAlias = Literal["turnover", "created", "nothing_yet", "all_given"]


class Figures(NamedTuple):
    """What the rule asks of a ring, in whole seconds.

    turnover: all payments of the last 365 days, at home and abroad. created: the sum of all balances above zero.
    given_in, given_out: the limits of the other lines, for them and for us; a line that was given up has none.
    """

    turnover_seconds: int
    created_seconds: int
    given_in_seconds: int
    given_out_seconds: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator is shown; all in whole seconds. limit_in: the most they might owe us."""

    address: str
    limit_in_seconds: int
    limit_out_seconds: int
    reason: Reason
    rule_seconds: int
    turnover_seconds: int
    created_seconds: int
    given_in_seconds: int
    given_out_seconds: int


def propose(address: str, figures: Figures) -> Proposal:
    """The rule itself: the smaller of the two shares, less what other lines take, in whole half hours."""
    by_turnover = figures.turnover_seconds * _TURNOVER_PERCENT // 100
    by_created = figures.created_seconds * _CREATED_PERCENT // 100
    rule = min(by_turnover, by_created)
    limit_in, limit_out = _left(rule, figures.given_in_seconds), _left(rule, figures.given_out_seconds)
    reason: Reason = "turnover" if by_turnover <= by_created else "created"
    if limit_in == limit_out == 0:
        reason = "nothing_yet" if rule < STEP_SECONDS else "all_given"
    return Proposal(
        address=address, limit_in_seconds=limit_in, limit_out_seconds=limit_out, reason=reason, rule_seconds=rule,
        **figures._asdict(),
    )  # fmt: skip


def _left(rule_seconds: int, given_seconds: int) -> int:
    return max(0, rule_seconds - given_seconds) // STEP_SECONDS * STEP_SECONDS


class Proposals:
    """Looks the figures up."""

    def __init__(self, store: Store, clock: Clock, federation: Federation) -> None:
        self._store, self._clock, self._federation = store, clock, federation

    async def propose(self, address: str) -> Proposal:
        """A proposal for the line to one ring, whether there is one yet or not."""
        since = self._clock.now() - YEAR_SECONDS
        return await self._store.read(lambda tx: propose(address, self._figures(tx, address, since)))

    def _figures(self, tx: Tx, address: str, since: int) -> Figures:
        others = [line.peer for line in self._federation.lines.all() if line.peer.address != address]
        rows = [load_line(tx, peer.id) for peer in others if peer.reason != GIVEN_UP]
        given_in, given_out = sum(map(terms.limit_in, rows)), sum(map(terms.limit_out, rows))
        turnover = figure_records.load_turnover(tx, since, TIME_MAX).all_seconds
        return Figures(turnover, figure_records.load_created(tx), given_in, given_out)
