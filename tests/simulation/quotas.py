# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much many seeds must bring together: what came too seldom proves nothing, and fails a run as a wrong hour does.

Counted is what happened, where it happens: in the network, on the disk, by a clock, at a place of the node. That a kind
of trouble was switched on counts for nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from tests.simulation.chance import LIARS, PASSING

#: Below so many seeds chance alone could miss something.
QUOTA_FROM_SEEDS = 200
#: Least of each place in the node, for each seed: from fifty times in three thousand.
POINT_PER_SEED = 50 / 3000
#: The kinds of liars take turns, each once in seventy seeds, and lie several times a day.
LIAR_PER_SEED = 25 / 3000
#: What each kind of trouble is counted as when it happens.
MISHAPS: Mapping[str, str] = {
    "drop": "drop", "duplicate": "duplicate", "delay": "straggle", "replay": "replay", "cut": "cut", "half": "half",
    "reset": "reset", "crash": "crashed", "power": "power_cut", "disk": "disk failed", "restore": "restored",
    "skew": "clock skewed", "jump": "clock_jumped", "leap": "clock leapt", "rotate": "card issued",
    "watch": "logs watched", "assigning": "claim handed over", "long_cut": "cut for an hour", "late": "old frames told",
    PASSING: "paid through others",
}  # fmt: skip
#: What every seed must bring, on average: fewer would prove less than we say in docs/fault-model.md. Mishaps of a
#: network come in heaps on the days that have them: a third of what three hundred seeds brought.
FIGURES_PER_SEED: Mapping[str, float] = {
    "settled": 30.0, "crashed": 1.0, "power_cut": 0.2, "restored": 0.1, "days over HTTP": 0.09,
    "three kinds of trouble": 0.2, "circle netted": 0.06, "ring wound down": 0.05, "line begun anew": 0.05,
    "put back over a new beginning": 0.02, "the same copy again": 0.02,
    "statement signed": 0.1, "card issued": 0.05, "clock leapt": 0.05, "logs watched": 0.03,
    "neighbour put back, too": 0.02, "claim handed over": 0.05, "died while a claim changed hands": 0.03,
    "one way cut": 0.06, "one way back cut": 0.06, "ring cut off": 0.05, "two groups apart": 0.05,
    "cut for an hour": 0.05, "old frames told": 0.05,
    "drop": 3.0, "drop_answer": 2.5, "duplicate": 2.5, "straggle": 0.7, "replay": 0.5, "cut": 2.0, "half": 1.0,
    "reset": 2.5, "disk failed": 0.05, "clock skewed": 0.25, "clock_jumped": 0.12, "paid through others": 0.3,
    "invoice arrived": 1.5, "invoice answered": 1.5, "given back": 1.5, "refund arrived": 1.0,
    "gift arrived": 0.3, "gift booked back": 0.05, "gift refused": 0.08, "limit moved": 0.8, "line paused": 0.4,
    "request came again": 0.4, "request came too late": 0.06, "answer came too late": 0.12,
    "old frames told over HTTP": 0.03, "request was overtaken": 0.3, "paid at home": 3.0,
    "died at a step": 0.3, "died before a commit": 0.05, "died inside a commit": 0.08, "died after a commit": 0.15,
    "write torn": 0.04, "write lost": 0.08, "disk full": 0.02, "disk in error": 0.02,
}  # fmt: skip
#: These are what so many days must bring, to the last of them: no chance is left out.
WHOLE_FROM_SEEDS, WHOLE = 3_000, frozenset({"settled", "crashed", "power_cut", "restored"})
#: Places in the node that call `sometimes`, and how often for each seed.
POINTS: Mapping[str, float] = {
    "a commit fails": POINT_PER_SEED,
    "a frame comes again": POINT_PER_SEED,
    "a payment is taken back unsigned": POINT_PER_SEED,
    "a signed payment is asked back": POINT_PER_SEED,
    "an order waits for room on its line": POINT_PER_SEED,
    "an unsigned order meets its deadline": POINT_PER_SEED,
    "frames are told again after a loss": POINT_PER_SEED,
    "a ring between refuses": POINT_PER_SEED,
    "a payment goes another way": POINT_PER_SEED,
    "a circle is netted": POINT_PER_SEED,
    "a statement is signed by both": POINT_PER_SEED,
    "a line begins anew": POINT_PER_SEED,
    "a ring hears that its partner winds down": POINT_PER_SEED,
    "a ring says that all is over": POINT_PER_SEED,
    "a claim changes hands": POINT_PER_SEED,
    "an agreement is asked for": POINT_PER_SEED,
    "a taker declines": POINT_PER_SEED,
    "a creditor declines": POINT_PER_SEED,
    "a new card is taken up": POINT_PER_SEED,
    "a clock is not believed": POINT_PER_SEED,
    "a frame is not taken: gap": POINT_PER_SEED,
    "a frame is not taken: fenced": POINT_PER_SEED,
    "a frame is not taken: restored": POINT_PER_SEED,
    "a frame is not taken: fork": POINT_PER_SEED,
    "a frame is not taken: wrong_prev": POINT_PER_SEED,
    "a frame is not taken: bad_ack": POINT_PER_SEED,
    "an order is written off": 0.006,  # only where a liar is given up who has orders on him: 12 in 3 000 days
}
#: Places that days reach seldom or never, and the tests that reach each.
BY_TESTS: Mapping[str, str] = {
    "an order that was passed on goes on in a new epoch": "tests/federation/reset/test_passing_goes_on.py",
    "what passed belongs to another epoch": "tests/federation/reset/test_copy_of_an_epoch_before.py",
    "what waits is over on the line that it came by": "tests/federation/reset/test_copy_of_an_epoch_before.py",
    "an order that went on in a new epoch comes back": "tests/federation/reset/test_copy_and_what_went_on.py",
    "what was held is over on both of its lines": "tests/federation/reset/test_copy_and_what_went_on.py",
    "a receipt stands for a ring that is gone": "tests/federation/reset/test_two_dead_rings.py",
    "a claim has turned before it was handed over": "tests/federation/test_assigning.py",
    "a proposal is dropped, for the other ring is closed": "tests/federation/test_certificate_and_resets.py",
    "a ring tells its partners later that it winds down": "tests/federation/test_winding_down.py",
    "an attempt that was released is paid all the same": "tests/federation/transit/test_late_tries.py",
}


