# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages: everything between rings that is not money (SPEC.md 7.11). Bodies are sealed; this room reads none of them.

A message is stored in the transaction of the use case that writes it, and taken in the transaction that accepts its
frame. What a topic means is known to rooms above, which register for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.mail import records
from ringtausch_node.federation.mail.records import MailIn, MailOut
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.canonical import Wire, b64
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Message, Reject, encode_item, parse_item
from ringtausch_protocol.sealing import message_info

#: How the item of a message begins: looked for in every item that is sealed.
_IS_MESSAGE = b'{"kind":"message",'
_DAY_SECONDS = 86_400
#: Messages that one line keeps while its peer is away: some for every member of a large ring.
WAITING_OF_LINE_MAX = 2_000
#: Of one account on one line; who has more to say meets a ring that does not answer.
WAITING_OF_ACCOUNT_MAX = 50
#: Of one account in a day: what a busy shop writes, and no flood.
WRITTEN_A_DAY_MAX = 300
#: That a peer may make us keep in a day: far more than its members write.
HEARD_A_DAY_MAX = 5_000


class Opened(NamedTuple):
    """What a message's box holds, as its room has read it, or the code for which it cannot be used."""

    body: object
    code: str | None


class Standing(NamedTuple):
    """What is known of a message of ours. delivered: the peer holds its frame; refused: with the peer's code."""

    state: Literal["waiting", "delivered", "refused"]
    code: str | None


#: The box of a message of ours as it stands beside its frame, or None.
BoxOf = Callable[[MailOut], bytes | None]


class Reader(Protocol):
    """The room above that knows a topic."""

    def read(self, line: Line, text: bytes) -> object:
        """Read a body, outside the writer. Raises RemoteError with the code of a reject."""
        ...

    def take(self, tx: Tx, line: Line, message_id: bytes, body: object) -> str | None:
        """Do what it says, in the writer; writes no message itself. -> the code of a reject, or None."""
        ...

    def refused(self, tx: Tx, line: Line, message_id: bytes, code: str) -> None:
        """The peer could not use a message of ours."""
        ...


