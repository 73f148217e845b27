# SPDX-License-Identifier: Apache-2.0
"""One way to write every value: JSON with fixed field order, no blanks, NFC text; anything else is refused.

The JSON reader accepts what the wire must not (the last of two equal keys, -0, blanks, escapes), so every value read
is written again and compared with the bytes that came: only byte-identical input is accepted (SPEC.md 2.2).
"""

from __future__ import annotations

import binascii
import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.errors import RemoteError

T = TypeVar("T")

Id16 = Annotated[str, msgspec.Meta(min_length=22, max_length=22, pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$")]
Hash32 = Annotated[str, msgspec.Meta(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
RingId = Annotated[str, msgspec.Meta(min_length=52, max_length=52, pattern=r"^[a-z2-7]{51}[aq]$")]
Amount = Annotated[int, msgspec.Meta(ge=1, le=limits.AMOUNT_MAX)]
Seconds0 = Annotated[int, msgspec.Meta(ge=0, le=limits.BALANCE_MAX)]
Signed = Annotated[int, msgspec.Meta(ge=-limits.BALANCE_MAX, le=limits.BALANCE_MAX)]
Seq = Annotated[int, msgspec.Meta(ge=1, le=limits.SEQ_MAX)]
Count = Annotated[int, msgspec.Meta(ge=0, le=limits.SEQ_MAX)]
type_v1 = Literal[1]
Time = Annotated[int, msgspec.Meta(ge=0, le=limits.TIME_MAX)]
Net = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.NET_LENGTH, pattern=r"^[a-z0-9][a-z0-9-]*$")]
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
#: 1 to 65535.
PORT_PATTERN = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
#: A ring's address: a name as of DNS (RFC 1123), lower case, with a port if it is not the usual one.
ADDRESS_PATTERN = rf"^{_LABEL}(?:\.{_LABEL})*(?::{PORT_PATTERN})?$"
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.ADDRESS_LENGTH, pattern=ADDRESS_PATTERN)]

# C0 and C1 controls, DEL, line separators, bidi marks, controls and isolates, BOM.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DEL, _TAB, _LF, _CR, _BACKSLASH = b"\x7f\t\n\r\\"
_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")
_USUAL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_ESCAPES = re.compile(rb'\\[^"\\]')
_ENCODER = msgspec.json.Encoder()


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything that travels: frozen, no unknown fields, fields in the order of their definition."""


@lru_cache(maxsize=128)
def decoder_of(kind: Any) -> msgspec.json.Decoder[Any]:
    """What reads a kind of value. To look one up for a union costs as much as to read a small value with it."""
    return msgspec.json.Decoder(kind)


def encode(value: msgspec.Struct) -> bytes:
    """The canonical bytes of a value."""
    return _ENCODER.encode(value)


def parse(data: bytes, kind: type[T], limit: int) -> T:
    """Read canonical bytes of at most `limit` bytes as `kind`; errors as of `parse_with`."""
    decoder: msgspec.json.Decoder[T] = decoder_of(cast("Any", kind))
    return parse_with(decoder, data, limit)


def parse_with(decoder: msgspec.json.Decoder[T], data: bytes, limit: int) -> T:
    """Read canonical bytes of at most `limit` bytes.

    A field of type `msgspec.Raw` is emitted as it came: that its inside is canonical is checked only where the inner
    bytes are parsed themselves; here it is known to be JSON in good text, no more.
    Raises RemoteError: too_large, malformed (no JSON, bad UTF-8, too deep, another shape, out of bounds), not_canonical
    (two ways of writing, text not in NFC, control characters, escapes but of quote and backslash).
    """
    if len(data) > limit:
        raise RemoteError("too_large", f"{len(data)} bytes, at most {limit}")
    try:
        value = decoder.decode(data)
        text = None if data.isascii() else data.decode()  # the reader skips the text inside a Raw unread
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteError("malformed", type(error).__name__) from None
    if _ENCODER.encode(value) != data:
        raise RemoteError("not_canonical", "bytes differ from their canonical form")
    _verify_bytes(data)
    if text is not None and (has_controls(text) or not unicodedata.is_normalized("NFC", text)):
        raise RemoteError("not_canonical", "control character, or text not in NFC")
    return value


def _verify_bytes(data: bytes) -> None:
    """What the JSON reader lets through: DEL, and blanks of JSON inside a `msgspec.Raw`; escapes that are not needed.

    One character after the other: each is looked for at ten times the speed of all in one go.
    """
    if _DEL in data or _TAB in data or _LF in data or _CR in data:
        raise RemoteError("not_canonical", "control character")
    if _BACKSLASH in data and _ESCAPES.search(data.replace(b"\\\\", b"")):
        raise RemoteError("not_canonical", "escape")


def has_controls(text: str) -> bool:
    """Whether a text holds characters that no text of ours may hold: controls, line separators, bidi, BOM."""
    return _CONTROLS.search(text) is not None


def b64(data: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_ALPHABET, b"=").decode()


def unb64(text: str, size: int | None) -> bytes:
    """The inverse of `b64`, strict: alphabet, length and unused bits. Raises RemoteError('malformed').

    Strict by one comparison: whatever the lax reader overlooks is not what `b64` writes.
    """
    try:
        data = binascii.a2b_base64(text.encode("ascii").translate(_USUAL_ALPHABET) + b"=" * (-len(text) % 4))
    except ValueError:  # binascii.Error is one, so is text that is not ASCII
        raise RemoteError("malformed", "base64") from None
    if (size is not None and len(data) != size) or b64(data) != text:
        raise RemoteError("malformed", "base64")
    return data


def b64_padded(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4), as envelopes and checkpoints hold it."""
    return binascii.b2a_base64(data, newline=False).decode()


def unb64_padded(text: str) -> bytes:
    """The inverse of `b64_padded`, strict: alphabet, padding and unused bits. Raises RemoteError('malformed')."""
    try:
        data = binascii.a2b_base64(text)
    except ValueError:  # binascii.Error is one; so is text that is not ASCII
        raise RemoteError("malformed", "base64") from None
    if b64_padded(data) != text:
        raise RemoteError("malformed", "base64")
    return data


def sha256(data: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(data).digest()


def sha256_b64(data: bytes) -> str:
    """SHA-256 as base64url."""
    return b64(hashlib.sha256(data).digest())
