# SPDX-License-Identifier: AGPL-3.0-or-later
"""What commands about keys have in common: where root keys come from, and how a card is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import F, option
from ringtausch_node.cli.failures import misuse
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import write_file
from ringtausch_protocol import canonical, keys
from ringtausch_protocol.cards import Card

root_option = option(
    "--root",
    type=click.Path(path_type=Path),
    metavar="FILE",
    german="Die Wurzelschlüssel: root.json oder das abgetippte Blatt",
    english="The root keys: root.json, or the sheet typed in",
)


def out_option(german: str, english: str, *, required: bool = True) -> Callable[[F], F]:
    """--out, where a file is written."""
    return option(
        "--out", type=click.Path(path_type=Path), metavar="FILE", required=required, german=german, english=english
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


def write_new(out: Path, data: bytes) -> None:
    """Write a file where there is none. Raises LocalError('file_exists')."""
    if out.exists():
        raise LocalError("file_exists", out.name)
    try:
        write_file(out, data)
    except OSError as error:
        raise misuse("file_unreadable", f"{out.name}: {error.strerror}") from None
