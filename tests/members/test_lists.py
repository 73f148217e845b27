# SPDX-License-Identifier: AGPL-3.0-or-later
"""Member lists from spreadsheets: any column order, two languages, three delimiters, all problems at once."""

from __future__ import annotations

import pytest

from ringtausch_node.config import Limits
from ringtausch_node.errors import LocalError
from ringtausch_node.members.lists import LIST_BYTES, LIST_ROWS, MemberList, parse_list
from ringtausch_node.members.model import NewMember
from ringtausch_protocol.units import parse_unit

HOURS = parse_unit("hours")
TALENTS = parse_unit("Talente:20:1")
DEFAULTS = Limits(default_min_seconds=-36000, default_max_seconds=72000)


def read(text: str | bytes) -> MemberList:
    return parse_list(text.encode() if isinstance(text, str) else text, HOURS, DEFAULTS)


def refusal(text: str | bytes) -> str:
    with pytest.raises(LocalError) as caught:
        read(text)
    assert caught.value.code == "csv"
    return caught.value.detail


def test_a_german_spreadsheet_is_read() -> None:
    data = "Rolle;Nachname;Vorname;Mitgliedsnummer;Saldo;Minuslimit;Pluslimit;E-Mail\r\n"
    data += "Büro;Müßig;Änne;0012;-1,5;-20;40;a@example.org\r\n;Berg;Ben;13;2:15;;;\r\n"
    expected = [
        (2, NewMember("0012", "Änne Müßig", "office", -72000, 144000, -5400, "a@example.org")),
        (3, NewMember("13", "Ben Berg", "member", -36000, 72000, 8100)),
    ]
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        found = read(data.encode(encoding))
        assert expected == found.rows
        assert [] == found.ignored_columns


def test_an_english_list_with_commas_is_read() -> None:
    found = read('handle,name,role,min,max,balance\nalma,"Alma, the elder",auditor,0,0,0\n')
    assert [(2, NewMember("alma", "Alma, the elder", "auditor", 0, 0, 0))] == found.rows


def test_tabs_separate_and_amounts_follow_the_unit() -> None:
    found = parse_list("Kürzel\tName\tSaldo\nalma\tAlma\t-20,5\nben\tBen\t1:00\n".encode(), TALENTS, DEFAULTS)
    assert [-3690, 3600] == [new.balance_seconds for _, new in found.rows]


def test_every_problem_is_told_with_its_line() -> None:
    text = "handle;name;role;min;max;balance\na b;Alma;;;;\nben;;king;;;\n\ncem;Cem;;5;;x\n"
    text += "ben2;Ben;;;-1;1,234\ncem2;C;;;;\ncem2;D;;;;\n"
    assert refusal(text).split("; ") == [
        "line 2, handle: address",
        "line 3, name: member_name",
        "line 3, role: role",
        "line 5, balance: amount",
        "line 5, min: limits",
        "line 6, balance: amount",
        "line 6, min: limits",
        "line 8, handle: handle_taken",
    ]


def test_a_quoted_line_break_does_not_shift_the_lines() -> None:
    assert "line 4, handle: address" == refusal('handle,name,note\nalma,Alma,"two\nlines"\na b,Ben,\n')


def test_many_problems_are_cut_short() -> None:
    assert refusal("handle,name\n" + "!,x\n" * 25).endswith("; and 5 more")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1, file: empty"),
        ("\n\n", "line 1, file: empty"),
        ("name\nAlma\n", "line 1, handle: column_missing"),
        ("handle\nalma\n", "line 1, name: column_missing"),
        ("handle,Kürzel,name\n", "line 1, handle: column_twice"),
        ('handle,name\n"alma,Alma\n', "line 2, file: quotes"),
        (f"handle,name\nalma,{'A' * 200_000}\n", "line 2, file: cell_too_long"),
        ("handle,name\n", "line 1, file: no_members"),
        ("sep=;\nname;rolle\n", "line 2, handle: column_missing"),
        ("handle,name,balance\nkomma,Kim,-10,5\n", "line 2, row: cells"),
        ("handle,name,balance,\nkomma,Kim,-10,5,\nben,Ben,,,x\n", "line 2, row: cells; line 3, row: cells"),
        (b"\x81\x8d", "line 1, file: encoding"),
        (b"\xff\xfe\x00", "line 1, file: encoding"),
        (b"a" * (LIST_BYTES + 1), "line 1, file: too_large"),
        ("handle,name\n" + "a,b\n" * (LIST_ROWS + 1), f"line {LIST_ROWS + 3}, file: too_large"),
    ],
)
def test_a_file_that_is_no_list_is_refused(text: str | bytes, problem: str) -> None:
    assert problem == refusal(text)


def test_a_problem_never_repeats_what_the_line_says() -> None:
    assert "Geheim" not in refusal("handle,name,role\nGe heim,Geheim,Geheim\n")


def test_the_first_line_of_excel_names_the_delimiter() -> None:
    found = read("sep=;\r\nKürzel;Name, ganz, mit Komma;Name\r\nalma;,,;Alma\r\n")
    assert [(3, "alma", "Alma")] == [(line, new.handle, new.name) for line, new in found.rows]
    assert ["Name, ganz, mit Komma"] == found.ignored_columns


def test_empty_cells_beyond_the_header_are_nothing() -> None:
    found = read("handle;name;saldo\nalma;Alma;-1,5;;\nben;Ben\n")
    assert [-5400, 0] == [new.balance_seconds for _, new in found.rows]
