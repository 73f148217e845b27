# SPDX-License-Identifier: AGPL-3.0-or-later
"""A long run goes on where its record ends, says of which commits it is, and asks for what each seed must bring."""

from __future__ import annotations

import gc
import logging
import math
import multiprocessing
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from tests.simulation import long
from tests.simulation.__main__ import main
from tests.simulation.chance import KINDS, LIARS
from tests.simulation.long import PART, Refused, opened, parts, play_long
from tests.simulation.many import Played, Summary, collect, play_many
from tests.simulation.quotas import FIGURES_PER_SEED, POINTS, QUOTA_FROM_SEEDS, lies_of
from tests.simulation.record import Record
from tests.simulation.revision import CHANGED, KEPT, RECORD, commit, kept_by
from tests.simulation.stopping import STOPPED

OF, LATER = "0123456789ab", "ba9876543210"
FAILS = 3


def _played(seed: int, failure: str | None = None) -> Played:
    seen = Counter(dict.fromkeys((*FIGURES_PER_SEED, *map(lies_of, LIARS)), 40))
    return Played(seed, failure, (*KINDS, *LIARS), seen, Counter(dict.fromkeys(POINTS, 1)), 0.5)


class Sitting:
    """A long run in parts of two seeds. `at`: commits that git names, one after the other; `dies_at`: a seed."""

    def __init__(self, patch: pytest.MonkeyPatch, path: Path) -> None:
        self.path, self.at, self.dies_at = path, [OF], 0
        patch.setattr(long, "PART", 2)
        patch.setattr(logging, "disable", lambda _: None)
        patch.setattr(long, "play_many", self._play_many)
        patch.setattr(long, "commit", lambda: self.at.pop(0) if len(self.at) > 1 else self.at[0])

    def _play_many(self, _root: Path, part: range, _jobs: int) -> Iterator[Played]:
        for seed in part:
            if seed == self.dies_at:
                raise KeyboardInterrupt
            yield _played(seed, "seven hours | too many\nat oak" if seed == FAILS else None)

    def play(self, seeds: int, until: float = math.inf) -> Summary:
        play_long(self.path, self.path.parent, met := Summary(), 1, seeds, 1, until)
        return met

    @property
    def record(self) -> Record:
        return opened(self.path)


@pytest.fixture
def sitting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sitting:
    return Sitting(monkeypatch, tmp_path / "docs" / "record.md")


def test_a_run_goes_on_where_its_record_ends_in_the_row_of_its_commit(sitting: Sitting) -> None:
    assert [2, 3] == [sitting.play(2).seeds, sitting.play(5).seeds]
    row = sitting.record.rows[0]

    assert [(OF, 1, 5, 5 * 40)] == [(*each[:3], each.met.crashes) for each in sitting.record.rows]
    assert (5, (FAILS,)) == (row.seeds, row.failed)
    assert [(FAILS, "seven hours / too many", None)] == sitting.record.failures


def test_another_commit_goes_on_in_a_row_of_its_own(sitting: Sitting) -> None:
    sitting.play(4)
    sitting.at = [LATER]
    sitting.play(6)

    assert [(OF, 1, 4), (LATER, 5, 6)] == [row[:3] for row in sitting.record.rows]


def test_a_run_that_is_killed_loses_its_last_part_alone(sitting: Sitting) -> None:
    sitting.dies_at = 6
    with pytest.raises(KeyboardInterrupt):
        sitting.play(10)

    assert [4] == [row.last for row in sitting.record.rows]


def test_ctrl_c_tells_what_this_call_has_played(sitting: Sitting, capsys: pytest.CaptureFixture[str]) -> None:
    sitting.dies_at = 6

    assert STOPPED == main(["--record", str(sitting.path), "--seeds", "10"])
    assert ["seeds", "5"] == capsys.readouterr().out.split("again, at")[1].splitlines()[1].split()


def test_the_command_says_why_it_plays_nothing(sitting: Sitting, capsys: pytest.CaptureFixture[str]) -> None:
    sitting.at = [OF + CHANGED]

    assert 2 == main(["--record", str(sitting.path)])
    assert "changed since" in capsys.readouterr().err


def test_a_tree_that_was_changed_is_not_played_and_nothing_is_written(sitting: Sitting) -> None:
    sitting.at = [OF + CHANGED]
    with pytest.raises(Refused, match="changed since"):
        sitting.play(4)

    assert not sitting.path.exists()


def test_what_was_played_while_the_tree_was_changed_does_not_count(sitting: Sitting) -> None:
    sitting.at = [OF, OF, OF + CHANGED]
    with pytest.raises(Refused, match="seeds 3 to 4 were played"):
        sitting.play(6)

    assert [2] == [row.last for row in sitting.record.rows]


