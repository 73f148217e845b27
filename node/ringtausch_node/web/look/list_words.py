# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with a list of members, for the office: the line, the column, and why."""

from __future__ import annotations

from collections.abc import Sequence

from ringtausch_node.members.lists import Problem
from ringtausch_node.translations import Speech
from ringtausch_node.web.look.kind_words import N_

_WHY = {
    "address": N_("das ist kein Kürzel"),
    "member_name": N_("dieser Name geht nicht"),
    "email": N_("das ist keine E-Mail-Adresse"),
    "role": N_("diese Rolle gibt es nicht"),
    "not_allowed": N_("diese Rolle vergibt nur, wer den Tauschring betreibt"),
    "amount": N_("diese Menge können wir nicht lesen"),
    "limits": N_("die untere Grenze liegt höchstens bei null, die obere mindestens"),
    "handle_taken": N_("dieses Kürzel ist vergeben"),
    "empty": N_("die Liste ist leer"),
    "too_large": N_("die Liste ist zu lang"),
    "encoding": N_("die Buchstaben lassen sich nicht lesen; speichern Sie die Tabelle als CSV in UTF-8"),
    "quotes": N_("ein Anführungszeichen schließt nicht"),
    "cell_too_long": N_("eine Zelle ist viel zu lang"),
    "cells": N_("mehr Zellen als in der ersten Zeile"),
    "column_twice": N_("zwei Spalten der Liste gelten als diese, und nur eine darf es sein"),
    "column_missing": N_("diese Spalte fehlt"),
    "no_members": N_("es steht kein Mitglied darin"),
}
_WHERE = {
    "handle": N_("Kürzel"), "name": N_("Name"), "role": N_("Rolle"), "min": N_("Untergrenze"),
    "max": N_("Obergrenze"), "balance": N_("Saldo"), "email": N_("E-Mail"), "file": N_("Liste"), "row": N_("Zeile"),
}  # fmt: skip


def told(problems: Sequence[Problem], speech: Speech) -> list[str]:
    """A sentence for each."""
    text = speech.text
    return [
        text("Zeile %(line)s, %(column)s: %(why)s.") % {
            "line": each.line, "column": text(_WHERE[each.column]), "why": text(_WHY[each.code]),
        }
        for each in problems
    ]  # fmt: skip
