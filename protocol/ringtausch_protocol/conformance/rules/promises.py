# SPDX-License-Identifier: Apache-2.0
"""Questions before a payment, and the promises that answer them (SPEC.md 7.2)."""

from __future__ import annotations

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.ordering import NOBODY, PAYEE_REFUSES, decide, draft, not_credited, pays, refuses
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import QUOTE, post, read, refused
from ringtausch_protocol.documents import Invoice
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Decision
from ringtausch_protocol.requests import QuoteAnswer, QuoteAsk, QuoteBox
from ringtausch_protocol.sealing import BoxSealer, box_info

RULES = RuleBook()


@RULES.rule("quote", "7.2", "a question is answered by a promise of this amount, signed by a frame key")
def quote(stage: Stage) -> Talk[None]:
    yield from _promised(stage, 77)


@RULES.rule("quote-paid-once", "7.2", "a promise is paid once: a second order that names it is refused")
def quote_paid_once(stage: Stage) -> Talk[None]:
    digest = yield from _promised(stage, 78)
    yield from pays(stage, draft(stage, stage.member(), seconds=78, invoice_hash=digest))
    yield from refuses(stage, draft(stage, stage.member(), seconds=78, invoice_hash=digest), "invoice_unknown")


@RULES.rule("quote-amount", "7.1", "an order of another amount than the promise it names is refused")
def quote_amount(stage: Stage) -> Talk[None]:
    digest = yield from _promised(stage, 79)
    yield from refuses(stage, draft(stage, stage.member(), seconds=80, invoice_hash=digest), "invoice_unknown")


@RULES.rule("quote-payee", "7.1", "an order for another payee than the promise it names is refused")
def quote_payee(stage: Stage) -> Talk[None]:
    digest, other = (yield from _promised(stage, 81)), stage.second_member()
    said = (yield from decide(stage, draft(stage, other))).item
    if isinstance(said, Decision) and said.code == PAYEE_REFUSES:
        raise Unjudged(f"needs a second member who may be credited; of --second-payee {other} it says {said.code}")
    yield from refuses(stage, draft(stage, other, seconds=81, invoice_hash=digest), "invoice_unknown")


@RULES.rule("quote-nobody", "7.2", "a question about nobody is refused payee_refuses")
def quote_nobody(stage: Stage) -> Talk[None]:
    refused((yield from post(QUOTE, _question(stage, NOBODY, 60))), "payee_refuses")


def _question(stage: Stage, payee: str, seconds: int) -> bytes:
    line, payment_id = stage.open_line(), b64(stage.chance(16))
    info = box_info(line.ring.net, line.ring.ring_id, line.peer.card.ring_id, payment_id)
    text = canonical.encode(QuoteBox(payee=payee))
    sealed = BoxSealer(line.peer.seal_public, stage.chance(32)).seal(text, info)
    asked = QuoteAsk(token=line.their_token, payment_id=payment_id, amount_seconds=seconds, sealed=b64(sealed))
    return canonical.encode(asked)


def _promised(stage: Stage, seconds: int) -> Talk[str]:
    """Ask, check the promise. -> its H."""
    line = stage.open_line()
    came = yield from post(QUOTE, _question(stage, stage.member(), seconds))
    if came.status != 200 and not stage.has_paid:
        refused(came, PAYEE_REFUSES)
        raise Unjudged(not_credited(stage))
    answer = read(came, QuoteAnswer)
    try:
        payload = envelope.open_envelope(bytes(answer.invoice), "invoice", line.peer.frame_keys)
        invoice = canonical.parse(payload, Invoice, limits.DOCUMENT_BYTES)
    except RemoteError as error:
        raise Broken("an invoice that verifies", f"{error}: {excerpt(bytes(answer.invoice))}") from None
    is_mine = (invoice.net, invoice.payee_ring) == (line.ring.net, line.peer.card.ring_id)
    if (
        not is_mine
        or invoice.amount_seconds != seconds
        or invoice.expires_at <= stage.now() - limits.CLOCK_SLACK_SECONDS
    ):
        raise Broken(f"a promise of {seconds} s by {line.peer.card.ring_id} that holds", excerpt(payload))
    return b64(envelope.document_hash("invoice", payload))
