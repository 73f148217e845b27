# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a seed stands for: how many rings, how much work, which kinds of trouble and how much of each."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.simulation.network import Faults

NAMES = ("ash", "elm", "fir", "ivy", "lime", "oak", "pine", "yew")
MEMBERS = 3

#: Every kind of trouble, and in what part of the seeds it comes.
KINDS = {
    "drop": 0.45, "duplicate": 0.4, "delay": 0.3, "replay": 0.2, "cut": 0.4, "half": 0.2, "reset": 0.3,
    "crash": 0.5, "power": 0.14, "disk": 0.08, "restore": 0.2, "skew": 0.25, "jump": 0.15,
}  # fmt: skip
#: Kinds that came later, drawn from a stream of their own, so that what was drawn before stays as it was.
LATER_KINDS = {"leap": 0.1, "rotate": 0.12, "watch": 0.5, "assigning": 0.25}
#: The same once more: a cut for hours; frames of before a restore come after it.
LATEST_KINDS = {"long_cut": 0.12, "late": 0.55}
#: Which of how many seeds go through real HTTP, a tenth: it is slower, and what it adds is at the edge. No liar's is
#: among them: liars change whole messages.
BYTES_EVERY, BYTES_AT = 40, (5, 16, 22, 28)
#: Which of them have a ring put back from a backup in any case, and frames of before that come late.
LATE_AT = 28
#: Every how manieth seed has a liar, and which: in turn, so that each comes often enough.
LIAR_EVERY = 5
LIARS = (
    "equivocates", "replays", "hides", "claims", "forks", "colludes", "contradicts", "invents", "overclaims", "swaps",
    "jams", "tells_otherwise", "steals", "runs_twice",
    "breaks",
)  # fmt: skip
#: The last of them came later, and takes the place of another on every fifth day of a liar: two rules hang on it alone.
BREAKS_EVERY, BREAKS_AT = 5, 2
#: Every how manieth seed, and which of them, has four rings in a circle that carry payments of others.
PASSES_EVERY, PASSES_AT, PASSING = 5, 2, "passing"
#: The same of those on which people give to funds: none of the seeds that are kept as tests of what they have brought.
GIVES_EVERY, GIVES_AT, GIVING = 17, (0, 9), "giving"
#: What operators do in the evening of an honest day, and on what part of these.
EVENINGS = {"circle": 0.5, "statement": 0.12, "anew": 0.12, "stopping": 0.15}
#: On what part of the days on which a ring winds down it hands claims over first: not where rings stand in a circle.
HANDING_OVER = 0.6
#: On what part of the days on which a line begins anew a ring is put back from a copy of before.
PUT_BACK = 0.5
#: Rings of a world: most are small, because what goes wrong between two goes wrong between eight.
SIZES = (*(3,) * 60, *(4,) * 5, 5, 5, 6, 8)
#: How often rings sign their log: every second is a third of a day's cost. What goes wrong around a checkpoint is seen
#: on some days.
SPACINGS_SECONDS = (1.0, *(15.0,) * 4, *(60.0,) * 13)


