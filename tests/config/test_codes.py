# SPDX-License-Identifier: AGPL-3.0-or-later
"""One table of codes: every code that is raised anywhere is in it, with words in two languages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ringtausch_node.errors import CODES, code_of, problem, words
from ringtausch_node.federation.frames.receiver import STOPS
from ringtausch_node.federation.greeting.card_exchange import SUSPICIOUS
from ringtausch_node.federation.line.model import EDGE_MISSING, GIVEN_UP
from ringtausch_node.federation.reset.waiving import PROPOSED
from ringtausch_node.serving.problems import EDGE_CODES
from ringtausch_protocol.channel import Step

ROOT = Path(__file__).parents[2]
RAISED_BY = {"LocalError", "RemoteError"}


def raised_codes() -> dict[str, str]:
    """Code -> a place where it is raised, from the sources."""
    found: dict[str, str] = {}
    for path in [*ROOT.glob("node/**/*.py"), *ROOT.glob("protocol/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in RAISED_BY
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found[first.value] = f"{path.name}:{node.lineno}"
    return found


def test_every_reason_for_which_a_line_rests_has_words() -> None:
    # `lost` has a paragraph of its own (cli/rings.py): what to do depends on whether this is an old copy.
    stopped = {code for code, _ in STOPS.values()} | {Step.FORKED.value}
    reasons = {EDGE_MISSING, PROPOSED, GIVEN_UP, "superseded", *SUSPICIOUS, *stopped}
    assert set() == reasons - CODES.keys()


def test_every_code_that_is_raised_is_in_the_table() -> None:
    raised = raised_codes()
    assert len(raised) > 40
    assert {} == {code: place for code, place in raised.items() if code not in CODES and code not in EDGE_CODES}


@pytest.mark.parametrize("name", sorted(CODES))
def test_every_code_has_words_and_a_status(name: str) -> None:
    code = CODES[name]
    assert name == code.name
    assert 400 <= code.status <= 599
    assert code.kind in "FTRE"
    assert all(text.strip() for text in code[3:])
    assert words(name, "de") != words(name, "en")


def test_a_problem_document_is_rfc_9457() -> None:
    assert {
        "type": "about:blank",
        "title": "The balance is not enough: the lower limit would be passed.",
        "status": 409,
        "code": "limit_lower",
        "next": "Pay less, or give some hours first.",
        "detail": "account 3",
    } == problem("limit_lower", "account 3", "en")
    assert "detail" not in problem("limit_lower", "", "de")


def test_a_code_nobody_knows_is_our_fault() -> None:
    assert "internal" == code_of("no_such_code").name
    assert 500 == problem("no_such_code", "", "de")["status"]
