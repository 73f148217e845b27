# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asking before paying: whether the payee is there and willing (SPEC.md 7.2).

The answer is an invoice, a signed promise to accept this amount once, and a name to show. Unanswered questions cost
nothing: the order goes without an invoice.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import Payees, Reply, refused_code
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.promises import Promises, read_promise
from ringtausch_node.federation.wire.transport import Transport
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.requests import NameBox, QuoteAnswer, QuoteAsk, QuoteBox
from ringtausch_protocol.sealing import box_info

#: How long a quote's invoice holds: long enough to read the check page twice.
INVOICE_SECONDS = 3_600
QUOTE_TIMEOUT_SECONDS = 5.0
#: Questions of ours to one ring at a time.
QUESTIONS_OPEN_MAX = 2
#: Unpaid invoices of one peer that are not out of date: more than its members read check pages in an hour.
INVOICES_MAX = 500


class Quote(NamedTuple):
    """What the payer is shown before paying."""

    name: str
    invoice_hash: str


class Quotes:
    """Both sides of the question."""

    def __init__(
        self, *, store: Store, clock: Clock, identity: RingIdentity, transport: Transport, payees: Payees,
        promises: Promises,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._identity = store, clock, identity
        self._transport, self._payees, self._promises = transport, payees, promises
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def ask(self, line: Line, payment_id: bytes, handle: str, amount_seconds: int) -> Quote:
        """Ask the payee's ring. Raises RemoteError: payee_refuses, unreachable, hello_needed, bad_signature."""
        if line.token_to_show is None:
            raise RemoteError("unreachable", line.peer.address)
        name = b64(payment_id)
        info = box_info(line.names.net, line.names.me, line.names.peer, name)
        sealed = line.seal(canonical.encode(QuoteBox(payee=handle)), info)
        ask = QuoteAsk(
            token=line.token_to_show, payment_id=name, amount_seconds=amount_seconds, sealed=b64(sealed)
        )  # fmt: skip
        reply = await self._post(line, canonical.encode(ask))
        if reply.status != 200:
            raise RemoteError(refused_code(reply.body), "quote")
        return self._read(line, name, amount_seconds, canonical.parse(reply.body, QuoteAnswer, limits.REQUEST_BYTES))

    async def _post(self, line: Line, body: bytes) -> Reply:
        """A few questions at once, the others wait their turn: the line's own frames need a connection too."""
        turn = self._turns.setdefault(line.peer.ring_id, asyncio.Semaphore(QUESTIONS_OPEN_MAX))
        try:
            async with asyncio.timeout(QUOTE_TIMEOUT_SECONDS), turn:
                return await self._transport.post(
                    line.peer.url, "/peer/v1/quote", body, limit_bytes=limits.REQUEST_BYTES,
                    timeout_seconds=QUOTE_TIMEOUT_SECONDS,
                )  # fmt: skip
        except TimeoutError:
            raise RemoteError("unreachable", line.peer.address) from None

    def _read(self, line: Line, payment_id: str, amount_seconds: int, answer: QuoteAnswer) -> Quote:
        invoice, digest = read_promise(line, bytes(answer.invoice))
        if invoice.amount_seconds != amount_seconds:
            raise RemoteError("bad_answer", "invoice for something else")
        info = box_info(line.names.net, line.names.peer, line.names.me, payment_id)
        opened = self._identity.seal_key.open(canonical.unb64(answer.sealed, None), info)
        name = canonical.parse(opened, NameBox, limits.BOX_BYTES).name
        return Quote(name, digest)

    async def answer(self, line: Line, ask: QuoteAsk) -> QuoteAnswer:
        """Answer a peer's question: promise, or refuse with `payee_refuses`, or `busy` where too much is promised."""
        info = box_info(line.names.net, line.names.peer, line.names.me, ask.payment_id)
        opened = self._identity.seal_key.open(canonical.unb64(ask.sealed, None), info)
        handle = canonical.parse(opened, QuoteBox, limits.BOX_BYTES).payee
        signed, name = await self._store.write(lambda tx: self._promise(tx, line, handle, ask.amount_seconds))
        back = box_info(line.names.net, line.names.me, line.names.peer, ask.payment_id)
        sealed = line.seal(canonical.encode(NameBox(name=name)), back)
        return QuoteAnswer(invoice=msgspec.Raw(signed), sealed=b64(sealed))

    def _promise(self, tx: Tx, line: Line, handle: str, amount_seconds: int) -> tuple[bytes, str]:
        payee = self._payees.payee(tx, handle)
        if payee is None or not payee.is_payable:
            raise RemoteError("payee_refuses", "quote")
        now = self._clock.now()
        orders.drop_invoices(tx, line.peer.id, now)
        if orders.count_invoices(tx, line.peer.id) >= INVOICES_MAX:
            raise RemoteError("busy", "too many unpaid invoices")
        made = self._promises.make(
            tx, account=payee.account, handle=handle, amount_seconds=amount_seconds, expires_at=now + INVOICE_SECONDS,
            peer=line.peer.id,
        )  # fmt: skip
        return made.envelope, payee.name
