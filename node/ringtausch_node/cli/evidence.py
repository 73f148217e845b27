# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command about evidence that is kept against other rings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit, nothing_yet, table
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import peer


@peer.command(
    "evidence",
    german="Belege gegen andere Ringe: was sie unterschrieben haben und nicht durften. Mit --number einen als Datei.",
    english="Evidence against other rings: what they signed and must not have. With --number one of them as a file.",
)
@folder_argument
@option("--number", type=int, metavar="N", german="Welcher Beleg", english="Which piece")
@out_option("Wohin er geschrieben wird", "Where it is written", required=False)
@json_option
def evidence(folder: Path, number: int | None, out: Path | None, as_json: bool) -> int:
    """List evidence, or write one piece down."""
    if (number is None) != (out is None):
        raise click.UsageError(say("--number und --out gehören zusammen.", "--number and --out belong together."))
    result = call(folder, "peer.evidence", {} if number is None else {"number": number})
    if out is None:
        emit(result, as_json, _list(result["evidence"]))
        return DONE
    write_new(out, result["file"].encode())
    text = say("Jeder kann ihn prüfen:", "Anybody can verify it:")
    emit({"file": str(out)}, as_json, f"{out}. {text} python -m ringtausch_protocol {out}")
    return DONE


def _list(found: list[dict[str, Any]]) -> str:
    if not found:
        return nothing_yet()
    headings = [say("Nummer", "Number"), say("seit", "since"), say("Ring", "Ring"), say("was", "what")]
    return table(headings, [_row(each) for each in found])


def _row(each: dict[str, Any]) -> list[str]:
    kinds = {
        "two_adverts": say("zwei Aushänge unter einer Nummer", "two adverts of one number"),
        "late_decision": say("Entscheidung nach dem Ende", "decision after the end"),
    }  # fmt: skip
    return [str(each["number"]), moment(each["at"]), each["address"] or "?", kinds[each["code"]]]
