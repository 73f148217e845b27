# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each command on a folder that nobody serves: results, exit codes, two languages, no traceback for bad input."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ringtausch_node.cli.language import language
from ringtausch_protocol.requests import INVITATION_BYTES
from tests.cli.conftest import Run

ID = "01234567-89ab-7def-8123-456789abcdef"


def test_init_makes_a_ring_that_stands(run: Run, ring: Path) -> None:
    state = run("state", ring, "--json")
    assert 0 == state.code
    assert ("eiche.example", "ready", 0, []) == tuple(
        state.json[key] for key in ("address", "state", "sum_seconds", "peers")
    )
    assert 0o700 == ring.stat().st_mode & 0o777


def test_init_as_json_names_the_ring(run: Run, tmp_path: Path) -> None:
    done = run("init", tmp_path / "ulme", "--address", "Ulme.Example", "--name", "Ulme", "--json")
    assert 0 == done.code
    assert ("ulme.example", "de", "https://ulme.example") == tuple(done.json[key] for key in ("address", "net", "url"))
    assert 52 == len(done.json["ring_id"])


@pytest.mark.parametrize(
    "change",
    [
        ("--address", "no spaces"),
        ("--name", ""),
        ("--name", "a\x07b"),
        ("--unit", "Talente:7:2"),
        ("--net", "GROSS"),
        ("--listen", "nowhere"),
        ("--url", "http://eiche.example"),
    ],
)
def test_init_refuses_what_cannot_be_meant_and_makes_nothing(run: Run, tmp_path: Path, change: tuple[str, str]) -> None:
    settings = {"--address": "eiche.example", "--name": "Eiche", change[0]: change[1]}
    done = run("init", tmp_path / "ring", *[word for pair in settings.items() for word in pair], "--json")
    assert (2, "config") == (done.code, done.json["error"]["code"])
    assert f"config: {change[0]}: " in done.json["error"]["message"]
    assert "config.toml" not in done.json["error"]["message"].splitlines()[0]
    assert not (tmp_path / "ring").exists()


def test_init_never_overwrites(run: Run, ring: Path) -> None:
    done = run("init", ring, "--address", "eiche.example", "--name", "Eiche", "--json")
    assert (2, "folder_not_empty") == (done.code, done.json["error"]["code"])


def test_a_payment_here_is_booked_once_per_id(run: Run, members: Path) -> None:
    pay = (
        "pay", members, "--from", "alma", "--to", "ben", "--amount", "1:30", "--memo", "A\u0308pfel", "--id", ID,
        "--json",
    )  # fmt: skip
    first, again = run(*pay), run(*pay)
    assert (0, "paid", 5400, "Äpfel") == (first.code, *(first.json[key] for key in ("state", "amount_seconds", "memo")))
    assert first == again
    other = run(*["2:00" if word == "1:30" else word for word in pay])
    assert (3, "id_reused") == (other.code, other.json["error"]["code"])
    balances = {
        each["handle"]: each["balance_seconds"] for each in run("member", "list", members, "--json").json["members"]
    }
    assert {"alma": -5400, "ben": 5400} == balances
    assert first.json == run("payment", "--json", members, ID).json
    assert (3, "paid") == (
        run("payment", "cancel", members, ID).code,
        run("payment", members, ID, "--json").json["state"],
    )
    assert (0, True) == (run("verify", members).code, run("verify", members, "--json").json["ok"])


@pytest.mark.parametrize(("text", "seconds"), [("1", 180), ("2,5", 450), ("2.5", 450), ("1.5h", 5400), ("90min", 5400)])
def test_amounts_follow_the_unit_or_are_time(run: Run, members: Path, text: str, seconds: int) -> None:
    paid = run("pay", members, "--from", "alma", "--to", "ben", "--amount", text, "--json")
    assert seconds == paid.json["amount_seconds"]


BAD_AMOUNTS = [
    "0",
    "0,0",
    "-1",
    "1,5,5",
    "NaN",
    "inf",
    "1e3",
    "0.01",
    "1000000001s",
    str(2**63),
    "1 5",
    "\u0661",
    "",
    "x",
]


@pytest.mark.parametrize("text", BAD_AMOUNTS)
def test_amounts_that_are_none_are_used_wrongly(run: Run, members: Path, text: str) -> None:
    done = run("pay", members, "--from", "alma", "--to", "ben", "--amount", text, "--json")
    assert (2, "amount") == (done.code, done.json["error"]["code"])


