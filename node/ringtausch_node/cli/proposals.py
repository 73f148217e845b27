# SPDX-License-Identifier: AGPL-3.0-or-later
"""A proposal of limits in words: what is proposed, why, and that nothing is set by it."""

from __future__ import annotations

from typing import Any

from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount
from ringtausch_protocol.units import Unit


def proposal_text(found: dict[str, Any], unit: Unit) -> str:
    """The proposal for people."""
    shown = {name: amount(value, unit) for name, value in found.items() if name.endswith("_seconds")}
    head = say(
        f"Vorschlag für {found['address']}: sie uns höchstens {shown['limit_in_seconds']}, wir ihnen höchstens"
        f" {shown['limit_out_seconds']}.",
        f"Proposal for {found['address']}: they may owe us {shown['limit_in_seconds']} at most, we them"
        f" {shown['limit_out_seconds']} at most.",
    )
    rule = say(
        "Die za:rt-Regel: 10 % des Jahresumsatzes"
        f" ({shown['turnover_seconds']}), höchstens 20 % der geschöpften Stunden ({shown['created_seconds']});"
        f" das sind {shown['rule_seconds']} für alle Verbindungen zusammen.",
        "The za:rt rule: 10 % of a year's turnover"
        f" ({shown['turnover_seconds']}), at most 20 % of the hours created ({shown['created_seconds']});"
        f" that is {shown['rule_seconds']} for all lines together.",
    )
    return "\n".join([head, rule, _why(found["reason"], shown), _set_nothing(found["address"])])


def _why(reason: str, shown: dict[str, str]) -> str:
    given = say(
        f"Andere Verbindungen haben {shown['given_in_seconds']} für sie und {shown['given_out_seconds']} für uns.",
        f"Other lines have {shown['given_in_seconds']} for them and {shown['given_out_seconds']} for us.",
    )
    reasons = {
        "turnover": say("Den Ausschlag gibt der Umsatz. ", "The turnover decides. ") + given,
        "created": say("Den Ausschlag geben die geschöpften Stunden. ", "The hours created decide. ") + given,
        "all_given": say("Mehr gibt die Regel nicht her. ", "The rule gives no more. ") + given,
        "nothing_yet": say(
            "In diesem Ring wurde noch zu wenig getauscht, als dass die Regel etwas sagte; fangen Sie klein an.",
            "Too little was exchanged in this ring for the rule to say anything; begin small.",
        ),
    }
    return reasons[reason]


def _set_nothing(address: str) -> str:
    return say(
        "Eingestellt ist damit nichts: Der Ring haftet für das, was seine Mitglieder anderswo ausgeben, und darf"
        f" weniger nehmen („peer invite --limit-in“, „peer limit ORDNER {address} --in“).",
        "Nothing is set by this: a ring answers for what its members spend elsewhere, and may take less"
        f" ('peer invite --limit-in', 'peer limit FOLDER {address} --in').",
    )
