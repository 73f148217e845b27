# SPDX-License-Identifier: AGPL-3.0-or-later
"""`ringtausch backup` seals, `ringtausch restore` opens; where the passphrase comes from, and what is left behind."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ringtausch_node.backup.sealed import CHUNK_BYTES, MAGIC, Cost, Sealing, SealingWriter
from tests.cli.conftest import Run

OWN = "Nadel im Heu 17"


@pytest.fixture
def opener(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase.txt"
    file.write_text(f"{OWN}\nnot this line\n", encoding="utf-8")
    return file


def test_a_backup_is_sealed_and_opens_with_what_stands_in_a_file(
    run: Run, members: Path, tmp_path: Path, opener: Path
) -> None:
    made = run("backup", members, tmp_path / "x.backup", "--passphrase-file", opener, "--json")
    back = run("restore", tmp_path / "x.backup", tmp_path / "new", "--passphrase-file", opener, "--json")
    assert (0, True, MAGIC) == (made.code, made.json["is_sealed"], (tmp_path / "x.backup").read_bytes()[: len(MAGIC)])
    assert (0, "eiche.example", True) == (back.code, back.json["address"], back.json["is_sealed"])
    assert b"eiche.example" not in (tmp_path / "x.backup").read_bytes()
    assert 0 == run("state", tmp_path / "new").code


def test_ten_words_are_rolled_and_shown_once(run: Run, members: Path, tmp_path: Path) -> None:
    words = run("backup", members, tmp_path / "x.backup", "--words", "--json").json["words"]
    assert 10 == len(words.split())
    opener = tmp_path / "words"
    opener.write_text(words.upper())
    assert 0 == run("restore", tmp_path / "x.backup", tmp_path / "new", "--passphrase-file", opener).code


def test_without_a_terminal_and_without_a_file_nothing_is_written(run: Run, members: Path, tmp_path: Path) -> None:
    refused = run("backup", members, tmp_path / "x.backup", "--json")
    both = run("backup", members, tmp_path / "x.backup", "--words", "--plain", "--json")
    assert ("passphrase_needed", "usage") == (refused.json["error"]["code"], both.json["error"]["code"])
    assert not (tmp_path / "x.backup").exists()


def test_what_does_not_open_leaves_nothing_behind(run: Run, members: Path, tmp_path: Path, opener: Path) -> None:
    run("backup", members, tmp_path / "x.backup", "--passphrase-file", opener)
    whole, wrong = (tmp_path / "x.backup").read_bytes(), tmp_path / "wrong"
    wrong.write_text(OWN.lower())
    (tmp_path / "cut").write_bytes(whole[:-100])
    (tmp_path / "bit").write_bytes(whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:])
    (tmp_path / "other").write_bytes(b"no backup" * 100)
    codes = {
        name: run("restore", tmp_path / file, tmp_path / "new", "--passphrase-file", given, "--json").json["error"][
            "code"
        ]
        for name, file, given in (("wrong", "x.backup", wrong), ("cut", "cut", opener), ("bit", "bit", opener),
                                  ("other", "other", opener), ("missing", "missing", opener))
    }  # fmt: skip
    asked = run("restore", tmp_path / "x.backup", tmp_path / "new", "--json")
    assert {
        "wrong": "passphrase_wrong", "cut": "backup_broken", "bit": "backup_broken", "other": "not_a_backup",
        "missing": "file_unreadable",
    } == codes  # fmt: skip
    assert "passphrase_needed" == asked.json["error"]["code"]
    assert not (tmp_path / "new").exists()


def test_a_plain_one_is_made_only_when_asked_for(run: Run, members: Path, tmp_path: Path) -> None:
    made = run("backup", members, tmp_path / "x.tar", "--plain", "--json")
    assert (0, False) == (made.code, made.json["is_sealed"])
    assert 0 == run("restore", tmp_path / "x.tar", tmp_path / "new").code


def test_the_last_chunk_is_proved_even_where_nothing_of_the_ring_stands_in_it(
    run: Run, members: Path, tmp_path: Path, opener: Path
) -> None:
    run("backup", members, tmp_path / "x.tar", "--plain")
    sealed = io.BytesIO()
    writer = SealingWriter(sealed, Sealing(OWN, bytes(16), Cost(8, 1, 1)))
    writer.write((tmp_path / "x.tar").read_bytes() + bytes(2 * CHUNK_BYTES))
    writer.finish()
    (tmp_path / "whole").write_bytes(sealed.getvalue())
    (tmp_path / "bit").write_bytes(sealed.getvalue()[:-1] + bytes([sealed.getvalue()[-1] ^ 1]))
    bad = run("restore", tmp_path / "bit", tmp_path / "new", "--passphrase-file", opener, "--json")
    assert ("backup_broken", False) == (bad.json["error"]["code"], (tmp_path / "new").exists())
    assert 0 == run("restore", tmp_path / "whole", tmp_path / "new", "--passphrase-file", opener).code
