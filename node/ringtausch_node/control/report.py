# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator sees of a ring: its state in figures, and what a full check finds."""

from __future__ import annotations

from typing import Any

import msgspec

from ringtausch_node.control.recovering import in_short
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ring import Ring
from ringtausch_node.translog import service as translog
from ringtausch_node.upkeep.checking import Checked, log_view
from ringtausch_node.version import version
from ringtausch_node.witnessing.model import LogWitnesses
from ringtausch_protocol.channel import Step


async def state(ring: Ring) -> dict[str, Any]:
    """The ring in figures. Amounts in whole seconds; a peer's clearing_seconds > 0: we owe them."""
    totals, head = await ring.store.read(lambda tx: (ledger.totals(tx), translog.head(tx)))
    peers = await ring.federation.peers()
    recovery = await ring.store.read(ring.federation.recovery.report)
    return {
        "ring_id": ring.identity.ring_id,
        "address": ring.config.address,
        "version": version(),
        "state": _stands(ring, peers),
        "sum_seconds": totals.sum_seconds,
        "accounts": totals.accounts,
        "open_holds": totals.open_holds,
        "log": log_view(ring.identity, head),
        "witnesses": _witnesses(await ring.witnessing.view()),
        "clock": msgspec.to_builtins(ring.timekeeping.view()),
        "peers": msgspec.to_builtins(peers),
        **({} if recovery is None else {"recovery": in_short(recovery)}),
    }


def _witnesses(view: LogWitnesses) -> dict[str, Any]:
    """How far the log is cosigned, and proofs of two histories, of this ring too."""
    return {
        "cosigned_size": view.cosigned_size, "quorum": view.quorum, "count": len(view.witnesses),
        "forks": msgspec.to_builtins(view.forks),
    }  # fmt: skip


def _stands(ring: Ring, peers: list[PeerView]) -> str:
    """ready, recovering (an old copy, and it knows), quarantined (an old copy or a stolen key), clock_doubtful."""
    if ring.federation.recovery.is_active:
        return "recovering"
    if any(_shows_an_old_copy(peer) for peer in peers):
        return "quarantined"
    return "clock_doubtful" if ring.timekeeping.doubt() else "ready"


async def verify(ring: Ring) -> Checked:
    """Check every page, replay the books, rebuild the log, check the lines. -> findings; none means sound."""
    return await ring.checking.check()


def _shows_an_old_copy(peer: PeerView) -> bool:
    """Whether a peer holds more of our frames than we do: then this folder is an old copy, or its keys are stolen.

    The faults of others stop only their own line.
    """
    return peer.state == "quarantined" and peer.reason in (Step.LOST.value, "superseded")
