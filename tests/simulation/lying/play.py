# SPDX-License-Identifier: AGPL-3.0-or-later
"""Play the day of a seed: on some a ring lies."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.day import Day, pairs_of, play_seed, template
from tests.simulation.lying.day import LyingDay, kind_of, options_of
from tests.simulation.story import copied

#: One seed in so many is a liar's.
ONE_IN, REST = 8, 4


def is_lying(seed: int) -> bool:
    """Whether a liar lives on the day of this seed."""
    return seed % ONE_IN == REST


def play_any(root: Path, seed: int, off: frozenset[str] = frozenset()) -> Day | LyingDay:
    """Play one seed; `root`: of `templates`. Raises AssertionError with the options where something does not hold."""
    return play_lie(root, seed, off) if is_lying(seed) else play_seed(root, seed, off)


def play_lie(root: Path, seed: int, off: frozenset[str] = frozenset()) -> LyingDay:
    """Play a liar's day, whatever the seed."""
    options = options_of(seed, off)
    with copied(template(root, options.rings), seed, options.rings) as world:
        world.pairs, world.spacing_seconds = pairs_of(options.rings), options.spacing_seconds
        day = LyingDay(world, options, kind_of(seed))
        try:
            world.run(day.play())
        except AssertionError as error:
            told = (*world.complaints[:1], error, day.kind.__name__, options)
            raise AssertionError("\n".join(map(str, told))) from error
        finally:
            day.witness.close()
        return day
