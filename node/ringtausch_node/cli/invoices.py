# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about invoices: write, list, show, pay, decline, take back, remind."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import argument_of, folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, REFUSED
from ringtausch_node.cli.language import language, say
from ringtausch_node.cli.output import amount, emit, nothing_yet, unit_of
from ringtausch_node.cli.payments import amount_option, new_id, wait_option
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import invoice
from ringtausch_node.errors import LocalError, words
from ringtausch_protocol.units import Unit, parse_amount

#: The longest time to pay.
DAYS_MAX = 366


@invoice.command(
    "create",
    german="Eine Rechnung schreiben; wer genannt ist, findet sie in seiner Liste, auch in einem anderen Ring.",
    english="Write an invoice; whoever is named finds it in his list, in another ring too.",
)
@folder_argument
@option("--to-account", "payee", required=True, metavar="HANDLE", german="Wer es bekommt", english="Who gets it")
@amount_option
@option("--memo", default="", german="Wofür", english="What for")
@option(
    "--expires",
    "days",
    type=click.IntRange(1, DAYS_MAX),
    default=30,
    metavar="DAYS",
    german="So viele Tage lang kann sie bezahlt werden (sonst 30)",
    english="For how many days it can be paid (else 30)",
)
@option(
    "--from",
    "payer",
    metavar="NAME[@RING]",
    german="Wer zahlen soll; sonst wer hier die Nummer bekommt",
    english="Who shall pay; else whoever here gets its number",
)
@option(
    "--id",
    "invoice_id",
    german="Eigene Nummer, 22 Zeichen base64url oder eine UUID: dieselbe noch einmal schreibt keine zweite",
    english="A number of your own, 22 characters of base64url or a UUID: the same again writes no second one",
)
@json_option
def create(
    folder: Path, payee: str, text: str, memo: str, days: int, payer: str | None, invoice_id: str | None, as_json: bool
) -> int:
    """Write an invoice."""
    unit = unit_of(folder)
    args: dict[str, Any] = {"payee": payee, "payer": payer, "days": days, "invoice_id": invoice_id or new_id()}
    args["amount_seconds"] = argument_of(lambda: parse_amount(text, unit))
    args["memo"] = unicodedata.normalize("NFC", memo)
    try:
        result = call(folder, "invoice.create", args)
    except LocalError as error:
        if error.code != "node_unreachable":
            raise
        raise LocalError(error.code, f"{error.detail}; --id {args['invoice_id']}") from None
    emit(result, as_json, _text(result, unit))
    return DONE


@invoice.command(
    "list",
    german="Rechnungen zum Bezahlen und geschriebene, die neuesten zuerst.",
    english="Invoices to pay and invoices written, the newest first.",
)
@folder_argument
@option("--of", "handle", metavar="HANDLE", german="nur die eines Mitglieds", english="only those of one member")
@option(
    "--before",
    metavar="PLACE",
    german="die älteren: weiter, wo eine Liste endete",
    english="the older ones: on from where a list ended",
)
@json_option
def list_invoices(folder: Path, handle: str | None, before: str | None, as_json: bool) -> int:
    """List invoices, a page of them."""
    result, unit = call(folder, "invoice.list", {"handle": handle, "before": before}), unit_of(folder)
    parts = [
        (say("Zu bezahlen:", "To pay:"), result["to_pay"]),
        (say("Geschrieben:", "Written:"), result["written"]),
    ]
    lines = [line for title, rows in parts if rows for line in (title, *(_line(row, unit) for row in rows))]
    if result.get("next"):
        lines.append(say("Ältere: --before ", "Older ones: --before ") + result["next"])
    emit(result, as_json, "\n".join(lines) or nothing_yet())
    return DONE


@invoice.command("show", german="Wie eine Rechnung steht.", english="How an invoice stands.")
@folder_argument
@click.argument("invoice_id", metavar="ID")
@json_option
def show(folder: Path, invoice_id: str, as_json: bool) -> int:
    """Show an invoice."""
    result = call(folder, "invoice.show", {"invoice_id": invoice_id})
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE


