# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command that shows which cards and keys there are."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from ringtausch_node.cli.commands import folder_argument, json_option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.key_shown import shown
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit, table
from ringtausch_node.cli.tree import key
from ringtausch_node.folder import load_config
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.keyring.roots import root_path
from ringtausch_node.store.lock_database import LockDatabase
from ringtausch_protocol.canonical import b64


@key.command(
    "list",
    german="Karten und Schlüssel des Rings, welcher Start welche benutzt, und was ab dem nächsten gilt.",
    english="The ring's cards and keys, which start uses which, and what counts from the next one.",
)
@folder_argument
@json_option
def list_keys(folder: Path, as_json: bool) -> int:
    """Show cards and keys."""
    load_config(folder)
    files = CardFiles(folder)
    own, pending = files.load(), files.pending()
    boots = _boots(folder)
    listed = [{**shown(card), "boots": boots.get(card.hash, [])} for card in own.chain]
    result = {
        "present": own.present.number, "is_superseded": own.is_superseded, "cards": listed,
        "pending": None if pending is None else shown(pending), "root_here": root_path(folder).exists(),
    }  # fmt: skip
    emit(result, as_json, _list_text(result))
    return DONE


def _boots(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """H of a card -> the starts that stood under it."""
    place = folder / "lock.sqlite"
    found: dict[str, list[dict[str, Any]]] = {}
    if place.exists():
        with closing(LockDatabase(place)) as lock:
            for each in lock.boots():
                if each.card is not None:
                    started = {"boot": b64(each.boot), "at": each.opened_at}
                    found.setdefault(b64(each.card), []).append(started)
    return found


def _list_text(result: dict[str, Any]) -> str:
    lines: list[str] = []
    for card in result["cards"]:
        lines += _card_text(card, say("gilt jetzt", "in force") if card["number"] == result["present"] else "")
    if result["pending"] is not None:
        lines += _card_text(result["pending"], say("gilt ab dem nächsten Start", "counts from the next start"))
    if result["is_superseded"]:
        lines.append(_superseded())
    if result["root_here"]:
        lines.append(say("Die Wurzelschlüssel liegen noch in diesem Ordner: ringtausch key apart",
                         "The root keys still lie in this folder: ringtausch key apart"))  # fmt: skip
    return "\n".join(lines)


def _superseded() -> str:
    return say(
        "ACHTUNG: Dieser Ring hat eine neuere Karte, deren Schlüssel hier fehlen; hier wird nichts mehr\n"
        "unterschrieben. Weiter mit den Wurzelschlüsseln: ringtausch key rotate",
        "WARNING: this ring has a newer card whose keys are missing here; nothing is signed here any more.\n"
        "Go on with the root keys: ringtausch key rotate",
    )


def _card_text(card: dict[str, Any], note: str) -> list[str]:
    starts = len(card.get("boots", []))
    heading = say(f"Karte {card['number']}", f"Card {card['number']}") + (f", {note}" if note else "")
    rows = [[f"  {each['purpose']}", each["key"].rpartition("+")[2], each["key"]] for each in card["keys"]]
    found = [heading + say(f"; {starts} Starts", f"; {starts} starts"), table(["", "", ""], rows).lstrip("\n")]
    needed = card["operator_threshold"]
    found.append("  " + say(f"Es unterschreiben {needed} Betreiber.", f"{needed} operators sign."))
    found += ["  " + say("widerrufen: ", "revoked: ") + each for each in card["revoked"]]
    return [*found, ""]
