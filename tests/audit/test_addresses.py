# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logs at an address: files too large, rings without cards, addresses of another kind, servers that fail."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringtausch_protocol.audit.program.clock import seconds
from ringtausch_protocol.audit.sources.archives import _place
from ringtausch_protocol.audit.sources.patience import Patience
from ringtausch_protocol.audit.sources.web import LOGS_MAX, WebFiles, logs_at
from ringtausch_protocol.errors import RemoteError
from tests.audit.busy import busy_logs
from tests.audit.exports import write
from tests.audit.test_sources import Quiet, serving

LOGS = busy_logs(1)


class Failing(Quiet):
    """A server that is not well."""

    def send_head(self) -> None:
        """Answer nothing."""
        self.send_error(500)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ring's logs as it serves them, its cards not beside them."""
    written = write(tmp_path / "www", LOGS[0])
    ring = written / "ring" / "log"
    shutil.copytree(written / LOGS[0].name, ring)
    (ring / "1" / "cards.json").unlink()
    return written


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    """Where they lie."""
    with serving(folder) as found:
        yield found


def test_all_logs_of_a_ring_are_found_under_its_address_also_without_cards(url: str) -> None:
    assert [(f"{url}/ring/log/1", ())] == [
        (log.files.name, log.cards) for log in logs_at(f"{url}/ring/", Patience(seconds))
    ]


def test_a_ring_names_no_more_logs_than_a_ring_can_have_had(folder: Path, url: str) -> None:
    ring = folder / "ring" / "log"
    for number in range(2, LOGS_MAX + 2):
        (ring / str(number)).symlink_to(ring / "1")

    assert LOGS_MAX == len(logs_at(f"{url}/ring", Patience(seconds)))


def test_a_file_longer_than_it_may_be_is_refused(url: str) -> None:
    with pytest.raises(RemoteError) as refused:
        WebFiles(f"{url}/ring/log/1", Patience(seconds)).read("checkpoint", 10)
    assert "too_large" == refused.value.code


def test_a_server_that_fails_and_a_list_of_cards_that_is_none_are_no_source(folder: Path, url: str) -> None:
    (folder / "ring" / "log" / "1" / "cards.json").write_bytes(b"[1,")
    with serving(folder, Failing) as failing:
        found = [refusal(address) for address in (failing, f"{url}/ring/log/1", f"{url}/nobody", "ftp://oak.example")]
    assert ["unreachable", "malformed", "bad_tile", "malformed"] == found


def refusal(address: str) -> str:
    """Why an address is no source."""
    with pytest.raises(RemoteError) as refused:
        logs_at(address, Patience(seconds))
    return refused.value.code


def test_only_files_of_logs_come_out_of_an_archive() -> None:
    names = ["a/tile/0/000", "a/tile/0/x", "a/tile", "a/notes.txt", "a/checkpoint"]
    assert ["a/tile/0/000", "a/checkpoint"] == [str(place) for place in map(_place, names) if place is not None]
