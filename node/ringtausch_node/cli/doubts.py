# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about payments in doubt: what the ring bears, and who pays in the end."""

from __future__ import annotations

from pathlib import Path

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, nothing_yet, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import doubt


@doubt.command(
    "list",
    german="Zahlungen, die der Ring trägt, weil sie lange niemand entschieden hat.",
    english="Payments that the ring bears because nobody decided them in time.",
)
@folder_argument
@json_option
def list_doubts(folder: Path, as_json: bool) -> int:
    """List doubts."""
    result, unit = call(folder, "doubt.list", {}), unit_of(folder)
    lines = [
        f"{each['payment_id']}  {each['from']} -> {each['to']}  {amount(each['amount_seconds'], unit)}  "
        + (say("bezahlt, zu klären", "paid, to be settled") if each["state"] == "paid" else say("offen", "undecided"))
        for each in result["doubts"]
    ]
    emit(result, as_json, "\n".join(lines) or nothing_yet())
    return DONE


@doubt.command(
    "settle",
    german="Bestimmen, wer eine doch noch ausgeführte Zahlung trägt.",
    english="Decide who pays for a payment that was made after all.",
)
@folder_argument
@click.argument("payment_id", metavar="ID")
@option(
    "--by",
    required=True,
    type=click.Choice(["member", "ring"]),
    german="das Mitglied, das gezahlt hat, oder die Gemeinschaft",
    english="the member who paid, or the community",
)
@json_option
def settle(folder: Path, payment_id: str, by: str, as_json: bool) -> int:
    """Settle a doubt."""
    result = call(folder, "doubt.settle", {"payment_id": payment_id, "by": by})
    emit(result, as_json, say("Gebucht.", "Booked."))
    return DONE
