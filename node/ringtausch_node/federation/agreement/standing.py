# SPDX-License-Identifier: AGPL-3.0-or-later
"""An agreement that stands here and that the other ring has lost: it is shown again, and counts again (SPEC.md 5.1).

A ring that was put back from a copy from before the agreement knows nothing of its neighbour, and so asks it for
nothing back. A new agreement would begin a line at zero beside the one on which hours are owed. The old one, which its
own operators have signed, names the chains again: the next hello says what is missing, and it comes back (SPEC.md 6.8).
"""

from __future__ import annotations

from collections.abc import Sequence

from ringtausch_node.federation.agreement.operators import Operators, is_counted
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import agreement_in
from ringtausch_node.federation.line.model import GIVEN_UP, OUT, Peer
from ringtausch_node.store import Tx
from ringtausch_node.translog import proving
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.documents import PeerAgreement
from ringtausch_protocol.entries import ENTRY_DOCUMENT, parse_log_entry
from ringtausch_protocol.errors import LocalError, RemoteError

KIND = "peer-agreement"


class Standing:
    """First agreements that are shown to who has lost them, and those that are shown to us."""

    def __init__(self, identity: RingIdentity, operators: Operators) -> None:
        self._identity, self._operators = identity, operators

    def load(self, tx: Tx, ring_id: str) -> bytes | None:
        """The first agreement with a ring whose words were compared here; None where there is none.

        Raises LocalError('known_peer') where the line was given up: what both signed for it is over.
        """
        peer = records.load_peer_by_ring(tx, ring_id)
        if peer is None or peer.state == "agreed":
            return None
        if peer.reason == GIVEN_UP:
            raise LocalError("known_peer", peer.address)
        return first_of(tx, peer)

    def sign(self, tx: Tx, signed: bytes, address: str) -> bytes | None:
        """The same, signed by as many operators as our card asks for; None where others of ours must sign first.

        Signatures change no H: so they are added to an agreement from before that card, too.
        """
        if self._operators.is_enough(signed):
            return signed
        more = envelope.add_signatures(signed, KIND, self._identity.operator_signers)
        return self._operators.complete(tx, KIND, more, address)

    def is_shown(self, signed: bytes) -> bool:
        """Whether an agreement that the other ring sends has a signature in our name: then it is no new one."""
        signatures = envelope.parse_envelope(signed).signatures
        return any(each.keyid.rpartition("+")[0] == self._identity.ring_id for each in signatures)

    def read(self, signed: bytes, theirs: Sequence[Card]) -> PeerAgreement:
        """A first agreement of the two rings that our operators once signed, and theirs; whatever its terms are.

        `theirs`: the cards of the other ring, oldest first. Raises RemoteError: terms, threshold, and those of
        `open_envelope`.
        """
        ours = self._identity.cards.chain
        known = {name: public for card in (*ours, *theirs) for name, public in card.operator_keys.items()}
        payload = envelope.open_envelope(signed, KIND, known)
        agreement = canonical.parse(payload, PeerAgreement, limits.DOCUMENT_BYTES)
        rings = sorted((self._identity.ring_id, theirs[-1].card.ring_id))
        if (agreement.net, [agreement.a, agreement.b], agreement.prev) != (self._identity.net, rings, None):
            raise RemoteError("terms", "not the first agreement of the two rings")
        names = {each.keyid for each in envelope.parse_envelope(signed).signatures}
        channel = theirs[-1].card.ring_id, agreement.epoch
        counted = {name for name in names if is_counted(self._identity.own, name, channel)}
        if not any(len(counted & card.operator_keys.keys()) >= card.card.operator_threshold for card in ours):
            raise RemoteError("terms", "our operators have never signed it")
        if len(names & theirs[-1].operator_keys.keys()) < theirs[-1].card.operator_threshold:
            raise RemoteError("threshold", "not signed by the other ring")
        return agreement


def first_of(tx: Tx, peer: Peer) -> bytes:
    """The agreement that the first epoch's chains hang on, with both signatures; a later one says it in `prev`.

    It stands in the log before the first frame. Raises LocalError('log_broken') where it does not.
    """
    if agreement_in(peer.agreement).prev is None:
        return peer.agreement
    leaf = records.load_first_leaf(tx, peer.id, OUT, 1) or 0
    for _, entry in proving.each_holding_before(tx, envelope.media_type(KIND).encode(), leaf):
        signed = parse_log_entry(entry)[1][0]
        if entry[0] == ENTRY_DOCUMENT and _hash_of(signed) == peer.agreement_hash:
            return signed
    raise LocalError("log_broken", "the first agreement is not in the log")


def _hash_of(signed: bytes) -> str:
    return b64(envelope.document_hash(KIND, envelope.parse_envelope(signed).body()))
