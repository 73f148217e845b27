# SPDX-License-Identifier: AGPL-3.0-or-later
"""One search: `python -m tests.fuzz.search NAME SECONDS SEED FOLDER`, in a process of its own, since atheris ends it.

Begins with the seeds and the kept corpus; writes what it finds into FOLDER, and an input that breaks something into
FOLDER.crash-...
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ringtausch_protocol", "ringtausch_node", "tests.fuzz"]):
    from tests.fuzz import seeds, table
    from tests.fuzz.mutator import mutate
    from tests.fuzz.target import Target, accepts


def _begin(name: str, folder: Path) -> None:
    """Lay out what the search starts with."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate([*seeds.seeds_of(table.TARGETS[name]), *seeds.kept(name)]):
        (folder / f"seed-{number:04}").write_bytes(data)


def _mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    """Half of the changes keep JSON what it is; the others flip bytes."""

    def mutator(data: bytes, room: int, seed: int) -> bytes:
        made = mutate(data, room, seed, int(target.ways > 0)) if seed % 2 else None
        return made or atheris.Mutate(data, room)

    return mutator


def _options(name: str, seconds: str, seed: str, folder: str) -> list[str]:
    _begin(name, Path(folder))
    return [f"-max_total_time={seconds}", f"-seed={seed}", f"-artifact_prefix={folder}.crash-", folder]


def main(name: str, *rest: str) -> None:
    """Search until the time is over or something breaks; or, with `merge BEST FOLDER`, fill BEST with the best."""
    own = ["-merge=1", *rest[1:]] if rest[0] == "merge" else _options(name, *rest)
    limits = ["-timeout=10", "-rss_limit_mb=1024", f"-max_len={2 * seeds.SEED_BYTES}", "-print_final_stats=1"]
    target = table.TARGETS[name]
    atheris.Setup(
        [sys.argv[0], *limits, *own], lambda data: accepts(target, bytes(data)), custom_mutator=_mutator(target)
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