@invoice.command(
    "pay",
    german="Eine Rechnung bezahlen, hier oder in einem anderen Ring; sie wird nur einmal bezahlt.",
    english="Pay an invoice, here or in another ring; it is paid only once.",
)
@folder_argument
@click.argument("invoice_id", metavar="ID")
@option(
    "--from",
    "payer",
    metavar="HANDLE",
    german="wer zahlt, wenn die Rechnung niemanden nennt",
    english="who pays, where the invoice names nobody",
)
@wait_option
@json_option
def pay(folder: Path, invoice_id: str, payer: str | None, wait: float, as_json: bool) -> int:
    """Pay an invoice."""
    args = {"invoice_id": invoice_id, "payer": payer, "payment_id": new_id(), "wait_seconds": wait}
    result = call(folder, "invoice.pay", args, wait)
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE if result["state"] == "paid" or result.get("payment_state") else REFUSED


@invoice.command(
    "decline",
    german="Sagen, dass man eine Rechnung nicht bezahlt, und warum.",
    english="Say that one will not pay an invoice, and why.",
)
@folder_argument
@click.argument("invoice_id", metavar="ID")
@option(
    "--reason",
    "code",
    type=click.Choice(["wrong_person", "wrong_amount", "not_received", "settled_otherwise", "other"]),
    default="other",
    german="falsche Person, falscher Betrag, nicht erhalten, anders beglichen, sonstiges",
    english="why",
)
@json_option
def decline(folder: Path, invoice_id: str, code: str, as_json: bool) -> int:
    """Decline an invoice."""
    result = call(folder, "invoice.decline", {"invoice_id": invoice_id, "code": code})
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE


@invoice.command(
    "cancel",
    german="Eine Rechnung zurücknehmen, solange sie offen ist.",
    english="Take an invoice back while it is open.",
)
@folder_argument
@click.argument("invoice_id", metavar="ID")
@json_option
def cancel(folder: Path, invoice_id: str, as_json: bool) -> int:
    """Take an invoice back."""
    result = call(folder, "invoice.cancel", {"invoice_id": invoice_id})
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE


@invoice.command(
    "remind",
    german="An eine Rechnung erinnern, höchstens einmal am Tag.",
    english="Remind the payer of an invoice, at most once a day.",
)
@folder_argument
@click.argument("invoice_id", metavar="ID")
@json_option
def remind(folder: Path, invoice_id: str, as_json: bool) -> int:
    """Remind the payer."""
    result = call(folder, "invoice.remind", {"invoice_id": invoice_id})
    emit(result, as_json, _text(result, unit_of(folder)))
    return DONE


def _state(result: dict[str, Any]) -> str:
    """The state in words."""
    if result.get("payment_state"):
        return say("Die Zahlung ist unterwegs.", "The payment is on its way.")
    states: dict[str, str] = {
        "open": say("Offen.", "Open."),
        "paid": say("Bezahlt.", "Paid."),
        "declined": say("Abgelehnt.", "Declined."),
        "cancelled": say("Zurückgenommen.", "Taken back."),
        "expired": say("Abgelaufen.", "Out of date."),
    }
    return states.get(result["state"], str(result["state"]))


def _line(result: dict[str, Any], unit: Unit) -> str:
    """One invoice in a list."""
    payer = result.get("payer") or say("(wer die Nummer hat)", "(who has the number)")
    sides = f"{payer} -> {result['payee']}"
    return f"  {result['invoice_id']}  {sides}  {amount(result['amount_seconds'], unit)}  {_state(result)}"


def _text(result: dict[str, Any], unit: Unit) -> str:
    """Outcome first."""
    lines = [_state(result), _line(result, unit).strip().partition("  ")[2].rpartition("  ")[0]]
    if result.get("code"):
        lines.insert(1, _why(result["code"]))
    if result["memo"]:
        lines.append(say("Wofür: ", "What for: ") + result["memo"])
    if result.get("delivered") is False:
        lines.append(say("Der andere Ring hat sie noch nicht.", "The other ring does not have it yet."))
    lines.append(say("Nummer: ", "Number: ") + result["invoice_id"])
    if result.get("payment_id"):
        lines.append(say("Zahlung: ", "Payment: ") + result["payment_id"])
    return "\n".join(lines)


def _why(code: str) -> str:
    """Why it was declined, or what became of it."""
    reasons = {
        "wrong_person": say("Grund: falsche Person.", "Reason: the wrong person."),
        "wrong_amount": say("Grund: der Betrag stimmt nicht.", "Reason: the amount is wrong."),
        "not_received": say("Grund: nicht erhalten.", "Reason: not received."),
        "settled_otherwise": say("Grund: anders beglichen.", "Reason: settled in another way."),
        "left": say("Grund: das Mitglied ist ausgetreten.", "Reason: the member has left."),
        "other": say("Ohne nähere Angabe.", "No reason given."),
    }
    return reasons.get(code) or words(code, language())
