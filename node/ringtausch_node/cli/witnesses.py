# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command about witnesses: who cosigns our log, whose logs we watch, and who showed two histories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ringtausch_node.cli.commands import folder_argument, json_option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.language import language, say
from ringtausch_node.cli.output import emit, table
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import log
from ringtausch_node.cli.witnessed import cosigned, own_forks
from ringtausch_node.errors import words


@log.command(
    "witness",
    german="Wer unser Protokoll bezeugt, welche Protokolle wir bezeugen, und wer zweierlei unterschrieben hat.",
    english="Who witnesses our log, which logs we witness, and who signed two histories.",
)
@folder_argument
@json_option
def witness(folder: Path, as_json: bool) -> int:
    """Show witnesses."""
    result = call(folder, "log.witness", {})
    others = [_fork(each) for each in result["forks"] if not each["is_own"]]
    parts = [_own(result), _watched(result["watched"]), *others, *own_forks(result["forks"])]
    emit(result, as_json, "\n\n".join(parts))
    return DONE


def _own(result: dict[str, Any]) -> str:
    """Our witnesses, and up to where enough of them have cosigned."""
    found = result["witnesses"]
    line = say("Gegengezeichnet: ", "Cosigned: ") + cosigned(result["cosigned_size"], result["quorum"], len(found))
    if not found:
        line += say(
            "; dazu braucht es einen anderen Ring mit einer Vereinbarung", "; that needs another ring with an agreement"
        )
    if result["neighbours"]:
        line += "\n" + say("Zählt nicht, steht auf derselben Maschine: ", "Do not count, on the same machine: ")
        line += ", ".join(result["neighbours"])
    if not found:
        return line
    rows = [[each["address"], str(each["size"]), moment(each["at"]), each["code"] or "ok"] for each in found]
    headings = [say("Unsere Zeugen", "Our witnesses"), say("Einträge", "Entries"), say("Zuletzt", "Last"), ""]
    return f"{table(headings, rows)}\n{line}"


def _watched(watched: list[dict[str, Any]]) -> str:
    if not watched:
        return say("Wir haben noch kein anderes Protokoll bezeugt.", "We have not witnessed another log yet.")
    rows = [
        [each["address"], each["origin"].rpartition("/")[2], str(each["size"]), moment(each["at"])]
        + ([say(f"{each['refused']} nicht geklärt", f"{each['refused']} not settled")] if each["refused"] else [""])
        for each in watched
    ]
    headings = [say("Wir bezeugen", "We witness"), say("Nr.", "No."), say("Einträge", "Entries")]
    return table([*headings, say("Zuletzt", "Last"), ""], rows)


def _fork(fork: dict[str, Any]) -> str:
    """A proof about another ring, and what to do."""
    knows = (
        say("der Ring weiß es", "the ring knows")
        if fork["is_told"]
        else say("der Ring weiß es noch nicht", "the ring does not know yet")
    )
    said = words("two_histories", language())
    return f"{fork['address'] or fork['origin']} ({knows}): {said}\n  {fork['file']}"
