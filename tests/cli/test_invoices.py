# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices and notes on the command line: inside one ring, and waiting for another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.payments import invoices
from tests.cli.conftest import Done, Run

ID = "A" * 22


def bill(run: Run, ring: Path, *more: object) -> Done:
    return run(
        "invoice", "create", ring, "--to-account", "ben", "--amount", "10", "--memo", "Fahrrad", "--from", "alma", *more
    )


@pytest.fixture
def invoice(run: Run, members: Path) -> str:
    """Ben's invoice to Alma. -> its number."""
    made = bill(run, members, "--json")
    assert 0 == made.code, made.err
    number: str = made.json["invoice_id"]
    return number


def test_an_invoice_is_written_listed_shown_and_paid(run: Run, members: Path, invoice: str) -> None:
    shown = run("invoice", "show", members, invoice, "--json").json
    assert ("open", 1800, "ben", "alma", "Fahrrad") == (
        shown["state"], shown["amount_seconds"], shown["payee"], shown["payer"], shown["memo"],
    )  # fmt: skip
    assert [invoice] == [row["invoice_id"] for row in run("invoice", "list", members, "--json").json["written"]]
    assert [invoice] == [
        row["invoice_id"] for row in run("invoice", "list", members, "--of", "alma", "--json").json["to_pay"]
    ]
    assert invoice in run("invoice", "list", members, "--of", "alma").out
    paid = run("invoice", "pay", members, invoice, "--json")
    again = run("invoice", "pay", members, invoice, "--json")
    assert (0, "paid", paid.json) == (paid.code, paid.json["state"], again.json)
    assert 3 == run("invoice", "cancel", members, invoice).code
    assert 0 == run("verify", members).code


def test_a_long_list_says_where_it_goes_on(
    run: Run, members: Path, invoice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoices, "LISTED_MAX", 1)
    assert 0 == bill(run, members, "--id", ID).code
    first = run("invoice", "list", members, "--json").json
    assert run("invoice", "list", members).out.splitlines()[-1] == f"Older ones: --before {first['next']}"
    second = run("invoice", "list", members, "--before", first["next"], "--json").json
    assert {invoice, ID} == {row["invoice_id"] for page in (first, second) for row in page["written"]}
    assert "next" not in second
    wrong = run("invoice", "list", members, "--before", "x", lang="de_DE.UTF-8")
    assert (2, True) == (wrong.code, "einer Seite" in wrong.err)


def test_an_invoice_speaks_german_and_english(run: Run, members: Path, invoice: str) -> None:
    assert run("invoice", "show", members, invoice, lang="de_DE.UTF-8").out.splitlines() == [
        "Offen.", "alma -> ben  10 Talente (30 Min.)", "Wofür: Fahrrad", f"Nummer: {invoice}",
    ]  # fmt: skip
    declined = run("invoice", "decline", members, invoice, "--reason", "wrong_amount")
    assert ["Declined.", "Reason: the amount is wrong."] == declined.out.splitlines()[:2]


def test_the_same_number_writes_no_second_invoice(run: Run, members: Path) -> None:
    first, second = (bill(run, members, "--id", ID, "--json") for _ in range(2))
    assert (0, first.json) == (second.code, second.json)
    other = bill(run, members, "--id", ID, "--expires", "3", "--json")
    assert (3, "id_reused") == (other.code, other.json["error"]["code"])


@pytest.mark.parametrize(
    ("args", "code", "name"),
    [
        (("--expires", "0"), 2, "usage"),
        (("--expires", "367"), 2, "usage"),
        (("--memo", "x" * 241), 2, "memo"),
        (("--amount", "nichts"), 2, "amount"),
        (("--from", "nobody"), 3, "unknown_member"),
        (("--from", "ben"), 3, "own_account"),
        (("--from", "alma@ulme.example"), 3, "no_route"),
        (("--from", "@"), 2, "address"),
        (("--id", "x"), 2, "payment_id"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    run: Run, members: Path, args: tuple[str, str], code: int, name: str
) -> None:
    done = bill(run, members, *args, "--json")
    assert (code, name) == (done.code, done.json["error"]["code"])
    assert {"to_pay": [], "written": []} == run("invoice", "list", members, "--json").json


def test_an_invoice_to_nobody_in_particular_is_paid_by_who_is_named(run: Run, members: Path) -> None:
    made = run("invoice", "create", members, "--to-account", "ben", "--amount", "1", "--json").json
    nobody = run("invoice", "pay", members, made["invoice_id"], "--json")
    assert (2, "address") == (nobody.code, nobody.json["error"]["code"])
    paid = run("invoice", "pay", members, made["invoice_id"], "--from", "alma", "--json").json
    assert ("paid", "alma") == (paid["state"], paid["payer"])


def test_it_is_taken_back_and_reminded_once_a_day(run: Run, members: Path, invoice: str) -> None:
    soon = run("invoice", "remind", members, invoice, "--json")
    assert (3, "too_soon") == (soon.code, soon.json["error"]["code"])
    assert "cancelled" == run("invoice", "cancel", members, invoice, "--json").json["state"]
    assert (3, "invoice_closed") == _refused(run("invoice", "pay", members, invoice, "--json"))
    assert (3, "not_found") == _refused(run("invoice", "show", members, ID, "--json"))


def _refused(done: Done) -> tuple[int, Any]:
    return done.code, done.json["error"]["code"]


def test_a_note_stands_beside_its_payment(run: Run, members: Path) -> None:
    paid = run("pay", members, "--from", "alma", "--to", "ben", "--amount", "1", "--json").json
    number = paid["payment_id"]
    assert 0 == run("payment", "note", members, number, "Danke!").code
    assert 0 == run("payment", "note", members, number, "Gern", "--by", "payee").code
    assert ["Note by alma: Danke!", "Note by ben: Gern"] == run("payment", members, number).out.splitlines()[-2:]
    assert "Notiz von alma: Danke!" in run("payment", members, number, lang="de_DE.UTF-8").out
    assert (2, "note") == _refused(run("payment", "note", members, number, "", "--json"))
    assert (3, "not_found") == _refused(run("payment", "note", members, ID, "x", "--json"))
