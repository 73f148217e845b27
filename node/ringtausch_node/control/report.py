# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator sees of a ring: its state in figures, and what a full check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec

from ringtausch_node import booking
from ringtausch_node.control.recovering import in_short
from ringtausch_node.control.services import OpenRing
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.payments import verify as payments
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.service import LogHead
from ringtausch_node.translog.verify import LogReplay
from ringtausch_node.version import version
from ringtausch_node.witnessing.model import LogWitnesses
from ringtausch_protocol import log_keys
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.channel import Step


async def state(ring: OpenRing) -> dict[str, Any]:
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
        "log": _log(ring, head),
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


def _stands(ring: OpenRing, peers: list[PeerView]) -> str:
    """ready, recovering (an old copy, and it knows), quarantined (an old copy or a stolen key), clock_doubtful."""
    if ring.federation.recovery.is_active:
        return "recovering"
    if any(_shows_an_old_copy(peer) for peer in peers):
        return "quarantined"
    return "clock_doubtful" if ring.timekeeping.doubt() else "ready"


async def verify(ring: OpenRing) -> dict[str, Any]:
    """Check every page, replay the books, rebuild the log, check the lines. -> findings; none means sound."""
    damage = await ring.store.damage()
    findings = [] if damage is None else [_finding(damage.table or "file", "", "database_damaged", damage.detail)]
    if damage is not None and not damage.is_readable:
        return {"ok": False, "findings": findings, "log": None}
    found, head = await ring.store.read_apart(lambda tx: _check(ring, tx))
    findings += found
    return {"ok": not findings, "findings": findings, "log": _log(ring, head) if head else None}


def _check(ring: OpenRing, tx: Tx) -> tuple[list[dict[str, str]], LogHead | None]:
    """All findings in the books, the log and the lines, and the head of the log where its leaves are sound."""
    replay = LogReplay(tx, ring.identity.ring_id, lambda origin: [
        key for card in ring.identity.cards.chain for key in log_keys.checkpoint_keys(card, origin)
    ])  # fmt: skip
    found = [_finding(*each) for each in chain(reconcile(tx), _judged(replay.faults))]
    found += [_finding(*each) for each in _judged(lambda: ring.federation.find_faults(tx), "line")]
    found += [_finding(*each) for each in payments.find_faults(tx)]
    if replay.head is not None:  # commitments are counted: behind a wrong leaf none can be judged
        found += [_finding(*each) for each in booking.find_faults(tx)]
        found += [_finding(*each) for each in _judged(lambda: ring.checkpoints.verify_lock(tx), "checkpoint")]
    return found, replay.head


def _judged(
    find: Callable[[], Iterable[tuple[str, str, str, str]] | None], table: str = "log"
) -> Iterator[tuple[str, str, str, str]]:
    """What is found; where a row is missing without which nothing can be judged, that."""
    try:
        yield from find() or ()
    except LocalError as broken:
        yield table, "", broken.code, broken.detail


def _finding(table: str, row: str, code: str, detail: str) -> dict[str, str]:
    return {"where": f"{table} {row}".strip(), "code": code, "detail": detail}


def _shows_an_old_copy(peer: PeerView) -> bool:
    """Whether a peer holds more of our frames than we do: then this folder is an old copy, or its keys are stolen.

    The faults of others stop only their own line.
    """
    return peer.state == "quarantined" and peer.reason in (Step.LOST.value, "superseded")


def _log(ring: OpenRing, head: LogHead) -> dict[str, Any]:
    return {"origin": f"{ring.identity.ring_id}/log/{head.log}", "size": head.size, "root": b64(head.root)}
