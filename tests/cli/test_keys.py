# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about keys: sheet, stick, new keys, operators, revocation; with a node that runs and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.cli.circles import why
from ringtausch_node.cli.language import term
from ringtausch_node.cli.rings import advice, peer_table
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_protocol.units import Unit
from tests.cli.conftest import Run, Serve


def code_of(run: Run, *args: object) -> tuple[int, str]:
    """Exit code and stable code of a command that is refused."""
    done = run("key", *args, "--json")
    return done.code, done.json["error"]["code"]


def test_the_sheet_is_typed_in_again_and_takes_the_place_of_the_file(run: Run, ring: Path, tmp_path: Path) -> None:
    printed = run("key", "sheet", ring).out
    before = (ring / "keys" / "root.json").read_bytes()
    stick, typed, again = tmp_path / "root.json", tmp_path / "typed.txt", tmp_path / "again.json"
    assert 0 == run("key", "apart", ring, "--out", stick).code
    assert (before, False) == (stick.read_bytes(), (ring / "keys" / "root.json").exists())
    assert (3, "root_missing") == code_of(run, "rotate", ring)
    assert (3, "root_missing") == code_of(run, "sheet", ring)
    typed.write_text(printed)
    assert 0 == run("key", "enter", ring, "--from", typed, "--out", again).code
    assert before == again.read_bytes()
    assert 2 == run("key", "rotate", ring, "--root", typed, "--json").json["number"]


def test_a_slip_of_the_hand_is_named_in_both_languages(run: Run, ring: Path, tmp_path: Path) -> None:
    line = next(line for line in run("key", "sheet", ring).out.splitlines() if "W3" in line)
    wrong = run("key", "sheet", ring).out.replace(line, line[:-1] + ("a" if line[-1] != "a" else "e"))
    (tmp_path / "typed.txt").write_text(wrong)
    for lang, word in (("de_DE.UTF-8", "Zeile"), ("en_GB.UTF-8", "line")):
        done = run("key", "enter", ring, "--from", tmp_path / "typed.txt", "--out", tmp_path / "root.json", lang=lang)
        assert (2, True, True) == (done.code, word in done.err, "W3" in done.err)
    assert not (tmp_path / "root.json").exists()


def test_root_keys_go_nowhere_else(run: Run, ring: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"something")
    assert (2, "root_inside") == code_of(run, "apart", ring, "--out", ring / "stick.json")
    assert (2, "file_exists") == code_of(run, "apart", ring, "--out", there)
    assert (2, "file_unreadable") == code_of(run, "apart", ring, "--out", tmp_path / "no" / "such" / "place")
    assert (2, "root_file") == code_of(run, "rotate", ring, "--root", _file(tmp_path, b"{}"))
    assert (2, "root_file") == code_of(run, "rotate", ring, "--root", _file(tmp_path, b"\xff" * 9))
    assert (2, "root_file") == code_of(run, "rotate", ring, "--root", _file(tmp_path, b" " * 20_000))
    assert (2, "file_unreadable") == code_of(run, "rotate", ring, "--root", tmp_path / "nothing")
    assert (ring / "keys" / "root.json").exists()


def test_a_card_that_does_not_count_yet_is_taken_back(run: Run, ring: Path) -> None:
    before = run("key", "list", ring, "--json").json
    assert (3, "nothing_pending") == code_of(run, "withdraw", ring)
    assert 2 == run("key", "rotate", ring, "--json").json["number"]
    assert (3, "card_pending") == code_of(run, "rotate", ring)
    assert {"withdrawn": 2} == run("key", "withdraw", ring, "--json").json
    assert before == run("key", "list", ring, "--json").json
    assert 2 == run("key", "rotate", ring, "--json").json["number"]


def test_a_card_that_a_start_is_taking_up_stays(run: Run, ring: Path) -> None:
    """A crash between its steps: the card stands among the ring's cards already, the next start goes on with it."""
    assert 0 == run("key", "rotate", ring).code
    files = CardFiles(ring)
    pending = files.pending()
    assert pending is not None
    files.keep([pending])
    assert (3, "nothing_pending") == code_of(run, "withdraw", ring)
    assert 0 == run("state", ring).code
    assert 2 == files.load().present.number


def _file(folder: Path, data: bytes) -> Path:
    (folder / "some.json").write_bytes(data)
    return folder / "some.json"


def test_root_keys_of_another_ring_are_not_taken(run: Run, ring: Path, tmp_path: Path) -> None:
    other = tmp_path / "ulme"
    assert 0 == run("init", other, "--address", "ulme.example", "--name", "Ulme", "--net", "test").code
    strange = other / "keys" / "root.json"
    for command in ("rotate", "sheet"):
        assert (3, "root_wrong") == code_of(run, command, ring, "--root", strange)


