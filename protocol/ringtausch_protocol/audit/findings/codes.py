# SPDX-License-Identifier: Apache-2.0
"""Every code of an audit: the invariant that it belongs to, and how much it weighs. Codes are stable (SPEC.md 8.10).

I1 signatures, I2 chains, I3 one story, I4 decisions, I5 causes, I6 paths, I7 balances, I8 limits, I9 netting, I10 ends,
I11 histories, I12 refunds, I13 documents, I14 no personal data. A code without one is about what was not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple


class Level(IntEnum):
    """NOTE: to be known. HINT: not clean, and nobody's proven fault. FINDING: something is wrong."""

    NOTE = 0
    HINT = 1
    FINDING = 2


class Code(NamedTuple):
    """`follows`: codes of which this one is a mere consequence where they stand on the same line."""

    invariant: str
    level: Level
    follows: tuple[str, ...] = ()


_F, _H, _N = Level.FINDING, Level.HINT, Level.NOTE
#: What makes the replay of a line meaningless from there on.
_FORK = ("fork",)
_BROKEN = ("fork", "chain_gap", "missing_in_own_log")
_UNTOLD = (*_BROKEN, "bad_entry", "log_incomplete", "entry_changed")

CODES: Mapping[str, Code] = {
    "log_unreadable": Code("I11", _F),
    "checkpoint_invalid": Code("I11", _F),
    "entry_changed": Code("I11", _F),
    "bad_entry": Code("I11", _F),
    "card_invalid": Code("I13", _F),
    "bad_signature": Code("I1", _F),
    "unknown_key": Code("I1", _F),
    "revoked_key": Code("I1", _F),
    "chain_gap": Code("I2", _F, (*_FORK, "epoch_unknown")),
    "false_ack": Code("I2", _F, _BROKEN),
    "missing_in_own_log": Code("I2", _F, _FORK),
    "fork": Code("I3", _F),
    "two_outcomes": Code("I3", _F, _FORK),
    "paid_twice": Code("I3", _F, _FORK),
    "attempt_early": Code("I3", _F, _FORK),
    "decision_invalid": Code("I4", _F, _FORK),
    "effect_before_cause": Code("I5", _F, _UNTOLD),
    "order_changed": Code("I6", _F, _FORK),
    "edges_differ": Code("I6", _F, _FORK),
    "balance_differs": Code("I7", _F, (*_UNTOLD, "decision_invalid", "two_outcomes", "effect_before_cause")),
    "ended_alone": Code("I7", _F, _FORK),
    "open_after_closed": Code("I7", _F),
    "statement_differs": Code("I7", _F, _FORK),
    "over_limit": Code("I8", _F, _FORK),
    "over_caps": Code("I8", _F, _FORK),
    "netting_moved": Code("I9", _F, _FORK),
    "netting_raised": Code("I9", _F, _FORK),
    "netted": Code("I9", _N),
    "order_in_doubt": Code("I10", _H, _FORK),
    "order_late": Code("I10", _H, _FORK),
    "order_open": Code("I10", _N, _FORK),
    "head_differs": Code("I11", _F, _FORK),
    "head_disputed": Code("I11", _H, _FORK),
    "log_split": Code("I11", _F),
    "two_histories": Code("I11", _F),
    "log_shrunk": Code("I11", _H),
    "start_invalid": Code("I11", _F),
    "refund_exceeds": Code("I12", _F, _FORK),
    "refund_unfounded": Code("I12", _F, _FORK),
    "agreement_invalid": Code("I13", _F),
    "epoch_unknown": Code("I13", _F, ("agreement_invalid",)),
    "reset_invalid": Code("I13", _F),
    "document_invalid": Code("I1", _F),
    "greeting_invalid": Code("I13", _F),
    "free_text": Code("I14", _F),
    "two_rings_one_id": Code("I13", _F),
    "source_failed": Code("", _H),
    "log_closed": Code("", _H),
    "ring_not_seen": Code("", _H),
    "log_behind": Code("", _H),
    "log_incomplete": Code("", _H),
    "log_not_seen": Code("", _H),
    "not_in_roster": Code("", _H),
    "under_way_long": Code("I2", _H, _FORK),
    "under_way": Code("I2", _N),
    "void": Code("I2", _N),
    "loss": Code("I10", _H),
    "kept": Code("I10", _H),
    "settled": Code("I10", _H),
    "closed": Code("I7", _N),
    "written_off": Code("I10", _N),
    "waived": Code("I10", _N, _FORK),
    "restored": Code("I11", _N),
    "begun_anew": Code("I13", _N),
}
