# SPDX-License-Identifier: Apache-2.0
"""The tables of a report: who owes whom, lines, open orders, rings with their logs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape

from ringtausch_protocol.audit.auditing.result import LineSeen, Result
from ringtausch_protocol.audit.findings.model import Finding
from ringtausch_protocol.audit.report.figures import day, hours, lasting, percent
from ringtausch_protocol.audit.report.picture import net_positions
from ringtausch_protocol.audit.report.words import BEYOND, COLUMNS, EVER, EVIDENCE, SENTENCES, SINCE, say
from ringtausch_protocol.canonical import b64_padded
from ringtausch_protocol.verifier.words import Language

#: A matrix of more columns does not fit a page; the table of lines has the same figures.
MATRIX_MAX = 9
#: So many rows of a table are on paper, and so many remarks of one weight; the files for programs have all.
ROWS_MAX = 15
#: An address of this length has room in a column on paper.
UNFOLDED_LENGTH = 16
_DOT = re.compile(r"\.(?=[a-z])")
#: Evidence that people can do something with stands in the report; the JSON has all of it, uncut.
SHOWN_LENGTH = 24


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = (), name: str = "list") -> str:
    """A table; columns in `numbers` are set to the right. Cells are texts, not markup."""
    marks = dict.fromkeys(numbers, ' class="number"')

    def cells(kind: str, row: Sequence[str]) -> str:
        return "".join(f"<{kind}{marks.get(place, '')}>{_foldable(cell)}</{kind}>" for place, cell in enumerate(row))

    body = "".join(f"<tr>{cells('td', row)}</tr>\n" for row in rows)
    top = f"<thead><tr>{cells('th', head)}</tr></thead>"
    return f'<div class="wide" tabindex="0"><table class="{name}">\n{top}\n<tbody>\n{body}</tbody></table></div>\n'


def _bounded(
    language: Language,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int] = (),
    files: str = "JSON",
) -> str:
    """A table of the first rows, and how many more stand in `files`; a report must stay a few pages."""
    if not rows:
        return _nothing(language)
    return table(head, rows[:ROWS_MAX], numbers) + beyond(len(rows), files, language)


def beyond(count: int, files: str, language: Language) -> str:
    """Where the rest of so many stands; empty where all are shown."""
    if count <= ROWS_MAX:
        return ""
    return f"<p>{escape(say(BEYOND, language, count=count - ROWS_MAX, files=files))}</p>\n"


def _foldable(cell: str) -> str:
    """A cell as HTML. A long address may go on in the next line behind a dot, and nowhere else."""
    return escape(cell) if len(cell) <= UNFOLDED_LENGTH else _DOT.sub(".<wbr>", escape(cell))


def _heads(language: Language, *names: str) -> list[str]:
    return [say(COLUMNS[name], language) for name in names]


def _nothing(language: Language) -> str:
    return f"<p>{escape(say(COLUMNS['nothing'], language))}</p>\n"


def matrix(result: Result, language: Language) -> str:
    """Rows owe, columns are owed; the last column is what a ring is owed by all together.

    Of many rings only that column, those that owe or are owed most first.
    """
    rings = sorted({ring for line in result.lines for ring in (line.a, line.b)}, key=result.address_of)
    if not rings:
        return _nothing(language)
    net = net_positions(result)
    if len(rings) > MATRIX_MAX:
        rows = [(result.address_of(ring), hours(net[ring])) for ring in sorted(rings, key=lambda each: -abs(net[each]))]
        return _bounded(language, _heads(language, "ring", "net"), rows, (1,))
    owed = _owed(result.lines)
    names = [result.address_of(ring) for ring in rings]
    corner = f"{say(COLUMNS['debtor'], language)} ↓  {say(COLUMNS['creditor'], language)} →"
    cells = [["" if one == other else _cell(owed, one, other) for other in rings] for one in rings]
    body = [[name, *row, hours(net[ring])] for name, row, ring in zip(names, cells, rings, strict=True)]
    body.append([say(COLUMNS["sum"], language), *("" for _ in rings), hours(sum(net.values()))])
    return table([corner, *names, say(COLUMNS["net"], language)], body, range(1, len(rings) + 2), "matrix")


def _cell(owed: dict[tuple[str, str], int], debtor: str, creditor: str) -> str:
    seconds = owed.get((debtor, creditor), 0)
    return hours(seconds) if seconds else "·"


def _owed(lines: Sequence[LineSeen]) -> dict[tuple[str, str], int]:
    found = {}
    for line in lines:
        if line.owed_seconds > 0:
            found[line.a, line.b] = line.owed_seconds
        elif line.owed_seconds < 0:
            found[line.b, line.a] = -line.owed_seconds
    return found


def lines(result: Result, language: Language) -> str:
    """Each line: who owes, how much of the limit that is, what is on its way, from how many sides it was seen.

    Those whose limits are used most come first; a line that has ended has no limit.
    """
    ranked = sorted(result.lines, key=lambda each: (-_use(each), _names(result, each)))
    rows = [_line(result, line, language) for line in ranked]
    head = _heads(language, "debtor", "creditor", "amount", "limit", "use", "open", "sides")
    return _bounded(language, head, rows, (2, 3, 4, 5), "CSV, JSON")


def _names(result: Result, line: LineSeen) -> tuple[str, str]:
    return result.address_of(line.a), result.address_of(line.b)


def _use(line: LineSeen) -> Fraction:
    """Which part of the limit in force is used; without a limit every second owed is too much."""
    owing = line.owing
    return Fraction(owing.seconds, owing.limit_seconds or 1)


def _line(result: Result, line: LineSeen, language: Language) -> Sequence[str]:
    debtor, creditor, owed, limit = line.owing
    sides = say(COLUMNS["both" if line.sides == 2 else "one"], language)
    most = say(COLUMNS["ended"], language) if line.is_ended else hours(limit)
    return (
        result.address_of(debtor), result.address_of(creditor),
        hours(owed) if owed else say(COLUMNS["even"], language), most, percent(owed, limit),
        hours(line.open_seconds) if line.open_count else "0:00", sides,
    )  # fmt: skip


def netted(result: Result, language: Language) -> str:
    """What nettings freed on each line; empty where there were none."""
    freed = sorted(
        (line for line in result.lines if line.netted_seconds),
        key=lambda each: (-each.netted_seconds, _names(result, each)),
    )
    if not freed:
        return ""
    since = say(SINCE, language, day=day(result.since, language)) if result.since else say(EVER, language)
    total = hours(sum(line.netted_seconds for line in freed))
    said = say(SENTENCES["netted"], language, since=since, hours=total, count=len(freed))
    rows = [(*_names(result, line), hours(line.netted_seconds)) for line in freed]
    return f"<p>{escape(said)}</p>\n" + _bounded(language, _heads(language, "ring", "with", "freed"), rows, (2,))


def orders(result: Result, language: Language) -> str:
    """Orders without an end, the oldest first."""
    rows = [
        (result.address_of(each.path[0]), result.address_of(each.path[-1]), hours(each.amount_seconds),
         day(each.created_at, language), day(each.deadline_at, language),
         lasting(each.lateness_seconds, language) if each.lateness_seconds else "", each.order_hash[:SHOWN_LENGTH])
        for each in result.orders if each.purpose != "probe"
    ]  # fmt: skip
    head = _heads(language, "from", "to", "amount", "since", "deadline", "late", "order")
    return _bounded(language, head, rows, (2,))


def rings(result: Result, language: Language) -> str:
    """Each log that was read."""
    rows = []
    for ring in result.rings:
        for log in ring.logs:
            names = ", ".join(map(result.address_of, log.cosigners)) or say(COLUMNS["nobody"], language)
            rows.append((
                ring.address or ring.ring_id[:12], log.head.origin.rpartition("/")[2], str(log.head.size),
                str(ring.frames), str(ring.bookings), names,
            ))  # fmt: skip
    head = _heads(language, "ring", "log", "entries", "frames", "bookings", "cosigned")
    return _bounded(language, head, rows, (1, 2, 3, 4))


def fingerprints(result: Result, language: Language) -> str:
    """What names each log and its content without a doubt: two people who read the same logs compare these."""
    rows = [(log.head.origin, b64_padded(log.head.root)) for ring in result.rings for log in ring.logs]
    return _bounded(language, _heads(language, "log", "root"), rows)


def place(result: Result, found: Finding, language: Language) -> str:
    """Where a finding stands and what shows it, on one line of HTML."""
    at, parts = found.place, []
    if at.log:
        ring_id, _, number = at.log.partition("/log/")
        parts.append(f"{say(COLUMNS['log'], language)} {result.address_of(ring_id)} {number}")
    parts += [f"{say(COLUMNS['entry'], language)} {at.entry}"] if at.entry >= 0 else []
    parts += [f"{say(COLUMNS['frame'], language)} {at.seq}"] if at.seq else []
    parts += [f"{say(COLUMNS['order'], language)} {at.order[:SHOWN_LENGTH]}"] if at.order else []
    parts += [day(at.at, language)] if at.at else []
    parts += [f"{_evidence(name, language)}: {_shown(result, name, value, language)}" for name, value in found.evidence]
    return escape(", ".join(parts))


def _evidence(name: str, language: Language) -> str:
    return say(EVIDENCE[name], language) if name in EVIDENCE else name


def _shown(result: Result, name: str, value: str | int, language: Language) -> str:
    """A value as people read it; long ones are cut, the JSON has all of it."""
    if name in ("age_seconds", "late_seconds") and isinstance(value, int):
        return lasting(value, language)
    if isinstance(value, int):
        return hours(value) if name.endswith("_seconds") else str(value)
    if value in result.addresses:
        return result.address_of(value)
    return value if len(value) <= SHOWN_LENGTH * 2 else f"{value[:SHOWN_LENGTH]}…"
