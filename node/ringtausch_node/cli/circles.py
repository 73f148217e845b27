# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about debts between rings that run in a circle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ringtausch_node.cli.commands import folder_argument, json_option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import netting
from ringtausch_node.errors import code_of
from ringtausch_protocol.units import Unit


@netting.command(
    "plan",
    german="Schulden, die im Kreis durch diesen Ring laufen, und was bisher verrechnet wurde.",
    english="Debts that run in a circle through this ring, and what was netted until now.",
)
@folder_argument
@json_option
def plan(folder: Path, as_json: bool) -> int:
    """Show the circles."""
    result, unit = call(folder, "netting.plan", {}), unit_of(folder)
    headings = [say("Kreis", "Circle"), say("höchstens", "at most"), say("beginnt", "begins")]
    rows = [
        [_round(each), amount(each["amount_seconds"], unit), each["starter"]] for each in result["circles"]
    ]  # fmt: skip
    emit(result, as_json, f"{_table(headings, rows)}\n{_freed(result, unit)}")
    return DONE


@netting.command(
    "run",
    german="Jetzt verrechnen, Kreis für Kreis. Kein Mitglied ist davon berührt.",
    english="Net them now, circle by circle. No member is touched.",
)
@folder_argument
@json_option
def run(folder: Path, as_json: bool) -> int:
    """Walk the circles."""
    result, unit = call(folder, "netting.run", {}), unit_of(folder)
    headings = [say("Kreis", "Circle"), say("verrechnet", "netted"), say("von höchstens", "of at most"), ""]
    rows = [
        [
            _round(each), amount(each["freed_seconds"], unit), amount(each["wanted_seconds"], unit),
            why(each.get("code")),
        ]
        for each in result["walked"]
    ]  # fmt: skip
    emit(result, as_json, f"{_table(headings, rows)}\n{_freed(result, unit)}")
    return DONE


def why(code: str | None) -> str:
    """Why a circle freed less than was wanted. The words for payments speak of members, who are not touched here."""
    if code is None:
        return ""
    if code == "no_capacity":
        return say("mehr ist nicht offen", "no more is open")
    return say(code_of(code).de, code_of(code).en)


def _round(each: dict[str, Any]) -> str:
    return " < ".join(each["rings"])


def _table(headings: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return say("Kein Kreis bekannt.", "No circle is known.")
    return table(headings, rows)


def _freed(result: dict[str, Any], unit: Unit) -> str:
    lines = [
        f"{each['address']}: {amount(each['freed_seconds'], unit)}" for each in result["lines"] if each["freed_seconds"]
    ]  # fmt: skip
    so_far = say("Bisher verrechnet", "Netted until now")
    return f"{so_far}: {', '.join(lines) or say('nichts', 'nothing')}"
