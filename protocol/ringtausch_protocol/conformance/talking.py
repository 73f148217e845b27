# SPDX-License-Identifier: Apache-2.0
"""Pieces of talk that many rules share: ask, expect a refusal, greet, post frames and read what comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from ringtausch_protocol import canonical, channel, envelope, frames, limits
from ringtausch_protocol.canonical import Wire, b64
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Answer, Broken, Request, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.patience import PAUSES_SECONDS
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.documents import Hello, HelloAck
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import AnyItem, parse_item
from ringtausch_protocol.posts import Beside, PostAnswer, WireFrame
from ringtausch_protocol.requests import AskAnswer, Refusal, SayAnswer

HELLO, FRAMES, PEERING, QUOTE = "/peer/v1/hello", "/peer/v1/frames", "/peer/v1/peering", "/peer/v1/quote"
RESET = "/peer/v1/reset"
#: Codes that only HTTP knows (SPEC.md 6.2, 8.4), and their status.
HTTP_CODES = {
    "unauthorized": 401, "not_found": 404, "method_not_allowed": 405, "too_slow": 408, "media_type": 415,
    "too_many_requests": 429, "storage_failed": 503,
}  # fmt: skip
W = TypeVar("W", bound=Wire)


class Came(NamedTuple):
    """An item that came: the header of its frame, its place, its bytes, and its value where it has one."""

    header: Header
    place: int
    data: bytes
    item: AnyItem | None


def post(path: str, body: bytes, after_seconds: float = 0.0) -> Talk[Answer]:
    """Send a body, after a pause."""
    return (yield Request("POST", path, body, after_seconds=after_seconds))


def read(answer: Answer, kind: type[W], limit: int = limits.REQUEST_BYTES) -> W:
    """The body of a 200, canonical. Raises Broken."""
    if answer.status != 200:
        raise Broken(f"200 with {kind.__name__}", came(answer))
    try:
        return canonical.parse(answer.body, kind, limit)
    except RemoteError as error:
        raise Broken(f"canonical {kind.__name__}", f"{error}: {excerpt(answer.body)}") from None


def refused(answer: Answer, *codes: str) -> Refusal:
    """A refusal with one of these codes, the status of that code, in its canonical form. Raises Broken."""
    expected = " or ".join(f"{status_of(code)} {code}" for code in codes)
    try:
        refusal = canonical.parse(answer.body, Refusal, limits.REQUEST_BYTES)
    except RemoteError:
        raise Broken(f"a refusal: {expected}", came(answer)) from None
    if refusal.code not in codes or answer.status != status_of(refusal.code):
        raise Broken(expected, came(answer))
    return refusal


def status_of(code: str) -> int:
    """The status of a code (SPEC.md 6.2, 9)."""
    return CODES[code].status if code in CODES else HTTP_CODES[code]


def came(answer: Answer) -> str:
    """An answer in one line."""
    return f"{answer.status} {excerpt(answer.body)}".rstrip()


# -- hello -------------------------------------------------------------------------------------------------------------


def challenge_of(line: KitLine) -> Talk[str]:
    """Round 1."""
    answer = yield from post(HELLO, line.ask())
    return read(answer, AskAnswer).challenge


def greet(line: KitLine) -> Talk[HelloAck]:
    """Both rounds, with the answer checked. Raises Broken."""
    hello = line.hello((yield from challenge_of(line)))
    body = line.say(hello)
    answer = read((yield from post(HELLO, body)), SayAnswer)
    signed = bytes(answer.ack)
    ack = read_ack(line, hello, signed)
    line.heard(body, ack, signed)
    return ack


def read_ack(line: KitLine, hello: Hello, signed: bytes) -> HelloAck:
    """A hello-ack, checked as SPEC.md 6.4 says. Raises Broken."""
    digest = b64(envelope.document_hash("hello", canonical.encode(hello)))
    try:
        payload = envelope.open_envelope(signed, "hello-ack", line.peer.frame_keys, 1, limits.HELLO_ENVELOPE_BYTES)
        ack = canonical.parse(payload, HelloAck, limits.HELLO_BYTES)
        names = channel.Names(line.ring.net, line.ring.ring_id, line.peer.card.ring_id, line.agreement.epoch)
        channel.verify_names(names, ack.net, ack.from_, ack.to, ack.standing.epoch)
        channel.fence_of(ack.standing)
        line.open_token(ack.standing.token)
    except RemoteError as error:
        raise Broken("a hello-ack that verifies", f"{error}: {excerpt(signed)}") from None
    if (ack.nonce, ack.hello) != (hello.nonce, digest):
        raise Broken(f"nonce and H of the hello: {hello.nonce} {digest}", f"{ack.nonce} {ack.hello}")
    return ack


# -- frames ------------------------------------------------------------------------------------------------------------


def exchange(
    stage: Stage, line: KitLine, items: Sequence[bytes] = (), boxes: Sequence[Beside] = (), after_seconds: float = 0.0
) -> Talk[list[Came]]:
    """Post the next frame (none without items) and take what comes. -> the items that came. Raises Broken."""
    if not line.is_in_step:
        yield from greet(line)
    sent = [line.frame(items)] if items else []
    answer = yield from post(FRAMES, line.post(sent, boxes), after_seconds)
    if code_of(answer) == "hello_needed":  # tokens are in memory only, and it may have been started anew (SPEC.md 6.4)
        yield from greet(line)
        answer = yield from post(FRAMES, line.post(sent, boxes))
    said = read(answer, PostAnswer)
    for frame in sent:
        line.sent(frame)
    if (said.have.epoch, said.have.seq, said.have.hash) != (line.agreement.epoch, *own_place(line)):
        raise Broken(f"have of frame {len(line.out)}", excerpt(canonical.encode(said.have)))
    line.boxes += said.boxes
    return take(stage, line, said.frames)


def code_of(answer: Answer) -> str:
    """The code of a refusal; empty for what is none."""
    try:
        return canonical.parse(answer.body, Refusal, limits.REQUEST_BYTES).code
    except RemoteError:
        return ""


def own_place(line: KitLine) -> tuple[int, str]:
    """Seq and hash of the kit's last frame."""
    return line.own().seq, line.own().hash


