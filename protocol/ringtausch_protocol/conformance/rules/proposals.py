# SPDX-License-Identifier: Apache-2.0
"""What a ring signs only where it is right: another agreement (SPEC.md 5.2), figures (7.4).

Of two rings the smaller one proposes figures: where that is not the kit's, what it says answers nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import AGREEMENT, KitLine
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.ordering import rejects
from ringtausch_protocol.conformance.passing import found, opens
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import ASSIGNED, Stage
from ringtausch_protocol.conformance.talking import exchange, none_came
from ringtausch_protocol.documents import Statement
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import DocumentItem, Reject, encode_item

RULES = RuleBook()
STATEMENT = "statement"
#: More than a line of the kit ever owes, each way.
FALSE_SECONDS = 10**9


@RULES.rule("proposal-more", "5.2", "a proposal that changes more than a limit and its version is rejected terms")
def proposal_more(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    longer = line.agreement.deadline_seconds % limits.DEADLINE_MAX_SECONDS + 1
    yield from rejects(stage, _proposal(line, prev=line.first, deadline_seconds=longer), "terms")


@RULES.rule("proposal-prev", "5.2", "a proposal that does not follow the agreement in force is rejected terms")
def proposal_prev(stage: Stage) -> Talk[None]:
    yield from rejects(stage, _proposal(stage.open_line(), prev=b64(stage.chance(32))), "terms")


def _proposal(line: KitLine, **changes: Any) -> bytes:
    """Another agreement, in which the ring under test may owe the kit a second more; with changes."""
    mine = "b_owes" if line.agreement.a == line.ring.ring_id else "a_owes"
    old = getattr(line.agreement, mine)
    more = msgspec.structs.replace(old, version=old.version + 1, limit_seconds=old.limit_seconds + 1)
    said = canonical.encode(msgspec.structs.replace(line.agreement, **{mine: more, **changes}))
    return _item(AGREEMENT, envelope.seal(AGREEMENT, said, [line.ring.operator_signer]))


@RULES.rule("statement-false", "7.4", "a statement with false figures is never signed: the true ones come, or a reject")
def statement_false(stage: Stage) -> Talk[None]:
    line = stage.liar(ASSIGNED)
    if not line.has_greeted:
        yield from opens(stage, line)
    yield from exchange(stage, line)
    if not (line.out and line.came):
        raise Unjudged("both chains need a frame before there is a statement")
    lie, seq = canonical.encode(_false_figures(line)), line.own().seq + 1
    half = envelope.seal(STATEMENT, lie, [(line.ring.frame_key_id, line.ring.frame)])
    yield from exchange(stage, line, [_item(STATEMENT, half)])
    for pause in stage.patience.pauses():
        for said in found(line, DocumentItem, lambda item: item.type_ == STATEMENT):
            verify_own(line, bytes(said.envelope), lie)
            return
        if any(found(line, Reject, lambda item: (item.seq, item.index) == (seq, 0))):
            return
        yield from exchange(stage, line, after_seconds=pause)
    raise none_came(stage, line, "a statement with other figures, or a reject")


def _false_figures(line: KitLine) -> Statement:
    """Of the cut that the next frame makes."""
    mine, theirs = (line.own().seq, line.head()), (line.theirs().seq, line.came[-1].header.head)
    is_first = line.ring.ring_id < line.peer.card.ring_id
    (a_seq, a_head), (b_seq, b_head) = (mine, theirs) if is_first else (theirs, mine)
    return Statement(
        v=1, net=line.ring.net, a=line.agreement.a, b=line.agreement.b, epoch=line.agreement.epoch, a_seq=a_seq,
        b_seq=b_seq, balance_seconds=FALSE_SECONDS, holds_ab=[], holds_ba=[], a_head=a_head, b_head=b_head,
    )  # fmt: skip


def verify_own(line: KitLine, signed: bytes, lie: bytes) -> None:
    """It is by the ring under test alone, and says something else. Raises Broken."""
    try:
        payload = envelope.open_envelope(signed, STATEMENT, line.peer.frame_keys)
    except RemoteError as error:
        raise Broken("a statement by the ring under test alone", f"{error}: {excerpt(signed)}") from None
    if payload == lie:
        raise Broken("other figures", excerpt(payload))


def _item(kind: str, signed: bytes) -> bytes:
    return encode_item(DocumentItem(type_=kind, envelope=msgspec.Raw(signed)))
