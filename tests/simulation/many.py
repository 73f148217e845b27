# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many seeds in several processes, what they met, and the failing ones with as few kinds of trouble as still fail."""

from __future__ import annotations

import gc
import json
import logging
import math
import multiprocessing
import os
import shlex
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

from ringtausch_node.sometimes import counted
from tests.simulation import quotas
from tests.simulation.chance import Options
from tests.simulation.cuts import CUTS
from tests.simulation.day import Day
from tests.simulation.liars.day import LyingDay
from tests.simulation.nodes import Crashed
from tests.simulation.playing import play_seed
from tests.simulation.quotas import POINTS, lies_of
from tests.simulation.revision import commit
from tests.simulation.stopping import begin_deaf_workers, swept

SLOWEST = 5
#: Of what a check says, so many words tell it from others: behind them come numbers and names.
WORDS = 2
NUMBERS = (
    "seeds", "settled", "crashes", "power_cuts", "cuts", "restores", "http", "commits", "three_kinds", "netted",
    "wound_down", "handed_over", "begun_anew", "statements", "cards", "leaps", "cpu_seconds",
)  # fmt: skip


class Played(NamedTuple):
    """What became of one seed. `failure`: None, or what did not hold, with the seed's options."""

    seed: int
    failure: str | None
    kinds: tuple[str, ...]
    seen: Counter[str]
    points: Counter[str]
    seconds: float
    #: The program failed by itself: nothing that only the simulator would have seen.
    is_crash: bool = False


def play_one(root: Path, seed: int, off: frozenset[str] = frozenset()) -> Played:
    """Play one seed and count."""
    points: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    failure, began, is_crash = None, time.process_time(), False
    with counted(lambda name: points.update((name,))):
        try:
            day = play_seed(root, seed, off)
            seen["days over HTTP"] += Options.of(seed, off).has_bytes
            seen.update({"settled": day.settled, "commits": day.witness.commits, "steps": day.world.loop.steps})
            seen.update(_met(day))
        except AssertionError as error:
            failure, is_crash = str(error).strip() or "an assertion", isinstance(error, Crashed)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this seed
            failure, is_crash = f"{type(error).__name__}: {error}", True
    kinds = tuple(sorted(Options.of(seed, off).kinds))
    return Played(seed, failure, kinds, seen, points, time.process_time() - began, is_crash)


def _met(day: Day) -> Counter[str]:
    """What happened on a day, as those counted it who did it."""
    world, met = day.world, Counter[str]()
    for counts in (world.seen, world.network.seen, day.people.seen, day.ends, world.disk.seen if world.disk else {}):
        met.update(counts)
    if isinstance(day, LyingDay):
        met[lies_of(day.liar_kind)] += day.liar.told
    return met


def shrunk(root: Path, failed: Played) -> frozenset[str]:
    """What can be switched off, and the seed fails in the same way all the same."""
    off: frozenset[str] = frozenset()
    for kind in sorted(Options.of(failed.seed).parts):
        if fails_alike(failed, play_one(root, failed.seed, off | {kind})):
            off |= {kind}
    return off


def fails_alike(one: Played, other: Played) -> bool:
    """Whether the same check saw both, or both are the same error of the program, of other rings perhaps."""
    return None not in (one.failure, other.failure) and _way(one) == _way(other)


def _way(failed: Played) -> tuple[bool, list[str]]:
    words = [word.strip(",:") for word in (failed.failure or "").partition("\n")[0].split()]
    return failed.is_crash, [word for word in words if word.isidentifier()][:WORDS]


def command(seed: int, off: frozenset[str]) -> str:
    """What to type to see a day again, without some of its trouble."""
    words = ["python", "-m", "tests.simulation", "--seed", str(seed), "--trace"]
    return shlex.join([*words, *(("--off", ",".join(sorted(off))) if off else ())])


#: Of one worker process.
_root: Path | None = None
_until = math.inf


def _begin(root: Path, until: float) -> None:
    global _root, _until
    threading.Thread(target=_outlive_nobody, daemon=True).start()
    _root, _until = root, until
    logging.disable(logging.CRITICAL)
    gc.freeze()  # what was imported stays: no collection need look at it again
    gc.disable()  # what a day leaves in circles is collected when it is over


def _outlive_nobody() -> None:
    """Who began this worker and was killed could not end it."""
    began = multiprocessing.parent_process()
    assert began is not None
    began.join()
    os._exit(1)


def collect() -> None:
    """All that nothing refers to is gone, so that `gc.freeze` keeps none of it for ever.

    Closing a task may bring the whole world of its day back: it does not count in that round, and goes in the next.
    """
    gc.collect()
    while gc.collect():
        pass


