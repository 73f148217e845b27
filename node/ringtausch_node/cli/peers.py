# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about other rings: invitation, words, confirmation."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import click

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.cli.commands import argument_of, folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.language import say
from ringtausch_node.cli.members import read_file
from ringtausch_node.cli.output import emit, nothing_yet, unit_of
from ringtausch_node.cli.proposals import proposal_text
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import advice, peer_table
from ringtausch_node.cli.tree import peer
from ringtausch_node.folder import write_new_file
from ringtausch_protocol.units import Unit


@peer.command(
    "invite",
    german="Eine Einladung für einen anderen Ring schreiben (7 Tage gültig, einmal verwendbar).",
    english="Write an invitation for another ring (valid for 7 days, single use).",
)
@folder_argument
@option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    german="Datei für die Einladung",
    english="File for the invitation",
)
@option(
    "--limit-in",
    metavar="AMOUNT",
    german="Wie viel sie uns höchstens schulden dürfen",
    english="The most they may owe us",
)
@option(
    "--limit-out",
    metavar="AMOUNT",
    german="Wie viel wir ihnen höchstens schulden dürfen",
    english="The most we may owe them",
)
@json_option
def invite(folder: Path, out: Path, limit_in: str | None, limit_out: str | None, as_json: bool) -> int:
    """Write an invitation."""
    unit = unit_of(folder)
    args = {"limit_in_seconds": _limit(limit_in, unit), "limit_out_seconds": _limit(limit_out, unit)}
    _check_place(out)
    result = call(folder, "peer.invite", args)
    try:
        write_new_file(out, base64.b64decode(result["invitation"]))
    except FileExistsError:
        raise misuse("file_exists", out.name) from None
    except OSError as error:
        raise misuse("file_unwritable", f"{out.name}: {error.strerror}") from None
    text = say(
        f"Die Einladung steht in {out}. Geben Sie die Datei dem anderen Ring; wer sie hat, kann sie einlösen.",
        f"The invitation is in {out}. Give the file to the other ring; whoever holds it can use it.",
    )
    emit({"file": str(out)}, as_json, text)
    return DONE


def _check_place(out: Path) -> None:
    """Before the invitation is made: it could not be written twice."""
    if os.path.lexists(out):
        raise misuse("file_exists", out.name)
    if not out.absolute().parent.is_dir():
        raise misuse("file_unwritable", f"{out.name}: no such place")


def _limit(text: str | None, unit: Unit) -> int | None:
    if text is None:
        return None
    seconds: int = argument_of(lambda: parse_signed_amount(text, unit))
    if seconds < 0:
        raise misuse("amount", "a limit of a line is not negative")
    return seconds


@peer.command(
    "accept",
    german="Die Einladung eines anderen Rings annehmen; zeigt die Wörter für das Telefon.",
    english="Accept another ring's invitation; shows the words for the telephone.",
)
@folder_argument
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@json_option
def accept(folder: Path, file: Path, as_json: bool) -> int:
    """Accept an invitation."""
    from ringtausch_protocol.requests import INVITATION_BYTES

    result = call(folder, "peer.accept", {"invitation": read_file(file, INVITATION_BYTES)})
    emit(result, as_json, _accepted(folder, result))
    return DONE


def _accepted(folder: Path, result: dict[str, Any]) -> str:
    """What is to be done about an accepted invitation: compare words, or nothing any more."""
    words = " ".join(result["words"])
    if result["state"] != "agreed":
        return say(
            f"{result['peer']} ist schon bestätigt; Sie müssen nichts tun.\n"
            f"Hatte der andere Ring die Vereinbarung verloren, vergleichen Sie mit ihm am Telefon:\n  {words}",
            f"{result['peer']} is confirmed already; there is nothing to do.\n"
            f"If the other ring had lost the agreement, compare with it on the telephone:\n  {words}",
        )
    return say(
        f"{result['peer']} ist eingetragen, aber noch nicht bestätigt.\nRufen Sie dort an und vergleichen Sie:\n"
        f"  {words}\nSind die Wörter gleich, bestätigen beide:\n"
        f'  ringtausch peer confirm {folder} {result["peer"]} --words "{words}"',
        f"{result['peer']} is listed but not confirmed yet.\nRing them up and compare:\n"
        f"  {words}\nIf the words are the same, both confirm:\n"
        f'  ringtausch peer confirm {folder} {result["peer"]} --words "{words}"',
    )


