# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about payments of others that pass through this ring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, nothing_yet, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import peer, transit
from ringtausch_protocol.units import Unit


@peer.command(
    "transit",
    german="Zahlungen anderer von und zu diesem Ring durchlassen (on) oder nicht mehr (off).",
    english="Let payments of others from and to this ring pass (on), or no longer (off).",
)
@folder_argument
@click.argument("address", metavar="ADDRESS")
@click.argument("word", metavar="ON|OFF", type=click.Choice(["on", "off"]))
@json_option
def carry(folder: Path, address: str, word: str, as_json: bool) -> int:
    """Carry for a peer, or stop."""
    result = call(folder, "peer.transit", {"address": address.strip().lower(), "carries": word == "on"})
    emit(result, as_json, f"{result['address']}: {_said(carries=result['carries'])}")
    return DONE


def _said(*, carries: bool) -> str:
    if carries:
        return say(
            "Zahlungen anderer gehen hier durch, von und zu jedem Ring, für den das gilt. Wir stehen für sie ein.",
            "payments of others pass through here, from and to every ring for which this holds. We answer for them.",
        )
    return say(
        "Zahlungen anderer gehen nicht mehr durch. Was unterwegs ist, wird zu Ende gebracht.",
        "payments of others pass no longer. What is on its way will end.",
    )


@transit.command(
    "list",
    german="Für wen dieser Ring Zahlungen anderer durchlässt, und welche durchgehen.",
    english="For whom this ring lets payments of others pass, and which ones do.",
)
@folder_argument
@option(
    "--before",
    metavar="PLACE",
    german="die älteren: weiter, wo eine Liste endete",
    english="the older ones: on from where a list ended",
)
@json_option
def list_carried(folder: Path, before: str | None, as_json: bool) -> int:
    """List what passes, a page of it."""
    result = call(folder, "transit.list", {"before": before})
    for_whom = ", ".join(result["peers"]) or say("niemand", "nobody")
    text = say(f"Durchgelassen wird für: {for_whom}", f"Let pass for: {for_whom}")
    older = [say("Ältere: --before ", "Older ones: --before ") + result["next"]] if result["next"] else []
    emit(result, as_json, "\n".join([text, _passing(result["payments"], unit_of(folder)), *older]))
    return DONE


def _passing(found: list[dict[str, Any]], unit: Unit) -> str:
    if not found:
        return nothing_yet()
    headings = [
        say("Wann", "When"), say("von", "from"), say("nach", "to"), say("für", "for"), say("Betrag", "Amount"),
        say("Stand", "State"),
    ]  # fmt: skip
    return table(headings, [_row(each, unit) for each in found])


def _row(each: dict[str, Any], unit: Unit) -> list[str]:
    states = {
        "waiting": say("wartet auf den nächsten Ring", "waits for the next ring"),
        "held": say("unterwegs", "under way"), "posted": say("bezahlt", "paid"),
        "released": say("zurück", "given back"),
    }  # fmt: skip
    return [
        moment(each["arrived_at"]), each["from"], each["to"], _for_whom(each),
        amount(each["amount_seconds"], unit), states[each["state"]],
    ]  # fmt: skip


def _for_whom(each: dict[str, Any]) -> str:
    ring = each["payer_ring"]
    rounds = {
        "netting": say(f"Verrechnung von {ring}", f"netting of {ring}"),
        "assignment": say(f"Übernahme von {ring}", f"assignment of {ring}"),
    }
    return rounds.get(each["purpose"], f"{ring} > {each['payee_ring']}")
