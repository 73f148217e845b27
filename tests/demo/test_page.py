# SPDX-License-Identifier: AGPL-3.0-or-later
"""The account is easy on the eye: aligned tables, lines that fit, a bar that moves only where it can."""

from __future__ import annotations

import io

from ringtausch_node.demo.page import WIDTH, Page


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_stand_below_their_headings() -> None:
    stream = io.StringIO()
    Page(stream).table(["Ring", "Stand"], [["Eiche", "7"], ["Ulme", "-12"]], right=(1,))

    assert ["  Ring   Stand", "  -----  -----", "  Eiche      7", "  Ulme     -12"] == stream.getvalue().splitlines()


def test_long_sentences_are_broken_below_their_beginning() -> None:
    stream = io.StringIO()
    page = Page(stream)
    page.event("08:10", "word " * 60)
    page.outcome("word " * 60)
    lines = stream.getvalue().splitlines()

    assert lines[0].startswith("  08:10  word")
    assert {9} == {len(line) - len(line.lstrip()) for line in lines[1:]}
    assert all(len(line) <= WIDTH for line in lines)


def test_lines_to_copy_are_never_broken() -> None:
    stream = io.StringIO()
    Page(stream).exactly("curl " + "x" * 300)

    assert 1 == len(stream.getvalue().splitlines())


def test_the_bar_moves_on_a_terminal() -> None:
    stream = Terminal()
    bar = Page(stream).bar(4)
    for done in range(1, 5):
        bar.show(done, "day")

    assert 4 == stream.getvalue().count("\r")
    assert 1 == stream.getvalue().count("\n")
    assert "100 %" in stream.getvalue()


def test_in_a_file_the_bar_is_ten_lines() -> None:
    stream = io.StringIO()
    bar = Page(stream).bar(1_000)
    for done in range(1, 1_001):
        bar.show(done, "day")

    assert "\r" not in stream.getvalue()
    assert 10 == len(stream.getvalue().splitlines())