def lies_of(kind: str) -> str:
    """What the lies of a kind of liar are counted as."""
    return f"lies: {kind}"


def missed(points: Mapping[str, int], seen: Mapping[str, int], seeds: int, sound: int) -> list[str]:
    """What came too seldom in so many seeds, of which `sound` did not fail, with how often it came."""
    if seeds < QUOTA_FROM_SEEDS:
        return []
    figures = {**FIGURES_PER_SEED, **{lies_of(kind): LIAR_PER_SEED for kind in LIARS}}
    # Nothing may be missing wholly, whatever its quota is.
    few = [name for name, each in figures.items() if seen.get(name, 0) < max(1.0, _figure(name, each, sound))]
    rare = [name for name, each in POINTS.items() if points.get(name, 0) < _asked(each, seeds)]
    return [f"{name}: {points.get(name, 0)}" for name in rare] + [f"{name}: {seen.get(name, 0)}" for name in few]


def _asked(each: float, seeds: int) -> float:
    return each * seeds if each >= POINT_PER_SEED else _least(each, seeds)


def _figure(name: str, each: float, seeds: int) -> float:
    return each * seeds if name in WHOLE and seeds >= WHOLE_FROM_SEEDS else _least(each, seeds)


def _least(each: float, seeds: int) -> float:
    """How many of something so many seeds must bring, less what chance alone leaves out once in a thousand runs."""
    return each * seeds - 3 * math.sqrt(each * seeds)
