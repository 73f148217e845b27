# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about members."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option, signed_amount_of
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.language import say, term
from ringtausch_node.cli.output import amount, emit, nothing_yet, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import member
from ringtausch_protocol.units import Unit

#: The bound of `members.lists`; a larger file is refused before it is sent.
LIST_BYTES = 4 * 1024 * 1024


@member.command("add", german="Ein Mitglied aufnehmen.", english="Take a member in.")
@folder_argument
@click.argument("handle", metavar="HANDLE")
@option("--name", required=True, german="Name des Mitglieds", english="The member's name")
@option(
    "--role",
    type=click.Choice(["member", "office", "operator", "auditor"]),
    default="member",
    german="Rolle; office und operator dürfen für alle zahlen, auditor liest nur",
    english="Role; office and operator may pay for all, auditor only reads",
)
@option(
    "--account-of",
    metavar="HANDLE",
    german="Kein neues Konto: das dieses Mitglieds gemeinsam führen",
    english="No new account: share the one of this member",
)
@option("--min", "lower", metavar="AMOUNT", german="Untere Grenze, z. B. -20", english="Lower limit, e.g. -20")
@option("--max", "upper", metavar="AMOUNT", german="Obere Grenze, z. B. 40", english="Upper limit, e.g. 40")
@json_option
def add(
    folder: Path, handle: str, name: str, role: str, account_of: str | None, lower: str | None, upper: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Take a member in."""
    unit = unit_of(folder)
    args = {"handle": handle, "name": name, "role": role, "account_of": account_of}
    limits = {"min_seconds": _limit(lower, unit), "max_seconds": _limit(upper, unit)}
    result = call(folder, "member.add", {**args, **limits})
    span = f"{amount(result['min_seconds'], unit)} - {amount(result['max_seconds'], unit)}"
    added = say(f"{result['handle']} ist aufgenommen. Grenzen: ", f"{result['handle']} has been added. Limits: ")
    if one := result.get("account_of"):
        added = say(f"{result['handle']} führt mit {one} ein Konto. Grenzen: ",
                    f"{result['handle']} shares an account with {one}. Limits: ")  # fmt: skip
    emit(result, as_json, added + span)
    return DONE


def _limit(text: str | None, unit: Unit) -> int | None:
    return None if text is None else signed_amount_of(text, unit)


@member.command("list", german="Alle Mitglieder mit Saldo und Grenzen.", english="All members with balance and limits.")
@folder_argument
@json_option
def list_members(folder: Path, as_json: bool) -> int:
    """List members."""
    result = call(folder, "member.list", {})
    unit = unit_of(folder)
    rows = [
        [
            _handle(each), each["name"], term(each["role"]), term(each["state"]), amount(each["balance_seconds"], unit),
            amount(each["min_seconds"], unit), amount(each["max_seconds"], unit),
        ]
        for each in result["members"]
    ]  # fmt: skip
    headings = [
        say("Kürzel", "Handle"), "Name", say("Rolle", "Role"), say("Zustand", "State"), say("Saldo", "Balance"),
        say("von", "from"), say("bis", "to"),
    ]  # fmt: skip
    emit(result, as_json, table(headings, rows) if rows else nothing_yet())
    return DONE


def _handle(each: dict[str, Any]) -> str:
    return f"{each['handle']} (-> {each['account_of']})" if each.get("account_of") else str(each["handle"])


@member.command(
    "import",
    german="Eine Mitgliederliste (CSV) mit Anfangssalden übernehmen: ganz oder gar nicht.",
    english="Take over a list of members (CSV) with opening balances: all of it or nothing.",
)
@folder_argument
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@json_option
def import_list(folder: Path, file: Path, as_json: bool) -> int:
    """Import a list."""
    result = call(folder, "member.import", {"data": read_file(file, LIST_BYTES)})
    unit = unit_of(folder)
    text = say(f"{result['members']} Mitglieder sind aufgenommen.", f"{result['members']} members have been added.")
    if result["difference_seconds"]:
        difference = amount(result["difference_seconds"], unit)
        text += "\n" + say("Gegenkonto der Anfangssalden: ", "Account against the opening balances: ") + difference
    if result["ignored_columns"]:
        text += "\n" + say("Nicht übernommene Spalten: ", "Columns left out: ") + ", ".join(result["ignored_columns"])
    emit(result, as_json, text)
    return DONE


def read_file(file: Path, most_bytes: int) -> bytes:
    """The bytes of a file named on the command line, bounded. Wrong use where it cannot be read."""
    try:
        with file.open("rb") as stream:
            data = stream.read(most_bytes + 1)
    except OSError as error:
        raise misuse("file_unreadable", f"{file.name}: {error.strerror}") from None
    if len(data) > most_bytes:
        raise misuse("file_unreadable", f"{file.name}: more than {most_bytes} bytes")
    return data
