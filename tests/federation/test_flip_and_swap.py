# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every byte of every signed document flipped, bytes of every field of every item, every kind offered as every other.

All are offered to a real ring where they would arrive. Each is refused with a code of the table, and everything that
stands in the ring's database is as before. In the end the true ones are taken: they were good all the time.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.config import Lines
from ringtausch_node.federation.hello import AskAnswer, Say, SayAnswer
from ringtausch_node.federation.model import Refusal, Reply
from ringtausch_node.federation.peering import PeeringAsk
from ringtausch_node.federation.quotes import QuoteAnswer
from ringtausch_protocol import canonical, envelope, frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.documents import DOCUMENTS
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, WireFrame
from tests.federation.contents import contents_of
from tests.federation.forger import Forger
from tests.federation.towns import Post, Towns, line_of, peer, row_of, talk, until
from tests.vectors import payloads
from tests.vectors.payloads import items as items_of_every_kind

CASES_LEAST = 2_000
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
                return code_in(await self.oak.federation.receiver.handle("peering", canonical.encode(changed), "ash"))

            return offer

        return (
            Signed("ring-card", bytes(ask.card), door("card")),
            Signed("peer-agreement", bytes(ask.agreement), door("agreement")),
        )

    async def hello(self) -> Signed:
        """Elm's hello over a fresh challenge of oak."""
        greeter, line = self.elm.federation._greeter, line_of(self.elm, self.oak)
        handle = self.oak.federation.receiver.handle
        reply = await handle("hello", canonical.encode(await greeter.ask(line)), "elm")
        said = await greeter.say(line, canonical.parse(reply.body, AskAnswer, 10_000))

        async def offer(data: bytes) -> str:
            say = canonical.encode(Say(from_=said.from_, hello=msgspec.Raw(data)))
            return code_in(await handle("hello", say, "elm"))

        return Signed("hello", bytes(said.hello), offer)

    async def hello_ack(self) -> Signed:
        """Elm's answer to a hello of oak."""
        greeter, line = self.oak.federation._greeter, line_of(self.oak, self.elm)
        handle = self.elm.federation.receiver.handle
        reply = await handle("hello", canonical.encode(await greeter.ask(line)), "oak")
        said = await greeter.say(line, canonical.parse(reply.body, AskAnswer, 10_000))
        answer = canonical.parse((await handle("hello", canonical.encode(said), "oak")).body, SayAnswer, 100_000)

        async def offer(data: bytes) -> str:
            return await _code_of(greeter.heard(line, SayAnswer(ack=msgspec.Raw(data))))

        return Signed("hello-ack", bytes(answer.ack), offer)

    async def invoice(self) -> Signed:
        """Elm's promise to accept a payment."""
        quotes, line, number = self.oak.federation._quotes, line_of(self.oak, self.elm), bytes(15) + b"\1"
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

    async def next_frame(self, items: list[frames.Item] | None = None) -> Frame:
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


@pytest.fixture
async def stage(towns: Towns) -> Stage:
    wide = Lines(frames_per_minute=60_000)
    oak, elm, ash = [await towns.found(name, lines=wide) for name in ("oak", "elm", "ash")]
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    await talk(oak, elm)

    async def is_quiet() -> bool:
        here, there = await row_of(oak, elm), await row_of(elm, oak)
        return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)

    await until(is_quiet)
    await elm.federation.stop()
    await oak.federation.stop()
    return Stage(towns, oak, elm, ash)


