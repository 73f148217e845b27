# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands behind a code is German for who reads German: details, states, roles, and what a setting should be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringtausch_node.cli.details import _CELLS, detail_for_people
from ringtausch_node.cli.language import _TERMS
from tests.cli.conftest import Run
from tests.house.tree import ROOT

NODE = ROOT / "node" / "ringtausch_node"
#: What an operator's command never shows: bugs, what rings say to each other, and pages of members.
ELSEWHERE = {"demo", "store", "translog", "ledger", "federation", "api", "peer_api", "web"}
#: A file, a figure, a name: the same in every language.
NEUTRAL = re.compile(r"(7|[\w./]+\.(json|toml|sqlite)|:|limits|default_m\w+_seconds|<=|0| )*")


def details() -> Iterator[tuple[str, str]]:
    """(code, detail) of every error that is raised with a text; what is filled in is a 7."""
    paths = [path for path in NODE.rglob("*.py") if path.relative_to(NODE).parts[0] not in ELSEWHERE]
    paths += [ROOT / "protocol" / "ringtausch_protocol" / name for name in ("units.py", "addresses.py")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    for text in texts:
        # Every worker collects this file: only what raises one is parsed.
        for node in ast.walk(ast.parse(text)) if "LocalError(" in text or "misuse(" in text else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
                code = node.args[0]
                if node.func.id in ("LocalError", "misuse") and isinstance(code, ast.Constant):
                    yield str(code.value), sample(node.args[1])


def sample(text: ast.expr) -> str:
    if isinstance(text, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in text.values)
    return str(text.value) if isinstance(text, ast.Constant) else "7"


TOLD = sorted({(code, text) for code, text in details() if not NEUTRAL.fullmatch(text) and code != "internal"})


@pytest.mark.parametrize(("code", "text"), TOLD)
def test_every_detail_has_german_words(monkeypatch: pytest.MonkeyPatch, code: str, text: str) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert text != detail_for_people(code, text)
    monkeypatch.setenv("LC_ALL", "C")
    assert text == detail_for_people(code, text) or "meinten" in text or code == "csv"


def test_many_details_were_looked_at() -> None:
    assert 50 < len(TOLD)


def test_every_problem_of_a_list_has_words_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"handle_taken", "address", "member_name", "role", "amount", "limits", "email"}
    source = (NODE / "members" / "lists.py").read_text(encoding="utf-8")
    found |= set(re.findall(r'Problem\(.*, "(\w+)"\)', source)) | {"quotes", "cell_too_long"}
    assert found == set(_CELLS)
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    told = detail_for_people("csv", "line 2, min: amount; line 3, row: cells; and 4 more")
    expected = "Zeile 2, Untergrenze: kein Betrag (amount); Zeile 3, Zeile: mehr Zellen als die Kopfzeile (cells)"
    assert f"{expected}; und 4 weitere" == told


@pytest.mark.parametrize(
    ("line", "german"),
    [
        ('lower_limit = "no"', "limits.lower_limit: erwartet wird eines der Wörter, die hier stehen können"),
        ("default_min_seconds = 1.5", "limits.default_min_seconds: erwartet wird eine ganze Zahl"),
        ("[lines]\nopen_holds = 501", "lines.open_holds: höchstens 500"),
        ("[lines]\nopen_holds =", "kein TOML: Zeile"),
        ("[lines]\nopen_holds = [", "kein TOML"),
    ],
)
def test_a_wrong_setting_is_told_in_german(run: Run, ring: Path, line: str, german: str) -> None:
    text = (ring / "config.toml").read_text(encoding="utf-8").partition("[limits]")[0]
    (ring / "config.toml").write_text(f"{text}[limits]\n{line}\n", encoding="utf-8")
    done = run("state", ring, lang="de_DE.UTF-8")
    assert (2, True) == (done.code, german in done.err), done.err
    assert not re.search(r"Expected|expected|`", done.err)


def test_states_and_roles_are_told_in_german(run: Run, members: Path) -> None:
    assert 0 == run("member", "add", members, "ella", "--name", "Ella", "--role", "office").code
    table = run("member", "list", members, lang="de").out
    assert [True] * 4 == [word in table for word in ("Mitglied", "Büro", "aktiv", "bis")]
    assert not re.search(r"\b(member|office|active|min|max)\b", table)


def test_every_state_of_a_line_has_words() -> None:
    source = (NODE / "federation" / "service.py").read_text(encoding="utf-8")
    body = source.partition("def _state_of")[2].partition("def _proposed_out")[0]
    states = set(re.findall(r'"(\w+)"', body.partition('"""')[2].partition('"""')[2])) - {"agreed"}
    assert states <= set(_TERMS), states - set(_TERMS)
