# SPDX-License-Identifier: AGPL-3.0-or-later
"""The messages of other rings: which path is what, and what each is answered (SPEC.md 6). Knows bytes, not HTTP."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from ringtausch_node.errors import code_of
from ringtausch_node.federation.agreement.peering import Peering
from ringtausch_node.federation.frames.handing import refill, waiting_for
from ringtausch_node.federation.frames.receiver import Receiver
from ringtausch_node.federation.greeting.card_exchange import NewerCards
from ringtausch_node.federation.greeting.hello import Greeter
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import Peer, Replaced, Reply
from ringtausch_node.federation.orders.quotes import Quotes
from ringtausch_node.federation.recovery.pages import page_for
from ringtausch_node.federation.recovery.service import Recovery
from ringtausch_node.federation.reset.service import Resets
from ringtausch_node.federation.routes.adverts import Adverts
from ringtausch_node.federation.wire.budgets import OverBudget
from ringtausch_node.store import Store
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.advert_bodies import AdvertsAsk
from ringtausch_protocol.canonical import Wire, b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.channel import Step
from ringtausch_protocol.errors import RemoteError, RingtauschError
from ringtausch_protocol.posts import Post, PostAnswer, Recover
from ringtausch_protocol.requests import Ask, PeeringAsk, QuoteAsk, Refusal, Say
from ringtausch_protocol.reset_bodies import ResetAsk

logger = logging.getLogger(__name__)


class Messages:
    """One entry point for everything that a ring says to us: `handle(path, body)`."""

    def __init__(
        self, *, identity: RingIdentity, lines: Lines, greeter: Greeter, receiver: Receiver, peering: Peering,
        quotes: Quotes, recovery: Recovery, resets: Resets, store: Store, adopt: Callable[[Peer, Sequence[Card]], Line],
        adverts: Adverts,
    ) -> None:  # fmt: skip
        self._identity, self._lines, self._greeter = identity, lines, greeter
        self._receiver, self._peering, self._quotes, self._adopt = receiver, peering, quotes, adopt
        self._recovery, self._resets, self._store, self._adverts = recovery, resets, store, adverts
        self._paths: dict[str, Callable[[bytes], Awaitable[Wire]]] = {
            "hello": self._hello,
            "frames": self._frames,
            "peering": self._peer,
            "quote": self._quote,
            "recover": self._recover,
            "reset": self._reset,
            "adverts": self._advert,
        }

    async def handle(self, path: str, body: bytes) -> Reply:
        """Answer one message. Never raises for what the other side did: every refusal is a status and a code."""
        handler = self._paths.get(path)
        if handler is None:
            return _refuse(RemoteError("not_found", "no such message"))
        try:
            answer = await handler(body)
        except RingtauschError as error:
            logger.info("message %s refused: %s", path, error.code)
            return _refuse(error)
        if isinstance(answer, Refusal):
            return _reply(code_of(answer.code).status, answer)
        return _reply(200, answer)

    async def _hello(self, body: bytes) -> Wire:
        message = canonical.parse(body, cast(type[Wire], Ask | Say), limits.REQUEST_BYTES)
        if isinstance(message, Ask):
            line = self._known(message.from_)
            if message.to != self._identity.ring_id:
                raise RemoteError("wrong_ring", "message is for another ring")
            if message.net != self._identity.net:
                raise RemoteError("wrong_net", message.net)
            return await self._greeter.answer_ask(line, message)
        say = cast(Say, message)
        line = self._known(say.from_)
        answer, step = await self._greeter.answer_say(line, say)
        if step is not Step.IN_STEP:
            logger.error("line to %s is not in step: %s", line.peer.address, step.value)
        return answer

    def _known(self, ring_id: str) -> Line:
        line = self._lines.by_ring(ring_id)
        if line is None:
            raise RemoteError("unknown_peer", "no agreement with this ring")
        if line.is_silent:
            raise RemoteError("superseded", "nothing is signed here any more")
        if not line.is_usable:
            raise RemoteError("not_confirmed" if line.peer.state == "agreed" else "quarantined", line.peer.address)
        return line

    async def _recover(self, body: bytes) -> Wire:
        """Give a peer back what it lost: answered whatever state the line or this ring is in."""
        ask = canonical.parse(body, Recover, limits.REQUEST_BYTES)
        line = self._lines.by_token(ask.token)
        if line is None:
            raise RemoteError("hello_needed", "unknown token")
        self._receiver.budgets.verify_recover(line)
        return await self._store.read(lambda tx: page_for(tx, line, ask))

    async def _reset(self, body: bytes) -> Wire:
        """Operators begin the line anew: answered whatever state it is in."""
        return await self._resets.answer(canonical.parse(body, ResetAsk, limits.REQUEST_BYTES))

    async def _frames(self, body: bytes) -> Wire:
        self._recovery.verify_ready()
        post = canonical.parse(body, Post, limits.REQUEST_BYTES)
        line = self._line_of(post.token)
        self._receiver.budgets.verify_post(line, has_frames=bool(post.frames))
        batch = self._receiver.prepare(line, post.frames, post.boxes, post.notes)
        line.serving += 1
        try:
            taken = await self._receiver.take(line, post.have, batch)
        finally:
            line.serving -= 1
        line.was_met()
        taken.verify_budget()
        if taken.code is not None:
            return Refusal(code=taken.code, have=taken.have)
        await refill(self._store, line)
        waiting = waiting_for(line, is_under_way=line.is_sending)
        return PostAnswer(have=taken.have, frames=waiting.frames, boxes=waiting.boxes, notes=waiting.notes)

    def _line_of(self, token: str) -> Line:
        line = self._lines.by_token(token)
        if line is None:
            raise RemoteError("hello_needed", "unknown token")
        return self._known(line.peer.ring_id)

    async def _peer(self, body: bytes) -> Wire:
        self._recovery.verify_ready()
        answer, peered = await self._peering.answer(canonical.parse(body, PeeringAsk, limits.REQUEST_BYTES))
        self._adopt(*peered)
        return answer

    async def _advert(self, body: bytes) -> Wire:
        """Adverts that one of the two lacks."""
        self._recovery.verify_ready()
        ask = canonical.parse(body, AdvertsAsk, limits.REQUEST_BYTES)
        line = self._line_of(ask.token)
        self._receiver.budgets.verify_adverts(line)
        return await self._adverts.answer(line, ask)

    async def _quote(self, body: bytes) -> Wire:
        self._recovery.verify_ready()
        ask = canonical.parse(body, QuoteAsk, limits.REQUEST_BYTES)
        line = self._line_of(ask.token)
        self._receiver.timekeeping.verify()
        self._receiver.budgets.verify_quote(line)
        return await self._quotes.answer(line, ask)


def _reply(status: int, answer: Wire) -> Reply:
    return Reply(status, canonical.encode(answer), {"Content-Type": "application/json"})


def _refuse(error: RingtauschError) -> Reply:
    """The refusal of an error, with what the kinds of it carry besides their code."""
    said = error.said if isinstance(error, Replaced) else None
    have = error.have if isinstance(error, OverBudget) else None
    newer = error.cards if isinstance(error, NewerCards) else []
    refusal = Refusal(code=error.code, have=have, said=b64(said) if said else None, cards=newer)
    reply = _reply(code_of(error.code).status, refusal)
    if isinstance(error, OverBudget):
        reply.headers["Retry-After"] = str(error.retry_after_seconds)
    return reply
