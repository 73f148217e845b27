# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two rings end their line by commands alone, and a board prints what both have signed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.cli.statements import _ended, _list, _sheet
from ringtausch_protocol.units import Unit
from tests.cli.conftest import Run, Serve
from tests.cli.test_two_rings import PATIENCE_SECONDS, lay_out, line_of, until_open

HOURS = Unit("hours", 1, 2)
TOLD = {
    "we_owe_seconds": 3600, "own_open": 1, "own_open_seconds": 1800, "their_open": 0, "their_open_seconds": 0,
    "own_seq": 7, "peer_seq": 4,
}  # fmt: skip


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "at": 1_800_000_000, "state": "signed", "is_final": False, "said": TOLD, "they_say": None, "document": "{}",
        **changes,
    }  # fmt: skip


@pytest.mark.processes
def test_two_rings_end_their_line_with_a_sheet_that_both_signed(run: Run, tmp_path: Path, serve: Serve) -> None:
    oak, elm = lay_out(run, tmp_path / "eiche", "hours", "alma"), lay_out(run, tmp_path / "ulme", "hours", "ben")
    invitation, out = tmp_path / "invitation.json", tmp_path / "end.txt"
    serve(oak)
    serve(elm)
    assert 0 == run("peer", "invite", oak, "--out", invitation).code
    words = " ".join(run("peer", "accept", elm, invitation, "--json").json["words"])
    for ring, other in ((oak, "ulme.example"), (elm, "eiche.example")):
        assert 0 == run("peer", "confirm", ring, other, "--words", words).code
    until_open(run, oak, elm)
    assert (0, "(none yet)\n") == (run("peer", "statement", oak, "ulme.example").code,
                                   run("peer", "statement", oak, "ulme.example").out)  # fmt: skip
    early = run("peer", "statement", oak, "ulme.example", "--out", out, "--json")
    assert (2, "nothing_signed") == (early.code, early.json["error"]["code"])
    assert 0 == run("peer", "end", oak, "ulme.example").code
    end_at = time.monotonic() + PATIENCE_SECONDS
    while not all(_is_over(line_of(run, ring)) for ring in (oak, elm)):
        assert time.monotonic() < end_at
        time.sleep(0.05)
    assert "neither owes the other anything" in run("peer", "end", oak, "ulme.example").out
    assert 0 == run("peer", "statement", oak, "ulme.example", "--out", out).code
    signed = run("peer", "statement", elm, "eiche.example", "--json").json["statements"][0]["document"]
    assert out.read_text().endswith(f"\n{signed}\n")
    assert "file_exists" == run("peer", "statement", oak, "ulme.example", "--out", out, "--json").json["error"]["code"]


def _is_over(line: dict[str, Any]) -> bool:
    return bool(line["statement"] and line["statement"]["is_final"] and line["statement"]["document"])


def test_a_list_shows_what_each_side_says_and_what_to_do() -> None:
    theirs = {**TOLD, "we_owe_seconds": 3601, "own_open": 0}
    text = _list([statement(state="differs", they_say=theirs), statement()], HOURS)
    assert "differing" in text
    assert "peer reset" in text
    assert "peer reset" not in _list([statement(), statement(state="differs", they_say=theirs)], HOURS)


@pytest.mark.parametrize(("lang", "title"), [("de", "Abschluss der Verbindung"), ("en", "End of the line")])
def test_the_sheet_speaks_the_boards_language(monkeypatch: pytest.MonkeyPatch, lang: str, title: str) -> None:
    monkeypatch.setenv("LC_ALL", lang)
    text = _sheet("eiche.example", "ulme.example", statement(is_final=True), HOURS)
    assert text.startswith(f"{title}\n")
    assert text.endswith("\n{}")


def test_an_end_with_hours_left_says_how_they_go_home_and_over_whom() -> None:
    line = {"address": "ulme.example", "clearing_seconds": 7200, "statement": None, "hand_over": ["linde.example"]}
    text = _ended("eiche.example", line, HOURS)
    assert "eiche.example has 2 hours (2 h) to give to ulme.example" in text
    assert "linde.example to ulme.example, ulme.example to eiche.example, eiche.example to linde.example" in text