def _work(seed: int) -> Played | None:
    if time.monotonic() > _until:
        return None
    assert _root is not None
    played = play_one(_root, seed)
    collect()
    gc.freeze()  # what is left is remembered for further days, and looked at again by none
    return played


def play_many(root: Path, seeds: Iterable[int], jobs: int, until: float = math.inf) -> Iterator[Played]:
    """Play seeds in `jobs` processes, as they are done; none is begun when `time.monotonic` is beyond `until`.

    `root`: of `templates`, for all of them.

    Whoever stops asking ends them. Raises BrokenProcessPool where one of them is gone, as for lack of memory.
    """
    begin_deaf_workers()
    workers = multiprocessing.get_context("forkserver")
    with swept(), ProcessPoolExecutor(jobs, workers, _begin, (root, until)) as pool:
        try:
            yield from filter(
                None, (each.result() for each in as_completed(pool.submit(_work, seed) for seed in seeds))
            )
        except BaseException:  # also whoever stops asking
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


class Summary:
    """What all seeds together met."""

    def __init__(self) -> None:
        self.seeds = 0
        self.seen: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.points: Counter[str] = Counter(dict.fromkeys(POINTS, 0))
        self.least_settled: tuple[int, int] | None = None
        self.three_kinds = 0
        self.failures: list[Played] = []
        self.cpu_seconds = 0.0
        self.slowest: list[tuple[float, int]] = []

    def add(self, played: Played) -> None:
        """Count one more."""
        self.seeds += 1
        self.kinds.update(played.kinds)
        self.three_kinds += len(played.kinds) >= 3
        self.seen.update(played.seen)
        self.points.update(played.points)
        self.cpu_seconds += played.seconds
        self.slowest = sorted([*self.slowest, (round(played.seconds, 2), played.seed)], reverse=True)[:SLOWEST]
        if played.failure is not None:
            self.failures.append(played)
        else:
            found = (played.seen["settled"], played.seed)
            self.least_settled = min(self.least_settled or found, found)

    def missed(self) -> list[str]:
        """Places of the node and kinds of trouble that came too seldom to prove anything."""
        seen = {**self.seen, "three kinds of trouble": self.three_kinds}
        return quotas.missed(self.points, seen, self.seeds, self.seeds - len(self.failures))

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        settled, least = self.seen["settled"], self.least_settled
        return {
            "seeds": self.seeds, "failed": sorted(each.seed for each in self.failures), "settled": settled,
            "least_settled": None if least is None else {"settled": least[0], "seed": least[1]},
            "crashes": self.seen["crashed"], "power_cuts": self.seen["power_cut"],
            "cuts": sum(self.seen[name] for name in CUTS),
            "http": self.seen["days over HTTP"], "restores": self.seen["restored"], "commits": self.seen["commits"],
            "netted": self.seen["circle netted"], "wound_down": self.seen["ring wound down"],
            "begun_anew": self.seen["line begun anew"], "statements": self.seen["statement signed"],
            "handed_over": self.seen["claim handed over"], "cards": self.seen["card issued"],
            "leaps": self.seen["clock leapt"],
            "kinds": dict(sorted(self.kinds.items())), "three_kinds": self.three_kinds,
            "points": dict(sorted(self.points.items())), "missed": self.missed(),
            "seen": dict(sorted(self.seen.items())), "cpu_seconds": round(self.cpu_seconds, 1),
            "slowest": self.slowest,
        }  # fmt: skip

    def as_text(self, seconds: float) -> str:
        """For people."""
        told = self.as_json()
        lines: list[str] = []
        lines += [f"{name.replace('_', ' '):>14} {told[name]}" for name in NUMBERS]
        lines.append(f"{'least settled':>14} {self.least_settled}")
        for name in ("kinds", "points"):
            lines += [f"{name:>14} " + " · ".join(f"{what} {count}" for what, count in told[name].items())]
        lines.append(f"{'slowest':>14} " + " · ".join(f"{seed} ({took} s)" for took, seed in self.slowest))
        lines.append(f"{'in':>14} {seconds:.0f} s")
        return "\n".join(lines)


def report(summary: Summary, root: Path | None, began: float, out: Path | None) -> int:
    """Print the summary and how to repeat what failed, with less trouble where `root` is given. -> exit code."""
    for played in summary.failures[:SLOWEST]:
        again = command(played.seed, frozenset() if root is None else shrunk(root, played))
        sys.stdout.write(f"\nseed {played.seed} failed: {played.failure}\nagain, at {commit()}: {again}\n")
    sys.stdout.write(summary.as_text(time.monotonic() - began) + "\n")
    if out is not None:
        out.write_text(json.dumps(summary.as_json(), indent=1) + "\n", encoding="utf-8")
    for missed in summary.missed():
        sys.stdout.write(f"came too seldom: {missed}\n")
    return 1 if summary.failures or summary.missed() else 0
