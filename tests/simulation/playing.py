# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seed is played: its world laid out, its day with or without liars."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.chance import MEMBERS, Options
from tests.simulation.day import Day, pairs_of
from tests.simulation.liars.day import LyingDay
from tests.simulation.nodes import Crashed
from tests.simulation.story import copied, fast_folder, lay_out

#: The packages that are played, in this tree or in a mutant's copy.
PROGRAM = {"ringtausch_node", "ringtausch_protocol"}


@contextmanager
def templates() -> Iterator[Path]:
    """A folder in memory for the towns of each size, made when first asked for."""
    with fast_folder() as root:
        yield root


def _template(root: Path, names: tuple[str, ...], *, passes: bool) -> Path:
    place = root / f"{len(names)}{'-passing' * passes}"
    if not place.exists():
        with TemporaryDirectory(dir=root) as new:
            lay_out(Path(new), names, MEMBERS, pairs_of(names, passes=passes), carries=passes)
            with suppress(OSError):  # another process was faster
                Path(new).rename(place)
    return place


def kind_of(error: AssertionError, failures: Sequence[str] = ()) -> type[AssertionError]:
    """An assertion of the program itself is a crash, and nothing that a check has seen.

    So is what follows where the program has failed before (`failures`): who asks in vain is never answered.
    """
    where = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    return type(error) if PROGRAM.isdisjoint(where.parts) and not failures else Crashed


def play_seed(root: Path, seed: int, off: frozenset[str] = frozenset()) -> Day:
    """Play one seed; `root`: of `templates`. Raises AssertionError with the options where something does not hold."""
    options = Options.of(seed, off)
    has_disk = not options.kinds.isdisjoint({"power", "disk"})
    place, has_bytes = _template(root, options.rings, passes=options.passes), options.has_bytes
    with copied(place, seed, options.rings, has_disk=has_disk, has_bytes=has_bytes) as world:
        world.pairs, world.spacing_seconds = pairs_of(options.rings, passes=options.passes), options.spacing_seconds
        world.watches = "watch" in options.kinds
        day = (Day if options.liar is None else LyingDay)(world, options)
        try:
            world.run(day.play())
        except AssertionError as error:
            first = world.complaints[:1]  # what came later may only follow from it
            failures = world.failures()
            kind = AssertionError if first else kind_of(error, failures)
            raise kind("\n".join(map(str, (*first, error, options, *failures[:3])))) from error
        return day
