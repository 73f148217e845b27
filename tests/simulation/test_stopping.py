# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ctrl-C ends the long commands clean: told what was played, nothing left running, no world left in memory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.processes.towns import until
from tests.simulation.revision import ROOT
from tests.simulation.stopping import STOPPED, memory, prefix, sweep

PREFIX = prefix().replace(str(os.getpid()), "{}")


def _is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def _worlds(group: int) -> set[Path]:
    """Folders of the processes of a group that live."""
    return {folder for folder in memory().glob(PREFIX.format("*") + "*") if _group_of(folder) == group}


def _group_of(folder: Path) -> int | None:
    try:
        return os.getpgid(int(folder.name.split("-")[2]))
    except ProcessLookupError:
        return None


def _hearing(group: int) -> list[str]:
    """Who of a group Ctrl-C would reach, the one who began it aside."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError, FileNotFoundError):
            deaf_to = re.findall(r"^Sig(?:Blk|Ign):\t(\w+)", (process / "status").read_text(), re.MULTILINE)
            is_deaf = any(int(each, 16) >> (signal.SIGINT - 1) & 1 for each in deaf_to)
            if os.getpgid(int(process.name)) == group != int(process.name) and not is_deaf:
                found.append((process / "cmdline").read_text())
    return found


@pytest.mark.parametrize(
    ("module", "lays_out", "tells"),
    [
        ("tests.simulation --seeds 100000", 2, "seeds "),
        ("tests.mutants --only decision", 2, " noticed, half of them within "),
    ],
)
def test_ctrl_c_tells_what_was_found_and_leaves_nothing_behind(module: str, lays_out: int, tells: str) -> None:
    """Sent to the whole group, as a terminal does. `lays_out`: folders that there are when it plays."""
    running = subprocess.Popen(
        [sys.executable, "-m", *module.split(), "--jobs", "1"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: len(_worlds(running.pid)) >= lays_out, "a world")
        worlds = _worlds(running.pid)
        assert [] == _hearing(running.pid)
        os.killpg(running.pid, signal.SIGINT)
        told, errors = running.communicate()

        assert (STOPPED, "") == (running.returncode, errors)
        assert tells in told
        assert until(lambda: _is_gone(running.pid), "all of them to end")
        assert set() == {folder for folder in worlds if folder.exists()}
    finally:
        if not _is_gone(running.pid):
            os.killpg(running.pid, signal.SIGKILL)


def test_workers_outlive_nobody_who_is_killed() -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.simulation", "--seeds", "100000", "--jobs", "1"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: _worlds(running.pid), "a world")
        running.kill()
        running.wait()
        assert until(lambda: _is_gone(running.pid), "all of them to end")
    finally:
        if not _is_gone(running.pid):
            os.killpg(running.pid, signal.SIGKILL)


def test_what_a_killed_process_has_left_is_removed_and_nothing_else() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    left, mine, other = (memory() / f"{PREFIX.format(name)}test" for name in (gone.pid, os.getpid(), "nobody"))
    try:
        for folder in (left, mine, other):
            (folder / "oak.0").mkdir(parents=True)
        sweep()

        assert [False, True, True] == [folder.exists() for folder in (left, mine, other)]
    finally:
        for folder in (mine, other):
            (folder / "oak.0").rmdir()
            folder.rmdir()
