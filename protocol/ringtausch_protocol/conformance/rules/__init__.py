# SPDX-License-Identifier: Apache-2.0
"""All rules, in the order in which they are played.

What comes before the words were compared, what after, and what after its operator was asked about assignments; at the
end what stops a line, for nothing follows on it. Last what comes after the ring under test has said that it stops.
"""

from __future__ import annotations

from ringtausch_protocol.conformance.rule import Rule
from ringtausch_protocol.conformance.rules import (
    adverts,
    assigned,
    assigning,
    attempts,
    between,
    calls,
    chain,
    ended,
    farewells,
    form,
    greeting,
    heads,
    items,
    lies,
    logs,
    notes,
    orders,
    peering,
    promises,
    proposals,
    resets,
    room,
    stopped,
    witness,
)

BEFORE_WORDS: tuple[Rule, ...] = (*form.RULES, *peering.RULES)
AFTER_WORDS: tuple[Rule, ...] = (
    *greeting.RULES,
    *chain.RULES,
    *orders.RULES,
    *attempts.RULES,
    *room.RULES,
    *promises.RULES,
    *between.RULES,
    *assigning.RULES,
)
AFTER_AGREEMENT: tuple[Rule, ...] = (
    *assigned.RULES,
    *between.LAST,
    *adverts.RULES,
    *items.RULES,
    *notes.RULES,
    *proposals.RULES,
    *ended.RULES,
    *resets.RULES,
    *logs.RULES,
    *heads.RULES,
    *lies.RULES,
    *chain.LAST,
    *calls.RULES,
    *witness.RULES,
    *peering.CONFIRMED,
)
AFTER_STOP: tuple[Rule, ...] = (*stopped.RULES, *farewells.RULES)
ALL: tuple[Rule, ...] = (*BEFORE_WORDS, *AFTER_WORDS, *AFTER_AGREEMENT, *AFTER_STOP)
