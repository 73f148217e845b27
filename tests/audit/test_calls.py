# SPDX-License-Identifier: AGPL-3.0-or-later
"""The commands as they are called: what they write, what they show while they work, what is no call of theirs."""

from __future__ import annotations

import io
import runpy
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_protocol.audit.program import mirroring, rosters
from ringtausch_protocol.audit.program.command import USED_WRONGLY, main
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.roster import parse_roster
from tests.audit.exports import Export, write
from tests.audit.test_roster import ring_of, roster_of
from tests.audit.test_sources import codes, run
from tests.vectors.rosters import STRANGER


@pytest.fixture
def exported(logs: list[Export], tmp_path: Path) -> Path:
    """Both rings' logs as folders."""
    return write(tmp_path / "logs", *logs)


def test_rings_of_a_file_of_keys_must_be_seen(exported: Path, logs: list[Export], tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"# both\n" + b"\n".join(log.cards[0] for log in logs))

    assert 0 == run(exported, json=tmp_path / "r.json", keys=tmp_path / "keys")[0]
    code, result = run(exported / "oak", json=tmp_path / "r.json", keys=tmp_path / "keys")
    assert (1, ["ring_not_seen"]) == (code, codes(result))


def test_findings_before_a_day_are_left_out_and_a_day_is_a_day(exported: Path, tmp_path: Path) -> None:
    csv = tmp_path / "r.csv"
    assert 0 == run(exported, json=tmp_path / "r.json", since="2026-11-26", csv=csv)[0]
    assert csv.read_bytes().startswith(b"level,code,")
    with pytest.raises(SystemExit) as ended:
        main([str(exported), "--since", "yesterday"])
    assert USED_WRONGLY == ended.value.code


@pytest.mark.parametrize("word", ["mirror", ""])
def test_the_module_is_the_program(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    words = [word, str(exported), str(tmp_path / "copies")] if word else [str(exported), "--quiet"]
    monkeypatch.setattr(sys, "argv", ["audit", *words])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("ringtausch_protocol.audit", run_name="__main__")
    assert 0 == ended.value.code


def test_who_only_imports_every_module_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installer's check does, and some editors."""
    monkeypatch.setattr(sys, "argv", ["pip", "--no-such-option"])
    names = runpy.run_module("ringtausch_protocol.audit.__main__", run_name="ringtausch_protocol.audit.__main__")
    assert main is names["main"]


def test_a_mirror_tells_programs_what_became_of_each_log(exported: Path, tmp_path: Path) -> None:
    out = io.StringIO()
    assert 1 == mirroring.main([str(exported), str(tmp_path / "nothing"), str(tmp_path / "copies"), "--json"], out)

    told = msgspec.json.decode(out.getvalue())
    assert (["new", "new"], ["bad_tile"]) == (
        [log["outcome"] for log in told["logs"]], [each["code"] for each in told["failed"]]
    )  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [b"{", b'{"version": 2, "heads": {}}', b'{"version": 1, "heads": {"no origin": {}}}', b'{"heads": {"\xff": {}}}'],
)
def test_what_is_no_state_is_a_wrong_call(exported: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "state").write_bytes(data)
    assert USED_WRONGLY == main([str(exported), "--state", str(tmp_path / "state"), "--quiet"], io.StringIO())


@pytest.mark.parametrize("cards", [b"[", b"{}", b"[{}]"])
def test_cards_that_are_none_are_no_source_or_prove_nobody(exported: Path, tmp_path: Path, cards: bytes) -> None:
    (exported / "oak" / "1" / "cards.json").write_bytes(cards)
    assert 0 != run(exported, json=tmp_path / "r.json")[0]


# -- rosters -----------------------------------------------------------------------------------------------------------


def wanted(**more: Any) -> rosters.Wanted:
    """A roster under one key."""
    made = rosters.Wanted(keys=[STRANGER.public], threshold=1, states={}, issued_at=1)
    return made._replace(**more)


def test_a_roster_needs_rings_that_can_be_read_and_states_that_fit(exported: Path, tmp_path: Path) -> None:
    for sources, more, code in (
        ([], {}, "malformed"), ([str(tmp_path / "nothing")], {}, "bad_tile"),
        ([str(exported)], {"states": {"ash.example": "gone"}}, "malformed"),
    ):  # fmt: skip
        with pytest.raises(RemoteError) as refused:
            rosters.make_roster(sources, wanted(**more), STRANGER)
        assert code == refused.value.code


def test_a_roster_is_of_one_federation(exported: Path, logs: list[Export]) -> None:
    before = parse_roster(roster_of(*map(ring_of, logs)))
    elsewhere = before._replace(head=msgspec.structs.replace(before.head, net="elsewhere"))
    with pytest.raises(RemoteError, match="wrong_net"):
        rosters.make_roster([str(exported)], wanted(before=elsewhere), STRANGER)


def test_only_a_key_of_the_roster_signs_it(logs: list[Export]) -> None:
    with pytest.raises(RemoteError, match="unknown_key"):
        rosters.add_signature(roster_of(*map(ring_of, logs)), SigningKey(bytes(31) + b"\7"))
