# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command `audit`: logs of many rings in, a report out. It opens no ring: the protocol package does the work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import F, GroupWithDefault, json_option, option
from ringtausch_node.cli.language import language
from ringtausch_node.cli.tree import root
from ringtausch_protocol.audit.program.words import DESCRIPTION, HELP, MIRROR, NO_SOURCE

_FILE = click.Path(path_type=Path, dir_okay=False)


def _file(name: str) -> Callable[[F], F]:
    """An option that names a file."""
    return option(f"--{name}", name, type=_FILE, metavar="FILE", german=HELP[name].de, english=HELP[name].en)


@root.group(
    "audit",
    cls=GroupWithDefault,
    german=f"{DESCRIPTION.de} Optionen: ringtausch audit show --help.",
    english=f"{DESCRIPTION.en} Options: ringtausch audit show --help.",
)
def audit() -> None:
    """Audits."""


@audit.command("show", hidden=True, german=DESCRIPTION.de, english=DESCRIPTION.en)
@click.argument("sources", metavar="SOURCE...", nargs=-1)
@_file("keys")
@_file("roster")
@_file("out")
@_file("json")
@_file("csv")
@_file("state")
@_file("tokens")
@option("--since", type=click.DateTime(["%Y-%m-%d"]), german=HELP["since"].de, english=HELP["since"].en)
@option("--jobs", type=click.IntRange(0), default=0, german=HELP["jobs"].de, english=HELP["jobs"].en)
@option("--quiet", is_flag=True, german=HELP["quiet"].de, english=HELP["quiet"].en)
def show(since: Any, **given: Any) -> int:
    """Audit the logs of many rings."""
    from ringtausch_protocol.audit.program import command as program

    if not given["sources"] and given["roster"] is None:
        raise click.UsageError(NO_SOURCE.de if language() == "de" else NO_SOURCE.en)
    day = 0 if since is None else program.parse_day(f"{since:%Y-%m-%d}")
    return program.run(program.Given(language=language(), since=day, **given), sys.stdout)


@audit.command("mirror", german=MIRROR.de, english=MIRROR.en)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@_file("tokens")
@json_option
def mirror(sources: tuple[str, ...], folder: Path, tokens: Path | None, as_json: bool) -> int:
    """Keep copies of logs."""
    from ringtausch_protocol.audit.program import mirroring

    return mirroring.run(mirroring.Asked(sources, folder, tokens, as_json), language(), sys.stdout)
