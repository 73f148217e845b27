# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command that runs the node."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringtausch_node.cli.commands import json_option
from ringtausch_node.cli.failures import DONE, NotShown, misuse
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit, url_waits
from ringtausch_node.cli.rings import private_addresses_allowed, setup_command, setup_text
from ringtausch_node.cli.tree import root
from ringtausch_node.folder import load_config

if TYPE_CHECKING:
    from ringtausch_node.hosting import Ready

#: Python looks for cycles at every 700 new objects, in each group of payments ten times over. Ours hold hardly any.
COLLECT_EVERY = 20_000


@root.command(
    "serve",
    german="Den Knoten betreiben, für einen oder mehrere Ringe. Ende mit Strg-C oder SIGTERM.",
    english="Run the node for one or several rings. Ends by Ctrl-C or SIGTERM.",
)
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def serve(folders: tuple[Path, ...], as_json: bool) -> int:
    """Serve rings until a signal comes."""
    seen: set[Path] = set()
    for folder in folders:
        if folder.resolve() in seen:
            raise misuse("usage", f"the folder {folder} is named twice")
        seen.add(folder.resolve())
        if load_config(folder).allow_private_addresses:
            click.echo(f"{folder}: {private_addresses_allowed()}", err=True)
        if note := url_waits(folder):
            click.echo(f"{folder}: {note}", err=True)
    import asyncio

    from ringtausch_node.log_lines import write_log

    write_log()
    asyncio.run(_run(folders, as_json))
    return DONE


async def _run(folders: tuple[Path, ...], as_json: bool) -> None:
    import asyncio
    import signal

    from ringtausch_node.hosting import Host

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask_to_stop() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):  # a second signal ends at once
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask_to_stop)
    calm_collector()
    host = Host(folders, shows_link=not as_json and sys.stdout.isatty())
    places = iter(folders)
    await host.run(stop, lambda ready: _announce(ready, next(places), as_json))


def calm_collector() -> None:
    """For a process that serves: what is loaded now stays, and Python looks for cycles seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)


def _announce(ready: Ready, folder: Path, as_json: bool) -> None:
    with suppress(NotShown):  # nobody reads it; the ring is served all the same
        text = say("bereit: ", "ready: ") + f"{ready.address} ({ready.listen})"
        if ready.waits_for_setup:
            text += "\n" + (setup_text(ready.setup) if ready.setup else setup_command(folder))
        emit(ready, as_json, text)
