# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about what two rings sign together: the statement of a line, and its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import folder_argument, json_option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.language import language, say
from ringtausch_node.cli.output import amount, emit, nothing_yet, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import peer
from ringtausch_node.errors import words
from ringtausch_node.folder import load_config
from ringtausch_protocol.units import Unit


@peer.command(
    "statement",
    german="Was beide Ringe über ihre Verbindung unterschrieben haben: täglich, und an ihrem Ende.",
    english="What both rings have signed about their line: daily, and at its end.",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@out_option(
    "Die neueste von beiden unterschriebene als Blatt zum Ausdrucken", "The newest one that both signed, as a sheet",
    required=False,
)  # fmt: skip
@json_option
def statement(folder: Path, address: str, out: Path | None, as_json: bool) -> int:
    """Show statements, or write one down."""
    result = call(folder, "peer.statements", {"address": address.strip().lower()})
    found, ours = result["statements"], load_config(folder).address
    if out is None:
        emit(result, as_json, _list(found, unit_of(folder)))
        return DONE
    signed = next((each for each in found if each["document"]), None)
    if signed is None:
        raise misuse("nothing_signed", result["address"])
    write_new(out, (_sheet(ours, result["address"], signed, unit_of(folder)) + "\n").encode())
    emit({"file": str(out)}, as_json, say(f"Das Blatt steht in {out}.", f"The sheet is in {out}."))
    return DONE


def _list(found: list[dict[str, Any]], unit: Unit) -> str:
    if not found:
        return nothing_yet()
    headings = [
        say("Stand", "As of"), say("von", "by"), say("wir schulden (-: sie)", "we owe (-: they)"),
        say("offen", "open"), say("dort gesagt", "they say"),
    ]  # fmt: skip
    text = table(headings, [_row(each, unit) for each in found])
    newest = found[0]
    return text + (f"\n\n{words('statement_differs', language())}" if newest["state"] == "differs" else "")


def _row(each: dict[str, Any], unit: Unit) -> list[str]:
    signed_by = {
        "open": say("noch nicht beiden", "not both yet"), "signed": say("beiden", "both"),
        "differs": say("verschieden", "differing"),
    }  # fmt: skip
    last = say(", letzte", ", last") if each["is_final"] else ""
    said, theirs = each["said"], each["they_say"]
    return [
        moment(each["at"]), signed_by[each["state"]] + last, amount(said["we_owe_seconds"], unit),
        _open(said, unit), f"{amount(theirs['we_owe_seconds'], unit)}; {_open(theirs, unit)}" if theirs else "",
    ]  # fmt: skip


def _open(told: dict[str, Any], unit: Unit) -> str:
    count, seconds = told["own_open"] + told["their_open"], told["own_open_seconds"] + told["their_open_seconds"]
    return f"{count} ({amount(seconds, unit)})" if count else "0"


def _sheet(ours: str, theirs: str, signed: dict[str, Any], unit: Unit) -> str:
    """A statement as a board prints and files it, with the signed document behind the words."""
    said = signed["said"]
    title = say("Abschluss der Verbindung", "End of the line") if signed["is_final"] else say(
        "Saldenbestätigung", "Statement of balance"
    )  # fmt: skip
    both = say("Beide Ringe haben unterschrieben:", "Both rings have signed:")
    rows = [
        (say("Ring", "Ring"), ours), (say("mit", "with"), theirs), (say("Stand", "As of"), moment(signed["at"])),
        (say("Wir schulden (-: sie)", "We owe (-: they)"), amount(said["we_owe_seconds"], unit)),
        (say("Offene Zahlungen", "Open payments"), _open(said, unit)),
        (say("Bis zur Nachricht", "Up to message"), f"{said['own_seq']} / {said['peer_seq']}"),
    ]  # fmt: skip
    width = max(len(name) for name, _ in rows)
    last = say("\nDie Verbindung ist zu Ende; keiner schuldet dem anderen etwas.",
               "\nThe line is over; neither owes the other anything.") if signed["is_final"] else ""  # fmt: skip
    figures = "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows)
    return f"{title}\n\n{figures}{last}\n\n{both}\n{signed['document']}"


@peer.command(
    "end",
    german="Diese Verbindung beenden: von nun an wird nur noch zurückgezahlt. Noch einmal: wie weit es ist.",
    english="End this line: from now on debts are only paid back. Said again: how far that is.",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@json_option
def end(folder: Path, address: str, as_json: bool) -> int:
    """End a line, or show how far its end is."""
    result = call(folder, "peer.end", {"address": address.strip().lower()})
    emit(result, as_json, _ended(load_config(folder).address, result, unit_of(folder)))
    return DONE


def _ended(ours: str, result: dict[str, Any], unit: Unit) -> str:
    newest, theirs = result["statement"], result["address"]
    if newest and newest["is_final"] and newest["document"]:
        return _sheet(ours, theirs, newest, unit)
    text = f"{theirs}: {say('Die Verbindung ist beendet.', 'the line has ended.')} "
    left = result["clearing_seconds"]
    if not left:
        return text + say(
            "Keiner schuldet dem anderen etwas; den Abschluss unterschreiben beide Ringe von selbst.",
            "Neither owes the other anything; both rings sign the last statement by themselves.",
        )
    debtor, creditor = (ours, theirs) if left > 0 else (theirs, ours)
    figure = amount(abs(left), unit)
    text += say(
        f"Offen ist noch: {debtor} hat {creditor} {figure} zu geben; Zahlungen von {creditor} an {debtor} gleichen es"
        " aus.",
        f"Still open: {debtor} has {figure} to give to {creditor}; payments from {creditor} to {debtor} settle it.",
    )
    return text + "".join(f"\n{_over(third, debtor, creditor, figure)}" for third in result["hand_over"])


def _over(third: str, debtor: str, creditor: str, figure: str) -> str:
    """How a third ring takes the claim over: three ordinary payments of the offices, in this order (ADR 13)."""
    return say(
        f"Oder {third} übernimmt die Forderung, mit drei Zahlungen der Büros über {figure}, in dieser Reihenfolge:\n"
        f"  {third} an {creditor}, {creditor} an {debtor}, {debtor} an {third}.",
        f"Or {third} takes the claim over, by three payments of {figure} between the offices, in this order:\n"
        f"  {third} to {creditor}, {creditor} to {debtor}, {debtor} to {third}.",
    )
