# SPDX-License-Identifier: AGPL-3.0-or-later
"""A federation's roster: who is missing, who is not on it, which log stands under another key; and who made it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from ringtausch_node.cli import root
from ringtausch_node.cli.operators import seed_in
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, Result
from ringtausch_protocol.audit.program.command import USED_WRONGLY, main
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.roster import RosterLog, RosterRing, parse_roster
from tests.audit.exports import Export, codes, write
from tests.audit.test_sources import run
from tests.vectors.cast import chance, hash32
from tests.vectors.rosters import FEDERATION, head_of, signed


def ring_of(log: Export, *, logs: int = 1, key: str = "", address: str = "") -> RosterRing:
    """A ring as its federation lists it."""
    keys = [key or b64(SigningKey(log.seeds["checkpoint"]).public)]
    return RosterRing(
        ring_id=log.ring_id, address=address or f"{log.name}.example", url=f"https://{log.name}.example",
        state="active", logs=[RosterLog(log=number + 1, keys=keys) for number in range(logs)],
    )  # fmt: skip


def roster_of(*rings: RosterRing, number: int = 1) -> bytes:
    """A signed roster of these rings."""
    return signed(head_of(number), rings, FEDERATION[0])


def held(logs: list[Export], *rings: RosterRing) -> Result:
    """An audit of these logs by a roster of these rings."""
    return audit(Asked([log.given() for log in logs], roster=parse_roster(roster_of(*rings))))


def test_rings_that_are_listed_as_they_are_are_clean(logs: list[Export]) -> None:
    assert [] == codes(held(logs, *map(ring_of, logs)))


def test_a_listed_ring_that_nobody_saw_is_missing_under_its_address(logs: list[Export]) -> None:
    gone = RosterRing(ring_id="a" * 52, address="weide.example", url="https://weide.example", state="gone", logs=[])
    result = held(logs, *map(ring_of, logs), gone)

    assert (["ring_not_seen"], ("a" * 52,), "weide.example") == (
        codes(result), result.missing, result.address_of("a" * 52),
    )  # fmt: skip


def test_a_listed_log_of_a_ring_that_was_seen_is_missing(logs: list[Export]) -> None:
    oak, elm = logs
    result = held(logs, ring_of(oak, logs=2), ring_of(elm))

    assert [("log_not_seen", f"{oak.ring_id}/log/2")] == [(each.code, each.place.log) for each in result.findings]


def test_a_ring_that_is_not_listed_is_named(logs: list[Export]) -> None:
    oak, elm = logs
    result = held(logs, ring_of(oak))

    assert [("not_in_roster", elm.ring_id)] == [(each.code, each.place.ring) for each in result.findings]


def test_a_log_under_a_key_that_is_not_listed_is_named(logs: list[Export]) -> None:
    oak, elm = logs
    other = b64(SigningKey(chance("another key")).public)
    result = held(logs, ring_of(oak, key=other), ring_of(elm))

    assert [("not_in_roster", f"{oak.ring_id}/log/1")] == [(each.code, each.place.log) for each in result.findings]


def test_a_head_that_its_listed_key_never_signed_is_found_once_as_what_it_is(logs: list[Export]) -> None:
    """Under the key's name stands a signature by nobody: no log of the ring was there."""
    oak, elm = logs
    files = oak.files()
    signer, _, signature = files["checkpoint"].rstrip(b"\n").rpartition(b" ")
    raw = base64.b64decode(signature)
    files["checkpoint"] = signer + b" " + base64.b64encode(raw[:4] + bytes(64)) + b"\n"
    listed = parse_roster(roster_of(*map(ring_of, logs)))

    result = audit(Asked([oak.given(files), elm.given()], roster=listed))

    assert {("checkpoint_invalid", ""), ("ring_not_seen", oak.ring_id)} == {
        (each.code, each.place.ring) for each in result.findings
    }


def test_two_rings_of_one_id_are_a_finding(logs: list[Export]) -> None:
    oak, elm = logs
    result = held(logs, ring_of(oak), ring_of(elm), ring_of(oak, address="eiche.other"))

    assert [("two_rings_one_id", oak.ring_id)] == [(each.code, each.place.ring) for each in result.findings]
    assert {("first", "eiche.other"), ("then", "oak.example")} == set(result.findings[0].evidence)


# -- the commands ------------------------------------------------------------------------------------------------------


@pytest.fixture
def exported(logs: list[Export], tmp_path: Path) -> Path:
    """Both rings' logs as folders."""
    return write(tmp_path / "logs", *logs)


