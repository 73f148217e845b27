# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs of others that verify what we make: one line of JSON in, one line of verdict out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ringtausch_protocol.canonical import b64_padded
from tests.house.tree import ROOT

Case = dict[str, Any]
#: A run over tens of thousands of proofs, on a busy machine.
LONGEST_SECONDS = 100


def program(name: str, package: str, library: Path | None = None) -> str:
    """The path of a program. Where it or its library is missing the test is left out and says so; in CI it fails."""
    found = shutil.which(name)
    if found is None or not (library is None or library.exists()):
        missing = f"needs {name} (Debian: apt install {package})"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def verdicts(command: list[str], cases: Iterable[Case]) -> list[str]:
    """What a program says of each case: "ok", or why not."""
    given = "".join(json.dumps(case) + "\n" for case in cases)
    ended = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS, encoding="utf-8"
    )
    assert (0, "") == (ended.returncode, ended.stderr)
    return ended.stdout.splitlines()


def hashes(path: Iterable[bytes]) -> list[str]:
    """Hashes as both programs read them: standard base64."""
    return [b64_padded(step) for step in path]


def inclusion(index: int, size: int, path: list[bytes], leaf: bytes, root: bytes) -> Case:
    """Whether this leaf stands there."""
    return {
        "is": "inclusion", "index": index, "size": size, "path": hashes(path), "leaf": b64_padded(leaf),
        "root": b64_padded(root),
    }  # fmt: skip


def envelopes() -> Iterator[Case]:
    """Every signature of the envelopes in the vectors."""
    for name in ("documents", "envelopes", "frames", "peering", "forks"):
        for case in json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_bytes())["accepted"]:
            text = case.get("envelope") or case.get("header")
            for signature in json.loads(text)["signatures"] if text else ():
                value = json.loads(text)
                yield {
                    "is": "envelope", "type": value["payloadType"], "payload": value["payload"],
                    "public": case["keys"][signature["keyid"]], "signature": signature["sig"],
                }  # fmt: skip
