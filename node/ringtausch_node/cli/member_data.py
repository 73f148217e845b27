# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about what a ring knows of a member: hand all of it over, and erase it once the member has left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from ringtausch_node.cli.commands import folder_argument, json_option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import member


@member.command(
    "data",
    german="Alles, was der Ring über ein Mitglied gespeichert hat, als eine Datei für das Mitglied.",
    english="All that the ring has stored about a member, as one file for the member.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@out_option("Wohin die Datei kommt; sonst wird sie gezeigt", "Where the file goes; else it is shown", required=False)
@json_option
def data(folder: Path, handle: str, out: Path | None, as_json: bool) -> int:
    """Show or write the data of a member."""
    result = call(folder, "member.data", {"handle": handle})
    text = msgspec.json.format(msgspec.json.encode(result), indent=2)
    if out is None:
        emit(result, as_json, text.decode())
        return DONE
    write_new(out, text)
    emit({"handle": handle, "file": str(out)}, as_json, say(f"Geschrieben: {out}", f"Written: {out}"))
    return DONE


@member.command(
    "forget",
    german="Löschen, was über ein ausgetretenes Mitglied bekannt ist, hier und bei den anderen Ringen. Unumkehrbar; "
    "„member data“ gibt dem Mitglied vorher alles mit.",
    english="Erase what is known of a member who left, here and at the other rings. Cannot be undone; 'member data' "
    "hands everything over before.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@json_option
def forget(folder: Path, handle: str, as_json: bool) -> int:
    """Forget a member."""
    result = call(folder, "member.forget", {"handle": handle})
    emit(result, as_json, _forgotten_text(result))
    return DONE


def _forgotten_text(result: dict[str, Any]) -> str:
    asked, not_asked, known_as = ", ".join(result["asked"]), ", ".join(result["not_asked"]), result["known_as"]
    lines = [say(f"Vergessen. Alte Buchungen stehen jetzt unter {known_as}.",
                 f"Forgotten. Old bookings now stand under {known_as}.")]  # fmt: skip
    if asked:
        lines.append(say(f"Gebeten, dasselbe zu tun: {asked}.", f"Asked to do the same: {asked}."))
    if not_asked:
        lines.append(say(f"Diese Verbindungen ruhen, bitte dort anrufen: {not_asked}.",
                         f"These lines are at rest, please call there: {not_asked}."))  # fmt: skip
    if not result["is_wiped"]:
        lines.append(say("Die Datei wird gerade gelesen; in wenigen Minuten wird sie neu geschrieben.",
                         "The file is being read; it is written anew in a few minutes."))  # fmt: skip
    lines.append(say("Sicherungen von vorher enthalten noch alles: bewahren Sie sie nicht länger auf als nötig.",
                     "Backups from before still hold everything: keep them no longer than needed."))  # fmt: skip
    return "\n".join(lines)
