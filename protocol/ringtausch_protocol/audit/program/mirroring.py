# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol.audit mirror SOURCE... FOLDER`: keeps copies, says what became of each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import msgspec

from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.program.command import USED_WRONGLY, Parser
from ringtausch_protocol.audit.program.mirror import Mirrored, mirror
from ringtausch_protocol.audit.program.words import HELP, MIRROR, MIRRORED, NOT_MIRRORED, USED_WRONGLY_WORDS
from ringtausch_protocol.audit.report.words import say
from ringtausch_protocol.audit.sources.tokens import load_tokens
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.verifier.program import language_of
from ringtausch_protocol.verifier.words import Language


def main(arguments: Sequence[str], out: TextIO | None = None) -> int:
    """Read the arguments, mirror, give the exit code."""
    language = language_of(arguments)
    parser = Parser(prog="python -m ringtausch_protocol.audit mirror", description=say(MIRROR, language))
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--tokens", type=Path, metavar="FILE", help=say(HELP["tokens"], language))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lang", choices=["de", "en"])
    given = parser.parse_args(arguments)
    asked = Asked(given.sources, given.folder, given.tokens, given.json)
    return run(asked, language, out or sys.stdout)


class Asked(NamedTuple):
    """What the command line asks for. `tokens`: a file of them."""

    sources: Sequence[str]
    folder: Path
    tokens: Path | None = None
    as_json: bool = False


def run(asked: Asked, language: Language, told: TextIO) -> int:
    """Mirror and say how it went. -> 0: all is there; 1: not seen, or less; 2: another history; 3: a wrong call."""
    try:
        done, failed = mirror(asked.sources, asked.folder, load_tokens(asked.tokens))
    except (OSError, RemoteError) as error:
        sys.stderr.write(f"{say(USED_WRONGLY_WORDS, language)}: {error}\n")
        return USED_WRONGLY
    outcomes = {each.outcome for each in done}
    level = Level.FINDING if "split" in outcomes else Level.HINT if failed or "older" in outcomes else Level.NOTE
    if asked.as_json:
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
