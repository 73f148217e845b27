# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol.audit SOURCE...`: reads logs, writes a report, ends with 0, 1 or 2."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, NoReturn, TextIO

from ringtausch_protocol import limits
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.opening import all_entries, new_entries
from ringtausch_protocol.audit.auditing.result import Asked, Expected, Result
from ringtausch_protocol.audit.program import clock
from ringtausch_protocol.audit.program.files import put
from ringtausch_protocol.audit.program.kept import keeping
from ringtausch_protocol.audit.program.progress import showing
from ringtausch_protocol.audit.program.state import Remembered, load_state, state_after
from ringtausch_protocol.audit.program.words import DESCRIPTION, HELP, NO_SOURCE, REPORT_AT, USED_WRONGLY_WORDS
from ringtausch_protocol.audit.program.workers import checking, undisturbed
from ringtausch_protocol.audit.report.data import to_csv, to_json
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.audit.report.words import VERDICTS, say
from ringtausch_protocol.audit.sources.opening import open_sources
from ringtausch_protocol.audit.sources.tokens import by_rings, load_tokens
from ringtausch_protocol.cards import read_card
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.roster import Roster, verify_roster, verify_successor
from ringtausch_protocol.verifier.findings import read_file
from ringtausch_protocol.verifier.program import language_of
from ringtausch_protocol.verifier.trust import KEYS_BYTES
from ringtausch_protocol.verifier.words import Language

#: Exit codes: clean, hints, findings; and 3 for a call that could not be understood, as no audit took place.
USED_WRONGLY = 3


class Parser(argparse.ArgumentParser):
    """2 says that something is wrong in a log: who calls the program wrongly gets another number."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the call, and end."""
        self.print_usage(sys.stderr)
        self.exit(USED_WRONGLY, f"{self.prog}: {message}\n")


class Given(NamedTuple):
    """What the command line asks for. `since`: Unix seconds; `jobs`: cores, 0: all."""

    sources: Sequence[str]
    language: Language
    keys: Path | None = None
    roster: Path | None = None
    out: Path | None = None
    json: Path | None = None
    csv: Path | None = None
    state: Path | None = None
    tokens: Path | None = None
    since: int = 0
    jobs: int = 0
    quiet: bool = False


def main(arguments: Sequence[str], out: TextIO | None = None) -> int:
    """Read the arguments, audit, give the exit code."""
    language = language_of(arguments)
    parser = _parser(language)
    read = vars(parser.parse_args(arguments))
    if not read["sources"] and read["roster"] is None:
        parser.error(say(NO_SOURCE, language))
    return run(Given(**{**read, "language": language}), out or sys.stdout)


def run(given: Given, told: TextIO) -> int:
    """Audit the sources, write what was asked for, say how it stands. -> the exit code."""
    language = given.language
    try:
        result = audit_sources(given)
        write_results(given, result)
    except (OSError, RemoteError) as error:
        sys.stderr.write(f"{say(USED_WRONGLY_WORDS, language)}: {error}\n")
        return USED_WRONGLY
    told.write(f"{say(VERDICTS[result.level], language)}\n")
    if given.out is not None:
        told.write(f"{say(REPORT_AT, language)}: {given.out}\n")
    return int(result.level)


def _parser(language: Language) -> argparse.ArgumentParser:
    parser = Parser(prog="python -m ringtausch_protocol.audit", description=say(DESCRIPTION, language))
    texts = {name: say(text, language) for name, text in HELP.items()}
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help=texts["sources"])
    for name in ("keys", "roster", "out", "json", "csv", "state", "tokens"):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=texts[name])
    parser.add_argument("--since", type=parse_day, default=0, metavar="YYYY-MM-DD", help=texts["since"])
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help=texts["jobs"])
    parser.add_argument("--quiet", action="store_true", help=texts["quiet"])
    parser.add_argument("--lang", dest="language", choices=["de", "en"], help=texts["lang"])
    return parser


def parse_day(text: str) -> int:
    """A day as the Unix seconds at its beginning in UTC."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise argparse.ArgumentTypeError(text) from None


def audit_sources(given: Given) -> Result:
    """Read the sources, audit them, remember what was audited. Raises OSError, RemoteError."""
    cards = () if given.keys is None else _cards(given.keys)
    remembered = Remembered() if given.state is None else load_state(given.state)
    roster = None if given.roster is None else _roster(given.roster, remembered)
    tokens = by_rings(load_tokens(given.tokens), roster)
    with tempfile.TemporaryDirectory(prefix="ringtausch-audit-") as workplace, undisturbed():
        logs, failed = open_sources(_sources(given, roster), Path(workplace), clock.seconds, tokens)
        if given.state is not None:
            logs = [keeping(log, given.state.with_name(f"{given.state.name}.tiles")) for log in logs]
        asked = Asked(logs, failed, _expected(cards), remembered.heads, given.since, cards, roster)
        watched = showing(all_entries(asked), sys.stderr, is_wanted=not given.quiet)
        with checking(max(0, given.jobs), new_entries(asked)) as begin, watched as progress:
            result = audit(asked, begin, progress)
    if given.state is not None:
        put(given.state, state_after(remembered, result))
    return result


def _sources(given: Given, roster: Roster | None) -> Sequence[str]:
    """What was named; where nothing was, every ring of the roster that is not gone, at its address."""
    if given.sources or roster is None:
        return given.sources
    return [ring.url for ring in roster.rings if ring.state != "gone"]


def _cards(path: Path) -> tuple[bytes, ...]:
    """The cards in a file of keys, one a line. Raises RemoteError as `read_card`."""
    lines = (line.strip() for line in read_file(path, KEYS_BYTES).split(b"\n"))
    return tuple(line for line in lines if line.startswith(b"{"))


def _roster(path: Path, remembered: Remembered) -> Roster:
    """The roster, and it follows the one of the last audit. Raises RemoteError as `verify_successor`."""
    data = read_file(path, limits.ROSTER_BYTES)
    return verify_roster(data) if remembered.roster is None else verify_successor(remembered.roster, data)


def _expected(cards: Sequence[bytes]) -> tuple[Expected, ...]:
    found = {card.card.ring_id: card.card.address for card in map(read_card, cards)}
    return tuple(Expected(ring_id, address) for ring_id, address in sorted(found.items()))


def write_results(given: Given, result: Result) -> None:
    """Write the files that were asked for. Raises OSError."""
    if given.out is not None:
        put(given.out, to_html(result, given.language))
    if given.json is not None:
        put(given.json, to_json(result))
    if given.csv is not None:
        put(given.csv, to_csv(result))
