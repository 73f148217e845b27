# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring's operators sign together: one volunteer or more, as the card's threshold says (SPEC.md 4).

The node signs with its own operator key. Where that is not enough the document waits until others have signed with
theirs, and whoever asked for it asks again: the same bytes are complete then.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.store import Tx
from ringtausch_protocol import envelope, keys, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.envelope import Signature
from ringtausch_protocol.errors import LocalError, RemoteError

#: Documents of one kind about one ring that wait at most; the oldest go. A ring that is given up needs a write-off of
#: each order that was passed on to it, and all of them at once.
WAITING_MAX = limits.HOLDS_MAX


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A document that lacks signatures of this ring's operators. `hash`: its H; `signed_by`: key ids of ours."""

    hash: str
    kind: str
    peer: str
    at: int
    signed_by: list[str]
    needed: int
    envelope: bytes
    #: The account of the member whom it names by a commitment.
    account: int | None = None


class About(NamedTuple):
    """Whom a document names by a commitment: the account of a member, and the salt that opens it."""

    account: int
    salt: bytes


class Operators:
    """The operators of this ring and what waits for them; all inside the writer's transaction."""

    def __init__(self, identity: RingIdentity, clock: Clock) -> None:
        self._identity, self._clock = identity, clock

    @property
    def needed(self) -> int:
        """How many operators of ours must sign."""
        return self._identity.own.card.operator_threshold

    def verify_done(self, *, is_done: bool) -> None:
        """Raises LocalError('threshold') where something waits for the signatures of others."""
        if not is_done:
            raise LocalError("threshold", f"{self.needed} operators of this ring must sign")

    def have_signed(self, signed: bytes) -> list[str]:
        """Which of our operators' keys stand on an envelope; not verified."""
        return [each.keyid for each in envelope.parse_envelope(signed).signatures if self._public(each.keyid)]

    def is_enough(self, signed: bytes) -> bool:
        """Whether our operators have signed at their threshold; not verified."""
        return len(self.have_signed(signed)) >= self.needed

    def complete(self, tx: Tx, kind: str, signed: bytes, peer: str, about: About | None = None) -> bytes | None:
        """An envelope that our node has signed, with what the other operators signed before.

        None where it is not enough: then it waits for them. `peer`: the address of the other ring; `about`: whom it
        names by a commitment.
        """
        digest = b64(envelope.document_hash(kind, envelope.parse_envelope(signed).body()))
        known = tx.row("SELECT envelope FROM operator_document WHERE hash = ?", (digest,))
        if known is not None:
            before = [each for each in envelope.parse_envelope(known[0]).signatures if self._public(each.keyid)]
            signed = envelope.attach(signed, kind, before)
        is_enough = self.is_enough(signed)
        if known is not None or not is_enough:  # kept also when complete: the other ring may not answer yet
            self._keep(tx, digest, kind, peer, signed, about)
        return signed if is_enough else None

    def known(self, tx: Tx, kind: str, peer: str) -> list[bytes]:
        """Documents of a kind for another ring that once lacked signatures, newest first, with what they have now."""
        sql = "SELECT envelope FROM operator_document WHERE (kind, peer) = (?,?) ORDER BY at DESC, hash"
        return [row[0] for row in tx.execute(sql, (kind, peer))]

    def about(self, tx: Tx, kind: str, peer: str, account: int) -> About | None:
        """What opens the newest document of a kind for another ring that names this account."""
        sql = (
            "SELECT account, salt FROM operator_document WHERE (kind, peer, account) = (?,?,?) AND salt IS NOT NULL"
            " ORDER BY at DESC, hash"
        )
        row = tx.row(sql, (kind, peer, account))
        return None if row is None else About(*row)

    def waiting(self, tx: Tx) -> list[Waiting]:
        """What waits for signatures, oldest first."""
        rows = tx.execute("SELECT hash, kind, peer, at, envelope, account FROM operator_document ORDER BY at, hash")
        return [
            Waiting(
                hash=digest, kind=kind, peer=peer, at=at, signed_by=self.have_signed(signed), needed=self.needed,
                envelope=signed, account=account,
            )
            for digest, kind, peer, at, signed, account in rows
            if not self.is_enough(signed)
        ]  # fmt: skip

    def add(self, tx: Tx, digest: str, signature: Signature) -> None:
        """Another operator signed. Raises LocalError: nothing_to_sign, unknown_key, bad_signature."""
        row = tx.row("SELECT kind, peer, envelope FROM operator_document WHERE hash = ?", (digest,))
        if row is None:
            raise LocalError("nothing_to_sign", digest)
        kind, peer, signed = row
        public = self._public(signature.keyid)
        if public is None:
            raise LocalError("unknown_key", signature.keyid)
        try:
            body = envelope.parse_envelope(signed).body()
            keys.verify(public, envelope.pae(envelope.media_type(kind), body), signature.raw())
        except RemoteError as bad:
            raise LocalError(bad.code, signature.keyid) from None
        self._keep(tx, digest, kind, peer, envelope.attach(signed, kind, [signature]))

    def _public(self, key_id: str) -> bytes | None:
        return self._identity.own.operator_keys.get(key_id)

    def _keep(self, tx: Tx, digest: str, kind: str, peer: str, signed: bytes, about: About | None = None) -> None:
        tx.change(
            "INSERT INTO operator_document (hash, kind, peer, envelope, at, account, salt) VALUES (?,?,?,?,?,?,?)"
            " ON CONFLICT (hash) DO UPDATE SET envelope = excluded.envelope",
            (digest, kind, peer, signed, self._clock.now(), *(about or (None, None))),
        )
        tx.change(
            "DELETE FROM operator_document WHERE (kind, peer) = (?,?) AND hash NOT IN (SELECT hash FROM"
            " operator_document WHERE (kind, peer) = (?,?) ORDER BY at DESC, hash LIMIT ?)",
            (kind, peer, kind, peer, WAITING_MAX),
        )


def is_counted(newest: Card, name: str, channel: tuple[str, str]) -> bool:
    """Whether a key is not revoked, or the revocation itself names an epoch as one that the ring stands for.

    `newest`: the card in force of the key's ring; `channel`: the other ring, and the epoch of what the key has signed.
    """
    revoked = newest.revoked.get(name)
    return revoked is None or any((end.peer, end.epoch) == channel for end in revoked.channels)


def drop_overtaken(tx: Tx, peer: str, kind: str | None = None) -> None:
    """What waits about another ring is over, all of it or of one kind: nobody needs to sign it any more."""
    tx.execute("DELETE FROM operator_document WHERE peer = ?1 AND kind = coalesce(?2, kind)", (peer, kind))


def signature_by(seed: bytes, ring_id: str, kind: str, signed: bytes) -> Signature:
    """An operator signs a document with a key of his own, wherever he keeps it."""
    signer = keys.SigningKey(seed)
    name = keys.key_id(ring_id, signer.public)
    made = envelope.seal(kind, envelope.parse_envelope(signed).body(), [(name, signer)])
    return envelope.parse_envelope(made).signatures[0]
