# SPDX-License-Identifier: AGPL-3.0-or-later
"""The parts of requirements.lock that an installation needs, worked out from what each package says it needs.

`python -m tests.deploy.locks` writes them to deploy/; the tests see that they are the same.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata

from packaging.requirements import Requirement

from tests.house.tree import ROOT

LOCK = ROOT / "requirements.lock"
DEPLOY = ROOT / "deploy"
#: A package that only one of these needs is locked for all of them.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
HEAD = """\
# {what}
# A part of requirements.lock, written by: python -m tests.deploy.locks
"""
_PIN = re.compile(r"^([a-z0-9-]+)==")


def parts() -> dict[str, tuple[str, list[str]]]:
    """File name -> what it is for, and what it begins with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    base = project["project"]["dependencies"]
    extras = project["project"]["optional-dependencies"]
    node = extras["node"]
    return {
        "requirements-build.lock": ("What builds the wheel.", project["build-system"]["requires"]),
        "requirements-protocol.lock": ("What ringtausch_protocol alone needs: for auditors.", base),
        "requirements-node.lock": ("What a node needs to run.", [*base, *node]),
        "requirements-pdf.lock": ("What a node needs to run and to make PDFs.", [*base, *node, *extras["pdf"]]),
    }


def render(what: str, roots: Iterable[str]) -> str:
    """The text of one part."""
    pins = pinned()
    return HEAD.format(what=what) + "".join(pins[name] for name in sorted(closure(roots)))


def pinned() -> dict[str, str]:
    """Name -> its lines in requirements.lock, hashes included."""
    found: dict[str, str] = {}
    name = ""
    for line in LOCK.read_text(encoding="utf-8").splitlines(keepends=True):
        pin = _PIN.match(line)
        name = pin[1] if pin else name
        found[name] = found.get(name, "") + line
    return found


def closure(roots: Iterable[str]) -> set[str]:
    """Everything that `roots` need, on CPython of any supported version; from the installed packages' own words."""
    waiting = [Requirement(each) for each in roots]
    seen: set[tuple[str, str]] = set()
    while waiting:
        asked = waiting.pop()
        name = plain(asked.name)
        wanted = {(name, extra) for extra in ("", *asked.extras)} - seen
        seen |= wanted
        for _, extra in wanted:
            needed = [Requirement(each) for each in metadata.requires(name) or []]
            waiting += [each for each in needed if _is_needed(each, extra)]
    return {name for name, _ in seen}


def _is_needed(requirement: Requirement, extra: str) -> bool:
    if requirement.marker is None:
        return not extra
    return any(
        requirement.marker.evaluate({"python_version": python, "python_full_version": f"{python}.0", "extra": extra})
        for python in PYTHONS
    )


def plain(name: str) -> str:
    """A package's name as the lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Write all parts."""
    for name, (what, roots) in parts().items():
        (DEPLOY / name).write_text(render(what, roots), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
