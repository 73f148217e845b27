# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring calls its partners, by commands: kept in its folder, and never the name of another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.federation.towns import Towns, peer


@pytest.fixture
async def oak(tmp_path: Path) -> Path:
    """The folder of a ring with lines to elm and to fir, which nobody serves."""
    land = Towns(tmp_path)
    oak, elm, fir = [await land.found(name) for name in ("oak", "elm", "fir")]
    for other in (elm, fir):
        await peer(oak, other)
    await land.close_all()
    return oak.folder.path


def test_a_partner_is_called_by_a_name_until_that_is_emptied(run: Run, oak: Path) -> None:
    done = run("peer", "name", oak, " ELM.example ", "  Osna  brück ")
    assert (0, "elm.example: Osna brück\n") == (done.code, done.out)
    named = {"address": "fir.example", "name": "Tanne"}
    assert named == run("peer", "name", oak, "fir.example", "Tanne", "--json").json
    emptied = run("peer", "name", oak, "elm.example", "", "--json")
    assert (0, "elm.example") == (emptied.code, emptied.json["name"])


def test_a_name_that_is_another_partner_s_is_refused_by_the_next_command_too(run: Run, oak: Path) -> None:
    assert 0 == run("peer", "name", oak, "elm.example", "Osnabrück").code
    for name in ("OSNABRÜCK", "elm.example", "ben@elm", "x" * 41, "\u202eneb"):
        done = run("peer", "name", oak, "fir.example", name, "--json")
        assert (2, "town_name") == (done.code, done.json["error"]["code"]), name
    assert 0 == run("peer", "name", oak, "elm.example", "").code
    assert 0 == run("peer", "name", oak, "fir.example", "Osnabrück").code


def test_who_is_no_partner_gets_no_name(run: Run, oak: Path) -> None:
    unknown = run("peer", "name", oak, "ash.example", "Esche", "--json")
    assert (3, "unknown_peer") == (unknown.code, unknown.json["error"]["code"])
    assert "peer name" in run("peer", "name", oak, "elm.example").err
