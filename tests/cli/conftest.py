# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands run in this process, in a language of the test's choice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from click.testing import CliRunner

from ringtausch_node.cli import root


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, or the error it told, from --json."""
        return msgspec.json.decode(self.out or self.err)


Run = Callable[..., Done]
Serve = Callable[..., tuple["subprocess.Popen[str]", list[dict[str, Any]]]]
COMMAND = [sys.executable, "-m", "ringtausch_node"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)

    def run_command(*args: object, lang: str = "en_GB.UTF-8") -> Done:
        done = CliRunner(env={"LANG": lang}).invoke(root, [str(arg) for arg in args])
        return Done(done.exit_code, done.stdout, done.stderr)

    return run_command


@pytest.fixture
def ring(run: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "eiche"
    done = run(
        "init", folder, "--address", "eiche.example", "--name", "Eiche", "--unit", "Talente:20:1", "--net", "test"
    )
    assert 0 == done.code, done.err
    return folder


@pytest.fixture
def members(run: Run, ring: Path) -> Path:
    assert 0 == run("member", "add", ring, "alma", "--name", "Alma", "--min", "-100", "--max", "0").code
    assert 0 == run("member", "add", ring, "ben", "--name", "Ben").code
    return ring


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    started: list[subprocess.Popen[str]] = []

    def begin(*folders: Path) -> tuple[subprocess.Popen[str], list[dict[str, Any]]]:
        process = subprocess.Popen(
            [*COMMAND, "serve", *map(str, folders), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        return process, [msgspec.json.decode(process.stdout.readline()) for _ in folders]

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
