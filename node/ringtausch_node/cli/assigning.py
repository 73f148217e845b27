# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about claims that other rings want to hand over to us, or away from us."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import argument_of, folder_argument, json_option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import assignment
from ringtausch_protocol.units import Unit, parse_amount


@assignment.command(
    "list",
    german="Was andere Ringe uns übergeben oder von uns weggeben wollen.",
    english="What other rings want to hand over to us, or away from us.",
)
@folder_argument
@json_option
def list_asked(folder: Path, as_json: bool) -> int:
    """List what is asked."""
    result = call(folder, "assignment.list", {})
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE


@assignment.command(
    "answer",
    german="Zustimmen (yes) oder ablehnen (no): LEAVER hört auf, mit OTHER haben wir danach zu tun.",
    english="Agree (yes) or decline (no): LEAVER stops, OTHER is whom we have to do with afterwards.",
)
@folder_argument
@click.argument("leaver", metavar="LEAVER")
@click.argument("other", metavar="OTHER")
@click.argument("text", metavar="AMOUNT")
@click.argument("word", metavar="YES|NO", type=click.Choice(["yes", "no"]))
@json_option
def answer(folder: Path, leaver: str, other: str, text: str, word: str, as_json: bool) -> int:
    """Agree, or decline."""
    unit = unit_of(folder)
    args = {
        "leaver": leaver.strip().lower(), "other": other.strip().lower(),
        "amount_seconds": argument_of(lambda: parse_amount(text, unit)), "agrees": word == "yes",
    }  # fmt: skip
    result = call(folder, "assignment.answer", args)
    emit(result, as_json, _text(result, unit))
    return DONE


def _text(result: dict[str, Any], unit: Unit) -> str:
    states = {
        "asked": say("noch nicht beantwortet", "not answered yet"), "agreed": say("zugestimmt", "agreed"),
        "declined": say("abgelehnt", "declined"),
    }  # fmt: skip
    lines = [f"{_asked(each, unit)} ({states[each['state']]})" for each in result["asked"]]
    return "\n".join(lines) or say("Gerade fragt niemand.", "Nobody asks just now.")


def _asked(each: dict[str, Any], unit: Unit) -> str:
    leaver, other, figure = each["leaver"], each["other"], amount(each["amount_seconds"], unit)
    if each["we_owe"]:
        return say(
            f"Statt an {leaver} geben wir {figure} an {other}.", f"We owe {figure} to {other} instead of {leaver}."
        )
    return say(f"Statt {leaver} hat uns {other} {figure} zu geben.", f"{other} owes us {figure} instead of {leaver}.")
