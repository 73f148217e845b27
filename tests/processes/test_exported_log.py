# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two towns trade and write their logs to files; a stranger with the protocol package alone checks every byte."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.cli import reach
from ringtausch_node.errors import LocalError
from tests.house.bare import bare_site
from tests.house.tree import PROTOCOL
from tests.processes.towns import Town, close_and_verify, ended, introduce

#: What `python -m ringtausch_protocol` does, where nothing but two libraries is installed.
PROGRAM = """
import runpy, sys
sys.path[:0] = sys.argv[1:3]
del sys.argv[1:3]
runpy.run_module("ringtausch_protocol", run_name="__main__")
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare_site(tmp_path_factory.mktemp("auditor") / "site")


def check(site: Path, *paths: Path) -> tuple[int, list[dict[str, Any]]]:
    """What the auditor's program says of files, without a card or key of anybody."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, str(site), str(PROTOCOL.parent), *map(str, paths), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def export(town: Town, out: Path) -> dict[str, Any]:
    """All logs of a town, running or closed."""
    found: dict[str, Any] = reach.call(town.folder, "log.export", {"out": str(out)})
    return found


def trade(oak: Town, elm: Town) -> None:
    """A morning: members, a line, payments both ways and at home."""
    for town in (oak, elm):
        for number in range(3):
            town.ask("member.add", handle=f"m{number}", name=f"M{number}")
    introduce(oak, elm)
    for number in range(1, 5):
        oak.pay(elm, number)
        elm.pay(oak, number + 100)
        oak.pay(oak, number + 200)
    ended(oak, [1, 2, 3, 4, 201])
    ended(elm, [101, 102, 103, 104])


def test_a_stranger_checks_what_a_town_exports(found: Callable[..., Town], tmp_path: Path, site: Path) -> None:
    oak, elm = found("oak"), found("elm")
    oak.start()
    elm.start()
    trade(oak, elm)
    running = export(oak, tmp_path / "running")
    with pytest.raises(LocalError, match="file_exists"):
        export(oak, tmp_path / "running")
    close_and_verify(oak, elm)
    closed = export(oak, tmp_path / "closed")
    assert running["logs"][0]["size"] <= closed["logs"][0]["size"]
    assert not (tmp_path / ".closed.new").exists()

    for out in (tmp_path / "running", tmp_path / "closed"):
        code, (told,) = check(site, out)
        assert (0, str(out / "1"), "folder") == (code, told["file"], told["kind"])
        facts = told["facts"]
        assert facts["size"] == facts["entries"]
        assert (0, True) == (facts["unproved"], facts["signed"] > 15)

    receipt = tmp_path / "receipt"
    receipt.write_text(reach.call(oak.folder, "log.proof", {"index": 3})["receipt"], encoding="utf-8")
    assert 1 == check(site, receipt)[0], "nobody told the stranger a key"
    done = check(site, receipt, Path("--keys"), oak.folder / "card.json")
    assert (0, 3) == (done[0], done[1][0]["facts"]["index"])

    flip_everywhere(tmp_path / "closed" / "1")


def flip_everywhere(folder: Path) -> None:
    """One bit of every file at many places, each found in its file."""
    from ringtausch_protocol.verifier.findings import FoundWrong
    from ringtausch_protocol.verifier.log_folder import verify_folder
    from ringtausch_protocol.verifier.trust import Trust

    chance = random.Random(4)
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        good = path.read_bytes()
        places = {0, len(good) // 2, len(good) - 1, *(chance.randrange(len(good)) for _ in range(40))}
        for place in sorted(places):
            bad = bytearray(good)
            bad[place] ^= 1 << chance.randrange(8)
            path.write_bytes(bad)
            with pytest.raises(FoundWrong) as caught:
                verify_folder(folder, Trust())
            where = caught.value.where.partition(" ")[0]
            assert where == path.relative_to(folder).as_posix(), (path, place)
        path.write_bytes(good)
    verify_folder(folder, Trust())
