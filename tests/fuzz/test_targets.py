# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was found before is tried again, and a reader that a search does not change is found."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from ringtausch_node.backup import restoring
from ringtausch_protocol import canonical
from tests.fuzz import folders, seeds, table
from tests.fuzz.mutator import mutate
from tests.fuzz.target import accepts

#: (target, way): nobody without the key can make one that is taken, or it would take a whole database.
NOTHING_TAKEN = {("backup", 0), ("sent", 5)}


@pytest.mark.parametrize("name", table.TARGETS)
def test_each_reader_takes_something_and_nothing_breaks(name: str) -> None:
    target = table.TARGETS[name]
    ways = max(target.ways, 1)
    taken = {data[0] % ways if target.ways else 0 for data in seeds.seeds_of(target) if accepts(target, data)}

    assert set(range(ways)) == taken | {way for left, way in NOTHING_TAKEN if left == name}


def test_a_search_of_backups_gets_as_far_as_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[Path] = []
    monkeypatch.setattr(restoring, "check_copy", lambda path, _: looked_at.append(path))
    for changed in (folders.backup(), folders.backup().replace(b"account", b"amount_", 1)):
        table.TARGETS["backup"].read(changed)

    assert ["ring.sqlite"] * 2 == [path.name for path in looked_at]


def test_what_earlier_searches_found_breaks_nothing() -> None:
    tried = [accepts(table.TARGETS[name], data) for name in table.TARGETS for data in seeds.kept(name)]

    assert 150 < len(tried)


def test_every_kept_corpus_belongs_to_a_target() -> None:
    assert set() == {file.stem for file in seeds.CORPUS.iterdir()} - set(table.TARGETS)


def test_a_search_of_a_minute_each_fits_the_time_of_the_checks() -> None:
    assert len(table.TARGETS) <= 34  # two at once: 17 minutes


def test_a_reader_that_takes_two_ways_of_writing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    form = next(data for data in seeds.seeds_of(table.TARGETS["forms"]) if data[0] == 0)
    monkeypatch.setattr(canonical, "parse", lambda data, kind, _: canonical.decoder_of(kind).decode(data))
    changed = [mutate(form, seeds.SEED_BYTES, seed, 1) for seed in range(300)]

    with pytest.raises(AssertionError):
        _try_all([data for data in changed if data is not None])


def _try_all(inputs: Iterable[bytes]) -> None:
    for data in inputs:
        with suppress(ValueError):  # what the bare decoder says of another shape
            accepts(table.TARGETS["forms"], data)
