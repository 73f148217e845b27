# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices as promises: this ring signs that it accepts one amount once (SPEC.md 7.2)."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.ids import Ids
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits, settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import standing_keys
from ringtausch_protocol.documents import Invoice
from ringtausch_protocol.errors import RemoteError


class Promise(NamedTuple):
    """A signed invoice, its H, and the salt that opens its commitments."""

    envelope: bytes
    hash: str
    salt: bytes


class Promises:
    """Makes and takes back promises of one ring."""

    def __init__(self, identity: RingIdentity, ids: Ids) -> None:
        self._identity, self._ids = identity, ids

    def make(
        self, tx: Tx, *, account: int, handle: str, amount_seconds: int, expires_at: int, peer: int | None,
        invoice_id: bytes | None = None, memo: str | None = None,
    ) -> Promise:  # fmt: skip
        """Promise to credit `account` once; in the caller's transaction. `peer`: whose unpaid ones are counted."""
        salt = self._ids.random(limits.SALT_BYTES)
        invoice = Invoice(
            v=1, net=self._identity.net, invoice_id=b64(invoice_id or self._ids.uuid7()),
            payee_ring=self._identity.ring_id, amount_seconds=amount_seconds, expires_at=expires_at,
            payee_commit=settlement.commit("payee", salt, handle),
            memo_commit=None if memo is None else settlement.commit("memo", salt, memo),
        )  # fmt: skip
        payload = canonical.encode(invoice)
        signed = envelope.seal("invoice", payload, [(self._identity.frame_key_id, self._identity.frame_signer)])
        digest = b64(envelope.document_hash("invoice", payload))
        orders.insert_invoice(tx, digest, signed, account, amount_seconds, expires_at, salt, peer)
        return Promise(signed, digest, salt)

    def paid_by(self, tx: Tx, invoice_hash: str) -> str | None:
        """The hash of the order that paid it, or None."""
        found = orders.load_invoice(tx, invoice_hash)
        return None if found is None else found[3]

    def take_back(self, tx: Tx, invoice_hash: str) -> None:
        """From now on an order that names it is refused `invoice_unknown`; one that was paid stays."""
        orders.drop_invoice(tx, invoice_hash)


def read_promise(line: Line, signed: bytes) -> tuple[Invoice, str]:
    """An invoice of the peer, verified under its keys. -> (invoice, its H).

    It may have waited for its letter while the peer's keys changed, so keys of earlier cards count, too.

    Raises RemoteError: bad_signature, unknown_key, wrong_type, malformed and other codes of bad bytes, wrong_ring,
    wrong_net.
    """
    payload = envelope.open_envelope(signed, "invoice", standing_keys([*line.cards.values()]))
    invoice = canonical.parse(payload, Invoice, limits.DOCUMENT_BYTES)
    if invoice.payee_ring != line.names.peer:
        raise RemoteError("wrong_ring", "invoice")
    if invoice.net != line.names.net:
        raise RemoteError("wrong_net", "invoice")
    return invoice, b64(envelope.document_hash("invoice", payload))
