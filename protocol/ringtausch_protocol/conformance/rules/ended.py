# SPDX-License-Identifier: Apache-2.0
"""A line that ends while nothing is owed on it: what its creditor may say, the last statement, nothing after it.

On a line of its own (SPEC.md 5.2, 7.4), with the kit as the one who ends it.
"""

from __future__ import annotations

from ringtausch_protocol.conformance.ending import is_ended, signs_last, word
from ringtausch_protocol.conformance.model import Talk, Unjudged
from ringtausch_protocol.conformance.ordering import NOBODY, draft, refuses, rejects
from ringtausch_protocol.conformance.passing import opens
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import ENDING, Stage
from ringtausch_protocol.conformance.talking import exchange

RULES = RuleBook(needs="line-above")


@RULES.rule("line-above", "5.2", "a limit above the one that both signed last is rejected not_allowed")
def line_above(stage: Stage) -> Talk[None]:
    line = stage.liar(ENDING)
    yield from opens(stage, line)
    above = line.invitation.limit_out_seconds + 1
    yield from rejects(stage.on(ENDING), word(line, 2, limit_seconds=above), "not_allowed")


@RULES.rule("line-stale", "5.2", "a word about a line that is not newer than the last one is rejected stale_terms")
def line_stale(stage: Stage) -> Talk[None]:
    yield from rejects(stage.on(ENDING), word(stage.liar(ENDING), 1, state="paused"), "stale_terms")


@RULES.rule("ended-word", "5.2", "nothing follows ended: a line that is opened again is rejected not_allowed")
def ended_word(stage: Stage) -> Talk[None]:
    ended, line = stage.on(ENDING), stage.liar(ENDING)
    yield from exchange(ended, line, [word(line, 2, state="ended")])
    yield from rejects(ended, word(line, 3), "not_allowed")


@RULES.rule(
    "ended-statement", "7.4", "a line that has ended, with nothing owed or open: both sign that it is over",
    needs="ended-word",
)  # fmt: skip
def ended_statement(stage: Stage) -> Talk[None]:
    yield from signs_last(stage, stage.liar(ENDING))


@RULES.rule("ended-order", "7.4", "on a line that both have ended an order is refused no_capacity")
def ended_order(stage: Stage) -> Talk[None]:
    ended = stage.on(ENDING)
    if not is_ended(ended.main):
        raise Unjudged("the kit's word that the line ends was not taken")
    yield from refuses(ended, draft(ended, NOBODY), "no_capacity")