def values_in(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each field with a value of its own, by its path."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from values_in(value, f"{path}.{name}")
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from values_in(value, f"{path}[{number}]")
    else:
        yield path, found


def flips_of(payload: bytes, every: int = 1) -> Iterator[tuple[str, bytes]]:
    """(field, payload with one bit changed in it), for every byte of every value, or the first and every so many."""
    start = 0
    for path, value in values_in(json.loads(payload)):
        text = json.dumps(value, ensure_ascii=False).encode()
        start = payload.index(b":" + text if not path.endswith("]") else text, start) + (not path.endswith("]"))
        inside = range(start + 1, start + len(text) - 1) if isinstance(value, str) else range(start, start + len(text))
        for place in inside[::every]:
            yield path, payload[:place] + bytes((payload[place] ^ 1,)) + payload[place + 1 :]
        start += len(text)


def with_payload(true: bytes, payload: bytes) -> bytes:
    """The envelope with another payload under the same signatures."""
    told = json.loads(true)
    told["payload"] = base64.b64encode(payload).decode()
    return json.dumps(told, separators=(",", ":")).encode()


def flipped(true: bytes) -> Iterator[tuple[str, bytes]]:
    """Every flip of an envelope: inside its payload, and in its type, key ids and signatures."""
    payload = envelope.parse_envelope(true).body()
    for path, changed in flips_of(payload):
        yield path, with_payload(true, changed)
    for path, changed in flips_of(true):
        if path != ".payload":
            yield f"envelope{path}", changed


@pytest.mark.timeout(300)
async def test_no_flipped_bit_of_anything_signed_is_taken(stage: Stage) -> None:
    fields: set[str] = set()
    codes: Counter[str] = Counter()
    things = await stage.things()
    for thing in things:
        before, last = await contents_of(stage.oak), ""
        for path, data in flipped(thing.true):
            code = await thing.offer(data)
            assert code, f"{thing.kind}{path} was taken"
            codes[code] += 1
            if path != last:
                assert before == await contents_of(stage.oak), f"{thing.kind}{last}"
                fields, last = fields | {f"{thing.kind}{path}"}, path
        assert before == await contents_of(stage.oak), thing.kind
    assert codes.total() >= CASES_LEAST
    assert set(codes) <= set(CODES)
    assert len(fields) > 120
    for thing in reversed(things):  # the frame first: a hello may begin a new count
        assert "" == await thing.offer(thing.true), thing.kind


@pytest.mark.timeout(300)
async def test_no_flipped_bit_of_an_item_is_taken(stage: Stage) -> None:
    """Items are signed through the root that their frame's header names."""
    frame = await stage.next_frame()
    before, count = await contents_of(stage.oak), 0
    for place, item in enumerate(frame.items):
        for path, data in flips_of(item, every=3):
            items = [*frame.items[:place], data, *frame.items[place + 1 :]]
            code = code_in(await stage.post(frame, items=items))
            assert code in {"bad_proof", "malformed", "not_canonical"}, f"{place}{path}: {code or 'taken'}"
            count += 1
        assert before == await contents_of(stage.oak), item
    assert count >= CASES_LEAST
    assert "" == code_in(await stage.post(frame))


async def test_no_kind_passes_as_another(stage: Stage) -> None:
    """Well signed by the right keys, with the right type over the wrong content, and the other way round."""
    signers = {"ring-card": stage.ash, "peer-agreement": stage.ash}
    things = await stage.things()
    before, cases = await contents_of(stage.oak), 0
    for thing in things:
        for _, kind, value, _ in payloads.documents():
            payload = canonical.encode(value)
            ring = signers.get(thing.kind, stage.elm)
            identity = ring.identity
            keys = [(identity.frame_key_id, identity.frame_signer), *identity.operator_signers]
            for key in keys:
                for as_kind in {kind, thing.kind} if kind != thing.kind else set[str]():
                    code = await thing.offer(envelope.seal(as_kind, payload, [key]))
                    assert code in CODES, f"{kind} as {thing.kind}: taken"
                    cases += 1
    assert before == await contents_of(stage.oak)
    assert cases >= 6 * len(DOCUMENTS) * 2


def test_no_item_passes_as_another() -> None:
    kinds = {str(kind.__struct_config__.tag) for kind in frames.ITEMS}
    cases = 0
    for _, item in items_of_every_kind():
        told = json.loads(frames.encode_item(item))
        for other in kinds - {told["kind"]}:
            with pytest.raises(RemoteError) as refused:
                frames.parse_item(json.dumps({**told, "kind": other}, separators=(",", ":")).encode())
            assert refused.value.code in CODES
            cases += 1
    assert cases >= len(kinds) * (len(kinds) - 1)
