# SPDX-License-Identifier: Apache-2.0
"""Assignments that the kit sends through the ring under test: it takes a debt over, or is owed by another ring (7.16).

The kit plays both other rings. Its first ring owes the ring under test a little, and that its last one.
"""

from __future__ import annotations

from typing import Any

from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Talk
from ringtausch_protocol.conformance.passing import decides, opens, passes
from ringtausch_protocol.conformance.rounds import Round, draft_round
from ringtausch_protocol.conformance.stage import ASSIGNED, PASSING_SECONDS, Stage

#: An amount that an operator can write in every unit: five hundredths of an hour.
SECONDS = 180
#: Where the ring under test stands on the path.
TAKER, CREDITOR = 1, 2
KIND = "assignment"


def third(stage: Stage) -> KitLine:
    """The line of the kit's ninth ring. Raises Unjudged where there is none."""
    return stage.liar(ASSIGNED)


def takes_over(stage: Stage, seconds: int = SECONDS, **changes: Any) -> Round:
    """The ring under test would owe the kit's ninth ring what it owes the last one."""
    return draft_round(stage, KIND, (stage.onward(), third(stage)), seconds, TAKER, **changes)


def takes_over_at_home(stage: Stage, seconds: int = SECONDS, **changes: Any) -> Round:
    """The ring under test would owe the kit's first ring what it owes the last one."""
    return draft_round(stage, KIND, (stage.onward(), stage.open_line()), seconds, TAKER, **changes)


def is_owed(stage: Stage, seconds: int = SECONDS, **changes: Any) -> Round:
    """The kit's ninth ring would owe the ring under test what the first one owes it."""
    return draft_round(stage, KIND, (third(stage), stage.open_line()), seconds, CREDITOR, **changes)


def asked(stage: Stage) -> list[Round]:
    """What the operator of the ring under test is asked for."""
    return [takes_over(stage), takes_over_at_home(stage), is_owed(stage)]


def begins(stage: Stage) -> Talk[None]:
    """All lines are in step, and more is owed than what is assigned by the next rules, whatever passed before."""
    stage.verify_room(third(stage), PASSING_SECONDS)
    if not third(stage).has_greeted:
        yield from opens(stage, third(stage))
    yield from decides(stage, (yield from passes(stage, amount_seconds=2 * SECONDS)), "paid")
