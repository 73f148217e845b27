# SPDX-License-Identifier: AGPL-3.0-or-later
"""The root of the commands; the files beside this one hang theirs on it."""

from __future__ import annotations

import click

from ringtausch_node.cli.commands import Group, Root


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"]},
    german="Ringtausch: der Knoten eines Tauschrings. Jeder Befehl kennt --json und --help.",
    english="Ringtausch: the node of a time bank. Every command knows --json and --help.",
)
def root() -> None:
    """The command `ringtausch`."""


@root.group("member", cls=Group, german="Mitglieder dieses Rings.", english="Members of this ring.")
def member() -> None:
    """Members."""


@root.group("invoice", cls=Group, german="Rechnungen von Mitgliedern.", english="Invoices of members.")
def invoice() -> None:
    """Invoices."""


@root.group(
    "doubt", cls=Group, german="Zahlungen, die lange niemand entschieden hat.", english="Payments that nobody decided."
)
def doubt() -> None:
    """Doubts."""


@root.group(
    "recovered",
    cls=Group,
    german="Stunden, die nach einer Wiederherstellung auf dem Konto „recovered“ stehen.",
    english="Hours that stand on the account 'recovered' after a restore.",
)
def recovered() -> None:
    """Hours on the account `recovered`."""


@root.group(
    "key",
    cls=Group,
    modules=["key_list", "key_sheet", "keys", "operators"],
    german="Schlüssel dieses Rings: Blatt für die Schublade, Wechsel, Betreiber, Widerruf.",
    english="Keys of this ring: the sheet for the drawer, changes, operators, revocation.",
)
def key() -> None:
    """Keys."""


@root.group("log", cls=Group, german="Das unterschriebene Protokoll des Rings.", english="The ring's signed log.")
def log() -> None:
    """The signed log."""


@root.group(
    "roster",
    cls=Group,
    modules=["rosters"],
    german="Das unterschriebene Verzeichnis der Tauschringe einer Föderation.",
    english="A federation's signed list of its rings.",
)
def roster() -> None:
    """Roster."""


@root.group("clock", cls=Group, german="Die Uhr dieses Rechners.", english="This machine's clock.")
def clock() -> None:
    """Clock."""


@root.group(
    "transit", cls=Group, german="Zahlungen anderer, die hier durchgehen.", english="Payments of others that pass here."
)
def transit() -> None:
    """What passes through."""


@root.group("netting", cls=Group, german="Schulden im Kreis verrechnen.", english="End debts that run in a circle.")
def netting() -> None:
    """Netting."""


@root.group(
    "assignment", cls=Group, modules=["assigning"], german="Was Ringe, die aufhören, anderen übergeben.",
    english="What rings that stop hand over to others.",
)  # fmt: skip
def assignment() -> None:
    """Claims that change hands."""


@root.group("peer", cls=Group, german="Verbindungen zu anderen Ringen.", english="Lines to other rings.")
def peer() -> None:
    """Peers."""
