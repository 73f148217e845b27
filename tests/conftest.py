# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds for every test."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

#: Thousands of small databases that wait for a shared disk at each commit cost more than everything else. What a disk
#: loses is played by disks of the tests' own (`tests/simulation/disk.py`); that a commit asks for it, strace sees.
MEMORY = Path("/dev/shm")  # noqa: S108 - only where to put the folders
#: A whole run holds less than a gigabyte at once.
ROOM_BYTES = 3 * 2**30
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# Two shared cores: an example that takes long says nothing about the code. Failures print the blob that repeats them.
settings.register_profile("ringtausch", deadline=None, print_blob=True)
settings.load_profile("ringtausch")


#: Rooms of which single tests take long, beside those that are marked.
LONG = {"conformance", "simulation"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with what takes long come first: begun last, one of them keeps one worker while the others wait for it."""
    long = {item.path for item in items if item.path.parent.name in LONG or _takes_long(item)}
    items.sort(key=lambda item: item.path not in long)


def _takes_long(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("slow", "processes"))


def pytest_collection_finish() -> None:
    """Rings of the tests begin with a copy of the migrated database and spend no time on what is slow on purpose.

    Only where the tests have brought the node along: those of the protocol also run without it.
    """
    if "ringtausch_node.bootstrap" in sys.modules:
        from tests.quick import be_quick

        be_quick()
    if "ringtausch_node.store" in sys.modules:
        from tests.store.migrated import copy_instead_of_migrating

        copy_instead_of_migrating()


def pytest_unconfigure() -> None:
    """A test that fails may leave rings open, and Python waits for the threads of their connections before it ends."""
    if (aiosqlite := sys.modules.get("aiosqlite")) is None:
        return
    for each in gc.get_objects():
        if issubclass(type(each), aiosqlite.Connection):
            each.stop()
