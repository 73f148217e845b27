# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about payments: pay, payment, payment cancel."""

from __future__ import annotations

import math
import unicodedata
from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import GroupWithDefault, argument_of, folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, REFUSED
from ringtausch_node.cli.language import language, say
from ringtausch_node.cli.output import amount, emit, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import root
from ringtausch_node.errors import LocalError, words
from ringtausch_protocol.units import Unit, parse_amount

#: As the node names whoever sits at the machine.
OPERATOR = "(operator)"
#: The longest `--wait`; the node ends a longer one itself.
WAIT_MAX_SECONDS = 3600


class Seconds(click.FloatRange):
    """A time to wait; NaN is below no limit and above none, and click lets it through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Raises click.BadParameter."""
        seconds = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value!r}", param, ctx)
        return seconds


wait_option = option(
    "--wait",
    type=Seconds(0, WAIT_MAX_SECONDS),
    default=0.0,
    metavar="SECONDS",
    german="So lange auf das Ende warten",
    english="Wait this long for the end",
)


amount_option = option(
    "--amount",
    "text",
    required=True,
    metavar="AMOUNT",
    german="1,5 oder 1.5 in der Einheit des Rings; 1:30, 1.5h, 90min immer als Zeit",
    english="1,5 or 1.5 in the ring's unit; 1:30, 1.5h, 90min always as time",
)


id_option = option(
    "--id",
    "own_id",
    german="Eigene Nummer, 22 Zeichen base64url oder eine UUID: dieselbe noch einmal bucht nicht noch einmal",
    english="A number of your own, 22 characters of base64url or a UUID: the same again does not book again",
)


@root.command(
    "pay",
    german="Zahlen: an ein Mitglied hier oder an NAME@ADRESSE in einem anderen Ring.",
    english="Pay: to a member here, or to NAME@ADDRESS in another ring.",
)
@folder_argument
@option("--from", "payer", required=True, metavar="HANDLE", german="Wer zahlt", english="Who pays")
@option("--to", "payee", required=True, metavar="NAME@ADDRESS|NAME", german="Wer es bekommt", english="Who gets it")
@amount_option
@option("--memo", default="", german="Wofür", english="What for")
@id_option
@wait_option
@json_option
def pay(
    folder: Path, payer: str, payee: str, text: str, memo: str, own_id: str | None, wait: float, as_json: bool
) -> int:
    """Pay."""
    unit = unit_of(folder)
    args: dict[str, Any] = {"from": payer, "to": payee, "wait_seconds": wait, "payment_id": own_id or new_id()}
    args["amount_seconds"] = argument_of(lambda: parse_amount(text, unit))
    args["memo"] = unicodedata.normalize("NFC", memo)
    result = _call(folder, "pay", args, wait, args["payment_id"])
    emit(result, as_json, _payment_text(result, unit))
    return _exit(result)


def _call(folder: Path, operation: str, args: dict[str, Any], wait_seconds: float, number: str) -> Any:
    """As `call`; whoever got no answer is told the number under which he may ask again."""
    try:
        return call(folder, operation, args, wait_seconds)
    except LocalError as error:
        if error.code != "node_unreachable":
            raise
        raise LocalError(error.code, f"{error.detail}; --id {number}") from None


def new_id() -> str:
    """A number, made here, before anything is sent: an answer that got lost can then be asked for again."""
    from ringtausch_node.clock import SystemClock
    from ringtausch_node.ids import SystemIds
    from ringtausch_protocol.canonical import b64

    return b64(SystemIds(SystemClock()).uuid7())


@root.command(
    "refund",
    german="Eine erhaltene Zahlung zurückgeben, ganz oder zum Teil.",
    english="Give a received payment back, whole or in part.",
)
@folder_argument
@click.argument("payment_id", metavar="ID")
@option("--amount", "text", metavar="AMOUNT", german="wie viel; sonst alles", english="how much; else all of it")
@id_option
@wait_option
@json_option
def refund(folder: Path, payment_id: str, text: str | None, own_id: str | None, wait: float, as_json: bool) -> int:
    """Give a payment back."""
    unit = unit_of(folder)
    args: dict[str, Any] = {"payment_id": payment_id, "new_id": own_id or new_id(), "wait_seconds": wait}
    if text is not None:
        args["amount_seconds"] = argument_of(lambda: parse_amount(text, unit))
    result = _call(folder, "refund", args, wait, args["new_id"])
    emit(result, as_json, _payment_text(result, unit))
    return _exit(result)


@root.group(
    "payment",
    cls=GroupWithDefault,
    german="Wie eine Zahlung steht: payment FOLDER ID.",
    english="How a payment stands: payment FOLDER ID.",
)
def payment() -> None:
    """Payments."""


@payment.command("show", hidden=True, german="Wie eine Zahlung steht.", english="How a payment stands.")
@folder_argument
@click.argument("payment_id", metavar="ID")
@json_option
def show(folder: Path, payment_id: str, as_json: bool) -> int:
    """Show a payment."""
    result = call(folder, "payment", {"payment_id": payment_id})
    emit(result, as_json, _payment_text(result, unit_of(folder)))
    return _exit(result)


