# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about the signed log: its newest checkpoint, a proof for an entry, all of it as files."""

from __future__ import annotations

from pathlib import Path

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import log

_log_option = option(
    "--log",
    "number",
    type=click.IntRange(1),
    german="Ein früheres, geschlossenes Protokoll (sonst das jetzige)",
    english="An earlier log, which is closed (else the present one)",
)


@log.command(
    "checkpoint",
    german="Den neuesten unterschriebenen Stand des Protokolls zeigen.",
    english="Show the newest signed checkpoint of the log.",
)
@folder_argument
@_log_option
@json_option
def checkpoint(folder: Path, number: int | None, as_json: bool) -> int:
    """Show the checkpoint, as others read it."""
    result = call(folder, "log.checkpoint", {"log": number})
    emit(result, as_json, result["checkpoint"].rstrip("\n"))
    return DONE


@log.command(
    "proof",
    german="Einen Nachweis zeigen, dass ein Eintrag im Protokoll steht; wer ihn hat, prüft ihn ohne den Ring.",
    english="Show a proof that an entry stands in the log; whoever has it checks it without the ring.",
)
@folder_argument
@click.argument("index", metavar="INDEX", type=click.IntRange(0))
@_log_option
@json_option
def proof(folder: Path, index: int, number: int | None, as_json: bool) -> int:
    """Show the receipt of an entry."""
    result = call(folder, "log.proof", {"index": index, "log": number})
    emit(result, as_json, result["receipt"].rstrip("\n"))
    return DONE


@log.command(
    "export",
    german="Alle Protokolle des Rings als Dateien in einen neuen Ordner schreiben; jeder kann sie prüfen.",
    english="Write all logs of the ring as files to a new folder; anybody can check them.",
)
@folder_argument
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@json_option
def export(folder: Path, out: Path, as_json: bool) -> int:
    """Write the files."""
    result = call(folder, "log.export", {"out": str(out.absolute())})
    rows = [
        say(
            f"Protokoll {each['log']}: {each['size']} Einträge in {each['files']} Dateien",
            f"log {each['log']}: {each['size']} entries in {each['files']} files",
        )
        for each in result["logs"]
    ]
    check = say("Prüfen, auch ohne den Ring:", "To check them, without the ring too:")
    emit(result, as_json, "\n".join([*rows, f"{check}  python -m ringtausch_protocol {out}"]))
    return DONE