@pytest.mark.parametrize(
    ("change", "exit_code", "code"),
    [
        ({"--to": "nobody"}, 3, "unknown_member"),
        ({"--from": "nobody"}, 3, "unknown_member"),
        ({"--to": "ben@ulme.example"}, 3, "no_route"),
        ({"--to": "alma"}, 3, "own_account"),
        ({"--amount": "101"}, 3, "limit_lower"),
        ({"--to": "b e n"}, 2, "address"),
        ({"--to": "ben@"}, 2, "address"),
        ({"--memo": "x" * 5000}, 2, "memo"),
        ({"--memo": "a\x1bb"}, 2, "memo"),
        ({"--id": "short"}, 2, "payment_id"),
        ({"--wait": "-1"}, 2, "usage"),
        ({"--wait": "1e9"}, 2, "usage"),
    ],
)
def test_payments_that_cannot_be_have_a_code(
    run: Run, members: Path, change: dict[str, str], exit_code: int, code: str
) -> None:
    words = {"--from": "alma", "--to": "ben", "--amount": "1"} | change
    done = run("pay", members, *[word for pair in words.items() for word in pair], "--json")
    assert (exit_code, code) == (done.code, done.json["error"]["code"])
    assert all(each["balance_seconds"] == 0 for each in run("member", "list", members, "--json").json["members"])


@pytest.mark.parametrize("text", ["1000000001s", "999999999999", "300000h"])
def test_an_amount_that_is_too_large_is_called_so(run: Run, members: Path, text: str) -> None:
    done = run("pay", members, "--from", "alma", "--to", "ben", "--amount", text)
    assert (2, True) == (done.code, "amount: too large, at most 1000000000 seconds" in done.err), done.err
    assert (
        "zu groß, höchstens 277 777 Stunden"
        in run("pay", members, "--from", "alma", "--to", "ben", "--amount", text, lang="de").err
    )


@pytest.mark.parametrize("text", ["nan", "NaN", "-nan", "inf", "-1", "3601", "x", ""])
def test_a_time_to_wait_that_is_none_is_used_wrongly(run: Run, members: Path, text: str) -> None:
    for command in (("pay", members, "--from", "alma", "--to", "ben", "--amount", "1"), ("refund", members, ID)):
        done = run(*command, "--wait", text, "--json")
        assert (2, "usage") == (done.code, done.json["error"]["code"])
    assert [0, 0] == [each["balance_seconds"] for each in run("member", "list", members, "--json").json["members"]]


def test_a_limit_may_warn_instead_of_block(run: Run, members: Path) -> None:
    config = members / "config.toml"
    config.write_text(config.read_text().replace('lower_limit = "block"', 'lower_limit = "warn"'))
    paid = run("pay", members, "--from", "alma", "--to", "ben", "--amount", "101", "--json")
    assert (0, ["limit_lower"]) == (paid.code, paid.json["warnings"])