@payment.command(
    "cancel",
    german="Eine Zahlung zurücknehmen, solange sie nicht entschieden ist.",
    english="Take a payment back while it is undecided.",
)
@folder_argument
@click.argument("payment_id", metavar="ID")
@json_option
def cancel(folder: Path, payment_id: str, as_json: bool) -> int:
    """Cancel a payment."""
    result = call(folder, "payment.cancel", {"payment_id": payment_id})
    text = _payment_text(result, unit_of(folder))
    if result["state"] in ("held", "in_doubt"):
        text = _asked_back() + "\n" + text.partition("\n")[2]
    emit(result, as_json, text)
    return REFUSED if result["state"] == "paid" else DONE


@payment.command(
    "note",
    german="Der anderen Seite einer Zahlung ein paar Worte schreiben, auch in einem anderen Ring.",
    english="Write a few words to the other side of a payment, in another ring too.",
)
@folder_argument
@click.argument("payment_id", metavar="ID")
@click.argument("text", metavar="TEXT")
@option(
    "--by",
    "writer",
    type=click.Choice(["payer", "payee"]),
    german="für wen, wenn beide hier sind; sonst wer gezahlt hat",
    english="for whom, where both are here; else who paid",
)
@json_option
def note(folder: Path, payment_id: str, text: str, writer: str | None, as_json: bool) -> int:
    """Write a note."""
    args = {"payment_id": payment_id, "text": unicodedata.normalize("NFC", text), "writer": writer}
    result = call(folder, "payment.note", {**args, "note_id": new_id()})
    emit(result, as_json, _payment_text(result, unit_of(folder)))
    return DONE


def _asked_back() -> str:
    return say(
        "Die Rücknahme ist erbeten; der andere Ring entscheidet. Ist die Zahlung dort schon gebucht, bleibt sie.",
        "The withdrawal was asked for; the other ring decides. If the payment is booked there already, it stands.",
    )


def _exit(result: dict[str, Any]) -> int:
    """One rule for `pay`, `payment` and `refund`: 3 where the payment was not made, and will not be."""
    return REFUSED if result["state"] in ("refused", "cancelled") else DONE


def _payment_text(result: dict[str, Any], unit: Unit) -> str:
    """Outcome first, calm words for what is under way."""
    sentences = {
        "paid": say("Gutgeschrieben.", "Credited."),
        "held": say(
            "Unterwegs. Der Betrag ist vorgemerkt; Sie müssen nichts tun.",
            "On its way. The amount is reserved; nothing to do.",
        ),
        "queued": say(
            "Wartet, bis der andere Ring wieder da ist; kann zurückgenommen werden.",
            "Waits until the other ring is back; can be cancelled.",
        ),
        "refused": say("Nicht ausgeführt; der Betrag ist wieder frei.", "Not carried out; the amount is free again."),
        "cancelled": say("Zurückgenommen; der Betrag ist wieder frei.", "Cancelled; the amount is free again."),
        "in_doubt": say(
            "Noch nicht entschieden; der Ring trägt den Betrag so lange.",
            "Not decided yet; the ring carries the amount meanwhile.",
        ),
    }
    lines = [
        sentences.get(result["state"], result["state"]),
        f"{amount(result['amount_seconds'], unit)}: {result['from']} -> {result['to']}{_via(result)}{_by_whom(result)}",
        say("Nummer: ", "Number: ") + result["payment_id"],
    ]
    if result.get("code"):
        lines.insert(1, words(result["code"], language()))
    lines += _paid_there(result)
    lines += [say("Hinweis: ", "Note: ") + _note(warning) for warning in result.get("warnings") or ()]
    lines += [_written(each, result) for each in result.get("notes") or ()]
    return "\n".join(lines)


def _paid_there(result: dict[str, Any]) -> list[str]:
    """What keeps people from paying twice."""
    text = say(
        "Der andere Ring hat später gezeigt, dass bezahlt wurde: nicht noch einmal zahlen, erst das Büro fragen.",
        "The other ring later showed that it was paid: do not pay again, ask the office first.",
    )
    return [text] if result.get("is_paid_there") else []


def _via(result: dict[str, Any]) -> str:
    """The rings between, if there are any."""
    rings = ", ".join(result.get("via", ()))
    return say(f" über {rings}", f" via {rings}") if rings else ""


def _by_whom(result: dict[str, Any]) -> str:
    """Who acted for the payer; the operator at the machine need not be told that it was him."""
    by = result.get("by", OPERATOR)
    return "" if by == OPERATOR else say(f" (durch {by} für {result['from']})", f" (by {by} for {result['from']})")


def _written(note: dict[str, Any], result: dict[str, Any]) -> str:
    """A note beside the payment, and whether the other side has it."""
    who = result["from"] if note["writer"] == "payer" else result["to"]
    there = {
        "waiting": say(" (noch nicht angekommen)", " (has not arrived yet)"),
        "refused": say(" (nicht angenommen)", " (not taken)"),
    }.get(note["state"], "")
    return say(f"Notiz von {who}: {note['text']}{there}", f"Note by {who}: {note['text']}{there}")


def _note(warning: str) -> str:
    """What a warning says: the words of its code are those of a refusal, but this payment was booked."""
    if warning == "limit_lower":
        return say(
            "Die untere Grenze ist damit überschritten; der Ring bucht trotzdem.",
            "This passes the lower limit; the ring books it all the same.",
        )
    if warning == "limit_upper":
        return say(
            "Die obere Grenze des Empfängers ist damit überschritten; der Ring bucht trotzdem.",
            "This passes the payee's upper limit; the ring books it all the same.",
        )
    return words(warning, language())
