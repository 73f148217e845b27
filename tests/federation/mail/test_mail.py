# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages between rings: once, sealed, in order, over restarts and restores; what cannot be used is said so."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.mail import service as mail
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, frames
from ringtausch_protocol.canonical import Wire, b64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import Message, Reject, encode_item, parse_item
from ringtausch_protocol.posts import Beside
from ringtausch_protocol.sealing import message_info
from tests.federation.forger import Forger
from tests.federation.towns import Towns, faults, line_of, talk, until, view_of

ID = b"\x07" * 16


class Words(Wire, frozen=True):
    """A body for tests."""

    text: str


class Box:
    """A room that keeps what it is told; says `busy` to "no"."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.refusals: list[str] = []

    def read(self, line: Line, text: bytes) -> Words:
        return canonical.parse(text, Words, 2_000)

    def take(self, tx: Tx, line: Line, message_id: bytes, body: object) -> str | None:
        assert isinstance(body, Words)
        if body.text == "no":
            return "busy"
        tx.after_commit(lambda: self.heard.append(body.text))
        return None

    def refused(self, tx: Tx, line: Line, message_id: bytes, code: str) -> None:
        tx.after_commit(lambda: self.refusals.append(code))


def boxes(*rings: Ring) -> list[Box]:
    """A room for the topic `words` in each ring."""
    found = [Box() for _ in rings]
    for ring, box in zip(rings, found, strict=True):
        ring.federation.mail.register("words", box)
    return found


async def send(ring: Ring, other: Ring, text: str, message_id: bytes = ID, topic: str = "words", **more: int) -> None:
    line = line_of(ring, other)
    await ring.store.write(lambda tx: ring.federation.mail.send(tx, line, topic, message_id, Words(text=text), **more))


async def standing(ring: Ring, other: Ring, topic: str = "words", message_id: bytes = ID) -> tuple[str, str | None]:
    line = line_of(ring, other)
    found = await ring.store.read(lambda tx: ring.federation.mail.standing(tx, line, topic, message_id))
    assert found is not None
    return found.state, found.code


async def stands(
    ring: Ring, other: Ring, expected: tuple[str, str | None], topic: str = "words", message_id: bytes = ID
) -> None:
    """Wait until a message stands as expected."""

    async def does() -> bool:
        return await standing(ring, other, topic, message_id) == expected

    await until(does)


async def test_a_message_is_read_once_however_often_it_is_sent(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    _, at_elm = boxes(oak, elm)
    await talk(oak, elm)
    await send(oak, elm, "Hallo")
    await send(oak, elm, "Hallo")
    await stands(oak, elm, ("delivered", None))
    await send(oak, elm, "Hallo")
    await send(oak, elm, "Ende", b"\x08" * 16)
    await until(lambda: _has(at_elm, "Ende"))
    assert at_elm.heard == ["Hallo", "Ende"]
    assert await faults(oak, elm) == []


async def _has(box: Box, text: str) -> bool:
    return text in box.heard


async def test_another_text_under_the_same_id_is_refused_here(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await send(oak, elm, "Hallo")
    with pytest.raises(LocalError, match="id_reused"):
        await send(oak, elm, "Adieu")


async def test_nothing_on_the_wire_or_in_the_log_shows_the_text(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    boxes(oak, elm)
    await talk(oak, elm)
    await send(oak, elm, "Geheimnis")
    await stands(oak, elm, ("delivered", None))
    assert not [post for post in towns.network.posts if b"Geheimnis" in post.body]
    for ring in (oak, elm):
        entries = await ring.store.read(lambda tx: [row[0] for row in tx.execute("SELECT entry FROM leaf")])
        guess = canonical.sha256_b64(canonical.encode(Words(text="Geheimnis"))).encode()
        assert not [entry for entry in entries if b"Geheimnis" in entry or guess in entry]


async def test_an_unknown_topic_is_rejected_and_the_line_goes_on(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    (at_oak,) = boxes(oak)
    await talk(oak, elm)
    await send(oak, elm, "Hallo")
    await stands(oak, elm, ("refused", "unsupported"))
    assert at_oak.refusals == ["unsupported"]
    assert (await view_of(oak, elm)).state == "open"


async def test_what_a_room_refuses_its_writer_is_told_with_the_code(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    at_oak, at_elm = boxes(oak, elm)
    await talk(oak, elm)
    await send(oak, elm, "no")
    await stands(oak, elm, ("refused", "busy"))
    assert (at_oak.refusals, at_elm.heard) == (["busy"], [])


async def test_a_message_waits_for_a_ring_that_is_away_and_survives_a_restart(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    await send(oak, elm, "Hallo")
    assert await standing(oak, elm) == ("waiting", None)
    await towns.close("oak")
    oak = await towns.open("oak")
    _, at_elm = boxes(oak, elm)
    await talk(oak, elm)
    await until(lambda: _has(at_elm, "Hallo"))
    await stands(oak, elm, ("delivered", None))


async def test_a_sealed_message_is_sent_again_after_a_restart_with_its_box(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    _, at_elm = boxes(oak, elm)
    await talk(oak, elm)
    towns.network.cut.add("elm")
    await send(oak, elm, "Hallo")
    assert await standing(oak, elm) == ("waiting", None)
    await towns.close("oak")
    towns.network.heal()
    oak = await towns.open("oak")
    boxes(oak)
    await talk(oak)
    await until(lambda: _has(at_elm, "Hallo"))
    assert at_elm.heard == ["Hallo"]


async def test_messages_keep_their_order(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    _, at_elm = boxes(oak, elm)
    texts = [f"Nr. {number}" for number in range(150)]  # more than a frame takes
    for number, text in enumerate(texts):
        await send(oak, elm, text, number.to_bytes(16))
    await talk(oak, elm)
    await until(lambda: _has(at_elm, texts[-1]))
    assert at_elm.heard == texts
    assert await faults(oak, elm) == []


@pytest.mark.parametrize(
    ("bound", "value"), [("WAITING_OF_LINE_MAX", 3), ("WAITING_OF_ACCOUNT_MAX", 3), ("WRITTEN_A_DAY_MAX", 3)]
)
async def test_a_member_cannot_write_without_end(
    pair: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    oak, elm = pair
    monkeypatch.setattr(mail, bound, value)
    account = await oak.store.read(lambda tx: oak.members.present(tx, "alma").account_id)
    for number in range(3):
        await send(oak, elm, "x", number.to_bytes(16), account=account)
    with pytest.raises(LocalError, match="mail_full"):
        await send(oak, elm, "x", account=account)
    await send(oak, elm, "the ring itself may")


async def test_a_peer_cannot_make_us_keep_messages_without_end(
    pair: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = pair
    _, at_elm = boxes(oak, elm)
    monkeypatch.setattr(mail, "HEARD_A_DAY_MAX", 1)
    await talk(oak, elm)
    await send(oak, elm, "eins", b"\x01" * 16)
    await send(oak, elm, "zwei")
    await stands(oak, elm, ("refused", "busy"))
    assert at_elm.heard == ["eins"]


async def test_too_long_a_body_is_not_sent(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    with pytest.raises(LocalError, match="too_large"):
        await send(oak, elm, "x" * 2_100)


# -- what only a broken or hostile ring sends ------------------------------------------------------------------------


@pytest.fixture
async def forger(pair: tuple[Ring, Ring]) -> Forger:
    """Oak says what it likes to elm."""
    oak, elm = pair
    await talk(oak, elm)
    await oak.federation.stop()
    return Forger(oak, elm)


async def said(forger: Forger, topic: str, text: bytes, *, box: bytes | None = None, info: bytes | None = None) -> str:
    """-> the code of elm's reject, or "" where it took the message."""
    line, name = line_of(forger.liar, forger.victim), b64(ID)
    names = line.names
    sealed = line.seal(text, info or message_info(names.net, names.me, names.peer, topic, name))
    item = encode_item(Message(id=name, topic=topic, body_hash=canonical.sha256_b64(sealed)))
    header = await forger.header([item])
    identity = forger.liar.identity
    frame = frames.seal_frame(header, [item], identity.frame_key_id, identity.frame_signer)
    beside = [Beside(seq=header.seq, index=0, sealed=b64(sealed if box is None else box))] if box != b"" else []
    before = line_of(forger.victim, forger.liar).own_seq
    reply = await forger.post(frame, boxes=beside)
    assert reply.status == 200
    back = line_of(forger.victim, forger.liar)
    if back.own_seq == before:
        return ""
    answer = parse_item(bytes(back.outbox[-1].frame.items[0]))
    assert isinstance(answer, Reject)
    return answer.code


GOOD = canonical.encode(Words(text="Hallo"))


@pytest.mark.parametrize(
    ("topic", "text", "changes", "code"),
    [
        ("words", GOOD, {"box": b""}, "malformed"),
        ("words", GOOD, {"box": b"x" * 100}, "malformed"),
        ("words", GOOD, {"info": b"another line"}, "bad_box"),
        ("words", b"{}", {}, "malformed"),
        ("words", GOOD.replace(b":", b": "), {}, "not_canonical"),
        ("other", GOOD, {}, "unsupported"),
        ("words", GOOD, {}, ""),
    ],
)
async def test_a_body_that_cannot_be_used_is_rejected_with_its_code(
    forger: Forger, topic: str, text: bytes, changes: dict[str, bytes], code: str
) -> None:
    (box,) = boxes(forger.victim)
    assert await said(forger, topic, text, **changes) == code
    assert box.heard == ([] if code else ["Hallo"])
    assert (await view_of(forger.victim, forger.liar)).state == "open"
