# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table of codes: complete, in plain words, and no code is raised that is not in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

import ringtausch_protocol
from ringtausch_protocol import limits, settlement
from ringtausch_protocol.codes import CODES, ERRORS, REFUSALS, Code

#: SPEC.md section 9: the refusals of an order.
FINAL = "malformed no_route amount id_reused already_paid payee_refuses invoice_unknown not_allowed cancelled"
LATER = "next_hop_down not_settled busy paused no_capacity too_many_holds"
CHANGE = "deadline_passed deadline_too_short deadline_too_long card_unknown"

#: Words that members of a ring need not know, and those that sound like money owed.
FOREIGN = re.compile(
    r"transaktion|hash|\bnode|knoten|\bpeer|timeout|schuld|\bframe|token|server|\bhop\b|signatur|\bfehlercode",
    re.IGNORECASE,
)


def codes_raised() -> Iterator[tuple[str, str]]:
    for path in sorted(Path(ringtausch_protocol.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in {"LocalError", "RemoteError"}:
                yield path.name, ast.literal_eval(node.args[0])


@pytest.mark.parametrize(("kind", "names"), [("F", FINAL), ("T", LATER), ("R", CHANGE)])
def test_the_refusals_are_those_of_the_protocol(kind: str, names: str) -> None:
    assert names.split() == [code.name for code in REFUSALS.values() if code.kind == kind]


def test_every_refusal_has_one_of_the_three_kinds() -> None:
    assert {"F", "T", "R"} == {code.kind for code in REFUSALS.values()}


def test_errors_are_of_their_own_kind_and_name_no_refusal() -> None:
    assert {"E"} == {code.kind for code in ERRORS.values()}
    assert set() == set(ERRORS) & set(REFUSALS)
    assert {**REFUSALS, **ERRORS} == CODES


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: str(code.name))
def test_a_code_is_complete(code: Code) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*", code.name)
    assert len(code.name) <= limits.CODE_LENGTH
    assert HTTPStatus(code.status) >= 400
    for text in (code.de, code.en, code.next_de, code.next_en):
        assert re.fullmatch(r"[A-ZÄÖÜa-z].*\.", text), text


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: str(code.name))
def test_the_german_words_are_plain(code: Code) -> None:
    assert FOREIGN.search(f"{code.de} {code.next_de}") is None
    assert re.search(r"\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b", f"{code.de} {code.next_de}") is None


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: str(code.name))
def test_the_english_words_are_english(code: Code) -> None:
    assert f"{code.en}{code.next_en}".isascii()


def test_every_code_that_the_package_raises_has_words() -> None:
    raised = list(codes_raised())

    assert len(raised) > 40
    assert [] == [where for where in raised if where[1] not in CODES]


def test_every_refusal_that_the_rules_give_is_a_refusal() -> None:
    rooms = [
        settlement.Room(10, debt_seconds=10, held_seconds=0, held_count=0, holds_max=3),
        settlement.Room(10, debt_seconds=0, held_seconds=3, held_count=3, holds_max=3),
        settlement.Room(10, debt_seconds=0, held_seconds=5, held_count=1, holds_max=3),
    ]

    assert set() == {settlement.refuse_room(room, 1) for room in rooms} - set(REFUSALS)
