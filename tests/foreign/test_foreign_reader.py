# SPDX-License-Identifier: AGPL-3.0-or-later
"""Readers of less than 100 lines that share nothing with us agree with every vector, and notice a changed byte."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.foreign import proof_reader
from tests.house.tree import ROOT

VECTORS = sorted((ROOT / "tests" / "vectors").glob("*.json"))
SOURCES = [
    ROOT / "tests" / "foreign" / "reader.py",
    *(ROOT / "tests" / "foreign" / f"{name}_reader.py" for name in ("card", "log", "roster", "proof")),
]
#: What a case says about itself and not about bytes.
LABELS = {"name", "is", "of", "kind", "about", "list_hash"}


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_it_agrees_with_every_vector(path: Path) -> None:
    proof_reader.check(load(path))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_it_stays_short(source: Path) -> None:
    assert len(source.read_text(encoding="utf-8").splitlines()) < 100


def test_it_uses_json_hashlib_and_cryptography_only() -> None:
    imported = set()
    for node in [node for source in SOURCES for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))]:
        if isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        assert not (isinstance(node, ast.Name) and node.id in {"__import__", "exec", "eval"})

    assert {"json", "hashlib", "cryptography"} == imported - {"__future__", "tests", "typing"}
    assert "cryptography" not in sys.stdlib_module_names


def test_every_kind_of_case_is_checked() -> None:
    unchecked = {
        case["is"] for path in VECTORS for case in load(path)["accepted"] if not proof_reader.TRUE.keys() & case.keys()
    }

    # Plain arithmetic on numbers; test_vectors.py holds our package against it.
    assert {"room"} == unchecked


def test_refused_cases_lack_nothing_that_would_have_them_refused() -> None:
    for path in VECTORS:
        file = load(path)
        fields = {case["is"]: case.keys() for case in file["accepted"]}
        for case in file["refused"]:
            if case["code"] in proof_reader.PROVABLE:
                assert fields[case["is"]] <= case.keys(), case["name"]


def test_refusals_that_follow_from_bytes_are_refused() -> None:
    codes = [case["code"] for path in VECTORS for case in load(path)["refused"]]

    assert set(proof_reader.PROVABLE) <= set(codes)
    assert sum(code in proof_reader.PROVABLE for code in codes) > 70


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_flipped_byte_is_noticed(path: Path) -> None:
    """In the shortest case of each kind: every byte of short fields, some of long ones."""
    file = load(path)
    for kind in {case["is"] for case in file["accepted"]} - {"room"}:
        case = min((case for case in file["accepted"] if case["is"] == kind), key=lambda case: len(json.dumps(case)))
        unnoticed = [where for changed, where in flips(case) if is_good({**file, "accepted": [changed]})]

        assert [] == unnoticed


def test_every_flipped_byte_of_a_signed_item_is_noticed() -> None:
    file = load(ROOT / "tests" / "vectors" / "signed-items.json")
    case = file["accepted"][0]
    changed = [{**case, "signed": flipped(case["signed"], place)} for place in range(len(case["signed"]))]

    assert [] == [each["signed"] for each in changed if is_good({"accepted": [each]})]


def is_good(file: dict[str, Any]) -> bool:
    """Whether the reader lets its accepted cases pass."""
    try:
        proof_reader.check({**file, "refused": []})
    except AssertionError:
        return False
    return True


def flips(case: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """The case with one character changed, again and again."""
    most = 4 if case["is"] == "words" else 64  # words are slow on purpose
    for field in case.keys() - LABELS:
        for steps, text in texts(case[field]):
            for place in range(0, len(text), max(1, len(text) // most)):
                if (field, place) == ("private", 1):
                    continue  # X25519 itself does not look at this bit
                yield {**case, field: replaced(case[field], steps, flipped(text, place))}, f"{field} {steps} {place}"


def texts(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every text inside a JSON value, with the way to it."""
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(inner, (*steps, step))


def replaced(value: Any, steps: tuple[Any, ...], text: str) -> Any:
    """The value with another text at the end of `steps`."""
    if not steps:
        return text
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[steps[0]] = replaced(value[steps[0]], steps[1:], text)
    return copy


def flipped(text: str, place: int) -> str:
    """One bit of one character turned round."""
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
