# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring whose folder is lost for good: two operators of its neighbour end the line, each with a key of his own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done, Run, Serve
from tests.cli.test_two_rings import lay_out, until_open

pytestmark = pytest.mark.processes


def test_two_operators_give_a_lost_ring_up_and_settle_with_one_member(run: Run, tmp_path: Path, serve: Serve) -> None:
    oak, elm, key = tmp_path / "eiche", tmp_path / "ulme", tmp_path / "karin.json"
    lay_out(run, oak, "hours", "alma")
    lay_out(run, elm, "hours", "ben")
    assert 0 == run("member", "add", oak, "bea", "--name", "bea").code
    oak_node, _ = serve(oak)
    _elm_pays_and_is_lost(run, serve, oak, elm)
    oak_node.terminate()
    assert 0 == oak_node.wait(timeout=30)
    made = run("key", "make", "--out", key, "--json").json
    assert 0 == run("key", "operators", oak, "--add", made["public"], "--threshold", 2).code
    serve(oak)

    given = run("peer", "give-up", oak, "ulme.example", "--although-seen", "--json")
    assert (0, -5400) == (given.code, given.json["clearing_seconds"])
    line = (oak, given.json["address"])
    asked = {"settled alma": ("--with", "alma"), "settled bea": ("--with", "bea"), "written_off None": ()}
    assert {(3, "threshold")} == {_refused(run("peer", "write-off", *line, *how, "--json")) for how in asked.values()}

    waiting = {_says(each): each["hash"] for each in run("key", "sign", oak, "--json").json["documents"]}
    assert asked.keys() == waiting.keys()
    assert "Rest an bea: dort 1,5 Stunden" in run("key", "sign", oak, lang="de_DE.UTF-8").out
    assert 0 == run("key", "sign", oak, "--key", key, "--only", waiting["settled bea"]).code
    assert (3, "threshold") == _refused(run("peer", "write-off", *line, "--with", "alma", "--json"))
    assert 0 == run("peer", "write-off", *line, "--with", "bea").code
    assert {(3, "already_settled")} == {
        _refused(run("peer", "write-off", *line, *how, "--json")) for how in asked.values()
    }
    assert [("alma", 5400), ("bea", -5400)] == sorted(_balances(run, oak))
    assert 0 == run("verify", oak).code


def _refused(done: Done) -> tuple[int, str]:
    return done.code, done.json["error"]["code"]


def _says(document: dict[str, Any]) -> str:
    return "{how} {member}".format(**document["says"])


def _balances(run: Run, folder: Path) -> list[tuple[str, int]]:
    members = run("member", "list", folder, "--json").json["members"]
    return [(each["handle"], each["balance_seconds"]) for each in members]


def _elm_pays_and_is_lost(run: Run, serve: Serve, oak: Path, elm: Path) -> None:
    invitation = oak.parent / "invitation.json"
    elm_node, _ = serve(elm)
    assert 0 == run("peer", "invite", oak, "--out", invitation, "--limit-in", "3", "--limit-out", "2").code
    words = " ".join(run("peer", "accept", elm, invitation, "--json").json["words"])
    assert 0 == run("peer", "confirm", elm, "eiche.example", "--words", words).code
    assert 0 == run("peer", "confirm", oak, "ulme.example", "--words", words).code
    until_open(run, oak, elm)
    there = run("pay", elm, "--from", "ben", "--to", "alma@eiche.example", "--amount", "1,5", "--wait", "20", "--json")
    assert (0, "paid") == (there.code, there.json["state"])
    elm_node.kill()
    elm_node.wait(timeout=30)
    shutil.rmtree(elm)
