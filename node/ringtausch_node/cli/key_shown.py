# SPDX-License-Identifier: AGPL-3.0-or-later
"""What commands about keys have in common: where root keys come from, and how a card is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import option
from ringtausch_node.cli.language import say
from ringtausch_protocol import canonical, keys
from ringtausch_protocol.cards import Card

root_option = option(
    "--root",
    type=click.Path(path_type=Path),
    metavar="FILE",
    german="Die Wurzelschlüssel: root.json oder das abgetippte Blatt",
    english="The root keys: root.json, or the sheet typed in",
)


def shown(card: Card) -> dict[str, Any]:
    """A card for programs: key ids by purpose."""
    ring, listed = card.card.ring_id, card.card.keys
    return {
        "number": card.number, "hash": card.hash, "operator_threshold": card.card.operator_threshold,
        "keys": [
            {"purpose": each.purpose, "key": keys.key_id(ring, canonical.unb64(each.public, 32)), "public": each.public}
            for each in listed
        ],
        "revoked": [] if card.card.revoked is None else card.card.revoked.keys,
    }  # fmt: skip


def operators_of(card: Card) -> dict[str, Any]:
    """Who signs for the ring by a card, by key id, and how many of them must."""
    signers = [each["key"] for each in shown(card)["keys"] if each["purpose"] == "operator"]
    return {"number": card.number, "needed": card.card.operator_threshold, "operators": signers}


def operators_text(of: dict[str, Any], when: str) -> list[str]:
    """The same for people."""
    needed, count = of["needed"], len(of["operators"])
    heading = say(
        f"{when} (Karte {of['number']}): {needed} von {count} Schlüsseln müssen unterschreiben.",
        f"{when} (card {of['number']}): {needed} of {count} keys must sign.",
    )
    return [heading, *(f"  {each}" for each in of["operators"])]
