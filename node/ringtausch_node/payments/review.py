# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office's look at a month: every booking, the headings they count under, and what was given in all.

A heading is the office's note beside a booking and can be changed; the booking never does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import review_records as records
from ringtausch_node.payments.model import payment_text
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.limits import SEQ_MAX

#: A month of a large time bank; what is more is said, never left out in silence.
BOOKINGS_MAX = 5_000
#: Kinds of bookings by which hours changed hands; the others put something right or carry it over.
GIVEN = frozenset({"payment", "sent", "received"})


class BookedView(msgspec.Struct, frozen=True, kw_only=True):
    """One booking. `number` is its place in the books; `category` is empty where nobody gave one."""

    number: int
    at: int
    kind: str
    amount_seconds: int
    from_: str = msgspec.field(name="from")
    to: str
    memo: str
    payment_id: str | None
    category: str


class HeadingView(msgspec.Struct, frozen=True, kw_only=True):
    """What was given under one heading."""

    category: str
    bookings: int
    amount_seconds: int


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A time in the books. `given_seconds`: all that changed hands; `is_whole` is false where there was more."""

    bookings: list[BookedView]
    headings: list[HeadingView]
    given_seconds: int
    is_whole: bool


class Review:
    """Looking at what was booked, for those who keep the books of one ring."""

    def __init__(self, store: Store, clock: Clock, members: Members, categories: Sequence[str]) -> None:
        self._store, self._clock, self._members = store, clock, members
        self.categories = tuple(categories)

    async def bookings(self, since: int, until: int, actor: Actor) -> ReviewView:
        """Everything booked from `since` until before `until`. Raises LocalError('not_allowed')."""

        def use_case(tx: Tx) -> ReviewView:
            self._members.rights.verify_office(tx, actor)
            found = records.load_booked(tx, since, until, BOOKINGS_MAX + 1)
            return _review([_view(each) for each in found[:BOOKINGS_MAX]], is_whole=len(found) <= BOOKINGS_MAX)

        return await self._store.read(use_case)

    async def sort(self, headings: Mapping[int, str], actor: Actor) -> int:
        """Number of a booking -> its heading, empty for none. -> how many were set.

        Raises LocalError: category (not one of the ring's), not_found, not_allowed.
        """
        if not set(headings.values()) <= {"", *self.categories}:
            raise LocalError("category")

        def use_case(tx: Tx) -> int:
            self._members.rights.verify_office(tx, actor)
            for number, category in headings.items():
                transfer_id = records.load_transfer_id(tx, number) if 0 < number <= SEQ_MAX else None
                if transfer_id is None:
                    raise LocalError("not_found", "booking")
                records.set_category(tx, transfer_id, category, actor.handle, self._clock.now())
            return len(headings)

        return await self._store.write(use_case)


def _view(row: records.Booked) -> BookedView:
    return BookedView(
        number=row.number, at=row.at, kind=row.kind, amount_seconds=row.amount_seconds, from_=row.debit,
        to=row.credit, memo=row.memo or "", payment_id=payment_text(row.payment_id) if row.payment_id else None,
        category=row.category or "",
    )  # fmt: skip


def _review(bookings: list[BookedView], *, is_whole: bool) -> ReviewView:
    """The sums: what was given back is no gift, so only what changed hands counts."""
    sums: dict[str, list[int]] = defaultdict(list)
    for each in bookings:
        if each.kind in GIVEN:
            sums[each.category].append(each.amount_seconds)
    headings = [
        HeadingView(category=category, bookings=len(amounts), amount_seconds=sum(amounts))
        for category, amounts in sorted(sums.items(), key=lambda item: (not item[0], -sum(item[1])))
    ]
    return ReviewView(
        bookings=bookings, headings=headings, given_seconds=sum(each.amount_seconds for each in headings),
        is_whole=is_whole,
    )  # fmt: skip
