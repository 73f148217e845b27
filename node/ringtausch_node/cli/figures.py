# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command for a ring's yearly figures: shown, and written as a file that anybody checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import root
from ringtausch_protocol.units import Unit
from ringtausch_protocol.yearly import FIRST_YEAR, LAST_YEAR


@root.command(
    "figures",
    german="Die Kennzahlen eines Jahres nach den za:rt-Regeln, vom Ring unterschrieben.",
    english="The figures of a year by the za:rt rules, signed by the ring.",
)
@folder_argument
@option(
    "--year",
    type=click.IntRange(FIRST_YEAR, LAST_YEAR),
    metavar="YEAR",
    german="Welches Jahr; sonst das letzte, das vorbei ist",
    english="Which year; else the last one that is over",
)
@out_option(
    "Die unterschriebene Datei; „python -m ringtausch_protocol DATEI --keys KARTE“ prüft sie mit ORDNER/card.json",
    "The signed file; 'python -m ringtausch_protocol FILE --keys CARD' checks it, with FOLDER/card.json",
    required=False,
)  # fmt: skip
@json_option
def figures(folder: Path, year: int | None, out: Path | None, as_json: bool) -> int:
    """Show or write the figures."""
    result = call(folder, "figures", {"year": year})
    if out is not None:
        write_new(out, msgspec.json.encode(result["document"]))
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE


def _text(result: dict[str, Any], unit: Unit) -> str:
    found = result["figures"]
    shown = {name: amount(value, unit) for name, value in found.items() if name.endswith("_seconds")}
    lines = [
        say(f"Kennzahlen {found['year']}", f"Figures of {found['year']}"),
        say("Geschöpfte Stunden: ", "Hours created: ") + shown["created_seconds"],
        say("Umsatz: ", "Turnover: ") + shown["turnover_seconds"],
        say("Aus anderen Ringen: ", "From other rings: ") + shown["foreign_in_seconds"],
        say("In andere Ringe: ", "To other rings: ") + shown["foreign_out_seconds"],
        say("Konten: ", "Accounts: ") + str(found["accounts"]),
    ]
    if not result["is_over"]:
        until = moment(found["until"])
        lines.append(say(f"Das Jahr ist noch nicht vorbei; gezählt bis {until}.",
                         f"The year is not over; counted until {until}."))  # fmt: skip
    return "\n".join(lines)
