# SPDX-License-Identifier: Apache-2.0
"""Assignments that a ring refuses: whatever its operator says, and without his word (SPEC.md 7.16)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.claims import SECONDS, begins, is_owed, takes_over, takes_over_at_home, third
from ringtausch_protocol.conformance.ending import word
from ringtausch_protocol.conformance.model import Talk
from ringtausch_protocol.conformance.passing import signed_by
from ringtausch_protocol.conformance.rounds import ABOVE_SECONDS, Round, is_refused, netting
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import exchange
from ringtausch_protocol.items import Offer, encode_item

RULES = RuleBook(needs="assignment-path")


@RULES.rule("assignment-path", "7.1", "an assignment that is no circle of three rings is refused malformed")
def assignment_path(stage: Stage) -> Talk[None]:
    yield from begins(stage)
    leaver, tested, first, _ = takes_over_at_home(stage).order.path
    for path in (
        [leaver, tested, leaver],
        [leaver, tested, first],
        [leaver, tested, third(stage).ring.ring_id, first, leaver],
    ):
        yield from is_refused(stage, takes_over_at_home(stage, path=path), "malformed")


@RULES.rule("assignment-bare", "7.14", "what goes round with anything of a member's payment in it is malformed")
def assignment_bare(stage: Stage) -> Talk[None]:
    for field in ("invoice_hash", "payer_commit", "memo_commit", "sealed_hash"):
        for draft in (takes_over_at_home(stage), netting(stage, SECONDS)):
            order = msgspec.structs.replace(draft.order, **{field: b64(stage.chance(32))})
            yield from is_refused(stage, draft._replace(order=order), "malformed")


@RULES.rule("assignment-transfer", "7.1", "a transfer over the path of an assignment is refused malformed")
def assignment_transfer(stage: Stage) -> Talk[None]:
    yield from is_refused(stage, takes_over(stage, purpose="transfer"), "malformed")


@RULES.rule("assignment-netting", "7.8", "a netting over the path of an assignment would raise a debt: no_capacity")
def assignment_netting(stage: Stage) -> Talk[None]:
    yield from is_refused(stage, takes_over(stage, purpose="netting"), "no_capacity")


@RULES.rule("assignment-taker-above", "7.16", "who takes over more than it owes is not asked for it: no_capacity")
def assignment_taker_above(stage: Stage) -> Talk[None]:
    yield from is_refused(stage, takes_over(stage, ABOVE_SECONDS), "no_capacity")


@RULES.rule("assignment-claim-above", "7.16", "an assignment above what the one that stops owes: no_capacity")
def assignment_claim_above(stage: Stage) -> Talk[None]:
    yield from is_refused(stage, is_owed(stage, ABOVE_SECONDS), "no_capacity")


@RULES.rule("assignment-limit", "7.16", "who takes over comes to owe no more than the limit there: no_capacity")
def assignment_limit(stage: Stage) -> Talk[None]:
    yield from _under_word(stage, 2, "no_capacity", limit_seconds=SECONDS - 1)


@RULES.rule("assignment-paused", "7.12", "an assignment over a line that its creditor has paused is refused paused")
def assignment_paused(stage: Stage) -> Talk[None]:
    yield from _under_word(stage, 4, "paused", state="paused")


def _under_word(stage: Stage, version: int, code: str, **said: object) -> Talk[None]:
    """Refused after the ninth ring's word on its line, which is as agreed afterwards."""
    line = third(stage)
    yield from exchange(stage, line, [word(line, version, **said)])
    yield from is_refused(stage, takes_over(stage), code)
    yield from exchange(stage, line, [word(line, version + 1)])


@RULES.rule("assignment-no-route", "7.12", "an assignment to a ring that nobody here knows is refused no_route")
def assignment_no_route(stage: Stage) -> Talk[None]:
    path = takes_over(stage).order.path
    away = [*path[:2], stage.found("gone").ring_id, path[-1]]
    yield from is_refused(stage, takes_over(stage, path=away), "no_route")


@RULES.rule("assignment-forged", "7.12", "a claim given up by another than its creditor is refused: card_unknown")
def assignment_forged(stage: Stage) -> Talk[None]:
    sent = is_owed(stage)
    yield from is_refused(stage, _Forged(*sent), "card_unknown")


class _Forged(Round):
    """The ring that takes over signs in the name of the one that gives up."""

    @property
    def data(self) -> bytes:
        """Under a frame key that is not of the card of path[0]."""
        item = encode_item(self.order)
        signed = signed_by(self.before.ring, self.before.ring.ring_id, self.before, item)
        return encode_item(Offer(index=self.place - 1, order=signed))


# -- without his word --------------------------------------------------------------------------------------------------


@RULES.rule("assignment-taker-asks", "7.16", "who takes a debt over does so with its operator's word: not_allowed")
def assignment_taker_asks(stage: Stage) -> Talk[None]:
    yield from is_refused(stage, takes_over(stage), "not_allowed")
    yield from is_refused(stage, takes_over_at_home(stage), "not_allowed")


@RULES.rule("assignment-claim-asks", "7.16", "who is owed by another does so with its operator's word: not_allowed")
def assignment_claim_asks(stage: Stage) -> Talk[None]:
    yield from is_refused(stage, is_owed(stage), "not_allowed")
