# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about the root keys: the sheet for the drawer, typing it in again, and away with them from the node."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.key_shown import root_option
from ringtausch_node.cli.language import say
from ringtausch_node.cli.members import read_file
from ringtausch_node.cli.output import emit
from ringtausch_node.cli.tree import key
from ringtausch_node.folder import load_config
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.keyring.issue import Roots, verify_roots
from ringtausch_node.keyring.roots import ROOT_FILE_BYTES, load_roots, move_apart, parse_roots, write_roots
from ringtausch_node.keyring.sheet import write_sheet
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.keys import SigningKey


@key.command(
    "sheet",
    german="Die Wurzelschlüssel als Blatt Papier: zum Ausdrucken und Wegschließen.",
    english="The root keys as a sheet of paper: to print and to lock away.",
)
@folder_argument
@root_option
@out_option("Datei für das Blatt (sonst auf den Bildschirm)", "File for the sheet (else the screen)", required=False)
@json_option
def sheet(folder: Path, root: Path | None, out: Path | None, as_json: bool) -> int:
    """Write the sheet."""
    config, roots = load_config(folder), load_roots(folder, root)
    card = _verify_ours(folder, roots)
    text = write_sheet(roots, config.address, card.card.ring_id)
    if out is None:
        emit({"sheet": text}, as_json, text)
        return DONE
    write_new(out, text.encode())
    done = say(f"Das Blatt steht in {out}. Drucken Sie es, und löschen Sie die Datei.",
               f"The sheet is in {out}. Print it, and delete the file.")  # fmt: skip
    emit({"file": str(out)}, as_json, done)
    return DONE


@key.command(
    "enter",
    german="Das Blatt wieder eintippen: prüft jede Zeile und schreibt root.json.",
    english="Type the sheet in again: checks every line and writes root.json.",
)
@folder_argument
@option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    german="Datei mit den abgetippten Zeilen (sonst die Eingabe)",
    english="File with the lines typed in (else standard input)",
)
@out_option("Wohin root.json geschrieben wird", "Where root.json is written")
@json_option
def enter(folder: Path, source: Path | None, out: Path, as_json: bool) -> int:
    """Read a sheet."""
    load_config(folder)
    data = sys.stdin.buffer.read(ROOT_FILE_BYTES + 1) if source is None else read_file(source, ROOT_FILE_BYTES)
    roots = parse_roots(data)
    _verify_ours(folder, roots)
    write_roots(out, roots)
    text = say(f"Alle Zeilen stimmen. Die Wurzelschlüssel stehen in {out}.",
               f"All lines are right. The root keys are in {out}.")  # fmt: skip
    emit({"file": str(out)}, as_json, text)
    return DONE


@key.command(
    "apart",
    german="Die Wurzelschlüssel aus dem Ordner des Knotens wegbringen, am besten auf einen Stick.",
    english="Move the root keys out of the node's folder, best onto a stick.",
)
@folder_argument
@out_option("Wohin sie kommen", "Where they go")
@json_option
def apart(folder: Path, out: Path, as_json: bool) -> int:
    """Move the root keys away."""
    load_config(folder)
    _verify_ours(folder, load_roots(folder))
    move_apart(folder, out)
    text = say(
        f"Die Wurzelschlüssel stehen jetzt in {out} und nicht mehr im Ordner; der Knoten braucht sie nicht.\n"
        "Sicherungen von vorher enthalten sie noch.",
        f"The root keys are in {out} now and no more in the folder; the node does not need them.\n"
        "Backups from before still hold them.",
    )
    emit({"file": str(out)}, as_json, text)
    return DONE


def _verify_ours(folder: Path, roots: Roots) -> Card:
    """The card of ours to which these root keys belong: the pending one, or the newest. LocalError('root_wrong')."""
    files = CardFiles(folder)
    pending, newest = files.pending(), files.load().newest
    if pending is not None and {b64(SigningKey(seed).public) for seed in roots.root} == set(pending.card.root_keys):
        verify_roots(pending, roots)
        return pending
    verify_roots(newest, roots)
    return newest