@pytest.fixture
def make(exported: Path, tmp_path: Path) -> Callable[..., Path]:
    """Make a roster with a new key of the federation."""
    assert 0 == root.run(["key", "make", "--out", str(tmp_path / "one.key"), "--json"])

    def made(name: str, *options: str, sources: Path = exported) -> Path:
        out = tmp_path / name
        key = str(tmp_path / "one.key")
        assert 0 == root.run(["roster", "make", str(sources), "--key", key, "--out", str(out), *options, "--json"])
        return out

    return made


def test_a_roster_is_made_of_logs_that_were_seen_and_an_audit_goes_by_it(
    make: Callable[..., Path], exported: Path, tmp_path: Path
) -> None:
    made = make("roster")

    assert 0 == root.run(["roster", "check", str(made)])
    code, result = run(exported, json=tmp_path / "r.json", roster=made)
    assert (0, [], 2) == (code, result["findings"], result["roster"]["rings"])
    assert 1 == run(exported / "oak", json=tmp_path / "r.json", roster=made)[0]


def refusal(capsys: pytest.CaptureFixture[str], *given: str) -> str:
    """What a command about rosters says where it refuses."""
    capsys.readouterr()
    assert 3 == root.run(["roster", *given])
    return capsys.readouterr().err


def test_a_bad_roster_is_refused_in_words_about_rosters(
    make: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, changed, other = make("roster"), tmp_path / "changed", tmp_path / "two.key"
    changed.write_bytes(made.read_bytes().replace(b"oak.example", b"oax.example"))
    assert 0 == root.run(["key", "make", "--out", str(other), "--json"])
    said = [
        refusal(capsys, "check", str(changed)),
        refusal(capsys, "check", str(tmp_path / "two.key")),
        refusal(capsys, "sign", str(made), "--key", str(other), "--out", str(tmp_path / "signed")),
    ]

    assert [True] * 3 == [
        code in text and "other ring" not in text
        for code, text in zip(("(roster_invalid)", "(roster_invalid:", "(roster_key:"), said, strict=True)
    ]


def test_two_of_two_keys_must_sign(
    make: Callable[..., Path], exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "two.key"
    assert 0 == root.run(["key", "make", "--out", str(other), "--json"])
    public = b64(SigningKey(seed_in(other)).public)
    half, whole = make("half", "--with", public, "--threshold", "2"), tmp_path / "whole"

    assert "ringtausch roster sign" in refusal(capsys, "check", str(half))
    assert 0 == root.run(["roster", "sign", str(half), "--key", str(other), "--out", str(whole)])
    assert 0 == root.run(["roster", "check", str(whole)])


def test_the_next_roster_keeps_who_was_not_seen_and_says_who_is_gone(
    make: Callable[..., Path], exported: Path, tmp_path: Path
) -> None:
    first = make("first")
    then = make("then", "--after", str(first), "--state", "elm.example=gone", sources=exported / "oak")

    assert 0 == root.run(["roster", "check", str(then), "--after", str(first)])
    assert 0 != root.run(["roster", "check", str(first), "--after", str(then)])
    listed = parse_roster(then.read_bytes())
    assert [("elm.example", "gone"), ("oak.example", "active")] == sorted(
        (ring.address, ring.state) for ring in listed.rings
    )


def test_an_audit_that_remembers_takes_no_older_roster_and_none_by_other_keys(
    make: Callable[..., Path], logs: list[Export], exported: Path, tmp_path: Path
) -> None:
    first, state, report = make("first"), tmp_path / "state", tmp_path / "r.json"
    then = make("then", "--after", str(first))
    assert 0 == run(exported, json=report, roster=then, state=state)[0]
    assert 0 == run(exported, json=report, state=state)[0]  # without a roster the last one is not forgotten

    forged = tmp_path / "forged"
    forged.write_bytes(roster_of(*map(ring_of, logs), number=9))
    for bad in (first, forged):
        assert USED_WRONGLY == main([str(exported), "--roster", str(bad), "--state", str(state), "--quiet"])
    assert 0 == run(exported, json=report, roster=then, state=state)[0]


def test_what_is_no_roster_is_refused(exported: Path, tmp_path: Path, logs: list[Export]) -> None:
    good = roster_of(*map(ring_of, logs))
    oak = f'"{logs[0].name}.example"'.encode()
    for bad in (b"", good[:-40], good.replace(oak, b'"x.example"'), good + bytes(3 << 20), hash32("roster").encode()):
        path = tmp_path / "bad"
        path.write_bytes(bad)
        assert USED_WRONGLY == main([str(exported), "--roster", str(path), "--quiet"])
