# SPDX-License-Identifier: AGPL-3.0-or-later
"""What commands about keys have in common: where root keys come from, and how a card is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import option
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
