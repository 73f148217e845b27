# SPDX-License-Identifier: AGPL-3.0-or-later
"""The yearly figures of a ring (SPEC.md 7.15): what za:rt's rule 3 asks every ring to disclose, signed by the ring."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.members.model import OPERATOR, Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import figure_records as records
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.yearly import FIRST_YEAR, KIND, LAST_YEAR, YearlyFigures


class SignedFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures for people, and the document that anybody checks. `is_over`: nothing can be added to that year."""

    figures: YearlyFigures
    is_over: bool
    document: msgspec.Raw


class Yearly:
    """Adds a year up and signs it."""

    def __init__(self, store: Store, clock: Clock, identity: RingIdentity, members: Members, time_zone: str) -> None:
        self._store, self._clock, self._identity, self._members = store, clock, identity, members
        self._zone = ZoneInfo(time_zone)

    async def figures(self, year: int | None = None, actor: Actor = OPERATOR) -> SignedFigures:
        """Of a year; without one of the last that is over.

        Raises LocalError: not_allowed (others than the office), year (none, or not begun).
        """
        now = self._clock.now()
        wanted = datetime.fromtimestamp(now, self._zone).year - 1 if year is None else year
        if not FIRST_YEAR <= wanted <= LAST_YEAR or self._begin(wanted) > now:
            raise LocalError("year")
        since, end = self._begin(wanted), self._begin(wanted + 1)

        def use_case(tx: Tx) -> YearlyFigures:
            self._members.rights.verify_office(tx, actor)
            return self._add_up(tx, wanted, since, min(end, now))

        found = await self._store.read_apart(use_case)
        signer = (self._identity.frame_key_id, self._identity.frame_signer)
        document = envelope.seal(KIND, canonical.encode(found), [signer])
        return SignedFigures(figures=found, is_over=end <= now, document=msgspec.Raw(document))

    def _begin(self, year: int) -> int:
        return int(datetime(min(year, LAST_YEAR), 1, 1, tzinfo=self._zone).timestamp())

    def _add_up(self, tx: Tx, year: int, since: int, until: int) -> YearlyFigures:
        turnover = records.load_turnover(tx, since, until)
        names: dict[str, Any] = {"net": self._identity.net, "ring_id": self._identity.ring_id}
        return YearlyFigures(
            v=1, **names, year=year, since=since, until=until, created_seconds=records.load_created_at(tx, until),
            turnover_seconds=turnover.all_seconds, foreign_in_seconds=turnover.foreign_in_seconds,
            foreign_out_seconds=turnover.foreign_out_seconds, accounts=records.count_accounts(tx, until),
        )  # fmt: skip
