# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a new beginning of a line would say, from our books and the other ring's proposal (SPEC.md 5.4)."""

from __future__ import annotations

from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.federation.reset.passing import our_holds, their_holds
from ringtausch_node.federation.reset.reading import hash_of, is_ours, was_paid
from ringtausch_node.federation.reset.viewing import both_of
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.documents import EpochReset, OpenHold
from ringtausch_protocol.errors import LocalError


def draft(tx: Tx, line: Line, we_owe_seconds: int | None, *, new_epoch: str) -> EpochReset:
    """What we propose: what is open goes on, and what they named of theirs; the balance counts what both have posted.

    A proposal of theirs that we answer so is named in ours: from then on it cannot be signed any more.
    """
    row, me = records.load_line(tx, line.peer.id), line.names.me
    _, theirs = both_of(tx, line)
    holds = _holds(tx, line, theirs)
    if len(holds) > limits.HOLDS_LISTED_MAX:
        raise LocalError("limits", f"more than {limits.HOLDS_LISTED_MAX} open orders")
    balance = we_owe_seconds
    if balance is None:
        clearing = ledger.account(tx, line.peer.clearing_account).balance_seconds
        balance = clearing + sum(hold.amount_seconds for hold in holds if was_paid(tx, line, hold))
    proofs = [canonical.sha256_b64(each) for each in kept.load_evidence(tx, line.peer.id, limits.EVIDENCE_MAX - 1)]
    a, b = sorted((me, line.names.peer))
    seqs = (row.acked_seq, row.peer_seq) if a == me else (row.peer_seq, row.acked_seq)
    return EpochReset(
        v=1, net=line.names.net, a=a, b=b, old_epoch=line.names.epoch, new_epoch=new_epoch,
        balance_seconds=balance if a == me else -balance, holds=holds,
        evidence=([hash_of(theirs)] if theirs else []) + proofs, a_seq=seqs[0], b_seq=seqs[1],
    )  # fmt: skip


def _holds(tx: Tx, line: Line, theirs: EpochReset | None) -> list[OpenHold]:
    """Each once: our orders, theirs that pass through here, and what they named of theirs beside."""
    found = [*our_holds(tx, line.peer.id), *their_holds(tx, line.peer.id)]
    known = {hold.order_hash for hold in found}
    named = theirs.holds if theirs else []
    return found + [hold for hold in named if hold.order_hash not in known and not is_ours(tx, line, hold)]
