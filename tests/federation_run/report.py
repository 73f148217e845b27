# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report of all runs as text: what was played, each figure over its seeds, and where a goal was missed why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import mean

import msgspec

from tests.federation_run.figures import Figures

#: What is asked of a federation in which a tenth of all payments goes across, and of netting.
GOAL_WITH_ROOM, GOAL_FREED = 0.98, 0.30
#: The share of payments across for which the first goal is set.
GOAL_ACROSS = 0.1

_HOW = """\
The rings are real: their rooms, SQLite in memory folders, signed frames, limits, rules. Time and network are simulated.
Not as in service: the run carries the adverts that rings make, every ten minutes; each life of a ring signs one head; a
ring in which nothing is open sweeps every three hours and posts every six; who is away is tried every quarter of an
hour. A member who is refused comes again after a quarter of an hour, an hour, eight hours, a day, then gives up."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What all runs have in common; hours: the sum of all limits, one way; commit: as git names what was run."""

    rings: int
    lines: int
    rings_on_lines: int
    limit_hours: float
    days: float
    commit: str


def text(setting: Setting, runs: Sequence[Figures]) -> str:
    """The whole report."""
    parts = [_head(setting), *(_of_share(share, _of(runs, share)) for share in sorted({run.across for run in runs}))]
    return "\n\n".join([*parts, *_faults(runs)]) + "\n"


def _head(setting: Setting) -> str:
    granted = f"{setting.lines} lines with {setting.limit_hours:,.0f} hours of limits each way"
    played = f"{setting.rings} real rings, {setting.days:g} days. By za:rt's rule {setting.rings_on_lines} rings have"
    rest = f"the others traded too little: their members pay at home only. Made with {setting.commit}."
    return f"{_HOW}\n{played} {granted};\n{rest}"


def _of(runs: Sequence[Figures], share: float) -> list[Figures]:
    return sorted((run for run in runs if run.across == share), key=lambda run: run.seed)


#: Name, what of a run, and how it is written.
_ROWS: tuple[tuple[str, Callable[[Figures], float | None], str], ...] = (
    ("payments", lambda run: run.payments, "{:,.0f}"),
    ("across", lambda run: run.payments_across, "{:,.0f}"),
    ("with a way and room", lambda run: run.with_room, "{:,.0f}"),
    ("paid, of all", lambda run: run.paid, "{:.1%}"),
    ("paid, of those across", lambda run: run.paid_across, "{:.1%}"),
    ("paid, with way and room", lambda run: run.paid_with_room, "{:.1%}"),
    ("  at the first try", lambda run: run.paid_at_once, "{:.1%}"),
    ("latency, median", lambda run: _at(run.latency_seconds, 0), "{:,.1f} s"),
    ("  95 of a hundred within", lambda run: _at(run.latency_seconds, 1), "{:,.1f} s"),
    ("  99 of a hundred within", lambda run: _at(run.latency_seconds, 2), "{:,.1f} s"),
    ("hold-hours", lambda run: run.hold_hours, "{:,.1f}"),
    ("nodes away", lambda run: run.away, "{:.1%}"),
    ("owed without netting", lambda run: run.owed_hours, "{:,.0f} h"),
    ("owed with netting", lambda run: run.left_hours, "{:,.0f} h"),
    ("netting frees", lambda run: run.freed, "{:.1%}"),
    ("  up to 4: greedy find", lambda run: run.four[0], "{:.1%}"),
    ("  up to 4: bound", lambda run: run.four[1], "{:.1%}"),
    ("  up to 6: greedy find", lambda run: run.six[0], "{:.1%}"),
    ("  up to 6: bound", lambda run: run.six[1], "{:.1%}"),
    ("  any length: bound", lambda run: run.any_circle, "{:.1%}"),
    ("  owed in any case", lambda run: run.unavoidable, "{:.1%}"),
)


def _of_share(share: float, runs: Sequence[Figures]) -> str:
    rows = [
        ("seeds", " · ".join(f"{run.seed} (activity x {run.factor:.2f})" for run in runs)),
        *((name, _spread(runs, of, form)) for name, of, form in _ROWS),
        ("paid over so many lines", _counts([run.edges for run in runs])),
        ("not paid, for", _counts([run.codes for run in runs])),
        ("  though there was room", _counts([run.codes_with_room for run in runs])),
    ]
    body = [f"  {name:<28}{value}" for name, value in rows]
    return "\n".join([f"{share:.0%} across", *body, *_goal(share, runs), *_why(runs)])


def _spread(runs: Sequence[Figures], of: Callable[[Figures], float | None], form: str) -> str:
    """The mean over the seeds, and the least and most of them."""
    found = [value for run in runs if (value := of(run)) is not None]
    if not found:
        return "-"
    middle, least, most = (form.format(value) for value in (mean(found), min(found), max(found)))
    return middle if len(found) == 1 else f"{middle} ({least} to {most})"


def _at(values: Sequence[float], place: int) -> float | None:
    return values[place] if values else None


def _counts(counts: Sequence[Mapping[int, int]] | Sequence[Mapping[str, int]]) -> str:
    """Counts of all runs together."""
    found: Counter[object] = Counter()
    for each in counts:
        found.update(each)
    return " · ".join(f"{name}: {count}" for name, count in sorted(found.items(), key=str)) or "-"


def _goal(share: float, runs: Sequence[Figures]) -> list[str]:
    if share != GOAL_ACROSS:
        return []
    word = "reached" if is_reached(runs) else "MISSED"
    return [f"  Goal: of payments with way and room {GOAL_WITH_ROOM:.0%} are paid: {word}."]


def is_reached(runs: Sequence[Figures]) -> bool:
    """Whether payments that had a way with room were paid as often as is asked, over all seeds."""
    room = sum(run.with_room for run in runs)
    return sum((run.paid_with_room or 0.0) * run.with_room for run in runs) >= GOAL_WITH_ROOM * room


def _why(runs: Sequence[Figures]) -> list[str]:
    """Where netting frees less than is asked: what there was to free."""
    freed = [run.freed for run in runs if run.freed is not None]
    if not freed or mean(freed) >= GOAL_FREED:
        return []
    four, six = mean(run.four[1] or 0.0 for run in runs), mean(run.six[1] or 0.0 for run in runs)
    whole, rest = mean(run.any_circle or 0.0 for run in runs), mean(run.unavoidable or 0.0 for run in runs)
    return [
        f"  Netting frees less than {GOAL_FREED:.0%}. The most that any netting could end, in circles of whatever",
        f"  length and with every debt known, is {whole:.1%}; of up to six rings {six:.1%}, of up to four {four:.1%}.",
        f"  {rest:.0%} is what rings owe on balance; the rest runs in no circle over the lines that there are.",
    ]


def _faults(runs: Sequence[Figures]) -> list[str]:
    """What may never be: printed last, so that nobody overlooks it."""
    return [f"WRONG, seed {run.seed} at {run.across:.0%}: {fault}" for run in runs for fault in run.faults]
