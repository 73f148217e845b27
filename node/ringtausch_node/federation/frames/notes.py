# SPDX-License-Identifier: AGPL-3.0-or-later
"""Notes to self: what a ring must know again after it lost its disk, and what frames must not say (SPEC.md 6.8).

A frame holds commitments, no people. Beside it travels a note for each item that moves a member's hours: which account,
the salts, and what the payment was: who pays whom and what for. It is sealed under the ring's own recovery key,
unlogged, and comes back with the frames.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple, Protocol

import msgspec

from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.canonical import Hash32, Id16, Wire, b64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import item_hash
from ringtausch_protocol.posts import Beside
from ringtausch_protocol.sealing import NOTE_AROUND_BYTES, NoteSealer, open_note

_IS_PAID = b'"outcome":"paid"'


class Remembered(Wire, frozen=True, omit_defaults=True):
    """What a payment of our own member was, so that it is found again under its id. `to` is a full address.

    `content` stands for a memo that had no room: the hash of what was asked. `by` is absent where the payer acted.
    """

    from_: Annotated[str, msgspec.Meta(max_length=limits.HANDLE_LENGTH)] = msgspec.field(name="from")
    to: Annotated[str, msgspec.Meta(max_length=limits.MEMBER_ADDRESS_LENGTH)]
    memo: Annotated[str, msgspec.Meta(max_length=limits.MEMO_LENGTH)] | None = None
    by: Annotated[str, msgspec.Meta(max_length=limits.HANDLE_LENGTH)] | None = None
    content: Hash32 | None = None


class Memory(Protocol):
    """What our members asked for. The payments' room provides it; federation knows orders only."""

    def told(self, tx: Tx, payment_id: bytes) -> tuple[Remembered, str] | None:
        """A payment to another ring, and the hash of what was asked; None if there is none under this id."""
        ...

    def restore(self, tx: Tx, payment: Asked, remembered: Remembered | None) -> None:
        """A payment came back: remember it again under its id, unless it is known."""
        ...


class Asked(NamedTuple):
    """What an order that came back says of its payment. `account` is where it is booked, `ring` whom it goes to."""

    payment_id: bytes
    account: int
    ring: str
    amount_seconds: int
    created_at: int
    invoice_hash: str | None
    refund_of: bytes | None


class Note(Wire, frozen=True, omit_defaults=True):
    """One note. `key` names the account whatever number it has in the copy: half a SHA-256 of its key."""

    account: Annotated[int, msgspec.Meta(ge=0, le=limits.SEQ_MAX)]
    key: Id16
    payer_salt: Id16 | None = None
    memo_salt: Id16 | None = None
    #: Written as `letter`, so that notes which peers hold stay readable.
    remembered: Remembered | None = msgspec.field(name="letter", default=None)


class _Decided(msgspec.Struct):
    """What a decision's own bytes say of its order."""

    kind: str
    order_hash: str = ""


class Notes:
    """Writes the notes of this boot. `secret`: 32 random bytes."""

    def __init__(self, identity: RingIdentity, secret: bytes, memory: Memory) -> None:
        self._sealer = NoteSealer(identity.recovery_key.present, secret)
        self._identity, self._memory = identity, memory
        self._keys: dict[int, str] = {}

    def of_frame(self, tx: Tx, seq: int, items: list[tuple[bytes, OrderOut | None]]) -> tuple[Beside, ...]:
        """The notes of a frame that is being sealed: one for each own payment and each payment credited here."""
        found = []
        for index, (item, order) in enumerate(items):
            note = self._of_order(tx, order) if order is not None else self._of_decision(tx, item)
            if note is not None:
                sealed = self._sealer.seal(note, note_info(self._identity, item))
                found.append(Beside(seq=seq, index=index, sealed=b64(sealed)))
        return tuple(found)

    def _of_order(self, tx: Tx, order: OrderOut) -> bytes | None:
        if order.account is None:
            return None
        note = Note(account=order.account, key=self._key(tx, order.account))
        if order.payer_salt is not None and order.memo_salt is not None:
            note = msgspec.structs.replace(note, payer_salt=b64(order.payer_salt), memo_salt=b64(order.memo_salt))
        told = self._memory.told(tx, order.payment_id)
        return _fitting(note, *told) if told is not None else canonical.encode(note)

    def _of_decision(self, tx: Tx, item: bytes) -> bytes | None:
        if _IS_PAID not in item:
            return None
        said = msgspec.json.decode(item, type=_Decided)
        decided = orders.load_in(tx, said.order_hash) if said.kind == "decision" else None
        if decided is None or decided.account is None:
            return None
        return canonical.encode(Note(account=decided.account, key=self._key(tx, decided.account)))

    def _key(self, tx: Tx, account: int) -> str:
        """An account keeps its key for ever, so it is looked up once."""
        known = self._keys.get(account)
        if known is None:
            known = self._keys[account] = key_of(ledger.account(tx, account).key)
        return known


def _fitting(note: Note, remembered: Remembered, content: str) -> bytes:
    """The note with as much of the payment as a note has room for: a long memo is left out first."""
    for kept in (remembered, msgspec.structs.replace(remembered, memo=None, content=content)):
        text = canonical.encode(msgspec.structs.replace(note, remembered=kept))
        if len(text) <= limits.NOTE_BYTES - NOTE_AROUND_BYTES:
            return text
    return canonical.encode(note)


def key_of(key: str) -> str:
    """How a note names an account."""
    return b64(canonical.sha256(key.encode())[:16])


def note_info(identity: RingIdentity, item: bytes) -> bytes:
    """What binds a note to its ring, net and item: a peer cannot put it beside another payment."""
    return "\n".join((identity.net, identity.ring_id, item_hash(item))).encode()


def read_note(identity: RingIdentity, item: bytes, sealed: str) -> Note | None:
    """Open a note that came back; None where it is not ours or broken: then nobody can say whose the hours are."""
    for key in identity.recovery_key.all:
        try:
            text = open_note(key, canonical.unb64(sealed, None), note_info(identity, item))
            return canonical.parse(text, Note, limits.NOTE_BYTES)
        except RemoteError:
            continue
    return None