def test_new_keys_count_from_the_next_start(run: Run, ring: Path) -> None:
    assert 0 == run("state", ring).code
    issued = run("key", "rotate", ring, "--purpose", "frame", "--json").json
    before = run("key", "list", ring, "--json").json
    assert (1, 2) == (before["present"], before["pending"]["number"])
    assert 1 == len(before["cards"][0]["boots"])
    assert (3, "card_pending") == code_of(run, "rotate", ring)
    assert 0 == run("verify", ring).code
    after = run("key", "list", ring, "--json").json
    assert (2, None, issued["hash"]) == (after["present"], after["pending"], after["cards"][1]["hash"])
    changed = {
        old["purpose"]
        for old, new in zip(after["cards"][0]["keys"], after["cards"][1]["keys"], strict=True)
        if old != new
    }
    assert {"frame"} == changed
    text = run("key", "list", ring, lang="de_DE.UTF-8").out
    assert ("gilt jetzt" in text, "key apart" in text) == (True, True)


def test_the_root_itself_changes(run: Run, ring: Path, tmp_path: Path) -> None:
    out = tmp_path / "next.json"
    assert 0 == run("key", "rotate", ring, "--root-out", out).code
    sheet = run("key", "sheet", ring, "--root", out)
    assert (0, 0) == (sheet.code, run("verify", ring).code)
    assert (3, "root_wrong") == code_of(run, "rotate", ring)
    assert (2, "file_exists") == code_of(run, "rotate", ring, "--root", out, "--root-out", out)
    assert 3 == run("key", "rotate", ring, "--root", out, "--json").json["number"]


def test_a_second_operator_signs_with_a_key_of_his_own(run: Run, ring: Path, tmp_path: Path) -> None:
    other, key, invitation = tmp_path / "ulme", tmp_path / "karin.json", tmp_path / "invitation.json"
    made = run("key", "make", "--out", key, "--json").json
    assert (2, "file_exists") == code_of(run, "make", "--out", key)
    assert 0 == run("key", "operators", ring, "--add", made["public"], "--threshold", 2).code
    now = run("key", "operators", ring, "--json").json
    assert ((1, 1, 1), (2, 2, 2)) == tuple(
        (each["number"], each["needed"], len(each["operators"])) for each in (now["present"], now["pending"])
    )
    told = run("key", "operators", ring, lang="de_DE.UTF-8").out
    assert "Gilt ab dem nächsten Start (Karte 2): 2 von 2 Schlüsseln müssen unterschreiben." in told, told
    assert 0 == run("init", other, "--address", "ulme.example", "--name", "Ulme", "--net", "test").code
    assert 0 == run("peer", "invite", other, "--out", invitation).code
    assert (3, "threshold") == _refused(run, "peer", "accept", ring, invitation)
    waiting = run("key", "sign", ring, "--json").json["documents"]
    assert [("peer-agreement", "ulme.example", 1, 2)] == [
        (each["kind"], each["peer"], len(each["signed_by"]), each["needed"]) for each in waiting
    ]
    shown = run("key", "sign", ring, lang="de_DE.UTF-8").out
    assert (True, True) == ("1/2" in shown, "dort bis 200 Talente (10 Std.), wir bis 200" in shown)
    assert (3, "nothing_to_sign") == code_of(run, "sign", ring, "--key", key, "--only", "nothing")
    assert (2, "key_file") == code_of(run, "sign", ring, "--key", invitation)
    signed = run("key", "sign", ring, "--key", key).out
    assert (True, True) == ("nothing is done yet" in signed, "the command from before again" in signed)
    assert [] == run("key", "sign", ring, "--json").json["documents"]
    assert (3, "nothing_to_sign") == code_of(run, "sign", ring, "--key", key)
    assert (4, "unreachable") == _refused(run, "peer", "accept", ring, invitation)  # signed; ulme is not up


def test_who_names_one_document_signs_one(run: Run, ring: Path, tmp_path: Path) -> None:
    key, invitation = tmp_path / "karin.json", tmp_path / "invitation.json"
    made = run("key", "make", "--out", key, "--json").json
    assert 0 == run("key", "operators", ring, "--add", made["public"], "--threshold", 2).code
    for name in ("ulme", "esche"):
        other = tmp_path / name
        assert 0 == run("init", other, "--address", f"{name}.example", "--name", name, "--net", "test").code
        assert 0 == run("peer", "invite", other, "--out", invitation.with_suffix(f".{name}")).code
        assert (3, "threshold") == _refused(run, "peer", "accept", ring, invitation.with_suffix(f".{name}"))
    first, second = (each["hash"] for each in run("key", "sign", ring, "--json").json["documents"])
    assert (2, "usage") == code_of(run, "sign", ring, "--key", key, "--only", "")
    left = run("key", "sign", ring, "--key", key, "--only", first[:8], "--json").json["documents"]
    assert [second] == [each["hash"] for each in left]


