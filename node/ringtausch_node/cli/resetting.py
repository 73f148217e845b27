# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands for a line that cannot be continued: a new beginning that the operators of both rings sign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.amounts import typed
from ringtausch_node.cli.commands import folder_argument, json_option, option, signed_amount_of
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.language import say
from ringtausch_node.cli.members import read_file
from ringtausch_node.cli.output import amount, emit, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import peer
from ringtausch_node.payments.receipt_files import FILES
from ringtausch_protocol.limits import ITEM_BYTES
from ringtausch_protocol.units import Unit


@peer.command(
    "reset",
    german="Eine Verbindung neu beginnen: hier vorschlagen, dort unterschreiben. Ohne Angabe: die Zahlen zeigen.",
    english="Begin a line anew: proposed here, signed there. Without an option: show the figures.",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@option(
    "--propose", is_flag=True, german="Vorschlagen; von da an ruht die Verbindung", english="Propose; the line rests"
)
@option(
    "--we-owe",
    metavar="AMOUNT",
    german="Der Stand danach: was wir ihnen schulden (negativ: sie uns); sonst der unserer Bücher",
    english="The balance afterwards: what we owe them (negative: they us); else that of our books",
)
@option("--sign", is_flag=True, german="Ihren Vorschlag unterschreiben", english="Sign their proposal")
@option(
    "--waive",
    metavar="AMOUNT",
    german="So viel geben wir damit auf; nötig, wenn es mehr als nichts ist",
    english="So much we give up by it; needed where it is more than nothing",
)
@json_option
def reset(
    folder: Path, address: str, propose: bool, we_owe: str | None, sign: bool, waive: str | None, as_json: bool
) -> int:
    """Show, propose or sign a reset."""
    is_shown = not (propose or sign)
    if (propose and sign) or (we_owe is not None and not propose) or (waive is not None and is_shown):
        raise misuse("usage", "--propose [--we-owe AMOUNT] [--waive AMOUNT], or --sign [--waive H], or neither")
    unit = unit_of(folder)
    args: dict[str, Any] = {"address": address.strip().lower()}
    if is_shown:
        result = call(folder, "peer.reset", args)
    else:
        args["waived_seconds"] = _seconds(waive, unit) or 0
        if propose:
            args["we_owe_seconds"] = _seconds(we_owe, unit)
        result = call(folder, "peer.reset_propose" if propose else "peer.reset_sign", args)
    emit(result, as_json, _text(result, unit))
    return DONE


def _seconds(text: str | None, unit: Unit) -> int | None:
    return None if text is None else signed_amount_of(text, unit)


def _text(found: dict[str, Any], unit: Unit) -> str:
    lines = [
        f"{found['address']}: "
        + say("laut unseren Büchern schulden wir ", "by our books we owe ")
        + amount(found["clearing_seconds"], unit),
        say("Eigene offene Zahlungen: ", "Own open payments: ")
        + f"{found['open_orders']}, {amount(found['open_seconds'], unit)}",
    ]
    if earlier := found["kept_seconds"]:
        lines.append(say("Früher aufgegeben: ", "Given up earlier: ") + _kept(earlier, unit))
    lines += _dropped(found)
    for key, german, english in (("ours", "Unser Vorschlag", "Our proposal"), ("theirs", "Ihr Vorschlag", "Theirs")):
        if found[key]:
            lines.append(f"{say(german, english)}: {_figures(found[key], unit)}")
    if found["theirs"] and found["theirs"]["may_sign"]:
        how = _sign(found["theirs"], unit)
        lines.append(
            say(
                f"Stimmt das? Dann unterschreiben Sie mit {how}; sonst schlagen Sie mit --propose etwas anderes vor.",
                f"Is this right? Then sign with {how}; if not, propose something else with --propose.",
            )
        )
    return "\n".join(lines)


def _sign(figures: dict[str, Any], unit: Unit) -> str:
    """The option to sign with, and the one that says what is given up."""
    waived = figures["difference_seconds"]
    return f"--sign --waive {typed(waived, unit)}" if figures["waives"] == "us" else "--sign"


def _dropped(found: dict[str, Any]) -> list[str]:
    """What became of a proposal that the other ring refused for good."""
    if found["ours"] or found["closed_there_at"] is None:
        return []
    german = "Unser letzter Vorschlag ist weggefallen: Der andere Ring hat bescheinigt, dass alles vorbei ist, und "
    german += "unterschreibt keinen mehr. Nichts wurde gebucht."
    english = "Our last proposal fell away: the other ring has certified that everything is over, and signs none any "
    english += "more. Nothing was booked."
    return [say(german, english)]


def _figures(figures: dict[str, Any], unit: Unit) -> str:
    owed = amount(figures["we_owe_seconds"], unit)
    return say(
        f"wir schulden {owed}; {_difference(figures, unit)}; "
        f"{figures['go_on']} Zahlungen laufen weiter, {figures['freed']} eigene fallen weg.",
        f"we owe {owed}; {_difference(figures, unit)}; "
        f"{figures['go_on']} payments go on, {figures['freed']} of ours are dropped.",
    )


def _difference(figures: dict[str, Any], unit: Unit) -> str:
    """What would be booked, and to whom it falls: nobody waives what may be a member's lost hours."""
    seconds = figures["difference_seconds"]
    borne = amount(abs(seconds), unit)
    if figures["waives"] == "us":
        return say(f"wir verzichten auf {borne}, die Gemeinschaft verliert sie", f"we waive {borne}, and lose it")
    if figures["waives"] == "them":
        return say(f"der andere verzichtet auf {borne}, die behalten wir", f"they waive {borne}, which we keep")
    said = amount(seconds, unit)
    return say(
        f"Unterschied zu unseren Büchern {said} (auf das Konto „recovered“)",
        f"difference to our books {said} (to the account 'recovered')",
    )


@peer.command(
    "give-up",
    german="Einen Ring aufgeben, der seinen Ordner verloren hat: seine Adresse wird frei für eine neue Einladung.",
    english="Give up a ring that lost its folder: its address is free for a new invitation.",
)
@folder_argument
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@option(
    "--although-seen", is_flag=True,
    german="Auch wenn er vor weniger als sieben Tagen da war", english="Though it was there within seven days",
)  # fmt: skip
@json_option
def give_up(folder: Path, addresses: tuple[str, ...], although_seen: bool, as_json: bool) -> int:
    """Give a line up, or several whose rings wait for each other."""
    first, *others = (address.strip().lower() for address in addresses)
    asked = {"address": first, "others": others, "although_seen": although_seen}
    result = call(folder, "peer.give_up", asked)
    emit(result, as_json, "\n".join(_given_up(folder, each) for each in (result, *result["others"])))
    return DONE


def _given_up(folder: Path, result: dict[str, Any]) -> str:
    done = say(
        f"Aufgegeben; die alte Verbindung heißt nun {result['address']}. Zahlungen, die dort warteten: "
        f"{result['freed']}, ihre Stunden sind frei. Bezahlt nach vorgelegter Quittung: {result['honoured']}. "
        f"Für andere abgeschrieben: {result['written_off']}.",
        f"Given up; the old line is now called {result['address']}. Payments that waited there: "
        f"{result['freed']}, their hours are free. Paid by a receipt that was shown: {result['honoured']}. "
        f"Written off for others: {result['written_off']}.",
    )
    return f"{done}\n{_still_open(folder, result)}"


def _still_open(folder: Path, result: dict[str, Any]) -> str:
    """What is left of a line that was given up, and how that ends."""
    if result["clearing_seconds"] == 0:
        return say("Offen ist nichts.", "Nothing is open.")
    left = amount(result["clearing_seconds"], unit_of(folder))
    return say(
        f"Offen bleibt, was wir schulden: {left} (negativ: sie uns).\n"
        f"Ausgleichen oder abschreiben:  ringtausch peer write-off {folder} {result['address']}",
        f"Still open is what we owe: {left} (negative: they us).\n"
        f"Settle it or write it off:  ringtausch peer write-off {folder} {result['address']}",
    )


@peer.command(
    "write-off",
    german="Den Rest einer aufgegebenen Verbindung abschreiben, oder mit einem Mitglied ausgleichen.",
    english="Write off what is left of a line that was given up, or settle it with a member.",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@option(
    "--with",
    "handle",
    metavar="HANDLE",
    german="Das Mitglied, das den Rest bekommt oder bezahlt; sonst die Gemeinschaft",
    english="The member who gets or pays the rest; else the community",
)
@json_option
def write_off(folder: Path, address: str, handle: str | None, as_json: bool) -> int:
    """Write off an old line."""
    result = call(folder, "peer.write_off", {"address": address.strip().lower(), "handle": handle})
    seconds = result["kept_seconds"]
    done = _kept(seconds, unit_of(folder)) if seconds else say("ausgeglichen.", "settled.")
    emit(result, as_json, f"{result['address']}: {done}")
    return DONE


def _kept(seconds: int, unit: Unit) -> str:
    """What the community keeps; below zero: what it lost."""
    if seconds > 0:
        return say(f"{amount(seconds, unit)} behalten.", f"{amount(seconds, unit)} kept.")
    return say(f"{amount(-seconds, unit)} verloren.", f"{amount(-seconds, unit)} lost.")


@peer.command(
    "receipt",
    german="Eine Quittung aus einem anderen Ring vorlegen: die Zahlung ging durch einen Ring, den es nicht mehr gibt. "
    "FILE: ihre decision.json, oder der Ordner, in dem sie liegt.",
    english="Show a receipt of another ring: the payment went through a ring that is no more. "
    "FILE: its decision.json, or the folder in which that lies.",
)
@folder_argument
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@json_option
def receipt(folder: Path, file: Path, as_json: bool) -> int:
    """Take a decision out of a file."""
    result = call(folder, "peer.receipt", {"item": _decision(file)})
    later = say(
        f"Aufbewahrt. Wird {result['address']} aufgegeben, zählt die Zahlung als bezahlt.",
        f"Kept. If {result['address']} is given up, the payment counts as paid.",
    )
    late = say(
        "Aufbewahrt; sie ändert nichts mehr: die Zahlung hat hier schon geendet.",
        "Kept; it changes nothing any more: the payment has ended here already.",
    )
    emit(result, as_json, later if result["counts"] else late)
    return DONE


def _decision(file: Path) -> str:
    """What stands in a decision, or in that of a folder of `payment receipt`. Raises LocalError as `misuse`."""
    name = FILES["decision"]
    if file.is_dir():
        if not (file / name).exists():
            raise misuse("not_a_decision", f"{file.name}: {name}")
        file /= name
    return read_file(file, ITEM_BYTES).decode(errors="replace")
