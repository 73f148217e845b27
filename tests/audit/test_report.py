# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report: the same bytes on every machine, no markup out of a log, no script, nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, LineSeen, Result
from ringtausch_protocol.audit.findings.codes import CODES, Level
from ringtausch_protocol.audit.findings.model import Finding, Place
from ringtausch_protocol.audit.findings.words import WORDS
from ringtausch_protocol.audit.report import words
from ringtausch_protocol.audit.report.data import to_csv
from ringtausch_protocol.audit.report.figures import hours, lasting, percent
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.audit.report.tables import ROWS_MAX
from ringtausch_protocol.items import Line
from ringtausch_protocol.roster import parse_roster
from ringtausch_protocol.verifier.words import Language
from tests.audit.exports import Export, audited, write
from tests.audit.roads import HOUR, Land
from tests.audit.test_given_up import logged_close
from tests.audit.test_paths import owe
from tests.audit.test_roster import ring_of, roster_of
from tests.house.tree import ROOT
from tests.vectors.cast import BUCHE, LINDE

PLACES = [
    {"TZ": "UTC", "PYTHONHASHSEED": "0", "LATER_SECONDS": "0"},
    {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4711", "LC_ALL": "C", "LATER_SECONDS": "40000"},
    {"TZ": "America/New_York", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0", "LANG": "tr_TR.UTF-8",
     "LATER_SECONDS": "90000000"},
]  # fmt: skip
#: Runs the audit as the module does, in a process whose clocks are wrong by LATER_SECONDS.
AT_ANOTHER_HOUR = """
import datetime, os, runpy, sys, time
later, now, today = int(os.environ["LATER_SECONDS"]), time.time, datetime.datetime
class Later(today):
    @classmethod
    def now(cls, tz=None):
        return today.now(tz) + datetime.timedelta(seconds=later)
time.time, datetime.datetime = lambda: now() + later, Later
runpy.run_module("ringtausch_protocol.audit", run_name="__main__")
"""


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_same_logs_give_the_same_bytes_everywhere_at_any_hour(
    logs: list[Export], tmp_path: Path, language: str
) -> None:
    folder = write(tmp_path / "logs", *logs)
    written = set()
    for number, place in enumerate(PLACES):
        out = tmp_path / f"{number}.html"
        command = [sys.executable, "-c", AT_ANOTHER_HOUR, "logs", "--out", str(out), "--lang", language]
        environment = {**os.environ, **place, "PYTHONPATH": str(ROOT / "protocol")}
        ended = subprocess.run(command, cwd=folder.parent, env=environment, capture_output=True, check=False)
        assert (0, b"") == (ended.returncode, ended.stderr)
        written.add(out.read_bytes())

    assert 1 == len(written)


class Tags(HTMLParser):
    """Which elements and attributes a page has, and whether they close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in ("meta", "path", "circle", "wbr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "circle"):
            assert self.open.pop() == tag


def test_a_page_has_no_script_and_takes_nothing_from_elsewhere(logs: list[Export]) -> None:
    page = to_html(audited(*logs), "de").decode()
    tags = Tags()
    tags.feed(page)

    assert [] == tags.open
    assert set() == tags.seen & {"script", "link", "img", "iframe", "a", "object", "form"}
    assert set() == {name for name in tags.attributes if name.startswith("on") or name in ("href", "src", "style")}
    assert {"h1", "h2", "table", "svg"} <= tags.seen
    assert "Alles stimmt." in page


def test_nothing_out_of_a_log_becomes_markup(logs: list[Export]) -> None:
    evil = '<script>alert("1")</script>'
    found = Finding(
        "bad_entry", Place(logs[0].ring_id, f"{logs[0].ring_id}/log/1", 3, evil, order=evil), (("x", evil),)
    )
    page = to_html(audited(*logs)._replace(findings=(found,), missing=(evil,)), "en").decode()

    assert "<script" not in page
    assert "Something is wrong." in page


def test_every_code_has_words_and_an_invariant_that_exists() -> None:
    assert list(CODES) == list(WORDS)
    assert {f"I{number}" for number in range(1, 15)} == {code.invariant for code in CODES.values()} - {""}
    assert all(re.fullmatch(r"[a-z_]+", name) for name in CODES)
    assert all(cause in CODES for code in CODES.values() for cause in code.follows)
    for text in [*WORDS.values(), *words.METHOD, *words.UNPROVABLE, *words.HEADINGS.values()]:
        assert text.de
        assert text.en
        assert text.de != text.en
    assert set(words.VERDICTS) == set(map(int, Level))


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (5_400, "1:30"), (-60, "\u22120:01"), (3_601, "1:00:01"), (360_000, "100:00")]
)
def test_hours_are_never_rounded(seconds: int, shown: str) -> None:
    assert shown == hours(seconds)


def test_shares_and_times_are_whole() -> None:
    assert ["1 %", "100 %", "\u2013"] == [percent(1, 1_000), percent(10, 10), percent(1, 0)]
    assert ["3 Tage", "30 hours", "0 minutes"] == [lasting(3 * 86_400, "de"), lasting(108_000, "en"), lasting(5, "en")]


def test_a_table_cell_is_no_formula(logs: list[Export]) -> None:
    found = Finding("bad_entry", Place(logs[0].ring_id), (("=cmd", "1"),))
    lines = to_csv(audited(*logs)._replace(findings=(found,))).decode().splitlines()

    assert lines[1].endswith(",'=cmd=1,,,,,")


@pytest.mark.parametrize(("language", "word"), [("de", "beendet"), ("en", "ended")])
@pytest.mark.parametrize("closed", [False, True])
def test_a_line_that_has_ended_reads_so_and_has_no_limit(language: Language, word: str, closed: bool) -> None:
    """By the word of who is owed, or because a ring gave the other up; the other line keeps its limit."""
    land = Land()
    owe(land, LINDE, BUCHE)
    if closed:
        logged_close(land, -HOUR, BUCHE)
    else:
        land.send(BUCHE, LINDE, Line(version=2, limit_seconds=9 * HOUR, state="ended"))
    result = audited(*land.exports())
    ended = next(line for line in result.lines if {line.a, line.b} == {BUCHE.id, LINDE.id})
    page = re.sub(r' class="[^"]*"', "", to_html(result, language).decode())
    others = {(line.is_ended, line.a_limit_seconds > 0) for line in result.lines if line is not ended}

    assert (True, 0, 0) == (ended.is_ended, ended.a_limit_seconds, ended.b_limit_seconds)
    assert 1 == page.count(f"<td>{word}</td><td>–</td>")
    assert {(False, True)} == others
    assert [line.owing.limit_seconds for line in result.lines] == [
        int(row.split(",")[14]) for row in to_csv(result).decode().splitlines() if row.startswith("line,")
    ]


# -- much, and little --------------------------------------------------------------------------------------------------


def many(count: int) -> Result:
    """So many rings, each of which owes the next an hour; nobody has seen their logs."""
    rings = [chr(ord("a") + place // 26) + chr(ord("a") + place % 26) + "a" * 50 for place in range(count)]
    lines = [LineSeen(a, b, 3_600, 7_200, 7_200, "open", "open", 1, 1_800, 0, 1, 3_600, 0) for a, b in pairwise(rings)]
    names = {ring: f"{ring[:2]}.example" for ring in rings}
    return audit(Asked([]))._replace(lines=tuple(lines), addresses=names)


@pytest.mark.parametrize(
    ("count", "has_picture", "columns"), [(2, True, 4), (9, True, 11), (10, True, 2), (25, False, 2)]
)
def test_a_large_federation_has_no_ball_of_wool_and_no_table_wider_than_a_page(
    count: int, has_picture: bool, columns: int
) -> None:
    page = to_html(many(count), "en").decode()
    owing = page.partition("<h2>Who owes whom</h2>")[2].partition("</section>")[0]

    assert (has_picture, columns) == ("<svg" in owing, len(re.findall("<th[ >]", owing)))
    assert "only one" in page


def test_a_report_about_many_rings_stays_a_few_pages_and_the_table_has_every_line() -> None:
    result = many(150)
    worst = result.lines[70]._replace(owed_seconds=-7_000)
    lines = (*result.lines[:70], worst, *result.lines[71:])
    hints = [Finding("under_way_long", Place(line.a, peer=line.b), (("count", 1),)) for line in lines]
    result = result._replace(lines=lines, findings=tuple(hints), missing=tuple(sorted(result.addresses)))
    page, table = to_html(result, "en").decode(), to_csv(result).decode().splitlines()
    shown = page.partition("<h2>Lines and limits</h2>")[2].partition("</section>")[0]

    assert ROWS_MAX >= max(part.count("<tr>") - 1 for part in page.split("</table>"))
    assert ROWS_MAX == page.count("<article")
    assert re.search(r"<tbody>\s*<tr><td>ct.example</td><td>cs.example", shown)
    assert "and 134 more: see CSV, JSON" in shown
    assert 149 == len([row for row in table if row.startswith("line,")])


def test_of_no_logs_there_is_nothing_to_say() -> None:
    page = to_html(audit(Asked([])), "en").decode()

    assert 5 == page.count("<p>Nothing.</p>")
    assert "<svg" not in page
    assert "of \u2013 (UTC)" in page


def test_what_is_long_is_cut_and_what_is_much_is_counted(logs: list[Export]) -> None:
    place = Place(logs[0].ring_id, at=1_800_000_000)
    evidence = (
        ("age_seconds", 90_000),
        ("amount_seconds", 5_400),
        ("count", 7),
        ("detail", "x" * 60),
        ("by", logs[1].ring_id),
    )
    found = [Finding("bad_entry", place.but(entry=entry), evidence) for entry in range(8)]
    page = to_html(audited(*logs)._replace(findings=tuple(found)), "de").decode()

    assert "und 3 weitere dieser Art" in page
    for text in (
        "Alter: 25 Stunden",
        "Betrag: 1:30",
        "Anzahl: 7",
        "x" * 24 + "\u2026",
        "by: elm.example",
        "15.01.2027",
    ):
        assert text in page


def test_a_report_by_a_roster_says_by_which(logs: list[Export]) -> None:
    roster = parse_roster(roster_of(*map(ring_of, logs)))
    page = to_html(audit(Asked([log.given() for log in logs], roster=roster)), "de").decode()

    assert f"Verzeichnis Nr. 1 der Föderation {roster.head.net} mit 2 Tauschringen" in page
    assert roster.hash in page
