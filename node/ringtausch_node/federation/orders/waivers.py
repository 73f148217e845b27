# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write-offs as they are heard: a ring between gives up orders that a dead ring had to decide (SPEC.md 7.6)."""

from __future__ import annotations

from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.documents import WriteOff
from ringtausch_protocol.errors import RemoteError

KIND = "write-off"


def heard(tx: Tx, line: Line, signed: bytes, at: int) -> str | None:
    """The peer gives something up at its own cost: kept, it moves nothing. -> the code of a reject, or None."""
    try:
        verify(line, signed)
    except RemoteError as bad:
        return bad.code
    records.keep_evidence(tx, line.peer.id, "written_off", signed, at)
    return None


def verify(line: Line, signed: bytes) -> WriteOff:
    """A write-off of the peer, by as many of its operators as its card asks for. Raises RemoteError."""
    known = line.card.operator_keys
    said = canonical.parse(envelope.open_envelope(signed, KIND, known), WriteOff, limits.DOCUMENT_BYTES)
    names = {each.keyid for each in envelope.parse_envelope(signed).signatures}
    if said.ring_id != line.names.peer:
        raise RemoteError("wrong_ring", said.ring_id)
    if len(names & set(known)) < line.card.card.operator_threshold:
        raise RemoteError("threshold", "the other ring's operators have not signed")
    return said
