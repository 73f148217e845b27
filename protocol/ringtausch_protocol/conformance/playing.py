# SPDX-License-Identifier: Apache-2.0
"""Rules one after the other, so that the fault of one is not taken for one of the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Answer, Broken, Request, Talk, Unjudged
from ringtausch_protocol.conformance.rule import Outcome, Result, Rule, play
from ringtausch_protocol.conformance.stage import LIARS, Stage
from ringtausch_protocol.conformance.talking import exchange, greet

Send = Callable[[Request], Answer]


def play_all(rules: Sequence[Rule], stage: Stage, send: Send) -> Iterator[Result]:
    """Play each of the rules. Raises OSError where the ring under test cannot be reached."""
    for rule in rules:
        result = play(rule, stage, send)
        if result.outcome is Outcome.BROKEN:
            play(_steps_after(rule), stage, send)
        yield result


def _steps_after(broken: Rule) -> Rule:
    """Whether both sides of each line hold the same after a rule that was broken; if not, it is left alone."""

    def find_step(stage: Stage) -> Talk[None]:
        for number, line in enumerate(stage.lines):
            if line.is_in_step and number not in LIARS and not line.out_of_step:
                yield from _try_step(stage, line, broken.id)

    return dataclasses.replace(broken, script=find_step)


def _try_step(stage: Stage, line: KitLine, after: str) -> Talk[None]:
    """Ask on the line; where that fails begin a new boot, as any ring may; where that fails too it is out of step."""
    try:
        yield from exchange(stage, line)
    except (Broken, Unjudged):
        line.start()
        try:
            yield from greet(line)
            yield from exchange(stage, line)
        except (Broken, Unjudged):
            line.out_of_step = f"the line is out of step since {after} was broken"
