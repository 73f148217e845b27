# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m ringtausch_protocol` for people: German and English, and what it says when it is used wrongly."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from ringtausch_protocol import advert_proofs, forks
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.verifier import words
from ringtausch_protocol.verifier.program import main
from ringtausch_protocol.verifier.trust import KEYS_BYTES, Trust
from tests.protocol.files_to_verify import files
from tests.vectors.cast import EICHE


def said(tmp_path: Path, name: str, *arguments: str) -> str:
    for each, data in files().items():
        (tmp_path / each).write_bytes(data)
    out = io.StringIO()
    main([str(tmp_path / name), *arguments], out)
    return out.getvalue()


def test_it_speaks_german_and_english(tmp_path: Path) -> None:
    german, english = said(tmp_path, "fork", "--lang", "de"), said(tmp_path, "fork", "--lang=en")

    assert f"{tmp_path}/fork: Nachweis zweier Fassungen eines Protokolls, geprüft\n" in german
    assert "  Widerspruch: das spätere Protokoll hatte den früheren Stand nie\n" in german
    assert f"{tmp_path}/fork: proof of two histories of a log, verified\n" in english
    assert f"  signed by: {next(iter(EICHE.known(EICHE.roots[0])))}\n" in english


@pytest.mark.parametrize(
    ("name", "what"),
    [("figures", "  turnover, in seconds: "), ("close", "  how it ended: "), ("over", "  kind: ring-close")],
)
def test_what_a_document_says_has_words(tmp_path: Path, name: str, what: str) -> None:
    assert what in said(tmp_path, name, f"--keys={tmp_path}/cards", "--lang=en")


def test_it_says_what_is_wrong_in_both_languages(tmp_path: Path) -> None:
    german, english = said(tmp_path, "hello", "--lang", "de"), said(tmp_path, "hello", "--lang", "en")

    assert "STIMMT NICHT (unknown_key)\n  Dieser Schlüssel ist nicht bekannt.\n" in german
    assert "WRONG (unknown_key)\n  This key is not known.\n" in english
    assert f"  {next(iter(EICHE.known()))}\n" in english


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, "en"), ({"LANG": "de_AT.UTF-8"}, "de"), ({"LC_ALL": "C", "LANG": "de"}, "en"), ({"LC_MESSAGES": "de"}, "de")],
)
def test_the_environment_chooses_the_language(environment: dict[str, str], expected: str) -> None:
    assert expected == words.language(environment)


def test_every_text_stands_in_both_languages() -> None:
    for table in (words.KINDS, words.FACTS, words.FAULTS, words.HELP):
        assert all(text.de and text.en for text in table.values())
    assert set(words.FAULTS) - {advert_proofs.FAULT} == set(get_args(forks.Fault))


# -- used wrongly ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [[], ["card", "--as", "poem"], ["card", "--quorum", "x"], ["card", "--quorum", "-1"], ["card", "--quorum", "1000"]],
)
def test_bad_arguments_end_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert 2 == ended.value.code
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("known", "what"),
    [
        (b"nonsense\n", "malformed: {path}: line 1: verifier key"),
        (b"# good\n{}\n", "malformed: {path}: line 2: ValidationError"),
        ("nämlich\n".encode(), "malformed: {path}: line 1: verifier key"),
        (b"x" * 300, "malformed: {path}: line 1: verifier key"),
        (b"x" * (KEYS_BYTES + 1), "too_large: "),
    ],
)
def test_bad_keys_end_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str], known: bytes, what: str) -> None:
    path = tmp_path / "known"
    path.write_bytes(known)

    assert 2 == main([str(path), "--keys", str(path)])
    assert capsys.readouterr().err.startswith(what.format(path=path))


def test_more_keys_than_fit_are_refused() -> None:
    with pytest.raises(RemoteError, match="too_large"):
        Trust().add(b"#" * (KEYS_BYTES + 1))


@pytest.mark.parametrize("arguments", [["{0}/none"], ["{0}", "--keys", "{0}/none"], ["{0}", "--entry", "{0}/none"]])
def test_files_that_are_not_there_end_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert 2 == main([each.format(tmp_path) for each in arguments])
    assert str(tmp_path / "none") in capsys.readouterr().err


def test_it_is_a_program_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "card").write_bytes(EICHE.card.envelope)
    command = [sys.executable, "-m", "ringtausch_protocol", "card", "--json"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (0, "", "envelope") == (ended.returncode, ended.stderr, json.loads(ended.stdout)["kind"])
