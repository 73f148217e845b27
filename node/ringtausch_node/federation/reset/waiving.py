# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether what a reset changes in our books was waived by those who agreed on it, or may be somebody's lost hours.

An epoch-reset (SPEC.md 5.4) names one figure, and each ring books what its own books say otherwise. Where nothing was
lost, the books of both rings said the same. Then the difference is what operators gave up: the creditor's community
bears the loss, the debtor's keeps it, on the account `written_off` as when a line is written off. Where something was
lost it may be a member's hours, and the whole difference waits at the office (`recovered`).

Nothing was lost where all of this holds; in doubt the office is asked:

* the line was stopped for no fault before the reset was proposed, and its statements do not differ;
* we have proposed the reset, or sign it now: a copy is shown several, one after the other, and has lost what passed in
  the epochs between;
* no recovery of ours, begun in this epoch, waits for that ring or went on without it;
* the peer's last hello names every frame of its own that we hold: it is no old copy;
* no order of ours falls: it may have been paid there.
"""

from __future__ import annotations

from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.orders.own_cost import WRITTEN_OFF_KEY
from ringtausch_node.federation.recovery.records import is_left_out
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.channel import Fence
from ringtausch_protocol.documents import EpochReset

#: Why a line is stopped between proposal and signature.
PROPOSED = "reset_proposed"


def kept_seconds(tx: Tx, line: Line) -> int:
    """What this ring keeps of what it owed on a line, since it was waived or written off; below zero: what it lost."""
    return -ledger.moved(tx, line.peer.clearing_account, WRITTEN_OFF_KEY)


def is_whole(tx: Tx, line: Line) -> bool:
    """Whether nothing of this line is known to be lost: then whoever agrees to another figure than the books' waives.

    Before there is a document; see above.
    """
    row = records.load_line(tx, line.peer.id)
    return not (
        cause_of(line, kept.load_proposals(tx, line.peer.id).cause)
        or row.closed is not None
        or is_left_out(tx, line.peer.id, kept.load_began_at(tx, line.peer.id, line.names.epoch))
        or _lacks_its_own(tx, line, row)
    )


def is_waiver(tx: Tx, line: Line, document: EpochReset, *, is_known: bool = True) -> bool:
    """Whether all that a reset of the present epoch would change in our books was given up, and nothing lost.

    `is_known`: we have proposed it, or sign it now.
    """
    named = {hold.order_hash for hold in document.holds}
    open_out = kept.load_open_out(tx, line.peer.id)
    falls = any(order.purpose != "probe" and order.order_hash not in named for order in open_out)
    return is_known and is_whole(tx, line) and not falls


def cause_of(line: Line, before: str | None) -> str | None:
    """The fault for which a line is stopped; `before`: the one that was kept when a reset was proposed."""
    if line.peer.state != "quarantined" or line.peer.reason == PROPOSED:
        return before
    return line.peer.reason


def _lacks_its_own(tx: Tx, line: Line, row: LineRow) -> bool:
    """Whether the peer said in its last hello that its chain ends before frames of it that we hold: an old copy."""
    if row.fence is None:
        return False
    fence = canonical.parse(row.fence, Fence, limits.HELLO_BYTES)
    boot = records.load_boot(tx, line.peer.id, line.names.epoch, row.peer_seq)
    return fence.last < row.peer_seq and fence.boot != boot
