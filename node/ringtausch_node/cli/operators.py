# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands of operators beside the node's own: a key of one's own, and signing what waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.language import say
from ringtausch_node.cli.members import read_file
from ringtausch_node.cli.output import amount, emit, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import key
from ringtausch_node.clock import SystemClock
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import SEED_BYTES, parse_seed, seed_text
from ringtausch_node.ids import SystemIds
from ringtausch_node.keyring.roots import ROOT_FILE_BYTES
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.units import Unit

#: So much of a document's id is shown, and is enough to name it.
ID_LENGTH = 8


@key.command(
    "make",
    german="Einen Betreiberschlüssel machen, auf dem Rechner dessen, dem er gehört.",
    english="Make an operator's key, on the machine of the one it belongs to.",
)
@out_option("Datei für den Schlüssel; wer sie hat, kann unterschreiben", "File for the key; whoever has it can sign")
@json_option
def make(out: Path, as_json: bool) -> int:
    """Make an operator's key."""
    seed = SystemIds(SystemClock()).random(SEED_BYTES)
    public = b64(SigningKey(seed).public)
    write_new(out, msgspec.json.encode({"operator": seed_text(seed)}) + b"\n")
    text = say(
        f"Der Schlüssel steht in {out}. Öffentlich ist:\n  {public}\n"
        f"Auf dem Rechner des Rings:  ringtausch key operators ORDNER --add {public} --threshold 2",
        f"The key is in {out}. Public is:\n  {public}\n"
        f"On the ring's machine:  ringtausch key operators FOLDER --add {public} --threshold 2",
    )
    emit({"file": str(out), "public": public}, as_json, text)
    return DONE


@key.command(
    "sign",
    german="Unterschreiben, was auf weitere Betreiber wartet; ohne --key wird es nur gezeigt.",
    english="Sign what waits for further operators; without --key it is only shown.",
)
@folder_argument
@option(
    "--key",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    german="Der eigene Schlüssel (von „key make“)",
    english="One's own key (of 'key make')",
)
@option(
    "--only",
    metavar="ID",
    german="Nur dieses (seine Kennung oder ihr Anfang); ohne Angabe alle",
    english="This one only (its id, or how that begins); all by default",
)
@json_option
def sign(folder: Path, file: Path | None, only: str | None, as_json: bool) -> int:
    """Sign as another operator."""
    seed = None if file is None else seed_in(file)
    found = call(folder, "key.waiting", {})
    if seed is not None:
        for each in _meant(found["documents"], only):
            found = call(folder, "key.signed", _signed(each, found["ring_id"], seed))
    emit(found, as_json, _waiting(found["documents"], unit_of(folder), is_signed=seed is not None))
    return DONE


def _meant(documents: list[dict[str, Any]], only: str | None) -> list[dict[str, Any]]:
    """All of them, or the one whose id begins so. Raises LocalError: nothing_to_sign; usage as `misuse`: several do."""
    meant = [each for each in documents if only is None or each["hash"].startswith(only)]
    if not meant:
        raise LocalError("nothing_to_sign", only or "")
    if only is not None and len(meant) > 1:
        raise misuse("usage", f"several begin with {only}: {', '.join(each['hash'][:ID_LENGTH] for each in meant)}")
    return meant


def seed_in(file: Path) -> bytes:
    """The seed in a file of `key make`. Raises LocalError('key_file') as `misuse`."""
    try:
        return parse_seed(msgspec.json.decode(read_file(file, ROOT_FILE_BYTES), type=dict[str, str])["operator"])
    except (KeyError, ValueError, RecursionError):
        raise misuse("key_file", file.name) from None


def _said(kind: str, says: dict[str, Any], unit: Unit) -> str:
    """What a document says, in words."""
    if kind == "peer-agreement":
        figures = amount(says["limit_in_seconds"], unit), amount(says["limit_out_seconds"], unit)
        return say("Vereinbarung: dort bis {}, wir bis {}", "agreement: they up to {}, we up to {}").format(*figures)
    if kind == "epoch-reset":
        told = say("Neuanfang: {}", "new beginning: {}").format(_owed(says["we_owe_seconds"], unit))
        waived = amount(says["waived_seconds"], unit)
        return told + (say("; wir verzichten auf {}", "; we waive {}").format(waived) if says["waived_seconds"] else "")
    if kind == "write-off":
        return say("Abschreiben, was wir weitergaben: {}", "write off what we passed on: {}").format(
            amount(says["amount_seconds"], unit)
        )
    if kind == "line-close":
        rest = _owed(says["we_owe_seconds"], unit)
        if says["how"] == "written_off":
            return say("Rest abschreiben: {}", "write the rest off: {}").format(rest)
        return say("Rest an {}: {}", "the rest to {}: {}").format(says["member"] or "?", rest)
    return say("Abschluss des Rings", "closing of the ring") if kind == "ring-close" else kind


def _owed(seconds: int, unit: Unit) -> str:
    if seconds == 0:
        return say("ausgeglichen", "even")
    figure = amount(abs(seconds), unit)
    return say(f"wir geben {figure}", f"we owe {figure}") if seconds > 0 else say(f"dort {figure}", f"they {figure}")


def _signed(document: dict[str, Any], ring_id: str, seed: bytes) -> dict[str, Any]:
    import base64

    from ringtausch_node.federation.agreement.operators import signature_by

    signature = signature_by(seed, ring_id, document["kind"], base64.b64decode(document["envelope"]))
    return {"hash": document["hash"], "signature": msgspec.to_builtins(signature)}


def _waiting(documents: list[dict[str, Any]], unit: Unit, *, is_signed: bool) -> str:
    """`is_signed`: just now; then nothing more may wait, and yet nothing is done."""
    then = say("Sind es genug, geben Sie den Befehl von vorher noch einmal.",
               "Once they are enough, give the command from before again.")  # fmt: skip
    if not documents:
        nothing = say("Es wartet nichts auf Unterschriften.", "Nothing waits for signatures.")
        done = say("Alles ist unterschrieben, getan ist noch nichts. Geben Sie den Befehl von vorher noch einmal.",
                   "All is signed, nothing is done yet. Give the command from before again.")  # fmt: skip
        return done if is_signed else nothing
    headings = [
        say("Kennung", "Id"), say("Mit", "With"), say("Was", "What"), say("Unterschriften", "Signatures"),
        say("seit", "since"),
    ]  # fmt: skip
    rows = [
        [each["hash"][:ID_LENGTH], _with(each), _said(each["kind"], each["says"], unit),
         f"{len(each['signed_by'])}/{each['needed']}", moment(each["at"])]
        for each in documents
    ]  # fmt: skip
    return table(headings, rows) + "\n" + then


def _with(document: dict[str, Any]) -> str:
    """The other ring; a closing certificate is about no other."""
    return "" if document["kind"] == "ring-close" else str(document["peer"])