def test_a_member_list_is_imported_whole_or_not(run: Run, members: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes("Kürzel;Name;Saldo;Telefon\ncem;Cem;20;1\ndora;Dora;-2,5;2\n".encode("cp1252"))
    bad.write_text("handle,name\neva,Eva\nalma,Alma\n!,x\n")
    refused = run("member", "import", members, bad, "--json")
    assert (3, "csv") == (refused.code, refused.json["error"]["code"])
    assert "line 4, handle: address" in refused.json["error"]["message"]
    done = run("member", "import", members, good, "--json")
    assert (0, 2, -3150, ["Telefon"]) == (
        done.code,
        *(done.json[key] for key in ("members", "difference_seconds", "ignored_columns")),
    )
    assert 4 == len(run("member", "list", members, "--json").json["members"])
    missing = run("member", "import", members, tmp_path / "none.csv", "--json")
    assert (2, "file_unreadable") == (missing.code, missing.json["error"]["code"])


@pytest.mark.parametrize(
    ("args", "exit_code", "code"),
    [
        (("add", "alma", "--name", "Another"), 3, "handle_taken"),
        (("add", "eva", "--name", "Eva", "--role", "king"), 2, "usage"),
        (("add", "eva", "--name", "Eva", "--min", "1"), 2, "limits"),
        (("add", "eva", "--name", "Eva", "--min", "lots"), 2, "signed_amount"),
        (("add", "e v a", "--name", "Eva"), 2, "address"),
        (("add", "eva"), 2, "usage"),
        (("token", "nobody"), 3, "unknown_member"),
    ],
)
def test_members_that_cannot_be_have_a_code(
    run: Run, members: Path, args: tuple[str, ...], exit_code: int, code: str
) -> None:
    done = run("member", args[0], members, *args[1:], "--json")
    assert (exit_code, code) == (done.code, done.json["error"]["code"])


def test_a_token_is_printed_alone(run: Run, members: Path) -> None:
    plain, as_json = run("member", "token", members, "alma"), run("member", "token", members, "alma", "--json")
    assert 43 == len(plain.out.strip())
    assert ["token"] == list(as_json.json)
    assert plain.out.strip() != as_json.json["token"]


def test_an_invitation_is_a_file_for_its_owner(run: Run, ring: Path, tmp_path: Path) -> None:
    out = tmp_path / "invitation.json"
    done = run("peer", "invite", ring, "--out", out, "--limit-in", "20", "--limit-out", "0", "--json")
    assert (0, str(out)) == (done.code, done.json["file"])
    assert 0o600 == out.stat().st_mode & 0o777
    assert (3600, 0) == tuple(
        msgspec.json.decode(out.read_bytes())[key] for key in ("limit_in_seconds", "limit_out_seconds")
    )
    again = run("peer", "invite", ring, "--out", out, "--json")
    assert (2, "file_exists") == (again.code, again.json["error"]["code"])
    own = run("peer", "accept", ring, out, "--json")
    assert (2, "own_ring") == (own.code, own.json["error"]["code"])
    assert {"peers": []} == run("peer", "list", ring, "--json").json


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("invite", "--out", "/nowhere/at/all"), "file_unwritable"),
        (("invite", "--out", "x", "--limit-in", "-1"), "amount"),
        (("accept", "/nowhere"), "file_unreadable"),
        (("invite",), "usage"),
    ],
)
def test_peer_commands_used_wrongly(run: Run, ring: Path, args: tuple[str, ...], code: str) -> None:
    done = run("peer", args[0], ring, *args[1:], "--json")
    assert (2, code) == (done.code, done.json["error"]["code"])


