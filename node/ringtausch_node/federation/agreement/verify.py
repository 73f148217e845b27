# SPDX-License-Identifier: AGPL-3.0-or-later
"""What both rings' operators have signed for a line, checked again, and the terms in force against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringtausch_node.federation.agreement.terms import KIND
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.model import LineRow, Peer, Terms, terms_of
from ringtausch_node.ledger.model import Finding
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.documents import PeerAgreement
from ringtausch_protocol.errors import RemoteError


def find_faults(tx: Tx, peer: Peer, ours: Sequence[Card], theirs: Sequence[Card]) -> Iterator[Finding]:
    """Everything that is wrong with the agreement of a line. `ours`, `theirs`: all cards of both rings."""
    try:
        agreement = _read(peer.agreement, ours, theirs)
    except RemoteError as bad:
        yield Finding("agreement", peer.address, bad.code, "the signed agreement does not verify")
        return
    me = ours[0].card.ring_id
    if sorted((me, peer.ring_id)) != [agreement.a, agreement.b]:
        yield Finding("agreement", peer.address, "wrong_ring", "an agreement between other rings")
        return
    digest = b64(envelope.document_hash(KIND, canonical.encode(agreement)))
    if agreement.prev is None and digest != peer.agreement_hash:
        yield Finding("agreement", peer.address, "hash", "not the agreement that both chains hang on")
    if peer.chain_hash is None and agreement.epoch != peer.epoch:
        yield Finding("agreement", peer.address, "wrong_epoch", "another epoch than the line's")
    if wrong := _wrong_terms(records.load_line(tx, peer.id), terms_of(agreement, me)):
        yield Finding("line", peer.address, "terms", f"the limit for {wrong} is not what was agreed")


def _read(signed: bytes, ours: Sequence[Card], theirs: Sequence[Card]) -> PeerAgreement:
    """An agreement that operators of both have signed; the thresholds were those of their cards on that day."""
    known = {name: public for card in (*ours, *theirs) for name, public in card.operator_keys.items()}
    payload = envelope.open_envelope(signed, KIND, known)
    names = {each.keyid.rpartition("+")[0] for each in envelope.parse_envelope(signed).signatures}
    for side in (ours, theirs):
        if side[0].card.ring_id not in names:
            raise RemoteError("threshold", "one of the rings has not signed")
    return canonical.parse(payload, PeerAgreement, limits.DOCUMENT_BYTES)


def _wrong_terms(row: LineRow, agreed: Terms) -> str | None:
    """Which direction stands above what both signed, or differs from it without a later word of who is owed."""
    for direction, version, limit, agreed_version, agreed_limit in (
        ("them", row.version_in, row.limit_in_seconds, agreed.version_in, agreed.limit_in_seconds),
        ("us", row.version_out, row.limit_out_seconds, agreed.version_out, agreed.limit_out_seconds),
    ):
        is_later = version > agreed_version and limit <= agreed_limit
        if not is_later and (version, limit) != (agreed_version, agreed_limit):
            return direction
    return None
