# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings about members: how people come in, when an invoice counts as accepted, how the office sorts bookings."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

#: One line of a list.
CATEGORY_LENGTH = 40
#: Longer than a year is no agreement any more.
ACCEPT_DAYS_MAX = 366
CATEGORIES = (
    "Haushalt", "Garten", "Handwerk", "Fahrten", "Begleitung", "Unterricht", "Gesundheit", "Computer", "Essen",
    "Gemeinschaft", "Sonstiges",
)  # fmt: skip

Category = Annotated[str, msgspec.Meta(min_length=1, max_length=CATEGORY_LENGTH)]


class Membership(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sign_up`: only the office takes people in, or anybody may ask on a page and the office decides.

    `accept_invoices_after_days`: an invoice inside the ring that nobody declined is paid after so many days; 0: never.
    """

    sign_up: Literal["office", "page"] = "office"
    accept_invoices_after_days: Annotated[int, msgspec.Meta(ge=0, le=ACCEPT_DAYS_MAX)] = 0
    categories: Annotated[list[Category], msgspec.Meta(max_length=40)] = msgspec.field(
        default_factory=lambda: list(CATEGORIES)
    )
