# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands that give a signed document: `wind-down`, after which nothing new begins, and `figures`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.cli.winding_down import _text
from ringtausch_protocol.units import Unit
from ringtausch_protocol.verifier.program import main
from tests.cli.conftest import Run


def test_a_ring_without_partners_winds_down_by_commands(run: Run, ring: Path, tmp_path: Path) -> None:
    before = run("wind-down", ring, "--json").json
    assert ([], False, None) == (before["claims"], before["is_over"], before["begun_at"])
    assert (3, "claims_left") == _refused(run, "wind-down", ring, "--close")
    assert 0 == run("peer", "invite", ring, "--out", tmp_path / "first.json").code
    begun = run("wind-down", ring, "--begin", "--json").json
    assert begun == run("wind-down", ring, "--begin", "--json").json
    assert (3, "winding_down") == _refused(run, "peer", "invite", ring, "--out", tmp_path / "second.json")
    assert "löst sich auf" in run("peer", "invite", ring, "--out", tmp_path / "x", lang="de_DE.UTF-8").err
    done = run("wind-down", ring, "--close", "--out", tmp_path / "over.json")
    assert 0 == done.code, done.err
    again = run("wind-down", ring, "--close", "--out", tmp_path / "again.json", lang="de_DE.UTF-8")
    assert (0, True) == (again.code, "Alles ist vorbei." in again.out)
    assert (tmp_path / "over.json").read_bytes() == (tmp_path / "again.json").read_bytes()
    assert 0 == main([str(tmp_path / "over.json"), "--keys", str(ring / "card.json")], io.StringIO())


def test_what_nobody_asked_or_owes_is_handed_over_by_no_command(run: Run, ring: Path) -> None:
    assert [] == run("assignment", "list", ring, "--json").json["asked"]
    assert "Gerade fragt niemand." in run("assignment", "list", ring, lang="de_DE.UTF-8").out
    answer = ("assignment", "answer", ring, "eiche.example", "ulme.example")
    assert (3, "nothing_asked") == _refused(run, *answer, "2", "yes")
    assert (2, "amount") == _refused(run, *answer, "viel", "no")
    assign = ("wind-down", ring, "--assign", "ulme.example")
    assert (3, "unknown_peer") == _refused(run, *assign, "--to", "eiche.example", "--amount", "2")
    assert (2, "amount") == _refused(run, *assign, "--to", "eiche.example", "--amount", "viel")
    assert (2, "usage") == _refused(run, *assign, "--to", "eiche.example")
    assert (2, "usage") == _refused(run, *assign)
    assert (2, "usage") == _refused(run, *assign, "--to", "eiche.example", "--close")


def test_the_figures_of_a_year_are_a_file_that_anybody_checks(run: Run, ring: Path, tmp_path: Path) -> None:
    done = run("figures", ring, "--out", tmp_path / "figures.json")
    assert 0 == done.code, done.err
    assert 0 == main([str(tmp_path / "figures.json"), "--keys", str(ring / "card.json")], io.StringIO())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "ended, their signature is still missing"),
        ({"we_owe_seconds": 3_600}, "ended, something is left"),
        ({"under_way": 1}, "ended, something is left"),
        ({"is_proposed": True}, "ended, something is left, a new beginning is proposed"),
        ({"state": "over"}, "over"),
    ],
)
def test_of_an_ended_line_is_said_whether_something_or_only_a_signature_is_missing(
    changes: dict[str, Any], told: str
) -> None:
    claim = {
        "address": "ulme.example", "we_owe_seconds": 0, "kept_seconds": 0, "under_way": 0, "is_proposed": False,
        "state": "ended", "takers": [], **changes,
    }  # fmt: skip
    [line] = [each for each in _text({"claims": [claim], "is_over": False}, Unit("hours", 1, 2)).splitlines()
              if "ulme.example" in each]  # fmt: skip
    assert line.endswith(f"  {told}"), line


def _refused(run: Run, *args: object) -> tuple[int, str]:
    done = run(*args, "--json")
    return done.code, done.json["error"]["code"]
