# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the commands about accesses have in common: a program's to an account, an auditor's to the log's entries."""

from __future__ import annotations

from typing import NamedTuple

import click

from ringtausch_node.cli.commands import F, option
from ringtausch_node.cli.failures import misuse
from ringtausch_protocol.limits import SEQ_MAX

_OPTIONS = (
    option(
        "--list", "only_list", is_flag=True, german="Die gültigen Zugänge zeigen", english="Show the valid accesses"
    ),
    option(
        "--revoke",
        type=click.IntRange(1, SEQ_MAX),
        metavar="ID",
        german="Der Zugang mit dieser Nummer erlischt",
        english="The access with this number becomes void",
    ),
    option("--revoke-all", is_flag=True, german="Alle Zugänge erlöschen", english="All accesses become void"),
)


class Wanted(NamedTuple):
    """What else than issuing is asked for: the valid ones, or the end of one or all."""

    only_list: bool
    revoke: int | None
    revoke_all: bool

    @property
    def is_end(self) -> bool:
        """Whether accesses become void."""
        return self.revoke is not None or self.revoke_all

    def verify_one(self, **others: bool) -> None:
        """One thing at a time; `others` are options that go with issuing only. Raises a misuse."""
        if [self.only_list, self.revoke is not None, self.revoke_all, *others.values()].count(True) > 1:
            names = (*others, "list", "revoke", "revoke-all")
            raise misuse("usage", f"only one of {', '.join(f'--{name}' for name in names)}")


def access_options(command: F) -> F:
    """--list, --revoke and --revoke-all, as the command's parameters only_list, revoke and revoke_all."""
    for add in reversed(_OPTIONS):
        command = add(command)
    return command
