# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report as one picture: success of each seed, ways by length, debts without and with netting. Plain SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import mean
from xml.sax.saxutils import escape

from tests.federation_run.figures import Figures
from tests.federation_run.report import GOAL_WITH_ROOM, Setting

WIDTH, HEIGHT, LEFT, TOP, PANEL, GAP, BASE = 900, 320, 40, 70, 250, 40, 280
_STYLE = (
    "text{font:13px sans-serif;fill:#222}.title{font-size:16px;font-weight:bold}.ten{fill:#2b6cb0}.fifty{fill:#c05621}"
    ".less{opacity:.45}line{stroke:#999}rect.paper{fill:#fff}"
)
#: The least success that the first panel shows.
FLOOR = 0.8
_COLOURS = ("ten", "fifty")


def picture(setting: Setting, runs: Sequence[Figures]) -> str:
    """The picture as the text of an SVG file."""
    shares = sorted({run.across for run in runs})
    groups = [[run for run in runs if run.across == share] for share in shares]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<style>{_STYLE}</style>", f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        _text(LEFT, 26, f"{setting.rings} real rings, {setting.days:g} days, {_seeds(len(groups[0]))}", "title"),
        *(_legend(place, share) for place, share in enumerate(shares)),
        *_success(groups), *_ways(groups), *_debts(groups), "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _seeds(count: int) -> str:
    return f"{count} seed" if count == 1 else f"{count} seeds"


def _success(groups: Sequence[Sequence[Figures]]) -> Iterator[str]:
    """A dot for each seed, and the goal as a line."""
    yield _text(LEFT, TOP, "Paid, of those with way and room")
    for value in (FLOOR, 0.9, GOAL_WITH_ROOM, 1.0):
        yield f'<line x1="{LEFT + 45}" x2="{LEFT + PANEL}" y1="{_level(value):.1f}" y2="{_level(value):.1f}"/>'
        yield _text(LEFT, round(_level(value)) + 4, f"{value:.0%}")
    for place, runs in enumerate(groups):
        for number, run in enumerate(runs):
            if run.paid_with_room is not None:
                x, y = LEFT + 70 + place * 90 + number * 14, _level(max(FLOOR, run.paid_with_room))
                yield f'<circle class="{_COLOURS[place % 2]}" cx="{x}" cy="{y:.1f}" r="5"/>'


def _level(value: float) -> float:
    return BASE - (value - FLOOR) / (1 - FLOOR) * (BASE - TOP - 20)


def _ways(groups: Sequence[Sequence[Figures]]) -> Iterator[str]:
    """How many payments went over one line, two, three, four."""
    left = LEFT + PANEL + GAP
    yield _text(left, TOP, "Paid over 1, 2, 3, 4 lines")
    for place, runs in enumerate(groups):
        edges = sum((Counter(run.edges) for run in runs), Counter[int]())
        total = max(1, sum(edges.values()))
        for length in range(1, 5):
            x = left + (length - 1) * 60 + place * 26
            yield _bar(x, edges[length] / total, _COLOURS[place % 2])
            yield _text(x, BASE + 16, f"{edges[length] / total:.0%}")


def _debts(groups: Sequence[Sequence[Figures]]) -> Iterator[str]:
    """What is owed in the end, on the mean: without netting, and beside it with netting."""
    left = LEFT + 2 * (PANEL + GAP)
    yield _text(left, TOP, "Owed: without, with netting")
    means = [[mean(getattr(run, name) for run in runs) for name in ("owed_hours", "left_hours")] for runs in groups]
    most = max(1.0, *(value for both in means for value in both))
    for place, both in enumerate(means):
        for number, value in enumerate(both):
            x = left + place * 120 + number * 52
            yield _bar(x, value / most, f"{_COLOURS[place % 2]}{' less' if number else ''}")
            yield _text(x, BASE + 16, f"{value:,.0f} h")


def _bar(x: int, part: float, kind: str) -> str:
    height = part * (BASE - TOP - 20)
    return f'<rect class="{kind}" x="{x}" y="{BASE - height:.1f}" width="24" height="{height:.1f}"/>'


def _legend(place: int, share: float) -> str:
    x = LEFT + 420 + place * 150
    return f'<rect class="{_COLOURS[place % 2]}" x="{x}" y="15" width="12" height="12"/>' + _text(
        x + 18, 26, f"{share:.0%} across"
    )


def _text(x: int, y: int, words: str, kind: str = "") -> str:
    return f'<text x="{x}" y="{y}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}>{escape(words)}</text>'
