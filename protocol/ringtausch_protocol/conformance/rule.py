# SPDX-License-Identifier: Apache-2.0
"""Rules, how one is played, and what became of it.

A script plays one rule: it yields requests, gets their answers, and ends where the rule held. It raises Broken where it
did not, and Unjudged where nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from ringtausch_protocol.conformance.model import Answer, Broken, Request, Talk, Unjudged, shown
from ringtausch_protocol.conformance.stage import Stage

#: The rule after which the ring under test takes nothing new any more; rules that come behind it need it.
ENDED = "stopped-line"
Script: TypeAlias = Callable[[Stage], Talk[None]]


class Outcome(Enum):
    """What became of a rule."""

    HELD = "held"
    BROKEN = "broken"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, the section of SPEC.md that says it, in one sentence what must hold, and how it is played.

    `needs`: the rule that must have held before, because this one goes on from what it left; empty: none.
    """

    id: str
    section: str
    says: str
    script: Script
    needs: str = ""


class Result(NamedTuple):
    """What became of one rule. `sent`: the last request, in short; `expected` and `came` where it broke, or why not."""

    rule: Rule
    outcome: Outcome
    sent: str = ""
    expected: str = ""
    came: str = ""


class RuleBook:
    """The rules of one subject, in the order in which they are played. `needs`: the first of them, if all need it."""

    def __init__(self, needs: str = "") -> None:
        self._rules: list[Rule] = []
        self._needs = needs

    def rule(self, name: str, section: str, says: str, needs: str = "") -> Callable[[Script], Script]:
        """Enter a script under its rule."""
        needed = needs or (self._needs if name != self._needs else "")

        def enter(script: Script) -> Script:
            self._rules.append(Rule(name, section, says, script, needed))
            return script

        return enter

    def __iter__(self) -> Iterator[Rule]:
        yield from self._rules


def play(rule: Rule, stage: Stage, send: Callable[[Request], Answer]) -> Result:
    """Play one rule against whatever `send` reaches. Raises OSError where that cannot be reached."""
    talk, sent = rule.script(stage), ""
    try:
        request = next(talk)
        while True:
            sent = shown(request)
            try:
                answer = send(request)
            except Unjudged as reason:
                request = talk.throw(reason)
            else:
                request = talk.send(answer)
    except StopIteration:
        return Result(rule, Outcome.HELD, sent)
    except Broken as broken:
        return Result(rule, Outcome.BROKEN, sent, broken.expected, broken.came)
    except Unjudged as reason:
        return Result(rule, Outcome.UNJUDGED, sent, came=str(reason))


def exit_code(results: Sequence[Result]) -> int:
    """0: every rule held; 1: one is broken; 2: none is broken, but one could not be judged."""
    outcomes = {result.outcome for result in results}
    if Outcome.BROKEN in outcomes:
        return 1
    return 2 if Outcome.UNJUDGED in outcomes or not results else 0