def take(stage: Stage, line: KitLine, wire: Sequence[WireFrame]) -> list[Came]:
    """Frames that came in an answer: into the chain, and their items. Raises Unjudged at one that cannot be read.

    What is wrong with one is no fault of the rule that is played just now: it is kept for the rule that it breaks. One
    that does not follow is not taken, nor what comes behind it: the next post asks for what is missing.
    """
    found: list[Came] = []
    for each in wire:
        frame = _open(stage, line, each)
        if frame.header.seq <= len(line.came):
            _compare(stage, line, frame)
            continue
        if not _follows(stage, line, frame):
            break
        _verify_ack(stage, line, frame)
        line.received(frame)
        found += items_of(frame)
    return found


def none_came(stage: Stage, line: KitLine, expected: str) -> Broken | Unjudged:
    """Asked and asked, and it did not come. That is no fault where a frame that does not follow stands before it."""
    if line.is_behind_gap:
        return Unjudged("a frame that came does not follow the one before it")
    if stage.patience.is_over:
        return Unjudged("it may come later: the kit has waited long enough in this run")
    return Broken(expected, f"none in {sum(PAUSES_SECONDS):.0f} seconds")


def items_of(frame: Frame) -> list[Came]:
    """Each item of a frame, with its value where it has one."""
    return [Came(frame.header, index, data, _item(data)) for index, data in enumerate(frame.items)]


def _item(data: bytes) -> AnyItem | None:
    try:
        return parse_item(data)
    except RemoteError:
        return None


def _open(stage: Stage, line: KitLine, each: WireFrame) -> Frame:
    names = channel.Names(line.ring.net, line.ring.ring_id, line.peer.card.ring_id, line.agreement.epoch)
    try:
        items = [bytes(item) for item in each.items]
        frame = frames.parse_frame(bytes(each.header), items, line.peer.frame_keys)
        header = frame.header
        channel.verify_names(names, header.net, header.from_, header.to, header.epoch)
    except RemoteError as error:
        stage.faults.append(("frames-verify", "a frame that verifies", f"{error}: {excerpt(bytes(each.header))}"))
        raise Unjudged("a frame that came cannot be read") from None
    return frame


def _compare(stage: Stage, line: KitLine, frame: Frame) -> None:
    known = line.came[frame.header.seq - 1]
    if (known.envelope, known.items) != (frame.envelope, frame.items):
        stage.faults.append(("frames-same-bytes", f"the bytes of frame {frame.header.seq} as they came before",
                             f"H {frame.hash} instead of {known.hash}"))  # fmt: skip


def _follows(stage: Stage, line: KitLine, frame: Frame) -> bool:
    """One after the other, each on the one before."""
    before = line.theirs()
    if (frame.header.seq, frame.header.prev) == (before.seq + 1, before.hash):
        return True
    place = f"seq {frame.header.seq}, prev {frame.header.prev}"
    stage.faults.append(("frames-chain", f"seq {before.seq + 1}, prev {before.hash}", place))
    line.is_behind_gap = True
    return False


def _verify_ack(stage: Stage, line: KitLine, frame: Frame) -> None:
    """Acks of what was sent, and never less."""
    hashes = [line.first, *(each.hash for each in line.out)]
    acked = max((each.header.ack_seq for each in line.came), default=0)
    ack = frame.header.ack_seq
    if not (acked <= ack < len(hashes) and hashes[ack] == frame.header.ack_hash):
        stage.faults.append(("frames-ack", f"an ack from {acked} to {len(line.out)} with its H", f"ack_seq {ack}"))
