# SPDX-License-Identifier: AGPL-3.0-or-later
"""How results are shown: JSON on one line for programs, or a few lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from ringtausch_node.cli.failures import NotShown
from ringtausch_node.cli.language import language, say
from ringtausch_node.folder import load_card_settings, load_config
from ringtausch_protocol.units import Unit, format_amount


def emit(result: Any, as_json: bool, text: str) -> None:
    """Print the result as JSON if asked, else the text. Raises NotShown where standard output takes nothing more."""
    try:
        click.echo(msgspec.json.encode(result).decode() if as_json else text)
    except OSError as error:
        raise NotShown(error, result.get("payment_id", "") if isinstance(result, dict) else "") from None


def unit_of(folder: Path) -> Unit:
    """The unit in which this ring's amounts are read and written."""
    return load_config(folder).parsed_unit


def url_waits(folder: Path) -> str:
    """Said where `url` was changed: other rings read it on the card. Empty where nothing is to say."""
    here, there = load_config(folder).public_url, load_card_settings(folder).url
    if here.rstrip("/") == there.rstrip("/"):
        return ""
    return say(
        f"Hinweis: url ist {here}, auf der Karte des Rings steht {there}. Andere Ringe rufen dort an, bis der Ring "
        "eine neue Karte hat.",
        f"Note: url is {here}, the ring's card says {there}. Other rings call there until the ring has a new card.",
    )


def amount(seconds: int | None, unit: Unit) -> str:
    """An amount in the ring's unit and in time; a limit that is not set is a dash."""
    return "-" if seconds is None else format_amount(seconds, unit, language())


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    lines = [list(headings), *[list(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def nothing_yet() -> str:
    """An empty list, said in words."""
    return say("(noch keine)", "(none yet)")
