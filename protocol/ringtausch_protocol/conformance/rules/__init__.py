# SPDX-License-Identifier: Apache-2.0
"""All rules, in the order in which they are played.

What comes before the words were compared, and what after; at the end what stops a line, for nothing follows on it.
"""

from __future__ import annotations

from ringtausch_protocol.conformance.rule import Rule
from ringtausch_protocol.conformance.rules import (
    between,
    calls,
    chain,
    form,
    greeting,
    items,
    logs,
    orders,
    peering,
    promises,
    witness,
)

BEFORE_WORDS: tuple[Rule, ...] = (*form.RULES, *peering.RULES)
AFTER_WORDS: tuple[Rule, ...] = (
    *greeting.RULES,
    *chain.RULES,
    *orders.RULES,
    *promises.RULES,
    *between.RULES,
    *items.RULES,
    *logs.RULES,
    *chain.LAST,
    *calls.RULES,
    *witness.RULES,
)
ALL: tuple[Rule, ...] = (*BEFORE_WORDS, *AFTER_WORDS)
