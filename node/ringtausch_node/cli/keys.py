# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands that issue a ring's next card: new keys, other operators, keys revoked. It counts from the next start.

Root keys are read in the process of the command and never reach a running node.
"""

from __future__ import annotations

from pathlib import Path

import click

from ringtausch_node.cli.commands import argument_of, folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.key_shown import operators_of, operators_text, root_option, shown
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit
from ringtausch_node.cli.reach import NoNode, ask, call
from ringtausch_node.cli.tree import key
from ringtausch_node.clock import SystemClock
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import PURPOSES, load_config
from ringtausch_node.ids import SystemIds
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.keyring.roots import load_roots, root_path
from ringtausch_node.keyring.rotation import Rotation
from ringtausch_protocol import canonical
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.ring_card import ChannelEnd

#: A running node answers at once or not at all.
ANSWER_SECONDS = 10.0
PUBLIC_BYTES = 32


@key.command(
    "rotate",
    german="Neue Schlüssel ausstellen; sie gelten ab dem nächsten Start des Knotens.",
    english="Issue new keys; they count from the next start of the node.",
)
@folder_argument
@option(
    "--purpose",
    "purposes",
    multiple=True,
    type=click.Choice(PURPOSES),
    german="Nur für diesen Zweck (mehrmals möglich; sonst für alle)",
    english="Only for this purpose (may be repeated; else for all)",
)
@root_option
@option(
    "--root-out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    german="Auch die Wurzel wechseln: die nächste gilt, und die neuen Schlüssel stehen in dieser Datei",
    english="Change the root too: the next one counts, and the new keys are written to this file",
)
@json_option
def rotate(folder: Path, purposes: tuple[str, ...], root: Path | None, root_out: Path | None, as_json: bool) -> int:
    """Issue new keys."""
    card = _rotation(folder, root).rotate(purposes or PURPOSES, root_out)
    text = _issued(folder, card)
    if root_out is not None:
        text += "\n" + say(
            f"Die neuen Wurzelschlüssel stehen in {root_out}: drucken Sie ihr Blatt (key sheet --root), bringen Sie\n"
            f"die Datei weg, und vernichten Sie nach dem Neustart die alten{_still_here(folder)}.",
            f"The new root keys are in {root_out}: print their sheet (key sheet --root), take the file away, and\n"
            f"destroy the old ones after the restart{_still_here(folder)}.",
        )
    emit(shown(card), as_json, text)
    return DONE


def _still_here(folder: Path) -> str:
    return f" ({root_path(folder)})" if root_path(folder).exists() else ""


@key.command(
    "operators",
    german="Wer für den Ring unterschreibt: Betreiberschlüssel und wie viele davon nötig sind. Ohne Angabe: zeigen, "
    "was gilt.",
    english="Who signs for the ring: operators' keys, and how many of them are needed. Without an option: show them.",
)
@folder_argument
@option("--add", multiple=True, metavar="PUBLIC", german="Diesen Schlüssel dazunehmen", english="Add this key")
@option("--remove", multiple=True, metavar="KEYID", german="Diesen wegnehmen", english="Take this one away")
@option(
    "--threshold",
    type=click.IntRange(1, 16),
    german="Wie viele unterschreiben müssen",
    english="How many must sign",
)
@root_option
@json_option
def operators(
    folder: Path, add: tuple[str, ...], remove: tuple[str, ...], threshold: int | None, root: Path | None, as_json: bool
) -> int:
    """Show the operators, or change them."""
    if not add and not remove and threshold is None:
        return _show_operators(folder, as_json)
    publics = argument_of(lambda: [_public(text) for text in add])
    card = _rotation(folder, root).operators(publics, remove, threshold)
    emit(shown(card), as_json, _issued(folder, card))
    return DONE


def _show_operators(folder: Path, as_json: bool) -> int:
    """Who signs by the card in force, and by the one that waits for the next start."""
    load_config(folder)
    files = CardFiles(folder)
    card = files.pending()
    present, pending = operators_of(files.load().present), None if card is None else operators_of(card)
    lines = operators_text(present, say("Gilt jetzt", "In force"))
    if pending is not None:
        lines += operators_text(pending, say("Gilt ab dem nächsten Start", "Counts from the next start"))
    emit({"present": present, "pending": pending}, as_json, "\n".join(lines))
    return DONE


def _public(text: str) -> bytes:
    try:
        return canonical.unb64(text.strip(), PUBLIC_BYTES)
    except (RemoteError, ValueError):
        raise LocalError("key_file", "a public key has 43 characters") from None


@key.command(
    "revoke",
    german="Schlüssel widerrufen, die gestohlen sein können; der Knoten muss dafür stehen.",
    english="Revoke keys that may have been stolen; the node must be stopped for it.",
)
@folder_argument
@click.argument("key_ids", metavar="KEYID...", nargs=-1, required=True)
@root_option
@json_option
def revoke(folder: Path, key_ids: tuple[str, ...], root: Path | None, as_json: bool) -> int:
    """Revoke keys."""
    rotation = _rotation(folder, root)
    _verify_stopped(folder)
    found = call(folder, "key.positions", {})
    ends = [ChannelEnd(**each) for each in found["channels"]]
    card = rotation.revoke(key_ids, found["log"], found["size"], ends)
    text = (
        _issued(folder, card)
        + "\n"
        + say(
            "Rufen Sie die anderen Ringe an: was ein Dieb dort unterschrieben hat, klären die Betreiber beider Seiten.",
            "Phone the other rings: what a thief has signed there is for the operators of both sides to settle.",
        )
    )
    emit(shown(card), as_json, text)
    return DONE


@key.command(
    "withdraw",
    german="Die ausgestellte Karte zurücknehmen, die noch nicht gilt.",
    english="Take back the card that was issued and does not count yet.",
)
@folder_argument
@json_option
def withdraw(folder: Path, as_json: bool) -> int:
    """Take the pending card back."""
    load_config(folder)
    card = CardFiles(folder).withdraw()
    text = say(
        f"Karte {card.number} ist zurückgenommen; der Knoten bleibt bei seinen Schlüsseln. Vernichten Sie Sicherungen\n"
        "von seither: zwei Karten mit einer Nummer halten andere Ringe an.",
        f"Card {card.number} has been taken back; the node keeps its keys. Destroy backups that were made since:\n"
        "two cards with one number stop other rings.",
    )
    emit({"withdrawn": card.number}, as_json, text)
    return DONE


def _verify_stopped(folder: Path) -> None:
    """While a node runs it goes on signing, and the ends of its chains would be wrong."""
    try:
        ask(folder, "key.positions", {}, ANSWER_SECONDS)
    except NoNode:
        return
    raise LocalError("node_runs")


def _rotation(folder: Path, root: Path | None) -> Rotation:
    load_config(folder)
    return Rotation(folder, load_roots(folder, root), SystemIds(SystemClock()).random)


def _issued(folder: Path, card: Card) -> str:
    return say(
        f"Karte {card.number} ist ausgestellt und gilt ab dem nächsten Start:  ringtausch serve {folder}\n"
        "Bis dahin unterschreibt der Knoten wie bisher. Machen Sie danach eine neue Sicherung.",
        f"Card {card.number} has been issued and counts from the next start:  ringtausch serve {folder}\n"
        "Until then the node signs as before. Make a new backup afterwards.",
    )
