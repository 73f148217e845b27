# SPDX-License-Identifier: AGPL-3.0-or-later
"""A disk is lost: the ring comes back from its backup, says what came back and what is lost, and waits for its peer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ringtausch_node.errors import LocalError
from tests.processes.towns import Town, befriend, check_books, close_and_verify, ended, until


def _command(*words: object) -> str:
    """What a command prints, in English."""
    done = subprocess.run(
        [sys.executable, "-m", "ringtausch_node", *map(str, words)],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "LANG": "en_GB.UTF-8"},
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return done.stdout


def _lose(oak: Town, elm: Town, backup: Path) -> None:
    """Oak pays before and after its backup, inside and outside, and loses its disk while elm is off."""
    oak.start()
    elm.start()
    befriend(oak, elm)
    oak.pay(elm, 1)
    ended(oak, [1])
    assert "checked" in _command("backup", oak.folder, backup, "--plain")
    for number in (2, 3):
        oak.pay(elm, number, seconds=3_600)
    ended(oak, [2, 3])
    assert "paid" == oak.pay(oak, 4, seconds=600)["state"]
    check_books(oak, elm)
    assert 0 == elm.stop()
    oak.kill()
    shutil.rmtree(oak.folder)


def test_state_goes_from_recovering_to_ready_only_with_the_peer(found: Callable[..., Town], tmp_path: Path) -> None:
    oak, elm = found("oak"), found("elm")
    _lose(oak, elm, tmp_path / "oak.tar")
    told = _command("restore", tmp_path / "oak.tar", oak.folder)
    assert "What was booked inside the ring since then is missing." in told
    oak.start()
    assert "recovering" == oak.ask("state")["state"]
    for other in (elm, oak):
        with pytest.raises(LocalError, match="recovering"):
            oak.pay(other, 5)
    assert None is oak.payment(2)
    shown = _command("recover", oak.folder)
    assert "does not pay yet. Awaited: elm.example" in shown
    assert "Bookings inside the ring are missing since" in shown

    elm.start()
    until(lambda: oak.ask("state")["state"] == "ready", "oak to be in step")
    assert {2: "paid", 3: "paid"} == ended(oak, [2, 3])
    assert None is oak.payment(4)  # inside the ring, after the backup: lost, and said so
    check_books(oak, elm)
    shown = _command("recover", oak.folder)
    assert "The recovery is over" in shown
    assert ["m0", "2"] == next(line.split()[:2] for line in shown.splitlines() if line.startswith("m0"))
    assert "paid" == until(lambda: oak.pay(oak, 6)["state"], "oak to pay again")
    assert "\n" == _command("recovered", "list", oak.folder)[-1:]
    assert "by our books we owe" in _command("peer", "reset", oak.folder, "elm.example")
    close_and_verify(oak, elm)
