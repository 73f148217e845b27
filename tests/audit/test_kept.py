# SPDX-License-Identifier: AGPL-3.0-or-later
"""An audit with a state fetches from an address only what it does not have yet, and believes its own copy no more."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ringtausch_protocol.audit.program.command import main
from tests.audit.busy import busy_logs
from tests.audit.exports import Export, write
from tests.audit.test_sources import Quiet, serving

#: Three full tiles in either log, and a few entries more.
PAYMENTS = 260


@pytest.fixture(scope="module")
def logs() -> list[Export]:
    """Logs of two rings that have traded for long."""
    return busy_logs(PAYMENTS)


class Counting(Quiet):
    """Serves files and notes which were fetched."""

    fetched: list[str]

    def __init__(self, *arguments: Any, fetched: list[str], **named: Any) -> None:
        self.fetched = fetched
        super().__init__(*arguments, **named)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One was fetched."""
        self.fetched.append(self.path)


@pytest.fixture
def fetched() -> list[str]:
    """The paths that were fetched."""
    return []


@pytest.fixture
def url(tmp_path: Path, fetched: list[str]) -> Iterator[str]:
    """The address of what lies in `www`."""
    (tmp_path / "www").mkdir()
    with serving(tmp_path / "www", partial(Counting, fetched=fetched)) as found:
        yield found


@pytest.fixture
def audit(tmp_path: Path, url: str, fetched: list[str]) -> Callable[..., tuple[int, list[str], list[str]]]:
    """Serves these logs and audits them with a state. -> exit code, codes of findings, full tiles that were fetched."""

    def run(*shown: Export) -> tuple[int, list[str], list[str]]:
        shutil.rmtree(tmp_path / "www")
        write(tmp_path / "www", *shown)
        fetched.clear()
        names = ["--state", str(tmp_path / "s.json"), "--json", str(tmp_path / "r.json")]
        code = main([*(f"{url}/{each.name}/1" for each in shown), *names], io.StringIO())
        result = json.loads((tmp_path / "r.json").read_text())
        found = [each["code"] for each in result["findings"] if each["level"]]
        return code, found, [path for path in fetched if "/tile/" in path and ".p/" not in path]

    return run


Audit = Callable[..., tuple[int, list[str], list[str]]]


def shortened(log: Export, size: int) -> Export:
    """The log as it was before."""
    return replace(log, entries=log.entries[:size])


def test_a_second_audit_fetches_the_tiles_that_were_not_there_before(logs: list[Export], audit: Audit) -> None:
    first = audit(*(shortened(log, 520) for log in logs))
    again = audit(*logs)

    names = [log.name for log in logs]
    tiles = [
        f"/{name}/1/tile/{level}/{number:03}" for name in names for number in range(3) for level in ("0", "entries")
    ]
    assert (first[:2], sorted(set(first[2]))) == ((0, []), sorted(path for path in tiles if "002" not in path))
    assert (again[:2], sorted(again[2])) == ((0, []), sorted(path for path in tiles if "002" in path))


def test_a_log_with_another_past_is_found_though_its_old_tiles_are_kept(logs: list[Export], audit: Audit) -> None:
    audit(*logs)
    changed = replace(logs[0], entries=[*logs[0].entries])
    booking = next(place for place, entry in enumerate(changed.entries) if entry[0] == 5)
    changed.entries[booking] = changed.entries[booking][:-1] + b"!"
    code, found, _ = audit(changed, logs[1])

    assert (2, True) == (code, "log_split" in found), found


def test_what_was_spoilt_at_home_is_fetched_again(logs: list[Export], audit: Audit, tmp_path: Path) -> None:
    audit(*logs)
    spoilt = min((tmp_path / "s.json.tiles").rglob("entries/001"))
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"!")
    code, found, again = audit(*logs)

    assert (0, [], 1) == (code, found, len(again))
