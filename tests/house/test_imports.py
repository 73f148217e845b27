# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may import what from outside. The floors themselves are a contract in pyproject.toml (`lint-imports`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.names import imported_modules, uses
from tests.house.tree import NODE, PROTOCOL, ROOT, name_of, python_files

OUR_OWN = {"ringtausch_node", "ringtausch_protocol"}
PROTOCOL_MAY = {"cryptography", "msgspec"}
#: multidict and yarl are aiohttp's own words for headers and addresses, markupsafe jinja2's for escaped text;
#: weasyprint is the extra `pdf`, which a program of its own looks for.
NODE_MAY = PROTOCOL_MAY | {
    "aiohttp", "aiosmtplib", "aiosqlite", "click", "jinja2", "markupsafe", "multidict", "segno", "weasyprint", "yarl",
}  # fmt: skip

#: A module that only the type checker has: nothing is installed for it, nothing is loaded.
FOR_TYPES = "_typeshed"

#: The rooms that speak HTTP.
EDGES = ("api", "peer_api", "control", "web", "serving", "hosting.py", "federation/wire/transport.py", "demo")
#: The rooms that send requests: one for the network between rings; the demo plays a person with curl.
CLIENTS = ("federation/wire/transport.py", "demo")
CLIENT_NAMES = ("aiohttp.Client", "aiohttp.client", "aiohttp.connector", "aiohttp.TCPConnector", "aiohttp.request")


def _foreign(place: Path) -> Iterator[tuple[str, str]]:
    """File and top-level package of every import that is neither ours nor Python's."""
    for path in python_files(place):
        for line, name in imported_modules(path):
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in OUR_OWN and top != FOR_TYPES:
                yield f"{name_of(path)}:{line}", top


def _in(path: Path, rooms: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(NODE / room) for room in rooms)


def test_the_protocol_needs_two_packages() -> None:
    assert [] == [each for each in _foreign(PROTOCOL) if each[1] not in PROTOCOL_MAY]


def test_the_node_needs_what_it_declares() -> None:
    assert [] == [each for each in _foreign(NODE) if each[1] not in NODE_MAY]


def test_only_edges_speak_http() -> None:
    strangers = [
        f"{name_of(path)}:{line} {name}"
        for path in python_files(NODE)
        if not _in(path, EDGES)
        for line, name in imported_modules(path)
        if name.partition(".")[0] in {"aiohttp", "multidict", "yarl"}
    ]

    assert [] == strangers


def test_only_the_transport_sends_requests_to_rings() -> None:
    strangers = [
        str(use)
        for path in python_files(NODE)
        if not _in(path, CLIENTS)
        for use in uses(path)
        if use.name.startswith(CLIENT_NAMES)
    ]

    assert [] == strangers, "federation/wire/transport.py checks addresses, bytes and time; nothing else may go out"


def test_only_the_store_speaks_sqlite() -> None:
    strangers = [
        f"{name_of(path)}:{line} {name}"
        for path in python_files(NODE, PROTOCOL)
        if not _in(path, ("store",))
        for line, name in imported_modules(path)
        if name.partition(".")[0] in {"sqlite3", "aiosqlite"}
    ]

    assert [] == strangers


def test_nothing_ships_what_tests_need() -> None:
    strangers = [
        f"{name_of(path)}:{line} {name}"
        for path in python_files(NODE, PROTOCOL)
        for line, name in imported_modules(path)
        if name.partition(".")[0] == "tests"
    ]

    assert [] == strangers, f"{ROOT.name} is installed without its tests"
