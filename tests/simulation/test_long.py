# SPDX-License-Identifier: AGPL-3.0-or-later
"""A long run goes on where it stood, says of which commit it is, and asks for what each seed must bring."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.simulation.chance import KINDS, LIARS
from tests.simulation.long import PART, Record, parts
from tests.simulation.many import Played, Summary, play_many
from tests.simulation.quotas import FIGURES_PER_SEED, POINTS, QUOTA_FROM_SEEDS, lies_of
from tests.simulation.revision import CHANGED

OF = "0123456789ab"


def _played(seed: int, failure: str | None = None) -> Played:
    seen = Counter(dict.fromkeys((*FIGURES_PER_SEED, *map(lies_of, LIARS)), 40))
    return Played(seed, failure, (*KINDS, *LIARS), seen, Counter(dict.fromkeys(POINTS, 1)), 0.5)


def test_a_record_goes_on_behind_what_was_played(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    record = Record.opened(path, OF, 1)
    record.summary.add(_played(1))
    record.summary.add(_played(2, "seven hours too many"))
    record.next = 3
    record.save(10.0)
    again = Record.opened(path, OF, 1)
    again.summary.add(_played(3))
    record.summary.add(_played(3))
    again.save(5.0)

    assert (3, record.summary.as_json()) == (again.next, again.summary.as_json())
    assert record.summary.failures == again.summary.failures
    assert path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()[0].split() == ["commit", OF]
    assert "15 s" in path.with_suffix(".txt").read_text(encoding="utf-8")


def test_another_commit_begins_anew(tmp_path: Path) -> None:
    record = Record.opened(tmp_path / "long.json", OF, 1)
    record.summary.add(_played(1))
    record.next = 2
    record.save(1.0)

    assert 2 == Record.opened(tmp_path / "long.json", OF, 1).next
    assert 1 == Record.opened(tmp_path / "long.json", OF[::-1], 1).next


def test_a_changed_tree_begins_anew(tmp_path: Path) -> None:
    record = Record.opened(tmp_path / "long.json", OF + CHANGED, 1)
    record.next = 2
    record.save(1.0)

    assert 1 == Record.opened(tmp_path / "long.json", OF + CHANGED, 1).next


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


def test_when_its_time_is_over_no_further_seed_is_begun() -> None:
    assert [] == list(play_many(range(1, 1_000), 1, until=0.0))
