# SPDX-License-Identifier: Apache-2.0
"""The ring under test has said that it stops: nothing new begins there any more (SPEC.md 5.6).

Played last, and only where its operator has said so: it does not go on after that.
"""

from __future__ import annotations

from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged
from ringtausch_protocol.conformance.ordering import NOBODY, draft, refuses
from ringtausch_protocol.conformance.passing import found
from ringtausch_protocol.conformance.rule import ENDED, RuleBook
from ringtausch_protocol.conformance.rules.resets import is_kept
from ringtausch_protocol.conformance.stage import KEPT, Stage
from ringtausch_protocol.conformance.talking import PEERING, exchange, post, refused
from ringtausch_protocol.items import Line

#: The end may come in a later frame, or the ring may say "later" to each of these.
ASKED = 20
RULES = RuleBook(needs=ENDED)


def hears_end(stage: Stage) -> Talk[bool]:
    """Ask on the main line, a few times where it is put off. -> whether the ring under test has ended it."""
    line, is_ended = stage.open_line(), False
    for _ in range(ASKED):
        yield from exchange(stage, line)
        is_ended = any(found(line, Line, lambda item: item.state == "ended"))
        if is_ended:
            break
    return is_ended


@RULES.rule(ENDED, "5.6", "a ring that stops ends its lines, and says nothing about them after that")
def stopped_line(stage: Stage) -> Talk[None]:
    if not (yield from hears_end(stage)):
        raise Unjudged("the ring under test has not said that it stops")
    said = [*found(stage.main, Line, lambda _: True)]
    if said[-1].state != "ended" or len({each.version for each in said}) < len(said):
        raise Broken("ended, once and last", f"{said}")


@RULES.rule("stopped-order", "5.6", "a ring that stops refuses an order that makes somebody owe more: no_capacity")
def stopped_order(stage: Stage) -> Talk[None]:
    yield from refuses(stage, draft(stage, NOBODY), "no_capacity")


@RULES.rule("stopped-peering", "5.6", "who accepts an earlier invitation of a ring that stops is refused winding_down")
def stopped_peering(stage: Stage) -> Talk[None]:
    if len(stage.lines) <= KEPT:
        raise Unjudged(f"needs an invitation that was not used: give {KEPT + 1} of them")
    refused((yield from post(PEERING, stage.lines[KEPT].peering())), "winding_down")


@RULES.rule("stopped-reset", "5.6", "a ring that stops says ring_closed to no proposal before all its lines are over")
def stopped_reset(stage: Stage) -> Talk[None]:
    yield from is_kept(stage)
