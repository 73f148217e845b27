# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol.conformance URL --invitation FILE...`: ends with 0, 1, 2 or 3 (see `given`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TextIO

from ringtausch_protocol.conformance import claims, listening, report, sending, texts
from ringtausch_protocol.conformance.given import USED_WRONGLY, Given, read_given, verify
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Request, Unjudged
from ringtausch_protocol.conformance.opening import stage_of, verify_invitations, verify_served
from ringtausch_protocol.conformance.patience import Patient
from ringtausch_protocol.conformance.playing import Send, play_all
from ringtausch_protocol.conformance.prompting import Prompter
from ringtausch_protocol.conformance.rule import Outcome, Result, Rule, exit_code, play
from ringtausch_protocol.conformance.rules import AFTER_AGREEMENT, AFTER_STOP, AFTER_WORDS, ALL, BEFORE_WORDS
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import HELLO
from ringtausch_protocol.conformance.texts import UsedWrongly, said
from ringtausch_protocol.verifier.program import language_of

COULD_NOT_JUDGE = 2
#: As shells say it of what Ctrl-C has ended.
INTERRUPTED = 130
#: How often the kit asks whether the operator has compared the words.
POLL_SECONDS = 0.5
NOT_CONFIRMED = "the words were not confirmed in time"
NOT_STOPPED = "needs the word of the operator that the ring under test stops: --stop"


def main(arguments: Sequence[str], out: TextIO | None = None) -> int:
    """Read the arguments, judge, give the exit code."""
    language = language_of(arguments)
    try:
        given = read_given(arguments)
        with ExitStack() as until_end:
            return _run(given, Prompter(out or sys.stdout, language), until_end)
    except UsedWrongly as error:
        told, code = error.said(language), USED_WRONGLY
    except (OSError, Unjudged) as error:
        told, code = said(texts.NOT_REACHED, language, reason=error), COULD_NOT_JUDGE
    except KeyboardInterrupt:
        told, code = said(texts.INTERRUPTED, language), INTERRUPTED
    sys.stderr.write(f"{told}\n")
    return code


def _run(given: Given, prompter: Prompter, until_end: ExitStack) -> int:
    """Judge, and tell all of it. Raises UsedWrongly; OSError and Unjudged where nothing was judged."""
    verify(given)
    clock, sender = sending.Clock(), sending.Sender(given.url, given.host)
    stage = stage_of(given, clock)
    verify_served(stage.peer, sender, given.url)
    send = Patient(sender, stage.patience, prompter.tell_later, sending.wait)
    asked_at = sending.now()
    clock.set_by(verify_invitations(stage, given.invitations, send)[-1], asked_at)
    prompter.tell_clock(clock.ahead_seconds)
    _listen(given, stage, until_end)
    results = judged(stage, send, given, prompter)
    prompter.write(report.summary(results))
    if given.json is not None:
        prompter.write_report(given.json, report.to_json(given.url, stage.peer.card.ring_id, results))
    return exit_code(results)


def _listen(given: Given, stage: Stage, until_end: ExitStack) -> None:
    """Listen where it was asked for, while the rules are played. Raises UsedWrongly."""
    place = given.place()
    try:
        if place is not None:
            until_end.enter_context(listening.listening(*place, stage.heard))
    except OSError as error:
        raise UsedWrongly(texts.NOT_HEARD, value=given.listen, reason=error.strerror) from None


def judged(stage: Stage, send: Send, given: Given, prompter: Prompter) -> list[Result]:
    """All rules, each told at once. Those behind a ring that is gone are not judged."""
    results: list[Result] = []
    try:
        for result in judge(stage, send, given, prompter):
            prompter.write(report.line_of(result))
            results.append(result)
    except OSError as error:
        why = f"the ring under test could not be reached any more: {error}"
        results += _not_judged(ALL[len(results) :], why)
        prompter.write(f"{said(texts.NOT_REACHED, given.lang, reason=error)}\n")
    return results


def judge(stage: Stage, send: Send, given: Given, prompter: Prompter) -> Iterator[Result]:
    """Play all rules. Raises OSError where the ring under test cannot be reached."""
    yield from play_all(BEFORE_WORDS, stage, send)
    prompter.tell_words(stage, given.wait)
    is_confirmed = wait_for_words(stage, send, given.wait)
    yield from play_all(AFTER_WORDS, stage, send) if is_confirmed else _not_judged(AFTER_WORDS, NOT_CONFIRMED)
    if is_confirmed and given.agree and AFTER_AGREEMENT[0].needs in stage.held:
        wait_for_agreement(stage, send, given.wait, prompter)
    yield from play_all(AFTER_AGREEMENT, stage, send) if is_confirmed else _not_judged(AFTER_AGREEMENT, NOT_CONFIRMED)
    if is_confirmed and given.stop:
        prompter.tell_stop()
        _is_judged(AFTER_STOP[0], stage, send, given.wait)
    why_not = NOT_CONFIRMED if given.stop and not is_confirmed else NOT_STOPPED
    yield from (play_all(AFTER_STOP, stage, send) if is_confirmed and given.stop else _not_judged(AFTER_STOP, why_not))


def _not_judged(rules: Sequence[Rule], why: str) -> Iterator[Result]:
    return (Result(rule, Outcome.UNJUDGED, came=why) for rule in rules)


def wait_for_words(stage: Stage, send: Send, seconds: float) -> bool:
    """Ask until every line is confirmed, or time is over. -> whether all are."""
    end = sending.now() + seconds
    while not all(_is_confirmed(line, send) for line in stage.lines if line.is_agreed):
        if sending.now() >= end:
            return False
        sending.wait(POLL_SECONDS)
    return True


def wait_for_agreement(stage: Stage, send: Send, seconds: float, prompter: Prompter) -> None:
    """Ask until what the kit has asked for is agreed to, or time is over; not where there is no line for it."""
    try:
        wanted = claims.asked(stage)
    except Unjudged:
        return
    prompter.tell_agreement(wanted)
    stage.has_agreed = _is_judged(AFTER_AGREEMENT[0], stage, send, seconds)


def _is_judged(rule: Rule, stage: Stage, send: Send, seconds: float) -> bool:
    """Play a rule again and again until something can be said, or time is over. -> whether."""
    end = sending.now() + seconds
    while play(rule, stage, send).outcome is Outcome.UNJUDGED:
        if sending.now() >= end:
            return False
        sending.wait(POLL_SECONDS)
    return True


def _is_confirmed(line: KitLine, send: Send) -> bool:
    try:
        return b"not_confirmed" not in send(Request("POST", HELLO, line.ask())).body
    except Unjudged:
        return False
