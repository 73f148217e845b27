# SPDX-License-Identifier: AGPL-3.0-or-later
"""The locks in deploy/ are parts of requirements.lock, whole and up to date."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.deploy.locks import DEPLOY, closure, parts, pinned, render

PIN = re.compile(r"^[a-z0-9-]+==[0-9][0-9a-z.!+]* \\$")
HASH = re.compile(r"^ {4}--hash=sha256:[0-9a-f]{64}( \\)?$")


@pytest.mark.parametrize("name", parts())
def test_a_part_is_in_step_with_the_whole(name: str) -> None:
    what, roots = parts()[name]

    assert render(what, roots) == (DEPLOY / name).read_text(encoding="utf-8"), "python -m tests.deploy.locks"


@pytest.mark.parametrize("name", parts())
def test_a_part_holds_pins_and_hashes_and_no_address(name: str) -> None:
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()

    assert [] == [line for line in lines if not (PIN.match(line) or HASH.match(line) or line.startswith("# "))]
    assert all(HASH.match(after) for line, after in pairwise(lines) if PIN.match(line))


def test_nothing_else_pins_packages_here() -> None:
    assert sorted(parts()) == sorted(path.name for path in DEPLOY.glob("*.lock"))


def test_what_a_package_needs_is_found() -> None:
    assert {"cryptography", "cffi", "pycparser"} == closure(["cryptography>=50"])
    assert {"aiohttp", "yarl", "idna", "typing-extensions"} <= closure(["aiohttp"])
    assert {"fonttools", "brotli", "zopfli"} <= closure(["weasyprint"])  # it asks for fonttools[woff]


def test_no_tool_of_development_gets_into_a_node() -> None:
    tools = {"pytest", "hypothesis", "hatchling", "mypy", "ruff"}
    assert set() == closure(parts()["requirements-node.lock"][1]) & tools


def test_every_pin_is_found_once() -> None:
    assert all(1 == text.count("==") for text in pinned().values())