@dataclass(frozen=True)
class Options:
    """A failure prints it, and it can be played again. `off`: kinds that whoever shrinks a failure has switched off."""

    seed: int
    kinds: frozenset[str]
    rings: tuple[str, ...]
    wishes: int
    faults: Faults
    #: Messages go as real HTTP, over streams in memory.
    has_bytes: bool
    #: Deaths per step of a node.
    crashes: float
    skew_seconds: int
    spacing_seconds: float
    #: The kind of liar that lives among the rings.
    liar: str | None = None
    #: Payments pass through rings between: who pays has no line to the payee's ring.
    passes: bool = False
    #: People give to the funds of their rings, and these give.
    gives: bool = False
    #: What operators do when people have gone home.
    evening: frozenset[str] = frozenset()
    off: frozenset[str] = field(default_factory=frozenset)

    @property
    def parts(self) -> frozenset[str]:
        """All that can be switched off on this day."""
        return self.kinds | self.evening | ({GIVING} if self.gives else set())

    @classmethod
    def of(cls, seed: int, off: frozenset[str] = frozenset()) -> Options:
        """All numbers are drawn whether a kind is on or not: switching one off changes no other."""
        chance = random.Random(f"options-{seed}")
        kinds = frozenset(kind for kind, likely in KINDS.items() if chance.random() < likely) - off
        size, wishes = chance.choice(SIZES), chance.randint(42, 48)
        passes = seed % PASSES_EVERY == PASSES_AT and PASSING not in off
        if passes:
            size, kinds = 4, kinds | {PASSING}
        liar = _liar(seed)
        size = max(size, 4) if liar == "colludes" else size  # two honest ones are left
        if liar is not None:  # what only a liar could tell back would be lost, and be no fault
            kinds = (kinds | ({liar} - off)) - {"restore"}
        drawn = {kind: chance.choice((0.02, 0.05, 0.2)) for kind in KINDS}
        amounts = {kind: amount if kind in kinds else 0.0 for kind, amount in drawn.items()}
        chance.random()  # what was drawn for real HTTP, in its place
        has_bytes = seed % BYTES_EVERY in BYTES_AT
        crashes = chance.choice((0.0003, 0.0006, 0.0015))
        kinds = _with_later(seed, kinds, off, has_bytes=has_bytes, is_honest=liar is None)
        kinds -= {"assigning"} if passes else set()
        evening = _evening(seed, kinds, passes=passes, is_honest=liar is None) - off
        return cls(
            seed=seed, kinds=kinds, rings=NAMES[:size], wishes=wishes,
            faults=_faults(amounts, chance.choice((0.005, 0.05, 0.5))),
            has_bytes=has_bytes, crashes=crashes if "crash" in kinds else 0.0,
            skew_seconds=20 if "skew" in kinds else 0, spacing_seconds=chance.choice(SPACINGS_SECONDS),
            liar=None if liar in off else liar, passes=passes,
            gives=seed % GIVES_EVERY in GIVES_AT and GIVING not in off, evening=evening, off=off,
        )  # fmt: skip


def _liar(seed: int) -> str | None:
    turn, place = divmod(seed, LIAR_EVERY)
    if place != LIAR_EVERY - 1:
        return None
    return LIARS[-1] if turn % BREAKS_EVERY == BREAKS_AT else LIARS[turn % (len(LIARS) - 1)]


def _with_later(
    seed: int, kinds: frozenset[str], off: frozenset[str], *, has_bytes: bool, is_honest: bool
) -> frozenset[str]:
    for stream, later in (("later", LATER_KINDS), ("again", LATEST_KINDS)):
        chance = random.Random(f"{stream}-{seed}")
        kinds |= {kind for kind, likely in later.items() if chance.random() < likely} - off
    if seed % BYTES_EVERY == LATE_AT:
        kinds = (kinds | ({"restore", "late"} - off)) - {"rotate"}
    if not has_bytes:  # logs are asked for by real HTTP only
        kinds -= {"watch"}
    if "rotate" in kinds:  # a copy with the keys of before is superseded: its operators issue another card first
        kinds -= {"restore"}
    if not is_honest:  # a liar would tell lies for hours
        kinds -= {"long_cut"}
    if "restore" not in kinds:  # frames are kept of a boot that a copy replaces
        kinds -= {"late"}
    return kinds


def _evening(seed: int, kinds: frozenset[str], *, passes: bool, is_honest: bool) -> frozenset[str]:
    """From a stream of its own. A circle needs rings that stand in one, and hear each other."""
    chance = random.Random(f"evening-{seed}")
    drawn = {name for name, likely in EVENINGS.items() if chance.random() < likely}
    hands_over = "stopping" in drawn and not passes and chance.random() < HANDING_OVER
    drawn |= {"handing over"} if hands_over else set()
    drawn |= {"put back"} if "anew" in drawn and chance.random() < PUT_BACK else set()
    if "rotate" in kinds:  # as `restore`
        drawn -= {"put back"}
    # A ring put back from before its clock leapt is not heard for a day.
    if not passes or {"leap", "restore"} <= kinds:
        drawn -= {"circle"}
    return frozenset(drawn) if is_honest else frozenset()


def _faults(amounts: dict[str, float], latency_seconds: float) -> Faults:
    return Faults(
        drop=amounts["drop"], drop_answer=amounts["drop"], duplicate=amounts["duplicate"],
        straggle=amounts["delay"] / 4, replay=amounts["replay"] / 2, half=amounts["half"] / 2,
        reset=amounts["reset"], latency_seconds=latency_seconds,
    )  # fmt: skip
