# SPDX-License-Identifier: AGPL-3.0-or-later
"""One search: `python -m tests.fuzz.search NAME SECONDS SEED FOLDER`, in a process of its own, since atheris ends it.

Begins with the seeds and the kept corpus; writes what it finds into FOLDER, and an input that breaks something into
FOLDER.crash-...
"""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType

import atheris

from tests.fuzz import readers, seeds, table
from tests.fuzz.mutator import mutate
from tests.fuzz.target import Target, accepts

_FOLLOWED = tuple(str(room) for room in (*readers.ROOMS, Path(__file__).parent))


def _follow(target: Target, inputs: Sequence[bytes]) -> None:
    """Let the search see the lines of the modules that these inputs meet: to prepare all 500 takes longer than it."""
    with readers.watched() as codes:
        for data in inputs:
            accepts(target, data)
    files = {code.co_filename for code in codes if code.co_filename.startswith(_FOLLOWED)}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in files:
            atheris.instrument_func(each)


def _begin(inputs: Sequence[bytes], folder: Path) -> None:
    """Lay out what the search starts with."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs):
        (folder / f"seed-{number:04}").write_bytes(data)


def _mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    """Half of the changes keep JSON what it is; the others flip bytes."""

    def mutator(data: bytes, room: int, seed: int) -> bytes:
        made = mutate(data, room, seed, int(target.ways > 0)) if seed % 2 else None
        return made or atheris.Mutate(data, room)

    return mutator


def _options(seconds: str, seed: str, folder: str) -> list[str]:
    return [f"-max_total_time={seconds}", f"-seed={seed}", f"-artifact_prefix={folder}.crash-", folder]


def main(name: str, *rest: str) -> None:
    """Search until the time is over or something breaks; or, with `merge BEST FOLDER`, fill BEST with the best.

    A merge starts itself again for each part of its work: `again`, and what it tells itself.
    """
    target, is_merge = table.TARGETS[name], rest[0] in ("merge", "again")
    warnings.simplefilter("error")  # a library that warns of bytes prints them
    inputs = [*seeds.seeds_of(target), *seeds.kept(name)]
    _follow(target, inputs)
    if not is_merge:
        _begin(inputs, Path(rest[-1]))
    own = {"merge": ["-merge=1", *rest[1:]], "again": [*rest[1:]]}.get(rest[0]) or _options(*rest)
    limits = ["-timeout=10", "-rss_limit_mb=1024", f"-max_len={target.most_bytes or 2 * seeds.SEED_BYTES}"]
    atheris.Setup(
        [f"{sys.executable} -m tests.fuzz.search {name} again", *limits, "-print_final_stats=1", *own],
        lambda data: accepts(target, bytes(data)),
        custom_mutator=_mutator(target),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
