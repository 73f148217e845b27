# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring before which everything signed arrives as its neighbours send it, or as a test changes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Item
from ringtausch_protocol.posts import WireFrame
from ringtausch_protocol.requests import AskAnswer, PeeringAsk, QuoteAnswer, Refusal, Say, SayAnswer
from tests.federation.forger import Forger
from tests.federation.towns import Post, Towns, line_of, row_of
from tests.vectors.payloads import items as items_of_every_kind

#: Offers one version of a signed thing. -> the code that refuses it; "" where it is taken.
Door = Callable[[bytes], Awaitable[str]]


@dataclass(frozen=True)
class Signed:
    """A signed thing of elm or ash: its kind, its true envelope, and where it arrives at oak."""

    kind: str
    true: bytes
    offer: Door


def code_in(reply: Reply) -> str:
    """The code of a refusal; "" for 200."""
    if reply.status == 200:
        return ""
    code = canonical.parse(reply.body, Refusal, 1_000).code
    assert CODES[code].status == reply.status
    return code


@dataclass
class Stage:
    """Oak, its neighbour elm whose sender is silent, and ash who has an invitation."""

    towns: Towns
    oak: Ring
    elm: Ring
    ash: Ring

    async def things(self) -> list[Signed]:
        """One of each kind that a ring hands to another."""
        card, agreement = await self.peering()
        return [card, agreement, await self.hello(), await self.hello_ack(), await self.invoice(), await self.frame()]

    async def peering(self) -> tuple[Signed, Signed]:
        """Card and agreement of ash, as they would come with its answer to an invitation."""
        sent: list[bytes] = []

        def keep(post: Post) -> bytes:
            sent.append(post.body)
            raise RemoteError("unreachable", "cut")

        usual, self.towns.network.change = self.towns.network.change, keep
        with pytest.raises(RemoteError, match="unreachable"):
            await self.ash.federation.accept(await self.oak.federation.invite())
        self.towns.network.change = usual
        ask = canonical.parse(sent[0], PeeringAsk, 300_000)

        def door(name: str) -> Door:
            async def offer(data: bytes) -> str:
                changed = msgspec.structs.replace(ask, **{name: msgspec.Raw(data)})
                return code_in(await self.oak.federation.receiver.handle("peering", canonical.encode(changed)))

            return offer

        return (
            Signed("ring-card", bytes(ask.card), door("card")),
            Signed("peer-agreement", bytes(ask.agreement), door("agreement")),
        )

    async def hello(self) -> Signed:
        """Elm's hello over a fresh challenge of oak."""
        greeter, line = self.elm.federation._greeter, line_of(self.elm, self.oak)
        handle = self.oak.federation.receiver.handle
        reply = await handle("hello", canonical.encode(await greeter.ask(line)))
        said = await greeter.say(line, canonical.parse(reply.body, AskAnswer, 10_000))

        async def offer(data: bytes) -> str:
            say = canonical.encode(Say(from_=said.from_, hello=msgspec.Raw(data)))
            return code_in(await handle("hello", say))

        return Signed("hello", bytes(said.hello), offer)

    async def hello_ack(self) -> Signed:
        """Elm's answer to a hello of oak."""
        greeter, line = self.oak.federation._greeter, line_of(self.oak, self.elm)
        handle = self.elm.federation.receiver.handle
        reply = await handle("hello", canonical.encode(await greeter.ask(line)))
        said = await greeter.say(line, canonical.parse(reply.body, AskAnswer, 10_000))
        answer = canonical.parse((await handle("hello", canonical.encode(said))).body, SayAnswer, 100_000)

        async def offer(data: bytes) -> str:
            return await _code_of(greeter.heard(line, SayAnswer(ack=msgspec.Raw(data))))

        return Signed("hello-ack", bytes(answer.ack), offer)

    async def invoice(self) -> Signed:
        """Elm's promise to accept a payment."""
        quotes, line, number = self.oak.federation.outgoing._quotes, line_of(self.oak, self.elm), bytes(15) + b"\1"
        await quotes.ask(line, number, "ben", 60)
        reply = self.towns.network.posts[-1].answer
        assert reply is not None
        answer = canonical.parse(reply.body, QuoteAnswer, 100_000)

        async def offer(data: bytes) -> str:
            changed = msgspec.structs.replace(answer, invoice=msgspec.Raw(data))

            async def read() -> None:
                quotes._read(line, b64(number), 60, changed)

            return await _code_of(read())

        return Signed("invoice", bytes(answer.invoice), offer)

    async def frame(self) -> Signed:
        """The header of elm's next frame; its items stay as they are."""
        frame = await self.next_frame()

        async def offer(data: bytes) -> str:
            return code_in(await self.post(frame, header=data))

        return Signed("frame", frame.envelope, offer)

    async def next_frame(self, items: list[Item] | None = None) -> Frame:
        """What elm would send next: one item of every kind, if nothing else is asked."""
        row = await row_of(self.oak, self.elm)
        each = items or [item for _, item in items_of_every_kind()]
        return await Forger(self.elm, self.oak).frame(each, seq=row.peer_seq + 1, prev=row.peer_hash)

    async def post(self, frame: Frame, header: bytes = b"", items: list[bytes] | None = None) -> Reply:
        """Send a frame as it is, or with another header or other items."""
        wire = WireFrame(
            header=msgspec.Raw(header or frame.envelope),
            items=[msgspec.Raw(item) for item in items or frame.items],
        )
        return await Forger(self.elm, self.oak).post(frame, frames=[wire])


async def _code_of(asked: Awaitable[object]) -> str:
    try:
        await asked
    except RemoteError as refused:
        return refused.code
    return ""
