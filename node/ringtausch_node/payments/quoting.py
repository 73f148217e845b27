# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is known before paying into another ring: a neighbour is asked, to others a way is looked for."""

from __future__ import annotations

from ringtausch_node.federation.outgoing import Outgoing
from ringtausch_node.federation.routes.ways import Way
from ringtausch_node.payments.model import QuoteView, payment_text
from ringtausch_protocol.errors import LocalError, RingtauschError


async def quote_there(
    outgoing: Outgoing, payment_id: bytes, to: str, handle: str, ring: str, amount_seconds: int
) -> QuoteView:
    """What paying would meet now. A ring beyond our neighbours is not asked: its answer would have no way back."""
    try:
        way = await outgoing.way_now(ring, amount_seconds)
        if way.path is not None:
            via = await outgoing.via_of(way)
            return QuoteView(to=to, amount_seconds=amount_seconds, reachable=False, via=via, waits=way.line.is_away)
        return await _asked(outgoing, way, payment_id, to, handle, amount_seconds)
    except RingtauschError as error:
        most = (await with_most(outgoing, ring, amount_seconds, error)).figures.get("most_seconds")
        is_answer = error.code == "payee_refuses"
        return QuoteView(to=to, amount_seconds=amount_seconds, reachable=is_answer, code=error.code, most_seconds=most)


async def with_most(outgoing: Outgoing, ring: str, amount_seconds: int, refused: RingtauschError) -> RingtauschError:
    """A refusal, and where no way is wide enough, with what goes there now: `most_seconds`, in coarse steps."""
    if refused.code != "no_capacity":
        return refused
    return LocalError(refused.code, refused.detail, most_seconds=await outgoing.most_now(ring, amount_seconds))


async def _asked(
    outgoing: Outgoing, way: Way, payment_id: bytes, to: str, handle: str, amount_seconds: int
) -> QuoteView:
    quote = await outgoing.quote(way.line, payment_id, handle, amount_seconds)
    return QuoteView(
        to=to, amount_seconds=amount_seconds, reachable=True, payment_id=payment_text(payment_id), name=quote.name,
        invoice=quote.invoice_hash,
    )  # fmt: skip
