# SPDX-License-Identifier: AGPL-3.0-or-later
"""Peering by invitation and words: how a line between two towns begins, or is found again (SPEC.md 5.1).

One ring writes an invitation (single use, seven days, with a secret); the other answers with its card and the
agreement it signed; the first signs too. Both operators read the same twelve words to each other on the phone before
anything else is said on the line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.operators import Operators
from ringtausch_node.federation.agreement.standing import KIND, Standing, first_of
from ringtausch_node.federation.agreement.stopping import verify_goes_on
from ringtausch_node.federation.line import card_records, records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import agreement_in
from ringtausch_node.federation.line.model import LineSettings, Peer, refused_code, terms_of
from ringtausch_node.federation.wire.transport import Transport
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.addresses import is_ring_url
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card, verify_chain
from ringtausch_protocol.documents import PeerAgreement
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.requests import (
    INVITATION_BYTES,
    Invitation,
    PeeringAnswer,
    PeeringAsk,
    agreement_between,
)

T = TypeVar("T")
#: What the cards before the present one may take of an invitation, or of its answer: half.
CARDS_BYTES = INVITATION_BYTES // 2


class Accepted(msgspec.Struct, frozen=True):
    """What `peer accept` shows: whom, and the words to read to each other."""

    peer: str
    ring_id: str
    words: list[str]


class Peered(NamedTuple):
    """A peer as it is stored, and its cards that are known, oldest first."""

    peer: Peer
    cards: list[Card]


class Peering:
    """Both sides of the beginning of a line."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, settings: LineSettings,
        transport: Transport, operators: Operators,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids, self._operators = store, clock, ids, operators
        self._identity, self._settings, self._transport = identity, settings, transport
        self._standing = Standing(identity, operators)

    async def invite(self, limit_in: int | None, limit_out: int | None) -> bytes:
        """Make an invitation and remember the hash of its secret. -> the file's bytes.

        Limits are in seconds; None: as the ring's settings say. Raises LocalError: limits, winding_down.
        """
        limit_in_seconds = self._settings.limit_in_seconds if limit_in is None else limit_in
        limit_out_seconds = self._settings.limit_out_seconds if limit_out is None else limit_out
        if not (0 <= limit_in_seconds <= limits.BALANCE_MAX and 0 <= limit_out_seconds <= limits.BALANCE_MAX):
            raise LocalError("limits", "0 or more seconds")
        secret = self._ids.random(32)
        invitation = Invitation(
            v=1, net=self._identity.net, secret=b64(secret), limit_in_seconds=limit_in_seconds,
            limit_out_seconds=limit_out_seconds, holds_max=self._settings.holds_max,
            deadline_seconds=self._settings.deadline_seconds, expires_at=self._clock.now() + limits.INVITATION_SECONDS,
            card=msgspec.Raw(self._identity.own.envelope),
            frames_per_minute=_unless(self._settings.frames_per_minute, limits.FRAMES_PER_MINUTE_DEFAULT),
            bytes_per_day=_unless(self._settings.bytes_per_day, limits.BYTES_PER_DAY_DEFAULT),
            cards=cards_before(self._identity),
        )  # fmt: skip
        # What is kept can be compared with an answer and cannot be used as an invitation.
        kept = canonical.encode(msgspec.structs.replace(invitation, secret=b64(bytes(32))))
        digest = hashlib.sha256(secret).digest()
        await self._store.write(lambda tx: self._remember(tx, digest, kept, invitation.expires_at))
        return canonical.encode(invitation)

    def _remember(self, tx: Tx, digest: bytes, kept: bytes, expires_at: int) -> None:
        verify_goes_on(tx)
        records.insert_invitation(tx, digest, kept, expires_at)

    async def accept(self, data: bytes) -> Peered:
        """Accept an invitation: sign the agreement, have it signed, store the peer (still to be confirmed).

        Where one of the two rings knows an agreement that stands, that one is stored, and nothing else is agreed.

        Raises LocalError: not_an_invitation, invitation_expired, wrong_net, own_ring, ring_url, known_peer,
        winding_down, threshold (others of ours sign first, then it is accepted again); RemoteError: weak_key and others
        (its card), unreachable, terms (never signed here), and what the other side refuses.
        """
        invitation = _read_invitation(data)
        chain = self._prove_inviter(invitation)
        card = chain[-1]
        half = self._done(await self._store.write(lambda tx: self._half(tx, invitation, card)))
        ask = PeeringAsk(
            secret=invitation.secret, card=msgspec.Raw(self._identity.own.envelope), agreement=msgspec.Raw(half),
            cards=cards_before(self._identity),
        )  # fmt: skip
        reply = await self._transport.post(
            card.card.url, "/peer/v1/peering", canonical.encode(ask), limit_bytes=limits.REQUEST_BYTES,
            timeout_seconds=self._settings.post_timeout_seconds,
        )  # fmt: skip
        if reply.status != 200:
            raise RemoteError(refused_code(reply.body), f"status {reply.status}")
        answer = canonical.parse(reply.body, PeeringAnswer, limits.REQUEST_BYTES)
        both = bytes(answer.agreement)
        agreement = self._standing.read(both, chain)
        return self._done(await self._store.write(lambda tx: self._take(tx, chain, both, agreement)))

    def _done(self, signed: T | None) -> T:
        """Raises LocalError('threshold') where others of ours sign first."""
        if signed is None:
            raise LocalError("threshold", f"{self._operators.needed} operators of this ring must sign")
        return signed

    def _half(self, tx: Tx, invitation: Invitation, inviter: Card) -> bytes | None:
        """What our operators sign: the agreement that stands here already, which the inviter has lost, or a new one.

        None where other operators of ours must sign first.
        """
        known = self._standing.load(tx, inviter.card.ring_id)
        if known is None:
            verify_goes_on(tx)
            payload = canonical.encode(self._agreement(invitation, inviter))
            known = envelope.seal(KIND, payload, self._identity.operator_signers)
        return self._standing.sign(tx, known, inviter.card.address)

    def _take(self, tx: Tx, chain: Sequence[Card], both: bytes, agreement: PeerAgreement) -> Peered | None:
        """None where our card asks for more signatures than an agreement from before it has."""
        signed = self._standing.sign(tx, both, chain[-1].card.address)
        return None if signed is None else self._store_peer(tx, chain, signed, agreement)

    def _prove_inviter(self, invitation: Invitation) -> list[Card]:
        """The cards of who invites us, if we may accept. Raises LocalError and RemoteError."""
        chain = prove_chain(invitation.card, invitation.cards)
        card = chain[-1]
        if invitation.net != self._identity.net or card.card.net != self._identity.net:
            raise LocalError("wrong_net", invitation.net)
        if card.card.ring_id == self._identity.ring_id:
            raise LocalError("own_ring", "an invitation of our own")
        if self._clock.now() > invitation.expires_at:
            raise LocalError("invitation_expired", "older than seven days")
        if not is_ring_url(card.card.url):
            raise LocalError("ring_url", card.card.url)
        return chain

    def _agreement(self, invitation: Invitation, inviter: Card) -> PeerAgreement:
        """The one agreement that follows from an invitation and who accepts it: asked again, the same bytes."""
        me, them = self._identity.ring_id, inviter.card.ring_id
        seed = canonical.unb64(invitation.secret, 32) + me.encode() + them.encode()
        return agreement_between(
            self._identity.net, them, me, invitation, hashlib.sha256(b"ringtausch/epoch/v1\n" + seed).digest()[:16]
        )  # fmt: skip

    async def answer(self, ask: PeeringAsk) -> tuple[PeeringAnswer, Peered]:
        """The other ring accepts: check secret, card and terms, sign too, store the peer. Idempotent."""
        chain = prove_chain(ask.card, ask.cards)
        digest = hashlib.sha256(canonical.unb64(ask.secret, 32)).digest()
        half = bytes(ask.agreement)
        payload = self._open_half(half, chain)
        answered = await self._store.write(lambda tx: self._answer(tx, digest, chain, half, payload))
        if answered is None:
            raise RemoteError("threshold", "operators of this ring must sign first")
        both, peered = answered
        return PeeringAnswer(agreement=msgspec.Raw(both)), peered

    def _open_half(self, half: bytes, chain: Sequence[Card]) -> bytes:
        """What the other ring has signed: a new agreement, or one of both that we have lost. Raises RemoteError."""
        if self._standing.is_shown(half):
            return canonical.encode(self._standing.read(half, chain))
        return envelope.open_envelope(half, KIND, chain[-1].operator_keys, chain[-1].card.operator_threshold)

    def _answer(
        self, tx: Tx, digest: bytes, chain: Sequence[Card], half: bytes, payload: bytes
    ) -> tuple[bytes, Peered] | None:
        """None where other operators of ours must sign first: it waits for them, and the other ring asks again."""
        card = chain[-1]
        found = records.load_invitation(tx, digest)
        if found is None:
            raise RemoteError("invitation_unknown", "no such invitation")
        terms, expires_at, used_by = found
        agreement = canonical.parse(payload, PeerAgreement, limits.DOCUMENT_BYTES)
        if used_by is not None:
            return self._answer_again(tx, used_by, card, payload)
        if self._clock.now() > expires_at:
            raise RemoteError("invitation_expired", "older than seven days")
        verify_goes_on(tx)
        is_shown, known = self._standing.is_shown(half), self._standing.load(tx, card.card.ring_id)
        if is_shown and known is not None:
            raise LocalError("known_peer", card.card.address)
        if not is_shown:
            self._check_terms(agreement, canonical.parse(terms, Invitation, INVITATION_BYTES), card)
        both = self._standing.sign(tx, known or half, card.card.address)
        if both is None:
            return None
        if known is None:  # else nothing is agreed by this invitation
            records.use_invitation(tx, digest, card.card.ring_id)
        return both, self._store_peer(tx, chain, both, agreement_in(both))

    def _answer_again(self, tx: Tx, used_by: str, card: Card, payload: bytes) -> tuple[bytes, Peered]:
        peer = records.load_peer_by_ring(tx, used_by)
        if peer is None or used_by != card.card.ring_id:
            raise RemoteError("invitation_used", "by another ring")
        if b64(envelope.document_hash(KIND, payload)) != peer.agreement_hash:
            raise RemoteError("invitation_used", "with other terms")
        return first_of(tx, peer), _with_cards(tx, peer)

    def _check_terms(self, agreement: PeerAgreement, invitation: Invitation, card: Card) -> None:
        me, them = self._identity.ring_id, card.card.ring_id
        expected = agreement_between(self._identity.net, me, them, invitation, canonical.unb64(agreement.epoch, 16))
        if card.card.net != self._identity.net:
            raise RemoteError("wrong_net", card.card.net)
        if agreement != expected:
            raise RemoteError("terms", "not those of the invitation")

    def _store_peer(self, tx: Tx, chain: Sequence[Card], both: bytes, agreement: PeerAgreement) -> Peered:
        card = chain[-1]
        known = records.load_peer_by_ring(tx, card.card.ring_id)
        digest = b64(envelope.document_hash(KIND, canonical.encode(agreement)))
        if known is not None and known.agreement_hash == digest:
            return _with_cards(tx, known)
        verify_goes_on(tx)
        address = card.card.address
        is_taken = address == self._identity.address or records.is_address_taken(tx, address, card.card.ring_id)
        if is_taken or (known is not None and known.state != "agreed"):
            raise LocalError("known_peer", address)
        now = self._clock.now()
        for document in (*(each.envelope for each in chain), both):
            translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (document,)))
        card_records.replace(tx, chain, now)
        account = known.clearing_account if known else self._open_clearing(tx, card.card.ring_id, now)
        peer = Peer(
            id=known.id if known else 0, ring_id=card.card.ring_id, address=card.card.address, url=card.card.url,
            card=card.envelope, agreement=both, agreement_hash=digest, epoch=agreement.epoch, state="agreed",
            reason=None, clearing_account=account,
        )  # fmt: skip
        terms = terms_of(agreement, self._identity.ring_id)
        # What nobody has confirmed carries nothing yet: a newer invitation takes its place, or two that crossed, or an
        # answer that got lost, would keep two rings apart for ever.
        peer = records.replace_peer(tx, peer, terms) if known else records.insert_peer(tx, peer, terms, now)
        return _with_cards(tx, peer)

    def _open_clearing(self, tx: Tx, ring_id: str, now: int) -> int:
        return ledger.open_account(tx, kind="clearing", key=f"clearing:{ring_id}", at=now)


def _with_cards(tx: Tx, peer: Peer) -> Peered:
    return Peered(peer, card_records.load_chain(tx, peer.ring_id, peer.card))


def cards_before(identity: RingIdentity) -> list[msgspec.Raw]:
    """Our cards before the present one: the peer shows them to rings that it hands our orders on to."""
    before = [card.envelope for card in identity.cards.chain if card.number < identity.own.number]
    while len(before) > limits.CARDS_MAX or sum(map(len, before)) > CARDS_BYTES:
        del before[0]
    return [msgspec.Raw(card) for card in before]


def prove_chain(card: msgspec.Raw, before: list[msgspec.Raw]) -> list[Card]:
    """The cards of a ring that we do not know yet, from one that proves itself on. Raises RemoteError."""
    return verify_chain([bytes(raw) for raw in (*before, card)])


def _unless(value: int, usual: int) -> int | None:
    """A budget as an invitation names it: the usual one is not named."""
    return None if value == usual else value


def _read_invitation(data: bytes) -> Invitation:
    """What a file says that should be an invitation; one that is none was named by mistake, and nobody misbehaved."""
    try:
        return canonical.parse(data.strip(), Invitation, INVITATION_BYTES)
    except RemoteError:
        raise LocalError("not_an_invitation") from None
