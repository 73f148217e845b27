# SPDX-License-Identifier: Apache-2.0
"""Rules one after the other, so that what is no fault, or the fault of one, is not taken for one of the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Answer, Broken, Request, Talk, Unjudged
from ringtausch_protocol.conformance.passing import found
from ringtausch_protocol.conformance.rule import ENDED, Outcome, Result, Rule, play
from ringtausch_protocol.conformance.stage import ASSIGNED, LIARS, ONWARD, Stage
from ringtausch_protocol.conformance.talking import exchange, greet
from ringtausch_protocol.items import Line

Send = Callable[[Request], Answer]
#: For so long a rule may be put off and what was signed for it is not too old.
FRESH_SECONDS = 60


def play_all(rules: Sequence[Rule], stage: Stage, send: Send) -> Iterator[Result]:
    """Play each of the rules. Raises OSError where the ring under test cannot be reached."""
    for rule in rules:
        result = _left_out(rule, stage) or _played(rule, stage, send)
        if result.outcome is Outcome.HELD:
            stage.held.add(rule.id)
        if result.outcome is Outcome.UNJUDGED:
            stage.unjudged.setdefault(rule.id, result.came)
        yield result


def _left_out(rule: Rule, stage: Stage) -> Result | None:
    """Why a rule is not played: the one that it goes on from did not hold, for the reason that is named."""
    if not rule.needs or rule.needs in stage.held:
        return None
    stage.unjudged[rule.id] = why = stage.unjudged.get(rule.needs, "which is broken")
    return _unjudged(Result(rule, Outcome.UNJUDGED), f"goes on from {rule.needs}: {why}")


def _played(rule: Rule, stage: Stage, send: Send) -> Result:
    left_seconds = stage.patience.later_left_seconds
    result = play(rule, stage, send)
    if result.outcome is not Outcome.HELD and result.sent:
        play(_steps_after(rule), stage, send)
    if result.outcome is Outcome.BROKEN:
        return _judged_fairly(result, stage, left_seconds - stage.patience.later_left_seconds)
    return result


def _judged_fairly(broken: Result, stage: Stage, later_seconds: int) -> Result:
    """The same, or unjudged: it was put off for long, or the operator of the ring under test has closed a line."""
    if later_seconds >= FRESH_SECONDS:
        return _unjudged(broken, f"the ring under test said later for {later_seconds} seconds meanwhile")
    if ENDED not in (broken.rule.id, broken.rule.needs) and any(map(_is_closed, _shared(stage))):
        return _unjudged(broken, "the ring under test has paused or ended a line of the kit meanwhile")
    return broken


def _unjudged(result: Result, why: str) -> Result:
    return Result(result.rule, Outcome.UNJUDGED, result.sent, came=why)


def _shared(stage: Stage) -> Iterator[KitLine]:
    """The lines on which more than one subject is judged."""
    yield from (line for number, line in enumerate(stage.lines) if number in (0, ONWARD, ASSIGNED))


def _is_closed(line: KitLine) -> bool:
    """Whether the last word of the ring under test about a line is that it takes no orders, as it may at any time."""
    said = [*found(line, Line, lambda _: True)]
    return bool(said) and said[-1].state != "open"


def _steps_after(failed: Rule) -> Rule:
    """Whether both sides of each line hold the same after a rule that did not hold; if not, it is left alone."""

    def find_step(stage: Stage) -> Talk[None]:
        for number, line in enumerate(stage.lines):
            if line.has_greeted and number not in LIARS and not line.out_of_step:
                yield from _try_step(stage, line, failed.id)

    return dataclasses.replace(failed, script=find_step)


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
            line.out_of_step = f"the line is out of step since {after} did not hold"
