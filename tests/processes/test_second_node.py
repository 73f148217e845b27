# SPDX-License-Identifier: AGPL-3.0-or-later
"""A folder belongs to one process: two nodes with one key would sign two histories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import open_ring
from ringtausch_node.errors import LocalError
from tests.processes.towns import Town


def _serve(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ringtausch_node", "serve", str(folder), "--json"]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env={**os.environ, "LANG": "en_GB.UTF-8"}
    )


def test_a_second_node_on_one_folder_is_refused(found: Callable[..., Town]) -> None:
    oak = found("oak")
    oak.start()
    before = oak.ask("state")["log"]

    second = _serve(oak.folder)

    assert 3 == second.returncode
    assert "folder_in_use" == json.loads(second.stderr.splitlines()[-1])["error"]["code"], second.stderr
    assert "" == second.stdout
    assert before == oak.ask("state")["log"]  # the first one noticed nothing
    assert 0 == oak.stop()


async def test_nothing_else_opens_it_either(found: Callable[..., Town]) -> None:
    oak = found("oak")
    oak.start()

    with pytest.raises(LocalError, match="folder_in_use"):
        await open_ring(oak.folder)


def test_the_lock_ends_with_the_process(found: Callable[..., Town]) -> None:
    oak = found("oak")
    oak.start()
    oak.kill()

    oak.start()

    assert "ready" == oak.ask("state")["state"]
