# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command that writes the receipt of a payment: files that a stranger checks without the ring."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit
from ringtausch_node.cli.payments import payment
from ringtausch_node.cli.reach import call
from ringtausch_node.folder import write_new_file
from ringtausch_node.payments.receipt_files import FILES


@payment.command(
    "receipt",
    german="Die Quittung einer Zahlung: Dateien, die jeder ohne den Ring prüft.",
    english="The receipt of a payment: files that anybody checks without the ring.",
)
@folder_argument
@click.argument("payment_id", metavar="ID")
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    german="Die Dateien in diesen neuen Ordner schreiben; sonst nur sagen, welche es gibt",
    english="Write the files to this new folder; else only say which there are",
)
@json_option
def receipt(folder: Path, payment_id: str, out: Path | None, as_json: bool) -> int:
    """Show or write the receipt."""
    result = call(folder, "payment.receipt", {"payment_id": payment_id})
    if out is not None:
        _write(out, result)
    emit(result, as_json, _text(result, out))
    return DONE


def _write(out: Path, result: dict[str, Any]) -> None:
    """All files or none. Raises UsedWrongly: file_exists, file_unwritable."""
    try:
        out.mkdir(mode=0o700)
    except FileExistsError:
        raise misuse("file_exists", out.name) from None
    except OSError as error:
        raise misuse("file_unwritable", f"{out.name}: {error.strerror}") from None
    try:
        for part in FILES.keys() & result.keys():
            write_new_file(out / FILES[part], result[part].encode())
    except OSError as error:
        with suppress(OSError):
            shutil.rmtree(out)
        raise misuse("file_unwritable", f"{out.name}: {error.strerror}") from None


def _text(result: dict[str, Any], out: Path | None) -> str:
    meanings = {
        "booking": say("die Buchung im eigenen Ring, geöffnet", "the booking in the own ring, opened"),
        "order": say("der Auftrag, unterschrieben vom zahlenden Ring", "the order, signed by the payer's ring"),
        "decision": say(
            "die Entscheidung, unterschrieben vom empfangenden Ring; diese Datei will „peer receipt“",
            "the decision, signed by the payee's ring; 'peer receipt' wants this file",
        ),
    }
    rows = [f"{FILES[part]}: {meaning}" for part, meaning in meanings.items() if part in result]
    rows += [f"{FILES[part]}: " + say("steht im Protokoll des Rings", "stands in the ring's log")
             for part in FILES if part.endswith("_proof") and part in result]  # fmt: skip
    if out is None:
        return "\n".join([*rows, say("Schreiben:  --out ORDNER", "To write them:  --out DIR")])
    check = say("Prüfen, auch ohne den Ring:", "To check them, without the ring too:")
    return "\n".join([*rows, f"{check}  python -m ringtausch_protocol {out}/* --keys " + say("KARTEN", "CARDS")])
