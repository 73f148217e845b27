# SPDX-License-Identifier: Apache-2.0
"""The usual forms, read fast: one signature on a header, and an order or a decision in the frame.

What is taken here the strict readers of the protocol take as the same value; whatever looks otherwise in any way is
theirs, and so is every refusal. They look at each text by a pattern of its own and write each value again, which costs
three times as much, and was a fifth of all that an audit does.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from typing import Annotated

import msgspec

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.documents import Head
from ringtausch_protocol.frames import HEADER_KIND, Header
from ringtausch_protocol.items import AnyItem, Decision, Order

_BEGIN = b'{"payloadType":"%s","payload":"' % envelope.media_type(HEADER_KIND).encode()
_KEY, _SIGNATURE, _END = b'","signatures":[{"keyid":"', b'","sig":"', b'"}]}'
#: Where they stand, from the end: a ring's key id has 61 characters, 64 bytes of a signature have 88.
_END_AT = -len(_END)
_SIGNATURE_AT = _END_AT - 88
_KEY_AT = _SIGNATURE_AT - len(_KEY) - 61 - len(_SIGNATURE)
#: Ids and hashes side by side; each has its length, which the reader of JSON has seen to.
_IDS = re.compile(r"(?:[A-Za-z0-9_-]{21}[AQgw])+")
_HASHES = re.compile(r"(?:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])+")
#: A key as it stands in JSON without escapes.
_PLAIN = re.compile(r'[^"\\]+')
#: Rings, boots and keys that the strict readers have taken; beyond these nobody is remembered.
KNOWN_MAX = 65_536

_Id = Annotated[str, msgspec.Meta(min_length=22, max_length=22)]
_Hash = Annotated[str, msgspec.Meta(min_length=43, max_length=43)]


class _Head(Head, frozen=True):
    root: _Hash


class _Header(Header, frozen=True):
    """As `Header`, its texts not looked at."""

    net: str
    from_: str = msgspec.field(name="from")
    to: str
    epoch: str
    boot: str
    to_boot: str
    prev: _Hash
    ack_hash: _Hash
    head: _Head
    items_root: _Hash


class _Order(Order, frozen=True, tag="order"):
    payment_id: _Id
    path: Annotated[list[str], msgspec.Meta(min_length=2, max_length=limits.PATH_MAX)]
    invoice_hash: _Hash | None = None
    refund_of: _Id | None = None
    payer_commit: _Hash | None = None
    memo_commit: _Hash | None = None
    sealed_hash: _Hash | None = None


class _Decision(Decision, frozen=True, tag="decision"):
    order_hash: _Hash
    payment_id: _Id
    by: str
    inbound: str
    code: str | None = None


_read_header = msgspec.json.Decoder(_Header).decode
_read_order = msgspec.json.Decoder(_Order).decode
_read_decision = msgspec.json.Decoder(_Decision).decode
_write = canonical.encode


class Opened(msgspec.Struct, frozen=True, gc=False):
    """The parts of an envelope with one signature: the payload, the key id, the 64 bytes."""

    payload: bytes
    key_id: str
    signature: bytes


class Usual:
    """Reads what is usual; None for all else. It learns who there is from what the strict readers took."""

    def __init__(self) -> None:
        self._ends: set[tuple[str, ...]] = set()
        self._rings: set[str] = set()
        self._keys: dict[bytes, str] = {}

    def learn(self, header: Header, key_ids: Sequence[str]) -> None:
        """A strict reader has taken a header under these key ids."""
        if len(self._ends) < KNOWN_MAX:
            self._ends.add(_ends(header))
            self._rings.update((header.from_, header.to))
            plain = [key_id for key_id in key_ids if _PLAIN.fullmatch(key_id)]
            self._keys.update({_KEY + key_id.encode() + _SIGNATURE: key_id for key_id in plain})

    def envelope(self, data: bytes) -> Opened | None:
        """The parts of a header's envelope by a known key."""
        key_id = self._keys.get(data[_KEY_AT:_SIGNATURE_AT])
        if not (key_id and data.startswith(_BEGIN) and data.endswith(_END) and len(data) <= limits.DOCUMENT_BYTES):
            return None
        payload, signature = _unpad(data[len(_BEGIN) : _KEY_AT]), _unpad(data[_SIGNATURE_AT:_END_AT])
        if payload is None or signature is None or len(signature) != 64:
            return None
        return Opened(payload, key_id, signature)

    def header(self, payload: bytes) -> Header | None:
        """A header between known rings and boots."""
        try:
            found = _read_header(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        hashes = found.prev + found.ack_hash + found.head.root + found.items_root
        is_usual = _ends(found) in self._ends and _HASHES.fullmatch(hashes) and _write(found) == payload
        return found if is_usual else None

    def item(self, data: bytes) -> AnyItem | None:
        """An order or a decision among known rings."""
        if len(data) > limits.ITEM_BYTES:
            return None
        try:
            if data.startswith(b'{"kind":"decision",'):
                return self._decision(_read_decision(data), data)
            return self._order(_read_order(data), data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def _order(self, order: _Order, data: bytes) -> AnyItem | None:
        given = (order.invoice_hash, order.payer_commit, order.memo_commit, order.sealed_hash)
        hashes = "".join([each for each in given if each is not None])
        is_usual = (
            self._rings.issuperset(order.path)
            and _IDS.fullmatch(order.payment_id + (order.refund_of or ""))
            and (not hashes or _HASHES.fullmatch(hashes))
            and _write(order) == data
        )
        return order if is_usual else None

    def _decision(self, decision: _Decision, data: bytes) -> AnyItem | None:
        is_usual = (
            decision.by in self._rings
            and decision.inbound in self._rings
            and (decision.code is None or decision.code in CODES)
            and _IDS.fullmatch(decision.payment_id)
            and _HASHES.fullmatch(decision.order_hash)
            and _write(decision) == data
        )
        return decision if is_usual else None


def _ends(header: Header) -> tuple[str, ...]:
    """All that is alike in the headers of a line until a ring boots again."""
    return header.net, header.from_, header.to, header.epoch, header.boot, header.to_boot


def _unpad(text: bytes) -> bytes | None:
    """What base64 stands for, if it is written the one way; else None."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None
    last = len(data) % 3 or 3  # only of the last bytes there is another way of writing that the strict mode passes
    return data if binascii.b2a_base64(data[-last:], newline=False) == text[-4:] else None
