# SPDX-License-Identifier: AGPL-3.0-or-later
"""requirements.lock: what `make setup` installs, every file with its hash, and nothing that belongs to one machine."""

from __future__ import annotations

import re
import tomllib

from tests.house.tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"^([a-z0-9-]+)==([0-9][0-9a-z.!+]*) \\$")
HASH = re.compile(r"^ {4}--hash=sha256:[0-9a-f]{64}( \\)?$")


def _plain(requirement: str) -> str:
    """The name in a requirement, as the lock writes it."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _declared() -> set[str]:
    project = PROJECT["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    return {_plain(each) for each in [*project["dependencies"], *extras, *PROJECT["build-system"]["requires"]]}


def test_every_line_is_a_pin_or_a_hash() -> None:
    strange = [line for line in LOCK.splitlines() if not PIN.match(line) and not HASH.match(line)]

    assert [] == strange


def test_every_pin_has_a_hash() -> None:
    lines = LOCK.splitlines()
    bare = [
        line for line, after in zip(lines, [*lines[1:], ""], strict=True) if PIN.match(line) and not HASH.match(after)
    ]

    assert [] == bare


def test_everything_declared_is_locked() -> None:
    locked = {found[1] for line in LOCK.splitlines() if (found := PIN.match(line))}

    assert set() == _declared() - locked


def test_the_base_is_what_an_auditor_needs() -> None:
    assert {"cryptography", "msgspec"} == {_plain(each) for each in PROJECT["project"]["dependencies"]}
