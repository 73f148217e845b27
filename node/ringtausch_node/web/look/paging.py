# SPDX-License-Identifier: AGPL-3.0-or-later
"""A list that pages show in parts, read as a whole for a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

#: Rows of a table: some twenty years of a busy member.
TABLE_MAX = 4_000

Row = TypeVar("Row")
Place = TypeVar("Place")


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
