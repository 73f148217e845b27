# SPDX-License-Identifier: AGPL-3.0-or-later
"""The protocol package stands alone: an auditor installs two libraries and imports it."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import ringtausch_protocol
from tests.house.bare import bare_site
from tests.house.tree import PROTOCOL, ROOT

MODULES = sorted(path.stem for path in PROTOCOL.glob("*.py") if not path.stem.startswith("_"))

#: Imports every module of the package and tells what came with it.
PROGRAM = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:3]
for name in sys.argv[3:]:
    importlib.import_module("ringtausch_protocol" + name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names))))
"""


@pytest.mark.parametrize(
    "modules",
    [
        [""],
        ["", *(f".{name}" for name in MODULES)],
        [".verifier.program"],
        [".audit.program.command"],
        [".conformance.program"],
    ],
    ids=["package", "every-module", "program", "audit", "conformance"],
)
def test_it_imports_beside_msgspec_and_cryptography_only(tmp_path: Path, modules: list[str]) -> None:
    site = bare_site(tmp_path / "site")
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, str(site), str(ROOT / "protocol"), *modules]

    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert (0, "") == (ended.returncode, ended.stderr)
    loaded = set(json.loads(ended.stdout)) - {"__main__"}
    assert {"ringtausch_protocol"} <= loaded
    assert set() == {name for name in loaded if not name.startswith("_")} - {
        "ringtausch_protocol", "msgspec", "cryptography", "cffi", "typing_extensions",
    }  # fmt: skip


def test_the_public_surface_is_complete() -> None:
    """What is imported into the package is in `__all__`, and every module of it too."""
    public = {name for name, value in vars(ringtausch_protocol).items() if _is_ours(name, value)}

    assert sorted(public | set(MODULES)) == sorted(ringtausch_protocol.__all__)


def _is_ours(name: str, value: object) -> bool:
    return not name.startswith("_") and name != "annotations" and not isinstance(value, ModuleType)


def test_the_public_surface_is_sorted_and_there() -> None:
    names = list(ringtausch_protocol.__all__)

    assert sorted(set(names)) == names
    for name in names:
        if name in MODULES:
            importlib.import_module(f"ringtausch_protocol.{name}")
        assert hasattr(ringtausch_protocol, name)


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_promises_is_there(name: str) -> None:
    module = importlib.import_module(f"ringtausch_protocol.{name}")
    promised = list(getattr(module, "__all__", ()))

    assert sorted(set(promised)) == sorted(promised)
    assert [] == [each for each in promised if not hasattr(module, each)]


def test_types_are_shipped() -> None:
    assert (PROTOCOL / "py.typed").exists()
    assert (ROOT / "node" / "ringtausch_node" / "py.typed").exists()
