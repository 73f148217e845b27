# SPDX-License-Identifier: Apache-2.0
"""A line that shall begin anew: what the other ring proposes waits for an operator, and is not refused (SPEC.md 5.4).

Only a ring that has certified that all is over says `ring_closed`. The ring under test has not, for the kit's lines are
not over. Its own certificate and its own proposals are made by its operators: what follows on them is not judged.
"""

from __future__ import annotations

import hashlib

import msgspec

from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Broken, Talk, excerpt
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import RESET, post, read
from ringtausch_protocol.documents import EpochReset
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.reset_bodies import ResetAnswer, ResetAsk

RULES = RuleBook()
KIND = "epoch-reset"
#: The line that stopped at the first lie: a new beginning is what it needs.
STOPPED = 1


@RULES.rule("reset-kept", "5.4", "a proposal to begin a line anew waits for an operator, however often it is told")
def reset_kept(stage: Stage) -> Talk[None]:
    yield from is_kept(stage)
    yield from is_kept(stage)


def is_kept(stage: Stage) -> Talk[None]:
    """Propose on the line that stopped, each time the same; nobody need have signed it yet. Raises Broken."""
    line = stage.liar(STOPPED)
    proposal = canonical.encode(_proposal(line))
    half = envelope.seal(KIND, proposal, [line.ring.operator_signer])
    ask = ResetAsk(
        net=line.ring.net, from_=line.ring.ring_id, to=line.peer.card.ring_id, epoch=line.agreement.epoch,
        reset=[msgspec.Raw(half)],
    )  # fmt: skip
    answer = read((yield from post(RESET, canonical.encode(ask))), ResetAnswer)
    for signed in map(bytes, answer.reset):
        _verify_both(line, signed, proposal)


def _proposal(line: KitLine) -> EpochReset:
    """That nothing is owed, and no order goes on; the same whenever it is made."""
    a, b = sorted((line.ring.ring_id, line.peer.card.ring_id))
    new_epoch = hashlib.sha256(line.first.encode()).digest()[:16]
    return EpochReset(
        v=1, net=line.ring.net, a=a, b=b, old_epoch=line.agreement.epoch, new_epoch=b64(new_epoch), balance_seconds=0,
        holds=[], evidence=[],
    )  # fmt: skip


def _verify_both(line: KitLine, signed: bytes, proposal: bytes) -> None:
    """An operator may be quick: then it comes back signed by both. Raises Broken."""
    name, key = line.ring.operator_signer
    known, threshold = {**line.peer.operator_keys, name: key.public}, line.peer.card.operator_threshold + 1
    try:
        payload = envelope.open_envelope(signed, KIND, known, threshold)
    except RemoteError as error:
        raise Broken("no document, or one that both have signed", f"{error}: {excerpt(signed)}") from None
    if payload != proposal:
        raise Broken(excerpt(proposal), excerpt(payload))
