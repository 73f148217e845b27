# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands of the office after a restore: whose hours stand on the account `recovered`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import argument_of, folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, nothing_yet, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import recovered
from ringtausch_protocol.units import Unit, parse_amount


@recovered.command(
    "list",
    german="Was auf dem Konto „recovered“ auf das Büro wartet, und was schon zugeordnet ist.",
    english="What waits for the office on the account 'recovered', and what has been assigned.",
)
@folder_argument
@json_option
def list_recovered(folder: Path, as_json: bool) -> int:
    """List what waits."""
    result, unit = call(folder, "recovered.list", {}), unit_of(folder)
    parts = []
    if result["waiting"]:
        parts.append(_waiting(result["waiting"], unit))
    if result["assigned"]:
        parts.append(_assigned(result["assigned"], unit))
    emit(result, as_json, "\n\n".join(parts) or nothing_yet())
    return DONE


def _waiting(rows: list[dict[str, Any]], unit: Unit) -> str:
    headings = [
        say("Wartet", "Waits"), say("Stunden", "hours"), say("am", "on"), say("Ring", "ring"), say("von", "from"),
        say("an", "to"),
    ]  # fmt: skip
    return table(
        headings,
        [
            [
                each["item"], amount(each["rest_seconds"], unit), moment(each["at"]) if each.get("at") else "",
                each["peer"], each.get("member") or each.get("from") or "", each.get("to") or "",
            ]
            for each in rows
        ],
    )  # fmt: skip


def _assigned(rows: list[dict[str, Any]], unit: Unit) -> str:
    headings = [say("Zugeordnet", "Assigned"), say("Stunden", "hours"), say("an", "to"), say("von", "by")]
    return table(
        headings,
        [
            [
                each["item"], amount(each["amount_seconds"], unit),
                each["to"] or say("(Gemeinschaft)", "(community)"), each["by"],
            ]
            for each in rows
        ],
    )  # fmt: skip


@recovered.command(
    "assign",
    german="Wartende Stunden einem Mitglied oder der Gemeinschaft zuordnen; es wird festgehalten, wer es tat.",
    english="Assign waiting hours to a member or to the community; who did it is recorded.",
)
@folder_argument
@click.argument("item", metavar="ITEM")
@option("--to", metavar="HANDLE", german="Das Mitglied, dem sie gehören", english="The member whose they are")
@option("--community", is_flag=True, german="Der Gemeinschaft", english="To the community")
@option("--amount", "part", metavar="AMOUNT", german="Nur so viel davon", english="Only so much of it")
@json_option
def assign(folder: Path, item: str, to: str | None, community: bool, part: str | None, as_json: bool) -> int:
    """Assign hours."""
    if community == (to is not None):
        raise misuse("usage", "either --to or --community")
    unit = unit_of(folder)
    seconds = None if part is None else argument_of(lambda: parse_amount(part, unit))
    result = call(folder, "recovered.assign", {"item": item, "to": to, "amount_seconds": seconds})
    whom = result["to"] or say("die Gemeinschaft", "the community")
    emit(result, as_json, say("Gebucht: ", "Booked: ") + f"{whom} {amount(result['amount_seconds'], unit)}")
    return DONE
