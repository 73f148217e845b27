# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command with which a ring stops: all lines ended, each claim shown, a certificate at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import root
from ringtausch_protocol.units import Unit


@root.command(
    "wind-down",
    german="Den Ring abwickeln: alle Verbindungen beenden, zeigen was offen ist, am Ende die Bescheinigung.",
    english="Wind the ring down: end all lines, show what is left, at the end the certificate.",
)
@folder_argument
@option(
    "--begin", is_flag=True, german="Alle Verbindungen beenden; das ist endgültig", english="End all lines, for good"
)
@option("--close", is_flag=True, german="Unterschreiben, dass alles vorbei ist", english="Sign that everything is over")
@out_option(
    "Die Bescheinigung; „python -m ringtausch_protocol DATEI“ prüft sie",
    "The certificate; 'python -m ringtausch_protocol FILE' checks it", required=False,
)  # fmt: skip
@json_option
def wind_down(folder: Path, begin: bool, close: bool, out: Path | None, as_json: bool) -> int:
    """Show, begin or close."""
    if (begin and close) or (out is not None and not close):
        raise misuse("usage", "--begin, or --close [--out FILE], or neither")
    result = call(folder, "wind_down.begin" if begin else "wind_down.close" if close else "wind_down", {})
    if out is not None:
        write_new(out, msgspec.json.encode(result["document"]))
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE


def _text(result: dict[str, Any], unit: Unit) -> str:
    states = {
        "open": say("offen", "open"), "ended": say("beendet, etwas ist offen", "ended, something is left"),
        "over": say("vorbei", "over"),
    }  # fmt: skip
    headings = [say("Ring", "ring"), say("wir schulden", "we owe"), say("unterwegs", "under way"), ""]
    rows = [
        [each["address"], amount(each["we_owe_seconds"], unit), str(each["under_way"]), states[each["state"]]]
        for each in result["claims"]
    ]
    done = say("Alles ist vorbei.", "Everything is over.") if result["is_over"] else say(
        "Was offen ist, geht heim: durch Zahlungen, „netting run“, einen dritten Ring, „peer reset“; ist der andere "
        "Ring verloren: „peer give-up“.",
        "What is left goes home: by payments, 'netting run', a third ring, 'peer reset'; if the other ring is lost: "
        "'peer give-up'.",
    )  # fmt: skip
    return "\n".join([table(headings, rows), *_takers(result, unit), done])


def _takers(result: dict[str, Any], unit: Unit) -> list[str]:
    """Who could owe, or be owed, instead of us."""
    return [
        say(
            f"{taker['address']} kann von {each['address']} {amount(taker['amount_seconds'], unit)} übernehmen.",
            f"{taker['address']} could take over {amount(taker['amount_seconds'], unit)} with {each['address']}.",
        )
        for each in result["claims"] for taker in each["takers"] if each["we_owe_seconds"] > 0
    ]  # fmt: skip