def test_a_page_that_was_spoilt_is_refused_and_left_as_it_is(sitting: Sitting) -> None:
    sitting.play(4)
    spoilt = sitting.path.read_text(encoding="utf-8").replace("| 1 | 4 | 4 |", "| 1 | 5 | 5 |", 1)
    sitting.path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(Refused, match="not the sum of its rows"):
        sitting.play(6)

    assert spoilt == sitting.path.read_text(encoding="utf-8")


def test_when_its_time_is_over_no_further_part_is_begun(sitting: Sitting) -> None:
    sitting.play(6, until=0.0)

    assert [] == sitting.record.rows


def test_every_seed_is_in_one_part() -> None:
    found = list(parts(7, 2 * PART + 10))

    assert [PART, PART, 3] == [len(part) for part in found]
    assert list(range(7, 2 * PART + 10)) == [seed for part in found for seed in part]


def test_a_run_that_brings_too_little_says_what() -> None:
    summary = Summary()
    for seed in range(QUOTA_FROM_SEEDS):
        summary.add(_played(seed))
    assert [] == summary.missed()

    summary.seen["power_cut"] = 0
    summary.seen["settled"] = 28 * QUOTA_FROM_SEEDS
    assert [f"settled: {28 * QUOTA_FROM_SEEDS}", "power_cut: 0"] == summary.missed()


def test_when_its_time_is_over_no_further_seed_is_begun(tmp_path: Path) -> None:
    assert [] == list(play_many(tmp_path, range(1, 1_000), 1, until=0.0))


def test_processes_share_the_towns_that_the_first_has_laid_out(tmp_path: Path) -> None:
    assert [None] * 3 == [each.failure for each in play_many(tmp_path, (2, 5, 8), 2)]
    first = {place.name: place.stat().st_ino for place in tmp_path.iterdir()}
    assert [None] * 3 == [each.failure for each in play_many(tmp_path, (2, 5, 8), 2)]

    assert first == {place.name: place.stat().st_ino for place in tmp_path.iterdir()}


class _Again:
    """Part of a circle, and once more when that is collected."""

    def __init__(self) -> None:
        self.late = [self]

    def __del__(self) -> None:
        self.late = [self]


def test_a_day_that_came_back_while_it_was_collected_is_not_kept() -> None:
    _Again()
    collect()

    assert not any(isinstance(each, _Again) for each in gc.get_objects())


def test_a_worker_that_is_gone_ends_the_run_with_an_error_and_is_not_waited_for(tmp_path: Path) -> None:
    played = play_many(tmp_path, range(1, 1_000), 1)
    next(played)
    for worker in multiprocessing.active_children():
        worker.kill()
    with pytest.raises(BrokenProcessPool):
        list(played)


def _git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def _commit(root: Path, **files: str) -> str:
    for name, text in files.items():
        path = root / {"kept": KEPT, "record": RECORD}[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _git(root, "add", ".")
    _git(root, "commit", "-qm", "one more")
    return commit(root)


def test_the_record_itself_may_be_written_and_all_else_is_a_change(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    of = _commit(tmp_path, record="a row", kept="{}")
    (tmp_path / RECORD).write_text("two rows", encoding="utf-8")
    before = commit(tmp_path)
    (tmp_path / KEPT).write_text("{1: 2}", encoding="utf-8")

    assert (of, of + CHANGED) == (before, commit(tmp_path))
    assert f"unknown{CHANGED}" == commit(tmp_path.parent)


def test_what_mended_a_seed_is_the_first_commit_after_its_row_that_keeps_it(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    failed_at = _commit(tmp_path, kept="KEPT = {\n}\n")
    mended = _commit(tmp_path, kept='KEPT = {\n    342: "a line waited",\n}\n')
    later = _commit(tmp_path, kept='KEPT = {\n    342: "a line waited too long",\n}\n')

    assert (mended, None) == (kept_by(342, failed_at, tmp_path), kept_by(42, failed_at, tmp_path))
    assert (None, None) == (kept_by(342, later, tmp_path), kept_by(342, OF, tmp_path))


def test_the_next_call_says_what_mended_a_seed_by_now(sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> None:
    sitting.play(4)
    monkeypatch.setattr(long, "kept_by", lambda seed, since: LATER if (seed, since) == (FAILS, OF) else None)
    sitting.play(4)

    assert f"| {FAILS} | seven hours / too many | {LATER} |" in sitting.path.read_text(encoding="utf-8")
