# SPDX-License-Identifier: AGPL-3.0-or-later
"""`ringtausch payment receipt`: the files that it writes, and what they are checked with."""

from __future__ import annotations

from pathlib import Path

from ringtausch_protocol.verifier import program
from tests.cli.conftest import Run

ID = "A" * 22


def test_a_receipt_is_written_as_files_that_are_verified(run: Run, members: Path, tmp_path: Path) -> None:
    run("pay", members, "--from", "alma", "--to", "ben", "--amount", "1:30", "--id", ID)
    out = tmp_path / "quittung"

    done = run("payment", "receipt", members, ID, "--out", out)
    files = sorted(out.iterdir())

    assert (0, ["booking.json", "booking.tlog-proof"]) == (done.code, [file.name for file in files])
    assert [file.name in done.out for file in files] == [True, True]
    assert 0 == program.main([*map(str, files), "--keys", str(members / "card.json")])


def test_a_receipt_is_shown_without_being_written_and_never_over_something(
    run: Run, members: Path, tmp_path: Path
) -> None:
    run("pay", members, "--from", "alma", "--to", "ben", "--amount", "1:30", "--id", ID)

    shown = run("payment", "receipt", members, ID, "--json")
    taken = run("payment", "receipt", members, ID, "--out", tmp_path, "--json")
    unknown = run("payment", "receipt", members, "B" * 21 + "A", "--json")

    assert {"payment_id", "booking", "booking_proof"} == set(shown.json)
    assert "file_exists" == taken.json["error"]["code"]
    assert "not_found" == unknown.json["error"]["code"]


def test_who_shows_another_file_or_folder_of_a_receipt_reads_which_one_is_wanted(
    run: Run, members: Path, tmp_path: Path
) -> None:
    run("pay", members, "--from", "alma", "--to", "ben", "--amount", "1:30", "--id", ID)
    out = tmp_path / "quittung"
    run("payment", "receipt", members, ID, "--out", out)
    for shown in (out, out / "booking.json"):
        told = run("peer", "receipt", members, shown, lang="de_DE.UTF-8")
        assert (2, True) == (told.code, "Gebraucht wird „decision.json“" in told.err), told.err
    assert "decision.json" in run("peer", "receipt", "--help").out
    gone = run("peer", "receipt", members, tmp_path / "no.json", "--json")
    assert (2, "file_unreadable") == (gone.code, gone.json["error"]["code"])
