# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sheet of paper: what was printed is typed in again, and a slip of the hand is found in its line."""

from __future__ import annotations

import re

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.keyring.issue import Roots
from ringtausch_node.keyring.sheet import read_sheet, write_sheet

ROOTS = Roots([bytes(range(32)), b"\xff" * 32], [bytes(32)])
SHEET = write_sheet(ROOTS, "eiche.example", "a" * 52)
LINES = [line for line in SHEET.splitlines() if re.match(r"\s+[WN]\d", line)]


def wrong_line(text: str) -> str:
    """Which line a sheet is refused for."""
    with pytest.raises(LocalError) as caught:
        read_sheet(text)
    assert "sheet_line" == caught.value.code
    return caught.value.detail


def test_what_was_printed_is_read_again() -> None:
    assert ROOTS == read_sheet(SHEET)
    assert ["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "N1", "N2", "N3", "N4"] == [
        line.split()[0] for line in LINES
    ]


def test_people_type_as_they_like() -> None:
    typed = "\n".join(reversed(LINES)).upper().replace("O", "0").replace("L", "1").replace("B", "8").replace("  ", "\t")
    assert ROOTS == read_sheet(typed.replace("W1 ", "w1: ").replace("\tW2", "W2."))


@pytest.mark.parametrize("place", range(len(LINES)))
def test_every_wrong_letter_is_found_in_its_line(place: int) -> None:
    line = LINES[place]
    name = line.split()[0]
    for at in range(line.index(line.split()[1]), len(line)):
        if line[at] == " ":
            continue
        changed = line[:at] + ("q" if line[at] != "q" else "r") + line[at + 1 :]
        assert name == wrong_line(SHEET.replace(line, changed))


def test_lines_that_changed_places_are_found() -> None:
    first, second = LINES[0].split(maxsplit=1), LINES[1].split(maxsplit=1)
    swapped = SHEET.replace(LINES[0], f"W1 {second[1]}").replace(LINES[1], f"W2 {first[1]}")
    assert "W1" == wrong_line(swapped)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "W1"),
        ("no sheet at all", "W1"),
        (SHEET.replace(LINES[2], ""), "W3"),
        (SHEET.replace(LINES[7], ""), "W8"),
        (SHEET.replace(LINES[-1], ""), "N4"),
        (SHEET.replace(LINES[3], LINES[3][:-1]), "W4"),
        (SHEET.replace(LINES[3], LINES[3] + "a"), "W4"),
        (SHEET.replace(LINES[3], LINES[3][:-1] + "ä"), "W4"),
        (SHEET + "\nW1 aaaa aaaa aaaa aaaa", "W1"),
        (SHEET + "\nW50 aaaa aaaa aaaa aaaa", "W50"),
    ],
)
def test_a_line_that_is_missing_or_twice_is_named(text: str, name: str) -> None:
    assert name == wrong_line(text)
