# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was found before is tried again, and every reader of foreign bytes has a target."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

import ringtausch_protocol
from ringtausch_protocol import canonical
from tests.fuzz import seeds, table, wire
from tests.fuzz.mutator import mutate
from tests.fuzz.target import accepts

#: A whole database is too large for a seed: the search sees the outside of a backup.
NOTHING_TAKEN = {"backup"}
#: Readers that others call: through these their inputs come to a target.
READ_THROUGH = {
    "bookings.parse_opened": "forms",
    "checkpoints.parse_origin": "checkpoint", "forks.parse_fork": "forms", "frames.parse_frame": "forms",
    "frames.parse_header": "file", "items.parse_item": "forms", "entries.parse_log_entry": "entry",
    "notes.parse_decimal": "receipt", "notes.parse_hash": "receipt", "notes.parse_lines": "note",
    "notes.parse_text": "note", "tiles.parse_tile": "consistency", "canonical.parse": "forms",
    "canonical.parse_with": "forms",
    "addresses.parse_handle": "typed", "addresses.parse_ring": "typed", "units.parse_amount": "typed",
}  # fmt: skip


@pytest.mark.parametrize("name", table.TARGETS)
def test_what_the_vectors_hold_is_taken_and_nothing_breaks(name: str) -> None:
    taken = [accepts(table.TARGETS[name], data) for data in seeds.seeds_of(table.TARGETS[name])]

    assert (name not in NOTHING_TAKEN) == any(taken)


def test_what_earlier_searches_found_breaks_nothing() -> None:
    tried = [accepts(table.TARGETS[name], data) for name in table.TARGETS for data in seeds.kept(name)]

    assert 50 < len(tried)


def test_every_reader_of_the_protocol_has_a_target() -> None:
    folder = Path(ringtausch_protocol.__file__).parent
    readers = {
        f"{file.stem}.{each.name}"
        for file in folder.glob("*.py")
        for each in ast.parse(file.read_text()).body
        if isinstance(each, ast.FunctionDef) and each.name.startswith("parse")
    }
    called = "".join((Path(__file__).parent / name).read_text() for name in ("wire.py", "people.py"))

    assert set() == {reader for reader in readers if f"{reader}(" not in called} - set(READ_THROUGH)
    assert set() == set(READ_THROUGH.values()) - set(table.TARGETS)


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


def test_no_form_is_left_out() -> None:
    tops = {kind for kind in _below(canonical.Wire) if kind.__name__.endswith(("Ask", "Answer", "Post", "Say"))}

    assert set() == tops - set(wire.FORMS)


def _below(kind: type[object]) -> set[type[object]]:
    return {kind}.union(*map(_below, kind.__subclasses__()))
