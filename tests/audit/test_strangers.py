# SPDX-License-Identifier: AGPL-3.0-or-later
"""A file that anybody can make accuses nobody: a copy of a log counts only under its ring's own signature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, LogGiven, Result
from ringtausch_protocol.audit.findings.model import Place
from tests.audit.exports import Export, audited, codes, write
from tests.audit.test_alone import booking
from tests.audit.test_sources import run


def by_a_stranger(log: Export, entries: list[bytes]) -> Export:
    """A copy with these entries under a key of nobody's."""
    return replace(log, entries=entries, seeds={**log.seeds, "checkpoint": bytes(31) + b"\7"}, name="stranger")


def copies(log: Export) -> dict[str, Export]:
    """What a stranger may make of a log, shorter and longer."""
    return {
        "shorter": by_a_stranger(log, [booking(1), *log.entries[1:9]]),
        "the same": by_a_stranger(log, log.entries),
        "longer": by_a_stranger(log, [*log.entries, booking(1)]),
    }


@pytest.mark.parametrize("name", ["stranger", "a stranger, read first"])
@pytest.mark.parametrize("kind", ["shorter", "the same", "longer"])
def test_a_copy_that_a_stranger_signed_is_named_by_its_source_and_accuses_no_ring(
    logs: list[Export], kind: str, name: str
) -> None:
    _, elm = logs
    copy = replace(copies(elm)[kind], name=name)

    result = audited(*logs, copy)

    [found] = result.findings
    assert ("checkpoint_invalid", Place(log=f"{elm.ring_id}/log/1"), name) == (
        found.code, found.place, dict(found.evidence)["source"]
    )  # fmt: skip
    assert audited(*logs).rings == result.rings
    assert 2 == result.level


def test_a_stranger_s_copy_with_changed_entries_accuses_no_ring_either(logs: list[Export]) -> None:
    _, elm = logs
    copy = copies(elm)["longer"]
    files = copy.files()
    [bundle] = [path for path in files if "/entries/" in path]
    files[bundle] = files[bundle][:-1] + b"!"
    files = {path: data for path, data in files.items() if not path.startswith("tile/0/")}

    result = audit(Asked([*(log.given() for log in logs), copy.given(files)]))

    assert {("log_unreadable", "")} == {(each.code, each.place.ring) for each in result.findings}


def bare(*logs: Export) -> Result:
    """An audit in which no card lies beside a log: they stand in the entries."""
    return audit(Asked([LogGiven(each.given().files, each.given().checkpoint, ()) for each in logs]))


def test_cards_that_stand_in_the_entries_alone_are_enough(logs: list[Export]) -> None:
    assert [] == codes(bare(*logs))
    assert ["checkpoint_invalid"] == codes(bare(*logs, copies(logs[1])["longer"]))


def test_a_ring_of_which_only_a_stranger_s_copy_was_there_was_not_seen(logs: list[Export]) -> None:
    oak, elm = logs
    result = audited(oak, copies(elm)["the same"])

    assert {("checkpoint_invalid", ""), ("ring_not_seen", elm.ring_id)} == {
        (each.code, each.place.ring) for each in result.findings if each.level
    }


def test_an_audit_goes_on_remembering_a_ring_of_which_a_stranger_tells_tales(
    logs: list[Export], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    folder = write(tmp_path / "logs", *logs, copies(logs[1])["longer"])

    assert 2 == run(folder, json=tmp_path / "r.json", state=state)[0]
    assert all(log.ring_id in state.read_text() for log in logs)