class Mail:
    """Messages on all lines of a ring. Constructor arguments are the seams of the simulator."""

    def __init__(self, identity: RingIdentity, clock: Clock) -> None:
        self._identity, self._clock = identity, clock
        self._readers: dict[str, Reader] = {}

    def register(self, topic: str, reader: Reader) -> None:
        """From now on `reader` knows this topic; called when a ring is put together."""
        self._readers[topic] = reader

    # -- writing -----------------------------------------------------------------------------------------------------

    def send(self, tx: Tx, line: Line, topic: str, message_id: bytes, body: Wire, account: int | None = None) -> None:
        """Write a message, in the caller's transaction; it leaves in the next frame of its line. Again: nothing.

        `account` is the account whose member writes; the ring's own messages have no bound. Raises LocalError:
        id_reused (another text under this id), mail_full, too_large.
        """
        text, now = canonical.encode(body), self._clock.now()
        content = canonical.sha256(text)
        known = records.load_out(tx, line.peer.id, topic, message_id)
        if known is not None:
            if known.content not in (content, b""):  # empty: it came back after a restore, unread
                raise LocalError("id_reused", f"another {topic}")
            return
        if len(text) > limits.BOX_BYTES:
            raise LocalError("too_large", topic)
        if account is not None:
            self._verify_room(tx, line, account, now)
        name = b64(message_id)
        sealed = line.seal(text, self._info(line, topic, name, is_own=True))
        item = encode_item(Message(id=name, topic=topic, body_hash=canonical.sha256_b64(sealed)))
        records.insert_out(
            tx, MailOut(line.peer.id, topic, message_id, account, content, sealed, now, None, None, None, None)
        )
        tx.collect("item", (line, item))
        tx.collect("line", line)

    def standing(self, tx: Tx, line: Line, topic: str, message_id: bytes) -> Standing | None:
        """What became of a message of ours, or None where there is none."""
        mail = records.load_out(tx, line.peer.id, topic, message_id)
        if mail is None:
            return None
        if mail.code is not None:
            return Standing("refused", mail.code)
        is_there = mail.seq is not None and (mail.epoch != line.names.epoch or mail.seq <= _held_seq(tx, line))
        return Standing("delivered" if is_there else "waiting", None)

    def _verify_room(self, tx: Tx, line: Line, account: int, now: int) -> None:
        place = (line.peer.id, line.names.epoch, _held_seq(tx, line))
        if records.count_waiting(tx, *place) >= WAITING_OF_LINE_MAX:
            raise LocalError("mail_full", f"line to {line.peer.address}")
        if records.count_waiting_of(tx, *place, account) >= WAITING_OF_ACCOUNT_MAX:
            raise LocalError("mail_full", f"{WAITING_OF_ACCOUNT_MAX} wait already")
        if records.count_written(tx, account, now - _DAY_SECONDS) >= WRITTEN_A_DAY_MAX:
            raise LocalError("mail_full", f"{WRITTEN_A_DAY_MAX} a day")

    def _info(self, line: Line, topic: str, name: str, *, is_own: bool) -> bytes:
        sides = (line.names.me, line.names.peer) if is_own else (line.names.peer, line.names.me)
        return message_info(line.names.net, *sides, topic, name)

    # -- sealing -----------------------------------------------------------------------------------------------------

    def box_of(self, tx: Tx, line: Line, item: bytes) -> bytes | None:
        """The box that travels beside an item that is being sealed; None for all but messages."""
        if not item.startswith(_IS_MESSAGE):
            return None
        mail = self._mail_of(tx, line, item)
        return None if mail is None else mail.body

    def note_sealed(self, tx: Tx, line: Line, header: Header, index: int, item: bytes) -> None:
        """Remember where a message stands in our chain: a reject names the place."""
        mail = self._mail_of(tx, line, item)
        if mail is not None:
            records.set_sealed(tx, mail._replace(epoch=header.epoch, seq=header.seq, idx=index))

    def _mail_of(self, tx: Tx, line: Line, item: bytes) -> MailOut | None:
        message = parse_item(item)
        assert isinstance(message, Message)
        return records.load_out(tx, line.peer.id, message.topic, canonical.unb64(message.id, 16))

    # -- reading -----------------------------------------------------------------------------------------------------

    def open(self, line: Line, message: Message, box: bytes | None) -> Opened:
        """Open the box beside a peer's message and let its room read it; outside the writer."""
        reader = self._readers.get(message.topic)
        if reader is None:
            return Opened(None, "unsupported")
        if box is None or canonical.sha256_b64(box) != message.body_hash:
            return Opened(None, "malformed")
        try:
            text = self._identity.seal_key.open(box, self._info(line, message.topic, message.id, is_own=False))
            return Opened(reader.read(line, text), None)
        except RemoteError as bad:
            return Opened(None, bad.code)

    def take(self, tx: Tx, line: Line, header: Header, index: int, message: Message, opened: Opened) -> str | None:
        """Take a peer's message once. -> the code of a reject, or None; the same again gets the same."""
        peer, topic, message_id = line.peer.id, message.topic, canonical.unb64(message.id, 16)
        known = records.load_in(tx, peer, topic, message_id)
        if known is not None:
            return known[1] if known[0] == message.body_hash else "id_reused"
        if opened.code is not None:
            return opened.code
        now = self._clock.now()
        if records.count_in(tx, peer, now - _DAY_SECONDS) >= HEARD_A_DAY_MAX:
            return "busy"
        code = self._readers[topic].take(tx, line, message_id, opened.body)
        place = (header.epoch, header.seq, index)
        records.insert_in(tx, MailIn(peer, topic, message_id, message.body_hash, now, code, *place))
        return code

    def rejected(self, tx: Tx, line: Line, reject: Reject) -> None:
        """A reject of the peer: if it means a message of ours, its room is told, once."""
        mail = records.load_at(tx, line.peer.id, line.names.epoch, reject.seq, reject.index)
        if mail is None or mail.code is not None:
            return
        self._refuse(tx, line, mail, reject.code)

    def _refuse(self, tx: Tx, line: Line, mail: MailOut, code: str) -> None:
        records.set_rejected(tx, mail, code)
        reader = self._readers.get(mail.topic)
        if reader is not None:
            reader.refused(tx, line, mail.id, code)

    # -- a line that begins anew, or is over -------------------------------------------------------------------------

    def begin_anew(self, tx: Tx, line: Line, taken: list[bytes], counted_seq: int, box_of: BoxOf) -> list[bytes]:
        """A new epoch begins. -> the items that wait for it, in the order in which they were written (SPEC.md 5.4).

        `taken` waited for a frame of the old epoch; frames of ours above `counted_seq` are void, and what they told
        goes again with the same box: who has read it does not read it twice.
        """
        void = [
            again
            for mail in records.load_waiting_out(tx, line.peer.id, line.names.epoch, counted_seq)
            if mail.seq is not None and (again := self._unseal(tx, mail, box_of(mail))) is not None
        ]
        return void + [item for item in taken if item.startswith(_IS_MESSAGE)]

    def _unseal(self, tx: Tx, mail: MailOut, sealed: bytes | None) -> bytes | None:
        """-> the item as it was, or None where its box is gone: without that nobody can read it."""
        if sealed is None:
            return None
        records.set_unsealed(tx, mail, sealed)
        message = Message(id=b64(mail.id), topic=mail.topic, body_hash=canonical.sha256_b64(sealed))
        return encode_item(message)

    def give_up(self, tx: Tx, line: Line, code: str) -> None:
        """The line is over: what waits there is read by nobody, and its rooms are told with this code."""
        for mail in records.load_waiting_out(tx, line.peer.id, line.names.epoch, _held_seq(tx, line)):
            self._refuse(tx, line, mail, code)

    # -- recovery ----------------------------------------------------------------------------------------------------

    def came_back(self, tx: Tx, line: Line, header: Header, index: int, message: Message) -> None:
        """A message of ours came back in its frame: it is not sent again. What it said, only the peer can read."""
        message_id = canonical.unb64(message.id, 16)
        known = records.load_out(tx, line.peer.id, message.topic, message_id)
        if known is None:
            mail = MailOut(line.peer.id, message.topic, message_id, None, b"", None, header.at, None, None, None, None)
            records.insert_out(tx, known := mail)
        records.set_sealed(tx, known._replace(epoch=header.epoch, seq=header.seq, idx=index))

    def heard_again(
        self, tx: Tx, line: Line, header: Header, index: int, message: Message, box: bytes | None
    ) -> None:  # fmt: skip
        """A peer's message came back: it is a fact, and was answered when it first came."""
        self.take(tx, line, header, index, message, self.open(line, message, box))


def _held_seq(tx: Tx, line: Line) -> int:
    """The last frame of ours that the peer is known to hold: by a signed ack, or by its word in this boot."""
    return max(line.have_seq, records.load_acked(tx, line.peer.id))
