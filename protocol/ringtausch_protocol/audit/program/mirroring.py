# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol.audit mirror SOURCE... FOLDER`: keeps copies, says what became of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import msgspec

from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.program.mirror import Mirrored, mirror
from ringtausch_protocol.audit.program.words import MIRROR, MIRRORED, NOT_MIRRORED
from ringtausch_protocol.audit.report.words import say
from ringtausch_protocol.verifier.program import language_of
from ringtausch_protocol.verifier.words import Language


def main(arguments: Sequence[str], out: TextIO | None = None) -> int:
    """Read the arguments, mirror, give the exit code."""
    language = language_of(arguments)
    parser = argparse.ArgumentParser(
        prog="python -m ringtausch_protocol.audit mirror", description=say(MIRROR, language)
    )
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lang", choices=["de", "en"])
    given = parser.parse_args(arguments)
    return run(given.sources, given.folder, language, out or sys.stdout, as_json=given.json)


def run(sources: Sequence[str], folder: Path, language: Language, told: TextIO, *, as_json: bool) -> int:
    """Mirror and say how it went. -> 0: all is there; 1: not seen, or less than before; 2: another history."""
    done, failed = mirror(sources, folder)
    outcomes = {each.outcome for each in done}
    level = Level.FINDING if "split" in outcomes else Level.HINT if failed or "older" in outcomes else Level.NOTE
    if as_json:
        table: dict[str, Any] = {
            "logs": [each._asdict() for each in done], "failed": [each._asdict() for each in sorted(failed)]
        }  # fmt: skip
        told.write(msgspec.json.encode(table).decode() + "\n")
    else:
        told.writelines(f"{line}\n" for line in (_line(each, language) for each in done))
        told.writelines(f"{each.source}: {say(NOT_MIRRORED, language)} ({each.code})\n" for each in sorted(failed))
    return int(level)


def _line(done: Mirrored, language: Language) -> str:
    return f"{done.origin} {done.size}: {say(MIRRORED[done.outcome], language)}"
