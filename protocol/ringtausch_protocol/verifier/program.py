# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol`: takes files, says of each whether it holds, and ends with 0, 1 or 2."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.verifier import words
from ringtausch_protocol.verifier.findings import Finding, FoundWrong, read_file
from ringtausch_protocol.verifier.kinds import FILE_BYTES, VERIFIERS, verify_file
from ringtausch_protocol.verifier.log_folder import logs_in, verify_folder
from ringtausch_protocol.verifier.trust import KEYS_BYTES, Trust
from ringtausch_protocol.verifier.words import Language, Words

VERIFIED, NOT_VERIFIED, USED_WRONGLY = 0, 1, 2


class _Asked(NamedTuple):
    """What the command line asks for."""

    trust: Trust
    kind: str | None
    entry: bytes | None
    as_json: bool
    language: Language
    learned: Trust | None = None


def main(arguments: Sequence[str], out: TextIO | None = None) -> int:
    """Verify each file, print what was found, give the exit code."""
    given = _parser(language_of(arguments)).parse_args(arguments)
    try:
        asked = _Asked(
            _trust(given.keys, given.quorum), given.as_kind,
            None if given.entry is None else read_file(given.entry, limits.LOG_ENTRY_BYTES), given.json,
            language_of(arguments),
        )  # fmt: skip
        missing = next((path for path in given.files if not path.exists()), None)
        if missing is not None:
            raise FileNotFoundError(2, "", str(missing))
    except (OSError, RemoteError) as error:
        sys.stderr.write(f"{_told(error)}\n")
        return USED_WRONGLY
    verdicts = [_tell_all(path, asked, out or sys.stdout) for path in given.files]
    return VERIFIED if all(verdicts) else NOT_VERIFIED


def language_of(arguments: Sequence[str]) -> Language:
    """The language of this call: help is written before the arguments are read."""
    chosen: tuple[Language, ...] = ("de", "en")
    for name in chosen:
        if f"--lang={name}" in arguments or ("--lang", name) in itertools.pairwise(arguments):
            return name
    return words.language()


def _parser(language: Language) -> argparse.ArgumentParser:
    def say(text: Words) -> str:
        return str(getattr(text, language))

    parser = argparse.ArgumentParser(prog="python -m ringtausch_protocol", description=say(words.DESCRIPTION))
    texts = {name: say(text) for name, text in words.HELP.items()}
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=texts["files"])
    parser.add_argument("--as", dest="as_kind", choices=[*VERIFIERS, "folder"], help=texts["as"])
    parser.add_argument("--keys", action="append", default=[], type=Path, metavar="FILE", help=texts["keys"])
    parser.add_argument("--quorum", type=_count, metavar="N", help=texts["quorum"])
    parser.add_argument("--entry", type=Path, metavar="FILE", help=texts["entry"])
    parser.add_argument("--json", action="store_true", help=texts["json"])
    parser.add_argument("--lang", choices=["de", "en"], help=texts["lang"])
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise argparse.ArgumentTypeError(text)
    return int(text)


def _trust(files: Sequence[Path], quorum: int | None) -> Trust:
    trust = Trust(quorum)
    for path in files:
        try:
            trust.add(read_file(path, KEYS_BYTES))
        except RemoteError as error:
            raise RemoteError(error.code, f"{path}: {error.detail}") from None
    return trust


def _told(error: OSError | RemoteError) -> str:
    return f"{error.filename}: {error.strerror or 'no such file'}" if isinstance(error, OSError) else str(error)


def _verify(path: Path, asked: _Asked) -> Finding:
    """Verify one file or folder. Raises RemoteError."""
    if path.is_dir() and asked.kind in (None, "folder"):
        return verify_folder(path, asked.trust, asked.learned)
    return verify_file(read_file(path, FILE_BYTES), asked.trust, asked.kind, asked.entry)


def _tell_all(path: Path, asked: _Asked, out: TextIO) -> bool:
    """Verify a file or folder, of a folder of logs each; what the earlier ones tell is known to the later ones."""
    if asked.kind not in (None, "folder"):
        return _tell(path, asked, out)
    asked = asked._replace(learned=asked.trust.learning())
    verdicts = [_tell(each, asked, out) for each in logs_in(path)]
    return all(verdicts)


def _tell(path: Path, asked: _Asked, out: TextIO) -> bool:
    """Verify one file and print what was found. -> whether it holds."""
    try:
        found: Finding | FoundWrong = _verify(path, asked)
    except RemoteError as error:
        found = error if isinstance(error, FoundWrong) else FoundWrong(error.code, "", error.detail)
    except OSError as error:
        found = FoundWrong("malformed", "", str(error.strerror))
    write = _write_json if asked.as_json else _write_lines
    write(path, found, asked.language, out)
    return isinstance(found, Finding)


def _write_json(path: Path, found: Finding | FoundWrong, _: Language, out: TextIO) -> None:
    row: dict[str, object] = {"file": str(path), "verified": isinstance(found, Finding)}
    if isinstance(found, Finding):
        row |= {"kind": found.kind, "by": found.by, "facts": found.facts}
    else:
        row |= {"code": found.code, "where": found.where, "detail": found.detail}
    out.write(msgspec.json.encode(row).decode() + "\n")


def _write_lines(path: Path, found: Finding | FoundWrong, language: Language, out: TextIO) -> None:
    def say(text: Words) -> str:
        return str(getattr(text, language))

    if isinstance(found, Finding):
        rows = [f"{path}: {say(words.KINDS[found.kind])}, {say(words.VERIFIED)}"]
        for name, value in found.facts.items():
            shown = say(words.FAULTS[str(value)]) if name == "fault" else value
            rows.append(f"  {say(words.FACTS[name])}: {shown}")
        rows += [f"  {say(words.SIGNED_BY)}: {name}" for name in found.by]
    else:
        code = CODES[found.code]
        rows = [f"{path}: {say(words.WRONG)} ({found.code})", f"  {getattr(code, language)}"]
        rows += [f"  {say(words.PLACE)}: {found.where}"] if found.where else []
        rows += [f"  {found.detail}"] if found.detail else []
    # Names of files and details come from outside: nothing in them may steer the terminal.
    out.write("".join("".join(sign if sign.isprintable() else "?" for sign in row) + "\n" for row in rows))
