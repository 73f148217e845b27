# SPDX-License-Identifier: Apache-2.0
"""What is sent, what comes, and what is thought of it. Pure: who sends stands in `sending`.

A script plays one rule: it yields requests, gets their answers, and ends where the rule held. It raises Broken where it
did not, and Unjudged where nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from ringtausch_protocol.conformance.stage import Stage

JSON = MappingProxyType({"Content-Type": "application/json"})
NOTHING: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    """What is asked of the ring under test."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = JSON


class Answer(NamedTuple):
    """What it answered; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Heard(NamedTuple):
    """What the ring under test said by itself, at the kit's own address."""

    path: str
    media_type: str
    body: bytes


class Broken(Exception):
    """A rule does not hold: what the SPEC says, and what came instead."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(expected, came)
        self.expected, self.came = expected, came


class Unjudged(Exception):
    """Nothing can be said about a rule, and why."""


class Outcome(Enum):
    """What became of a rule."""

    HELD = "held"
    BROKEN = "broken"
    UNJUDGED = "unjudged"


T = TypeVar("T")
#: Requests out, answers in; the value is what was learned.
Talk: TypeAlias = Generator[Request, Answer, T]
Script: TypeAlias = "Callable[[Stage], Talk[None]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, the section of SPEC.md that says it, in one sentence what must hold, and how it is played."""

    id: str
    section: str
    says: str
    script: Script


class Result(NamedTuple):
    """What became of one rule. `sent`: the last request, in short; `expected` and `came` where it broke, or why not."""

    rule: Rule
    outcome: Outcome
    sent: str = ""
    expected: str = ""
    came: str = ""


class RuleBook:
    """The rules of one subject, in the order in which they are played."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def rule(self, name: str, section: str, says: str) -> Callable[[Script], Script]:
        """Enter a script under its rule."""

        def enter(script: Script) -> Script:
            self._rules.append(Rule(name, section, says, script))
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
            request = talk.send(send(request))
    except StopIteration:
        return Result(rule, Outcome.HELD, sent)
    except Broken as broken:
        return Result(rule, Outcome.BROKEN, sent, broken.expected, broken.came)
    except Unjudged as reason:
        return Result(rule, Outcome.UNJUDGED, sent, came=str(reason))


#: So much of a body is shown: enough to see which of its fields is odd.
SHOWN_BYTES = 240


def shown(request: Request) -> str:
    """A request in one line."""
    return f"{request.method} {request.path} {excerpt(request.body)}".rstrip()


def excerpt(body: bytes) -> str:
    """The beginning of a body, as text that fits a line."""
    text = body[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    line = "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
    return line + (f"… ({len(body)} bytes)" if len(body) > SHOWN_BYTES else "")


def exit_code(results: Sequence[Result]) -> int:
    """0: every rule held; 1: one is broken; 2: none is broken, but one could not be judged."""
    outcomes = {result.outcome for result in results}
    if Outcome.BROKEN in outcomes:
        return 1
    return 2 if Outcome.UNJUDGED in outcomes or not results else 0
