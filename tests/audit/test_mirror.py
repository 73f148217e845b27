# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copies of logs: they grow, they stay when the ring is gone, and a ring that tells others something else is found."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ringtausch_protocol import checkpoints
from ringtausch_protocol.audit.program.mirror import SPLIT, mirror
from tests.audit.exports import Export, write
from tests.audit.test_alone import booking
from tests.audit.test_sources import run, serving


def outcomes(*sources: Path, into: Path) -> list[str]:
    """What became of the copies, and of the sources that failed."""
    done, failed = mirror([*map(str, sources)], into)
    return [each.outcome for each in done] + [each.code for each in failed]


def longer(log: Export, count: int = 300) -> Export:
    """The log with bookings behind it, so that its last tile fills and another begins."""
    return replace(log, entries=[*log.entries, *(booking(number % 256) for number in range(count))])


@pytest.fixture
def kept(logs: list[Export], tmp_path: Path) -> Path:
    """A mirror of both logs."""
    into = tmp_path / "mirror"
    assert ["new", "new"] == outcomes(write(tmp_path / "logs", *logs), into=into)
    return into


def test_a_mirror_is_a_source_of_an_audit(kept: Path, logs: list[Export], tmp_path: Path) -> None:
    code, result = run(kept, json=tmp_path / "r.json")

    assert (0, []) == (code, result["findings"])
    assert sorted(len(log.entries) for log in logs) == sorted(ring["logs"][0]["size"] for ring in result["rings"])


def test_a_mirror_that_a_web_server_serves_is_a_source_too(kept: Path, logs: list[Export], tmp_path: Path) -> None:
    with serving(kept) as url:
        code, result = run(*(f"{url}/{log.ring_id}" for log in logs), json=tmp_path / "r.json")

    assert (0, []) == (code, result["findings"])


def test_a_copy_grows_with_its_log_and_keeps_what_it_had(kept: Path, logs: list[Export], tmp_path: Path) -> None:
    oak, elm = logs
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file() and "tile" in path.parts}

    assert ["grown", "same"] == sorted(outcomes(write(tmp_path / "more", longer(oak), elm), into=kept))
    assert before == {path: path.read_bytes() for path in before}
    assert 0 == run(kept, json=tmp_path / "r.json")[0]


def test_a_tile_that_was_full_stays_as_it_was_written(kept: Path, logs: list[Export], tmp_path: Path) -> None:
    oak, _ = logs
    assert ["grown"] == outcomes(write(tmp_path / "more", longer(oak)), into=kept)
    full = kept / oak.ring_id / "log" / "1" / "tile" / "0" / "000"
    written = full.stat()

    assert ["grown"] == outcomes(write(tmp_path / "most", longer(oak, 310)), into=kept)
    assert (written.st_ino, written.st_mtime_ns) == (full.stat().st_ino, full.stat().st_mtime_ns)
    assert 0 == run(kept, json=tmp_path / "r.json")[0]


def test_the_copy_of_a_ring_that_is_gone_stays(kept: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "logs" / "elm")

    assert ["same", "bad_tile"] == outcomes(tmp_path / "logs" / "oak", tmp_path / "logs" / "elm", into=kept)
    assert 0 == run(kept, json=tmp_path / "r.json")[0]


def test_a_source_with_less_changes_nothing(kept: Path, logs: list[Export], tmp_path: Path) -> None:
    oak, elm = logs
    less = replace(oak, entries=oak.entries[:-3])

    assert ["older", "same"] == sorted(outcomes(write(tmp_path / "less", less, elm), into=kept))
    assert len(oak.entries) == checkpoints.parse_checkpoint(_copy(kept, oak, "checkpoint")).head.size


@pytest.mark.parametrize("count", [0, 300])
@pytest.mark.parametrize("cut", [1, 3])
def test_a_ring_that_tells_others_another_log_is_found(
    kept: Path, logs: list[Export], tmp_path: Path, count: int, cut: int
) -> None:
    oak, _ = logs
    other = longer(replace(oak, entries=[*oak.entries[:-cut], booking(1)]), count)
    before = _copy(kept, oak, "checkpoint")

    assert ["split"] == outcomes(write(tmp_path / "other", other), into=kept)
    assert before == _copy(kept, oak, "checkpoint")
    (evidence,) = (kept / oak.ring_id / "log" / "1" / SPLIT).iterdir()
    assert other.files()["checkpoint"] == evidence.read_bytes()


def test_what_its_ring_has_not_signed_is_not_copied(kept: Path, logs: list[Export], tmp_path: Path) -> None:
    oak, elm = logs
    forged = replace(longer(oak), seeds={"checkpoint": elm.seeds["checkpoint"]})
    changed = write(tmp_path / "changed", longer(elm))
    bundle = next((changed / "elm").rglob("entries/000*"))
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"\0")

    found = outcomes(write(tmp_path / "forged", forged), changed, into=kept)

    assert 2 == len(found)
    assert not {"grown", "new", "split"} & set(found)
    assert 0 == run(kept, json=tmp_path / "r.json")[0]


def _copy(kept: Path, log: Export, name: str) -> bytes:
    return (kept / log.ring_id / "log" / "1" / name).read_bytes()