def test_an_invitation_overwrites_no_key(run: Run, ring: Path, tmp_path: Path) -> None:
    keys = ring / "keys" / "root.json"
    before = keys.read_bytes()
    (tmp_path / "nowhere").symlink_to(tmp_path / "not there")
    for place in (keys, tmp_path, tmp_path / "nowhere"):
        done = run("peer", "invite", ring, "--out", place, "--json")
        assert (2, "file_exists") == (done.code, done.json["error"]["code"])
    assert before == keys.read_bytes()


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff", b"[" * 30_000, b"x" * 130_000, b"x" * 140_000, b'{"v":1,"v":1}', b"\0"]
)
def test_what_is_no_invitation_has_a_code(run: Run, ring: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    done = run("peer", "accept", ring, tmp_path / "file", "--json")
    code = "not_an_invitation" if len(data) <= INVITATION_BYTES else "file_unreadable"
    assert (2, code) == (done.code, done.json["error"]["code"])
    assert "DecodeError" not in done.json["error"]["message"]


def test_words_for_a_ring_nobody_knows(run: Run, ring: Path) -> None:
    done = run("peer", "confirm", ring, "ulme.example", "--words", "a b c", "--json")
    assert (3, "unknown_peer") == (done.code, done.json["error"]["code"])


@pytest.mark.parametrize("command", [("state",), ("verify",), ("serve",), ("member", "list"), ("peer", "list")])
def test_a_folder_that_is_no_ring(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(*command, tmp_path, "--json")
    assert (2, "folder_missing") == (done.code, done.json["error"]["code"])


def test_a_setting_misspelt_in_the_file_is_told_with_a_guess(run: Run, ring: Path) -> None:
    file = ring / "config.toml"
    file.write_text(file.read_text().replace("[lines]\n", "[lines]\nopen_hold = 3\n"))
    done = run("state", ring, lang="de_DE.UTF-8")
    assert 2 == done.code
    assert 'unbekannte Einstellung "lines.open_hold" - meinten Sie "open_holds"?' in done.err


@pytest.mark.parametrize(
    ("args", "german"),
    [
        (("state",), "Es fehlt: 'FOLDER'"),
        (("stat", "x"), "Diesen Befehl gibt es nicht: stat - meinten Sie state"),
        (("state", "x", "--jsn"), "Diese Option gibt es nicht: --jsn - meinten Sie --json?"),
        (("init", "x", "--name"), "Diese Option braucht einen Wert: --name"),
        (
            ("member", "add", "x", "y", "--name", "Y", "--role", "king"),
            "Dieser Wert geht nicht: '--role'; möglich: member, office, operator, auditor",
        ),
        (("refund", "x", ID, "--wait", "abc"), "Dieser Wert geht nicht: '--wait'; möglich: 0 - 3600"),
        (("pay", "x", "extra", "words"), "Das ist zu viel: extra words"),
        (("peer", "list", "x", "y"), "Das ist zu viel: y"),
        (("state", "\udcff"), "So kann der Befehl nicht ausgeführt werden."),
    ],
)
def test_misuse_is_told_in_german(run: Run, args: tuple[str, ...], german: str) -> None:
    done = run(*args, lang="de_DE.UTF-8")
    assert 2 == done.code
    assert done.err.startswith("Fehler: ")
    assert german in done.err
    assert len(done.err.strip().splitlines()) <= 2


def test_what_every_program_knows_is_known_here(run: Run, members: Path) -> None:
    assert run("version", "--json") == run("--version", "--json")
    for command in ((), ("pay",), ("member",), ("member", "add"), ("payment",), ("payment", "cancel")):
        assert (0, run(*command, "--help").out) == ((short := run(*command, "-h")).code, short.out)


def test_recover_says_what_another_ring_misses(run: Run, members: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peers = [{"address": "ulme.example", "state": "quarantined", "reason": "lost"}]
    answers = {"recover": {"recovery": None}, "state": {"peers": peers}}
    monkeypatch.setattr("ringtausch_node.cli.recovering.call", lambda _folder, name, _args: answers[name])
    assert "--old-copy" in run("recover", members).out
    peers.clear()
    assert "This ring was never restored.\n" == run("recover", members).out


def test_people_read_their_language(run: Run, members: Path) -> None:
    german = run("pay", members, "--from", "alma", "--to", "ben", "--amount", "2,5", lang="de_DE.UTF-8")
    assert german.out.startswith("Gutgeschrieben.\n2,5 Talente (7 Min. 30 Sek.): alma -> ben\nNummer: ")
    english = run("state", members)
    assert "Sum of all accounts" in english.out
    assert "Summe aller Konten" in run("state", members, lang="de").out
    assert "Aufruf: ringtausch pay" in run("pay", "--help", lang="de").out
    assert "--amount AMOUNT" in run("pay", "--help").out
    assert (2, True) == (run().code, "Commands:" in run().err)


def test_taking_back_what_is_held_says_who_decides(run: Run, members: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"payment_id": "x" * 22, "state": "held", "amount_seconds": 180, "from": "alma", "to": "ben@ulme.example"}
    monkeypatch.setattr("ringtausch_node.cli.payments.call", lambda *_: held)
    asked = run("payment", "cancel", members, ID, lang="de")
    assert asked.out.startswith("Die Rücknahme ist erbeten; der andere Ring entscheidet.")
    assert "Sie müssen nichts tun" not in asked.out
    assert run("payment", members, ID, lang="de").out.startswith("Unterwegs.")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_DE", "LC_ALL": "en_US"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "de"}, "de"),
        ({"LANG": "de", "LC_ALL": ""}, "de"),
    ],
)
def test_the_language_is_that_of_the_environment(environment: dict[str, str], expected: str) -> None:
    assert expected == language(environment)


def test_a_fault_of_ours_says_so(run: Run, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringtausch_node.cli.rings.call", lambda *_: 1 // 0)
    done = run("state", ring, "--json")
    assert 1 == done.code
    assert "internal" == msgspec.json.decode(done.err.splitlines()[-1])["error"]["code"]


def test_verify_tells_what_is_wrong(run: Run, members: Path) -> None:
    import sqlite3

    run("pay", members, "--from", "alma", "--to", "ben", "--amount", "1")
    with sqlite3.connect(members / "ring.sqlite") as database:
        database.execute("DROP TRIGGER leaf_is_final")
        database.execute("UPDATE leaf SET entry = randomblob(37) WHERE idx = 1")
    database.close()
    done = run("verify", members, "--json")
    assert (1, False) == (done.code, done.json["ok"])
    assert ["log_broken"] == [finding["code"] for finding in done.json["findings"]]
    assert "Something is wrong" in run("verify", members).out
