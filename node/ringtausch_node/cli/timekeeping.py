# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about the machine's clock: how it stands, and the operator's word that it is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ringtausch_node.cli.commands import folder_argument, json_option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import clock


def clock_line(found: dict[str, Any]) -> str:
    """One line about the clock."""
    time = moment(found["now"])
    if found["doubt"] is None:
        return say(f"Die Uhr gilt: {time}.", f"The clock is believed: {time}.")
    last = moment(found["last"])
    return say(
        f"Die Uhr ist gesprungen: sie zeigt {time}, zuletzt galt {last}. Der Ring zahlt so lange nichts."
        " Stellen Sie sie richtig; ist sie es schon: „ringtausch clock confirm ORDNER“.",
        f"The clock has jumped: it says {time}, the last time believed was {last}. The ring pays nobody meanwhile."
        " Set it right; if it is: 'ringtausch clock confirm FOLDER'.",
    )


@clock.command(
    "show",
    german="Zeigen, ob die Uhr dieses Rechners gilt.",
    english="Show whether this machine's clock is believed.",
)
@folder_argument
@json_option
def show(folder: Path, as_json: bool) -> int:
    """Show the clock."""
    result = call(folder, "clock.show", {})
    emit(result, as_json, clock_line(result))
    return DONE


@clock.command(
    "confirm",
    german="Bestätigen, dass die Uhr dieses Rechners richtig geht.",
    english="Confirm that this machine's clock is right.",
)
@folder_argument
@json_option
def confirm(folder: Path, as_json: bool) -> int:
    """Confirm the clock."""
    result = call(folder, "clock.confirm", {})
    emit(result, as_json, clock_line(result))
    return DONE
