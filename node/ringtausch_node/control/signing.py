# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a document that waits for further operators says, so that nobody signs what he has not read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringtausch_node.federation.agreement.operators import Waiting
from ringtausch_node.federation.line.model import terms_of
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.reset.viewing import waived_by
from ringtausch_node.ring import Ring
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.documents import EpochReset, PeerAgreement, WriteOff
from ringtausch_protocol.line_close import LineClose


def told(ring: Ring, tx: Tx, waiting: Waiting) -> dict[str, Any]:
    """The figures of one document from this ring's side, by its kind; nothing for a kind without figures.

    peer-agreement: limit_in_seconds (what they may owe us), limit_out_seconds. epoch-reset: we_owe_seconds, holds,
    waived_seconds (what we give up by it, as the books stand now).
    line-close: we_owe_seconds, how, member. write-off: amount_seconds, order_hash.
    """
    read = _READERS.get(waiting.kind)
    return {} if read is None else read(ring, tx, waiting, envelope.parse_envelope(waiting.envelope).body())


def _agreement(ring: Ring, _tx: Tx, _waiting: Waiting, body: bytes) -> dict[str, Any]:
    terms = terms_of(canonical.parse(body, PeerAgreement, limits.DOCUMENT_BYTES), ring.identity.ring_id)
    return {"limit_in_seconds": terms.limit_in_seconds, "limit_out_seconds": terms.limit_out_seconds}


def _reset(ring: Ring, tx: Tx, waiting: Waiting, body: bytes) -> dict[str, Any]:
    reset = canonical.parse(body, EpochReset, limits.DOCUMENT_BYTES)
    owed = reset.balance_seconds if reset.a == ring.identity.ring_id else -reset.balance_seconds
    line = ring.federation.lines.by_address(waiting.peer)
    waived = 0 if line is None else waived_by(tx, line, reset)
    return {"we_owe_seconds": owed, "holds": len(reset.holds), "waived_seconds": waived}


def _close(ring: Ring, tx: Tx, waiting: Waiting, body: bytes) -> dict[str, Any]:
    close = canonical.parse(body, LineClose, limits.DOCUMENT_BYTES)
    member = None if waiting.account is None else ring.members.member_by_account(tx, waiting.account)
    return {
        "we_owe_seconds": close.balance_seconds, "how": close.how, "member": None if member is None else member.handle
    }  # fmt: skip


def _write_off(_ring: Ring, tx: Tx, _waiting: Waiting, body: bytes) -> dict[str, Any]:
    order_hash = canonical.parse(body, WriteOff, limits.DOCUMENT_BYTES).order_hash
    carried = between.load(tx, order_hash)
    return {"order_hash": order_hash, "amount_seconds": None if carried is None else carried.amount_seconds}


_READERS: dict[str, Callable[[Ring, Tx, Waiting, bytes], dict[str, Any]]] = {
    "peer-agreement": _agreement,
    "epoch-reset": _reset,
    "line-close": _close,
    "write-off": _write_off,
}
