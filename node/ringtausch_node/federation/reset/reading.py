# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an epoch-reset says, seen from one side, and whether its bytes are what they claim (SPEC.md 5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ringtausch_node.federation.agreement.operators import is_counted
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import round_trip
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.documents import EpochReset, OpenHold
from ringtausch_protocol.errors import RemoteError

KIND = "epoch-reset"


class SignedReset(NamedTuple):
    """An epoch-reset, and whether enough operators of each ring have signed it."""

    document: EpochReset
    is_ours: bool
    is_theirs: bool


def verify_reset(line: Line, identity: RingIdentity, signed: bytes) -> SignedReset:
    """Check names and signatures. -> the document, and who has signed it.

    Keys of earlier cards count too: a proposal, and the answer to it, may have been signed before a ring's new card.
    Those that a ring revoked do not, unless its revocation stands for the epoch that the document began.

    Raises RemoteError: malformed, unknown_key, bad_signature, threshold, wrong_net, wrong_ring, terms.
    """
    ours, theirs = identity.cards.chain, list(line.cards.values())
    known = {name: public for card in (*ours, *theirs) for name, public in card.operator_keys.items()}
    payload = envelope.open_envelope(signed, KIND, known)
    document = canonical.parse(payload, EpochReset, limits.DOCUMENT_BYTES)
    if document.net != line.names.net:
        raise RemoteError("wrong_net", document.net)
    if [document.a, document.b] != sorted((line.names.me, line.names.peer)):
        raise RemoteError("wrong_ring", "of another line")
    hashes = {hold.order_hash for hold in document.holds}
    if document.old_epoch == document.new_epoch or len(hashes) != len(document.holds):
        raise RemoteError("terms", "an epoch or an order stands twice")
    names = {each.keyid for each in envelope.parse_envelope(signed).signatures}
    is_ours = _is_enough(names, ours, identity.own, (line.names.peer, document.new_epoch))
    is_theirs = _is_enough(names, theirs, line.card, (line.names.me, document.new_epoch))
    if not (is_ours or is_theirs):
        raise RemoteError("threshold", "not enough operators have signed")
    return SignedReset(document, is_ours, is_theirs)


def _is_enough(names: set[str], cards: Iterable[Card], newest: Card, channel: tuple[str, str]) -> bool:
    """Whether operators of one card have signed, as many as the newest asks for.

    An operator's old and new key are not two operators. `channel`: the other ring, and the epoch that would begin.
    """
    counted = {name for name in names if is_counted(newest, name, channel)}
    return any(len(counted & card.operator_keys.keys()) >= newest.card.operator_threshold for card in cards)


def reset_in(signed: bytes) -> EpochReset:
    """What a stored proposal says; it was verified when it was stored, perhaps under an earlier card."""
    return canonical.parse(envelope.parse_envelope(signed).body(), EpochReset, limits.DOCUMENT_BYTES)


def hash_of(document: EpochReset) -> str:
    """H of the document: both chains of the new epoch hang on it."""
    return b64(envelope.document_hash(KIND, canonical.encode(document)))


def is_same(stored: bytes | None, document: EpochReset) -> bool:
    """Whether a document is the proposal that our operators made and that stands.

    It is our word whatever our card says since: the other ring may have signed it before it knew of that card.
    """
    return stored is not None and hash_of(reset_in(stored)) == hash_of(document)


def we_owe(line: Line, document: EpochReset) -> int:
    """The agreed balance as our clearing account counts it; above zero: we owe them."""
    return document.balance_seconds if document.a == line.names.me else -document.balance_seconds


def our_target(line: Line, document: EpochReset, paid_seconds: int) -> int:
    """Where our clearing account begins: the agreed balance, and what we had paid already of orders that go on.

    Their ring posts those when our decision reaches it in the new epoch; here they are in the members' accounts.
    """
    return we_owe(line, document) - paid_seconds


def is_open(line: Line, theirs: EpochReset, ours: EpochReset | None) -> bool:
    """Never two resets of one epoch: an answer replaces what it answers, of two that crossed one counts."""
    if ours is None or hash_of(ours) in theirs.evidence:
        return True
    return hash_of(theirs) not in ours.evidence and line.names.me > line.names.peer


def was_paid(tx: Tx, line: Line, hold: OpenHold) -> bool:
    """Whether we have paid this order: decided it so, or, where it passed through here, heard it from behind."""
    decided = orders.load_in(tx, hold.order_hash)
    if decided is None:
        passed = between.load(tx, hold.order_hash)
        return passed is not None and passed.peer_in == line.peer.id and passed.state == "posted"
    return decided.peer == line.peer.id and decided.state == "posted"


def is_ours(tx: Tx, line: Line, hold: OpenHold) -> bool:
    """Whether we made this order, or passed it on along this line, whatever became of it."""
    order, passed = orders.load_out_by_hash(tx, hold.order_hash), between.load(tx, hold.order_hash)
    return line.peer.id in (order and order.peer, passed and passed.peer_out)


def may_go_on(tx: Tx, line: Line, hold: OpenHold) -> bool:
    """Whether an order may go on: ours must be undecided here, theirs of the amount that we saw, if we saw it."""
    known = _known(tx, line, hold)
    if known is None:
        return True
    peer, amount_seconds, is_open = known
    return is_open and (peer, amount_seconds) == (line.peer.id, hold.amount_seconds)


def _known(tx: Tx, line: Line, hold: OpenHold) -> tuple[int, int, bool] | None:
    """(peer, seconds, whether it may go on) of an order as this line should have it; None where nobody here saw it.

    What comes back to us by another line than it left by goes round a circle: on this line it is theirs.
    """
    order = orders.load_out_by_hash(tx, hold.order_hash)
    if order is not None and (order.peer == line.peer.id or order.purpose not in round_trip.PURPOSES):
        return order.peer, order.amount_seconds, order.state in orders.UNDECIDED
    if (decided := orders.load_in(tx, hold.order_hash)) is not None:
        return decided.peer, decided.amount_seconds, True
    passed = between.load(tx, hold.order_hash)
    if passed is None:
        return None
    is_ours = passed.peer_out == line.peer.id
    return passed.peer_out if is_ours else passed.peer_in, passed.amount_seconds, not is_ours or passed.state == "held"
