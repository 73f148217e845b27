# SPDX-License-Identifier: AGPL-3.0-or-later
"""Long lists: what a page shows of one that waits to be worked off, and a list in pages as a whole for a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

#: Rows of a table: some twenty years of a busy member.
TABLE_MAX = 4_000

#: Rows of a list that waits, each a line; and where each has words and a form of its own.
LINES_SHOWN, FORMS_SHOWN = 20, 15

Row = TypeVar("Row")
Place = TypeVar("Place")


class Waiting(NamedTuple, Generic[Row]):
    """The beginning of a list, and how many more wait; they come up as soon as some of these are done."""

    rows: Sequence[Row]
    left_out: int


def beginning(found: Sequence[Row], most: int) -> Waiting[Row]:
    """So many of a list."""
    return Waiting(found[:most], max(len(found) - most, 0))


async def all_rows(page: Callable[[Place | None], Awaitable[tuple[Sequence[Row], Place | None]]]) -> list[Row]:
    """The newest rows, as far back as anybody looks. `page`: from a place on -> (its rows, where the next begins)."""
    found: list[Row] = []
    place: Place | None = None
    while len(found) < TABLE_MAX:
        rows, place = await page(place)
        found += rows
        if place is None:
            break
    return found
