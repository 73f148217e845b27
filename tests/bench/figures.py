# SPDX-License-Identifier: AGPL-3.0-or-later
"""How figures are taken and shown: rounds interleaved with the reference, medians, a table and JSON."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. `value` is compared with `step`, if one is asked; `at_least` says in which direction."""

    name: str
    what: str
    value: float
    unit: str
    step: float | None
    at_least: bool
    beside: dict[str, Any] = field(default_factory=dict)

    @property
    def is_reached(self) -> bool:
        """Whether the value reaches the first step asked for; so it does where none is asked."""
        if self.step is None:
            return True
        return self.value >= self.step if self.at_least else self.value <= self.step

    def line(self) -> str:
        """The figure as a row of text, with what stands beside it."""
        sign = "≥" if self.at_least else "≤"
        mark = "" if self.step is None else "reached" if self.is_reached else "MISSED"
        beside = ", ".join(f"{key} {_short(value)}" for key, value in self.beside.items())
        goal = "" if self.step is None else f"({sign} {self.step:g})"
        return f"{self.name:<5} {self.value:>9.3g} {self.unit:<3} {goal:<9} {mark:<8} {self.what}\n        {beside}"


def _short(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


async def seconds_of(work: Callable[[], Awaitable[object]]) -> float:
    """Wall seconds of one piece of work."""
    begin = time.perf_counter()
    await work()
    return time.perf_counter() - begin


async def interleaved(
    ours: Callable[[], Awaitable[float]], reference: Callable[[], Awaitable[float]], rounds: int = 5
) -> tuple[float, float]:
    """Take both in turn, after one round that is not counted. -> (median of ours, median of the reference)."""
    await ours()
    await reference()
    taken = [(await ours(), await reference()) for _ in range(rounds)]
    return statistics.median(each[0] for each in taken), statistics.median(each[1] for each in taken)


def median(values: Sequence[float]) -> float:
    """The middle of what was measured."""
    return statistics.median(values)
