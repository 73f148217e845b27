# SPDX-License-Identifier: AGPL-3.0-or-later
"""The clock and proposals of limits on the command line, in both languages."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

PEER = "ulme.example"


def test_the_clock_is_shown_and_confirmed(run: Run, ring: Path) -> None:
    shown = run("clock", "show", ring, "--json").json
    assert None is shown["doubt"]
    assert "Die Uhr gilt: " in run("clock", "show", ring, lang="de").out
    assert "The clock is believed: " in run("clock", "confirm", ring).out
    state = run("state", ring, "--json").json
    assert ("ready", None) == (state["state"], state["clock"]["doubt"])


def test_a_new_ring_is_told_to_begin_small(run: Run, ring: Path) -> None:
    found = run("peer", "propose", ring, PEER, "--json").json
    assert (0, 0, "nothing_yet") == (found["limit_in_seconds"], found["limit_out_seconds"], found["reason"])
    assert "fangen Sie klein an" in run("peer", "propose", ring, PEER, lang="de").out


def test_a_proposal_says_why_and_sets_nothing(run: Run, members: Path) -> None:
    run("member", "add", members, "cleo", "--name", "Cleo", "--min", "-100000", "--max", "100000")
    run("pay", members, "--from", "cleo", "--to", "ben", "--amount", "2000")
    words = run("peer", "propose", members, PEER).out
    assert f"Proposal for {PEER}: they may owe us 200 Talente (10 h) at most" in words
    assert "Nothing is set by this" in words
    assert [] == run("peer", "list", members, "--json").json["peers"]
