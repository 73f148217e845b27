# SPDX-License-Identifier: AGPL-3.0-or-later
"""Time, chance and threads are constructor arguments: each stands in one file, so that the simulator can replace it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.names import uses
from tests.house.tree import NODE, PROTOCOL, name_of, python_files, syntax_of

CLOCK = "node/ringtausch_node/clock.py"
IDS = "node/ringtausch_node/ids.py"
#: The kit that judges other programs is no ring: it asks the machine in its one file that touches the world.
KIT = "protocol/ringtausch_protocol/conformance/sending.py"
#: An audit asks how long an address lets it wait; nothing of it stands in a report.
PATIENCE = "protocol/ringtausch_protocol/audit/program/clock.py"

#: What asks the machine, and the one file that may. None: nobody may.
HOMES: dict[str, str | tuple[str, ...] | None] = {
    "time.": CLOCK,
    "datetime.datetime.now": (CLOCK, KIT, PATIENCE),
    "datetime.datetime.today": CLOCK,
    "datetime.datetime.utcnow": CLOCK,
    "datetime.date.today": CLOCK,
    "os.urandom": (IDS, KIT),
    "os.getrandom": IDS,
    "random.": IDS,
    "secrets.": IDS,
    "uuid.uuid": IDS,
    # Whole functions cross the thread, through the store. Slow hashes leave the loop too: the words for the phone, and
    # what people type at the door; and a backup that is tried, which is no file of the ring's.
    "asyncio.to_thread": (
        "node/ringtausch_node/federation/agreement/confirming.py",
        "node/ringtausch_node/entrance/hashing.py",
        "node/ringtausch_node/upkeep/backups.py",
    ),
    # An audit verifies signatures on every core; it is no ring, and no result depends on the order of threads.
    # The kit hears what comes while it sends.
    "concurrent.futures.": (
        "protocol/ringtausch_protocol/audit/program/workers.py",
        "protocol/ringtausch_protocol/conformance/listening.py",
    ),
}

#: These run outside of a ring: the demo plays the people who use three real processes.
FREE = (NODE / "demo",)

#: Methods that would do the same under another name.
METHODS = {"run_in_executor", "utcnow"}


def _files() -> list[Path]:
    return [path for path in python_files(NODE, PROTOCOL) if not any(path.is_relative_to(free) for free in FREE)]


def _asks(name: str, what: str) -> bool:
    return f"{name}.".startswith(what) if what.endswith(".") else name == what or name.startswith(what)


@pytest.mark.parametrize(("what", "home"), HOMES.items())
def test_only_its_own_file_asks_the_machine(what: str, home: str | tuple[str, ...] | None) -> None:
    homes = home if isinstance(home, tuple) else (home,)
    strangers = [
        str(use) for path in _files() if name_of(path) not in homes for use in uses(path) if _asks(use.name, what)
    ]

    assert [] == strangers, f"pass it in instead (Clock, Ids); only {home or 'nobody'} may"


def test_no_work_leaves_the_loop_by_the_back_door() -> None:
    strangers = [
        f"{name_of(path)}:{node.lineno} {node.attr}"
        for path in _files()
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Attribute) and node.attr in METHODS
    ]

    assert [] == strangers, "await store.write(fn) or store.read(fn)"


def test_keys_are_made_from_seeds() -> None:
    """A key that a library draws by itself differs in every run; only HPKE may draw one for each box."""
    strangers = [
        str(use)
        for path in _files()
        for use in uses(path)
        if use.name.endswith(("PrivateKey.generate", ".generate_key"))
    ]

    assert [] == strangers