def _refused(run: Run, *args: object) -> tuple[int, str]:
    done = run(*args, "--json")
    return done.code, done.json["error"]["code"]


def test_operators_are_named_rightly(run: Run, ring: Path) -> None:
    assert (2, "key_file") == code_of(run, "operators", ring, "--add", "karin")
    assert (2, "operators") == code_of(run, "operators", ring, "--threshold", 2)
    assert (2, "key_unknown") == code_of(run, "operators", ring, "--remove", "karin")


def test_keys_are_revoked_while_the_node_is_off(run: Run, ring: Path, serve: Serve) -> None:
    keys = run("key", "list", ring, "--json").json["cards"][0]["keys"]
    stolen = [each["key"] for each in keys if each["purpose"] in ("frame", "operator")]
    process, _ = serve(ring)
    assert (3, "node_runs") == code_of(run, "revoke", ring, *stolen)
    process.terminate()
    process.wait(10)
    assert (2, "key_unknown") == code_of(run, "revoke", ring, "nobody+00000000")
    card = run("key", "revoke", ring, *stolen, "--json").json
    assert sorted(stolen) == card["revoked"]
    assert set() == {each["key"] for each in card["keys"]} & set(stolen)
    assert 0 == run("verify", ring).code
    assert "revoked" in run("key", "list", ring).out


@pytest.mark.parametrize("damaged", ["cards.json", "card.json", "keys/pending.json", "keys/earlier.json"])
def test_a_damaged_file_is_named(run: Run, ring: Path, damaged: str) -> None:
    for _ in range(2):
        assert 0 == run("key", "rotate", ring).code
        if damaged != "keys/pending.json":
            assert 0 == run("state", ring).code
            continue
        break
    (ring / damaged).write_bytes(b"[")
    done = run("state", ring, "--json")
    assert (1, "folder_unusable") == (done.code, done.json["error"]["code"])


def test_a_line_that_a_wrong_card_has_stopped_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[dict[str, Any]] = [
        {"address": "ulme.example", "state": "quarantined", "reason": "two_cards"},
        {"address": "linde.example", "state": "quarantined", "reason": "lost"},
        {"address": "buche.example", "state": "open", "reason": None},
    ]
    for lang, word in (("de_DE.UTF-8", "zwei verschiedene Karten"), ("en_GB.UTF-8", "two different cards")):
        monkeypatch.setenv("LC_ALL", lang)
        lost, cards = advice(stopped)
        assert (True, True) == (word in cards and "ulme.example (two_cards)" in cards, "--old-copy" in lost)
    assert [] == advice(stopped[2:])


def test_a_partner_that_winds_down_is_named_and_what_ends_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    peers: list[dict[str, Any]] = [
        {"address": "ulme.example", "stops_since": 1_800_000_000, "clearing_seconds": -3_600},
        {"address": "linde.example", "stops_since": 1_800_000_000, "clearing_seconds": 0},
        {"address": "buche.example", "stops_since": None},
    ]
    peers = [{"state": "ended", "reason": "ended_by_them", **each} for each in peers]
    for lang, word in (("de_DE.UTF-8", "löst sich auf."), ("en_GB.UTF-8", "winds down.")):
        monkeypatch.setenv("LC_ALL", lang)
        claim, even = advice(peers)
        assert (True, True) == (f"ulme.example {word}" in claim, "peer reset" in claim)
        assert (True, False) == (f"linde.example {word}" in even, "peer reset" in even)


@pytest.mark.parametrize(
    ("lang", "state", "none", "away"),
    [
        ("de_DE.UTF-8", "aufgegeben", "mehr ist nicht offen", "Der nächste Tauschring ist gerade nicht erreichbar."),
        ("en_GB.UTF-8", "given up", "no more is open", "The next ring cannot be reached just now."),
    ],
)
def test_states_and_codes_in_tables_are_words(
    monkeypatch: pytest.MonkeyPatch, lang: str, state: str, none: str, away: str
) -> None:
    monkeypatch.setenv("LC_ALL", lang)
    assert [state, none, away, ""] == [term("given_up"), why("no_capacity"), why("next_hop_down"), why(None)]


@pytest.mark.parametrize(("state", "empty"), [("open", 2), ("ended", 4), ("given_up", 4)])
def test_a_line_that_is_over_has_no_limits(state: str, empty: int) -> None:
    """The last two cells, when it was seen and signed, are empty anyway."""
    line = {
        "address": "ulme.example", "state": state, "clearing_seconds": 3_600, "limit_in": 7_200, "limit_out": 10_800,
        "last_seen": None, "statement": None,
    }  # fmt: skip
    assert empty == peer_table([line], Unit("Stunden", 1, 2)).splitlines()[-1].split().count("-")
