# SPDX-License-Identifier: AGPL-3.0-or-later
"""Member lists as rings bring them: CSV from a spreadsheet, in any column order, German or English.

Pure: bytes in, rows or problems out. A problem names the line of the file and a code, never what the line says: the
file is full of personal data, and this text ends up in terminals and logs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.config import Limits
from ringtausch_node.errors import LocalError
from ringtausch_node.members.contacts import parse_email_or_none
from ringtausch_node.members.model import NewMember, check_limits, check_name, check_role
from ringtausch_protocol.addresses import parse_handle
from ringtausch_protocol.units import Unit

#: A list of 20 000 members with long lines; the largest time banks have a few thousand.
LIST_BYTES = 4 * 1024 * 1024
LIST_ROWS = 20_000
#: Enough to correct a file with, short enough to read.
PROBLEMS_SHOWN = 20

_HEADERS = {
    "handle": "handle kürzel kuerzel mitgliedsnummer mitgliedsnr mitgliednr mitglied nr nummer kontonummer kontonr"
    " konto member memberno membernumber account accountnumber code uid id",
    "name": "name vollername anzeigename fullname displayname mitgliedsname",
    "given": "vorname firstname givenname",
    "family": "nachname familienname lastname surname familyname",
    "role": "role rolle funktion",
    "min": "min minimum untergrenze unteregrenze minuslimit lowerlimit überziehungslimit limitunten mins",
    "max": "max maximum obergrenze oberegrenze pluslimit upperlimit höchstsaldo limitoben",
    "balance": "balance saldo kontostand stand guthaben anfangssaldo openingbalance opening",
    "email": "email mail emailadresse mailadresse emailaddress mailaddress",
}
_COLUMN_OF = {word: column for column, text in _HEADERS.items() for word in text.split()}
_ROLE_OF = {
    "mitglied": "member", "teilnehmer": "member", "büro": "office", "buero": "office", "orga": "office",
    "buchungsstelle": "office", "betreiber": "operator", "prüfer": "auditor", "pruefer": "auditor",
    "kassenprüfer": "auditor",
}  # fmt: skip

T = TypeVar("T")


class Problem(NamedTuple):
    """What is wrong in which line (the header is line 1) and column."""

    line: int
    column: str
    code: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.code}"


class MemberList(NamedTuple):
    """A list that can be taken over: (line in the file, member) each, and the columns nobody asked for."""

    rows: list[tuple[int, NewMember]]
    ignored_columns: list[str]


class ListRefused(LocalError):
    """A list that cannot be taken over. The detail names the first problems, `problems` has all of them."""

    def __init__(self, detail: str, problems: list[Problem]) -> None:
        super().__init__("csv", detail)
        self.problems = problems


def refuse(problems: list[Problem]) -> ListRefused:
    """The one error that tells all problems of a list."""
    shown = "; ".join(str(problem) for problem in problems[:PROBLEMS_SHOWN])
    more = len(problems) - PROBLEMS_SHOWN
    return ListRefused(shown + (f"; and {more} more" if more > 0 else ""), problems)


def parse_list(data: bytes, unit: Unit, defaults: Limits) -> MemberList:
    """Read a member list. Raises LocalError('csv') with line numbers and codes; all problems, not the first one."""
    wanted, problems = read_list(data, unit, defaults)
    if problems:
        raise refuse(problems)
    return wanted


def read_list(data: bytes, unit: Unit, defaults: Limits) -> tuple[MemberList, list[Problem]]:
    """The lines that can be read, and what is wrong with others. Raises ListRefused where no line can be looked at."""
    lines = _table(list_text(data))
    if not lines:
        raise refuse([Problem(1, "file", "empty")])
    columns, ignored, width = _columns(*lines[0])
    if not lines[1:]:
        raise refuse([Problem(lines[0][0], "file", "no_members")])
    problems: list[Problem] = []
    rows: list[tuple[int, NewMember]] = []
    seen: set[str] = set()
    for number, cells in lines[1:]:
        if any(cell.strip() for cell in cells[width:]):  # "-10,5" between commas is two cells, and -10 is not meant
            problems.append(Problem(number, "row", "cells"))
            continue
        row = _Row(number, columns, cells, problems)
        member = row.member(unit, defaults)
        if member is None:
            continue
        if member.handle in seen:
            problems.append(Problem(number, "handle", "handle_taken"))
        seen.add(member.handle)
        rows.append((number, member))
    return MemberList(rows, ignored), problems


def list_text(data: bytes) -> str:
    """The letters of a file from whatever spreadsheet. Raises ListRefused: too_large, encoding."""
    if len(data) > LIST_BYTES:
        raise refuse([Problem(1, "file", "too_large")])
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse([Problem(1, "file", "encoding")])


def _table(text: str) -> list[tuple[int, list[str]]]:
    """Non-empty rows with the line of the file where each begins. A first line `sep=;` (Excel) tells the delimiter."""
    first = text.lstrip("\r\n").split("\n", 1)[0].strip("\r")
    told = first[-1] if len(first) == len("sep=;") and first.lower().startswith("sep=") else ""
    delimiter = told or max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begins, cells))
            begins = reader.line_num + 1
            if len(rows) > LIST_ROWS + 1:
                raise refuse([Problem(begins, "file", "too_large")])
    except csv.Error as error:
        code = "cell_too_long" if str(error).startswith("field larger") else "quotes"
        raise refuse([Problem(reader.line_num, "file", code)]) from None
    return rows[1:] if told else rows


def _columns(line: int, header: list[str]) -> tuple[dict[str, int], list[str], int]:
    """Which column stands where, what nobody asked for, and how many cells a row may have."""
    columns: dict[str, int] = {}
    ignored: list[str] = []
    problems: list[Problem] = []
    for index, cell in enumerate(header):
        word = "".join(letter for letter in cell.casefold() if letter.isalnum())
        column = _COLUMN_OF.get(word)
        if column is None:
            ignored.append(cell.strip())
        elif column in columns:
            problems.append(Problem(line, column, "column_twice"))
        else:
            columns[column] = index
    if "handle" not in columns:
        problems.append(Problem(line, "handle", "column_missing"))
    if "name" not in columns and not {"given", "family"} & columns.keys():
        problems.append(Problem(line, "name", "column_missing"))
    if problems:
        raise refuse(list(dict.fromkeys(problems)))
    width = max(index for index, cell in enumerate(header, 1) if cell.strip())
    return columns, [name for name in ignored if name], width


class _Row:
    """One line of the list; reading a cell adds to the problems instead of ending the check."""

    def __init__(self, line: int, columns: dict[str, int], cells: list[str], problems: list[Problem]) -> None:
        self._line, self._columns, self._cells, self._problems = line, columns, cells, problems

    def _cell(self, column: str) -> str:
        index = self._columns.get(column, len(self._cells))
        return self._cells[index].strip() if index < len(self._cells) else ""

    def _read(self, column: str, parse: Callable[[], T]) -> T | None:
        try:
            return parse()
        except LocalError as error:
            self._problems.append(Problem(self._line, column, error.code))
            return None

    def _amount(self, column: str, unit: Unit, default: int) -> int | None:
        text = self._cell(column)
        return self._read(column, lambda: parse_signed_amount(text, unit)) if text else default

    def member(self, unit: Unit, defaults: Limits) -> NewMember | None:
        """The member of this line, or None with the problems noted."""
        before = len(self._problems)
        handle = self._read("handle", lambda: parse_handle(self._cell("handle")))
        name = self._read("name", lambda: check_name(self._name()))
        role = self._read("role", lambda: check_role(self._role()))
        low = self._amount("min", unit, defaults.default_min_seconds)
        high = self._amount("max", unit, defaults.default_max_seconds)
        balance = self._amount("balance", unit, 0)
        email = self._read("email", lambda: parse_email_or_none(self._cell("email")))
        if low is not None and high is not None:
            self._read("min", lambda: check_limits(low, high))
        if len(self._problems) > before or None in (handle, name, role, low, high, balance, email):
            return None
        return NewMember(handle or "", name or "", role or "", low or 0, high or 0, balance or 0, email or "")

    def _name(self) -> str:
        return self._cell("name") or f"{self._cell('given')} {self._cell('family')}"

    def _role(self) -> str:
        word = self._cell("role").casefold()
        return _ROLE_OF.get(word, word or "member")
