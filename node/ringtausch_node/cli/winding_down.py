# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command with which a ring stops: all lines ended, each claim shown, a certificate at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ringtausch_node.amounts import typed
from ringtausch_node.cli.commands import argument_of, folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import root
from ringtausch_protocol.units import Unit, parse_amount


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
    "Die Bescheinigung; „python -m ringtausch_protocol DATEI --keys KARTE“ prüft sie mit ORDNER/card.json",
    "The certificate; 'python -m ringtausch_protocol FILE --keys CARD' checks it, with FOLDER/card.json",
    required=False,
)  # fmt: skip
@option(
    "--assign", metavar="ADDRESS", german="Was wir diesem Ring zu geben haben, soll ein dritter übernehmen",
    english="What we owe this ring shall a third one take over",
)  # fmt: skip
@option(
    "--to",
    metavar="ADDRESS",
    german="Wer übernimmt und dafür uns weniger zu geben hat",
    english="Who takes over, and owes us less by that",
)
@option("--amount", "text", metavar="AMOUNT", german="Wie viel", english="How much")
@json_option
def wind_down(
    folder: Path, begin: bool, close: bool, out: Path | None, assign: str | None, to: str | None, text: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Show, begin, hand over or close."""
    if assign and to and text and not (begin or close or out):
        return _assign(folder, assign, to, text, as_json)
    if (begin and close) or (out is not None and not close) or assign or to or text:
        raise misuse(
            "usage", "--begin, or --assign ADDRESS --to ADDRESS --amount AMOUNT, or --close [--out FILE], or none"
        )
    result = call(folder, "wind_down.begin" if begin else "wind_down.close" if close else "wind_down", {})
    if out is not None:
        write_new(out, msgspec.json.encode(result["document"]))
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE


def _assign(folder: Path, creditor: str, debtor: str, text: str, as_json: bool) -> int:
    unit = unit_of(folder)
    seconds = argument_of(lambda: parse_amount(text, unit))
    args = {"creditor": creditor.strip().lower(), "debtor": debtor.strip().lower(), "amount_seconds": seconds}
    result = call(folder, "wind_down.assign", args)
    debtor, creditor, figure = result["debtor"], result["creditor"], amount(result["amount_seconds"], unit)
    done = say(
        f"Statt an uns gibt {debtor} künftig {figure} an {creditor}.", f"{debtor} now owes {figure} to {creditor}."
    )
    emit(result, as_json, done if result["is_done"] else say("Noch unterwegs: ", "Still under way: ") + done)
    return DONE


def _text(result: dict[str, Any], unit: Unit) -> str:
    proposed = say(", neuer Anfang vorgeschlagen", ", a new beginning is proposed")
    headings = [
        say("Ring", "ring"), say("wir schulden", "we owe"), say("behalten, verloren unter 0", "kept, lost below 0"),
        say("unterwegs", "under way"), "",
    ]  # fmt: skip
    rows = [
        [
            each["address"], amount(each["we_owe_seconds"], unit), amount(each["kept_seconds"], unit),
            str(each["under_way"]), _state(each) + (proposed if each["is_proposed"] else ""),
        ]
        for each in result["claims"]
    ]  # fmt: skip
    signed = say(" Es ist bescheinigt: --close --out DATEI.", " It is certified: --close --out FILE.")
    over = say("Alles ist vorbei.", "Everything is over.") + (signed if result.get("document") else "")
    done = over if result["is_over"] else say(
        "Was offen ist, geht heim: durch Zahlungen, „netting run“, einen dritten Ring, „peer reset“; ist der andere "
        "Ring verloren: „peer give-up“.",
        "What is left goes home: by payments, 'netting run', a third ring, 'peer reset'; if the other ring is lost: "
        "'peer give-up'.",
    )  # fmt: skip
    return "\n".join([table(headings, rows), *_takers(result, unit), done])


def _state(claim: dict[str, Any]) -> str:
    """How far one line is. Ended with nothing left, only the last signature of the other ring is missing."""
    if claim["state"] == "ended" and not (claim["we_owe_seconds"] or claim["under_way"] or claim["is_proposed"]):
        return say("beendet, die Unterschrift von dort fehlt noch", "ended, their signature is still missing")
    states = {
        "open": say("offen", "open"), "ended": say("beendet, etwas ist offen", "ended, something is left"),
        "over": say("vorbei", "over"),
    }  # fmt: skip
    return states[claim["state"]]


def _takers(result: dict[str, Any], unit: Unit) -> list[str]:
    """Who could owe, or be owed, instead of us."""
    return [
        say(
            f"{taker['address']} kann von {each['address']} {amount(taker['amount_seconds'], unit)} übernehmen: "
            f"{_command(each['address'], taker, unit)}",
            f"{taker['address']} could take over {amount(taker['amount_seconds'], unit)} with {each['address']}: "
            f"{_command(each['address'], taker, unit)}",
        )
        for each in result["claims"] for taker in each["takers"] if each["we_owe_seconds"] > 0
    ]  # fmt: skip


def _command(creditor: str, taker: dict[str, Any], unit: Unit) -> str:
    """What to type for it: from whom to whom and how much stand in it, so that nothing else is done by it."""
    return f"--assign {creditor} --to {taker['address']} --amount {typed(taker['amount_seconds'], unit)}"