@peer.command(
    "confirm",
    german="Bestätigen, dass am Telefon dieselben Wörter zu hören waren.",
    english="Confirm that the same words were heard on the telephone.",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@option(
    "--words",
    required=True,
    metavar='"w1 w2 .."',
    german="Die Wörter in ihrer Reihenfolge",
    english="The words in their order",
)
@json_option
def confirm(folder: Path, address: str, words: str, as_json: bool) -> int:
    """Confirm a peer."""
    spoken = words.replace(",", " ").replace(" - ", " ").split()
    result = call(folder, "peer.confirm", {"address": address.strip().lower(), "words": spoken})
    text = say(
        f"{result['address']} ist bestätigt. Die Verbindung öffnet, sobald auch dort bestätigt ist.",
        f"{result['address']} is confirmed. The line opens as soon as they have confirmed too.",
    )
    emit(result, as_json, text)
    return DONE


@peer.command("list", german="Alle Ringe, mit denen eine Vereinbarung besteht.", english="All rings with an agreement.")
@folder_argument
@json_option
def list_peers(folder: Path, as_json: bool) -> int:
    """List peers."""
    result = call(folder, "peer.list", {})
    text = peer_table(result["peers"], unit_of(folder)) if result["peers"] else nothing_yet()
    emit(result, as_json, "\n".join([text, *_open_words(result["peers"]), *advice(result["peers"])]))
    return DONE


def _open_words(peers: list[dict[str, Any]]) -> list[str]:
    """For lines that wait for the phone call: what both operators should read."""
    return [
        say("Zu vergleichen mit ", "To compare with ") + f"{each['address']}: {' '.join(each['words'])}"
        for each in peers
        if "words" in each
    ]


@peer.command(
    "limit",
    german="Bestimmen, wie viel der andere Ring uns höchstens schulden darf; mehr als vereinbart ist ein Vorschlag.",
    english="Set the most that the other ring may owe us; more than agreed is a proposal.",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@option("--in", "limit_in", metavar="AMOUNT", german="Die neue Grenze", english="The new limit")
@option(
    "--agree", is_flag=True, german="Dem Vorschlag des anderen Rings zustimmen", english="Agree to the other's proposal"
)
@json_option
def limit(folder: Path, address: str, limit_in: str | None, agree: bool, as_json: bool) -> int:
    """Set a limit, or agree to one."""
    if agree == (limit_in is not None):
        raise misuse("usage", "either --in or --agree")
    seconds = _limit(limit_in, unit_of(folder))
    if seconds is None:
        result = call(folder, "peer.agree", {"address": address})
    else:
        result = call(folder, "peer.limit", {"address": address, "limit_in_seconds": seconds})
    is_proposed = seconds is not None and result["limit_in"] < seconds
    proposed = say(
        "Vorgeschlagen; es gilt, sobald der andere Ring zustimmt.", "Proposed; in force once the other ring agrees."
    )
    emit(result, as_json, proposed if is_proposed else peer_table([result], unit_of(folder)))
    return DONE


@peer.command(
    "propose",
    german="Einen Vorschlag für die Grenzen einer Verbindung ausrechnen (za:rt-Regel); er stellt nichts ein.",
    english="Work out a proposal for the limits of a line (za:rt rule); it sets nothing.",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@json_option
def propose(folder: Path, address: str, as_json: bool) -> int:
    """Propose limits."""
    result = call(folder, "peer.propose", {"address": address.strip().lower()})
    emit(result, as_json, proposal_text(result, unit_of(folder)))
    return DONE


@peer.command(
    "name",
    german="Wie ein anderer Ring hier heißt; Mitglieder lesen es statt der Adresse. Leer: wieder die Adresse.",
    english="What another ring is called here; members read it instead of the address. Empty: the address again.",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@click.argument("name", metavar="NAME")
@json_option
def name_peer(folder: Path, address: str, name: str, as_json: bool) -> int:
    """Call another ring by a name."""
    result = call(folder, "peer.name", {"address": address.strip().lower(), "name": name})
    emit(result, as_json, f"{result['address']}: {result['name']}")
    return DONE


def _line_command(name: str, german: str, english: str, done_german: str, done_english: str) -> None:
    """One command that says one word about a line."""

    @peer.command(name, german=german, english=english)
    @folder_argument
    @click.argument("address", metavar="ADDRESS")
    @json_option
    def command(folder: Path, address: str, as_json: bool) -> int:
        result = call(folder, f"peer.{name}", {"address": address.strip().lower()})
        emit(result, as_json, f"{result['address']}: {say(done_german, done_english)}")
        return DONE


_line_command(
    "pause",
    "Auf dieser Verbindung vorerst nichts Neues annehmen.",
    "Accept nothing new on this line for a while.",
    "Die Verbindung ruht. Was unterwegs ist, wird zu Ende gebracht.",
    "the line is paused. What is on its way will end.",
)
_line_command(
    "resume",
    "Die eigene Pause beenden.",
    "End our own pause.",
    "Die Pause ist beendet.",
    "the pause is over.",
)
