# SPDX-License-Identifier: AGPL-3.0-or-later
"""Functions and files grow one line at a time; the ratchet notices."""

from __future__ import annotations

import pytest

from tests.house.sizes import PLACES, allowed, longest, measure

MEASURES = ["longest_function", "functions_over_30", "files_over_300"]


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("what", MEASURES)
def test_nothing_grows(name: str, what: str) -> None:
    size, most = measure()[name][what], allowed()[name][what]

    assert size <= most, (
        f"{name}: {what} is {size}, it may be {most}. Split what you made longer by the steps of its life; "
        f"ratchet.json never gets a larger number. The longest now:\n{longest(name)}"
    )


def test_the_ratchet_holds_what_was_won() -> None:
    won = [
        f"{name} {what}: {size}"
        for name, sizes in measure().items()
        for what, size in sizes.items()
        if size < allowed()[name][what]
    ]

    assert [] == won, "something got shorter, thank you: write it down with `python -m tests.house.sizes`"
