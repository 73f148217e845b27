# SPDX-License-Identifier: Apache-2.0
"""DSSE v1 envelopes with one strict form (SPEC.md 2.3).

Signed is the pre-authentication encoding of media type and payload. What is verified is what is parsed: the payload
bytes come out of `open_envelope` only after every signature on the envelope has been found good.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from ringtausch_protocol import canonical, keys, limits
from ringtausch_protocol.canonical import Wire
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import Signer

_Base64 = Annotated[str, msgspec.Meta(max_length=limits.HELLO_ENVELOPE_BYTES, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Signature(Wire, frozen=True):
    """One signature: which key (C2SP key id), and 64 bytes in padded base64."""

    keyid: Annotated[str, msgspec.Meta(min_length=3, max_length=limits.KEY_ID_LENGTH, pattern=r"^[\x21-\x7e]+$")]
    sig: Annotated[str, msgspec.Meta(min_length=88, max_length=88, pattern=r"^[A-Za-z0-9+/]{85}[AQgw]==$")]

    def raw(self) -> bytes:
        """The 64 bytes."""
        return base64.b64decode(self.sig)


class Envelope(Wire, frozen=True):
    """A DSSE envelope as it travels; its signatures stand sorted by key id, each key once."""

    payload_type: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[a-z0-9./+-]+$")] = msgspec.field(
        name="payloadType"
    )
    payload: _Base64
    signatures: Annotated[list[Signature], msgspec.Meta(min_length=1, max_length=limits.SIGNATURES_MAX)]

    def body(self) -> bytes:
        """The payload's bytes, not verified yet. Raises RemoteError('malformed')."""
        return canonical.unb64_padded(self.payload)


def media_type(kind: str) -> str:
    """The DSSE payload type of a kind of document."""
    return f"application/vnd.ringtausch.{kind}.v1+json"


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed: DSSE v1 pre-authentication encoding."""
    name = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def document_hash(kind: str, payload: bytes) -> bytes:
    """H(doc): SHA-256 of the pre-authentication encoding, 32 bytes. Signatures do not change it."""
    return hashlib.sha256(pae(media_type(kind), payload)).digest()


def seal(kind: str, payload: bytes, signers: Sequence[tuple[str, Signer]]) -> bytes:
    """Sign a payload with each (key id, signer) and write the envelope."""
    message = pae(media_type(kind), payload)
    signed = [Signature(keyid=name, sig=base64.b64encode(signer.sign(message)).decode()) for name, signer in signers]
    return _write(kind, base64.b64encode(payload).decode(), signed)


def add_signatures(data: bytes, kind: str, signers: Sequence[tuple[str, Signer]]) -> bytes:
    """The same envelope with more signatures over the same payload. Raises RemoteError as `parse_envelope`.

    The signatures that stand there are kept unverified: `open_envelope` judges them all.
    """
    known = _parse_as(kind, data, limits.ITEM_BYTES)
    message = pae(media_type(kind), known.body())
    more = [Signature(keyid=name, sig=base64.b64encode(signer.sign(message)).decode()) for name, signer in signers]
    return _write(kind, known.payload, [*known.signatures, *more])


def attach(data: bytes, kind: str, more: Sequence[Signature]) -> bytes:
    """The same envelope with signatures that others made over its payload. Raises RemoteError as `parse_envelope`."""
    known = _parse_as(kind, data, limits.ITEM_BYTES)
    return _write(kind, known.payload, [*more, *known.signatures])


def _write(kind: str, payload: str, signatures: Sequence[Signature]) -> bytes:
    by_key = {each.keyid: each for each in signatures}  # who signs twice has signed once
    ordered = [by_key[name] for name in sorted(by_key)]
    return canonical.encode(Envelope(payload_type=media_type(kind), payload=payload, signatures=ordered))


def parse_envelope(data: bytes, limit: int = limits.ITEM_BYTES) -> Envelope:
    """Read an envelope's bytes strictly, without verifying. Raises RemoteError: malformed, not_canonical, too_large."""
    parsed = canonical.parse(data, Envelope, limit)
    names = [each.keyid for each in parsed.signatures]
    if len(names) > 1 and names != sorted(set(names)):
        raise RemoteError("malformed", "signatures out of order, or one key twice")
    return parsed


def signer_of(data: bytes) -> str:
    """The key id of an envelope's first signature, not verified. Raises RemoteError as `parse_envelope`."""
    return parse_envelope(data).signatures[0].keyid


def _parse_as(kind: str, data: bytes, limit: int) -> Envelope:
    found = parse_envelope(data, limit)
    if found.payload_type != media_type(kind):
        raise RemoteError("wrong_type", found.payload_type)
    return found


def open_envelope(
    data: bytes, kind: str, known: Mapping[str, bytes], threshold: int = 1, limit: int = limits.ITEM_BYTES
) -> bytes:
    """Verify an envelope and give out its payload.

    known: key id -> 32 public bytes. Every signature must be by a known key and good; `threshold` counts distinct
    keys. Raises RemoteError: wrong_type, unknown_key, bad_signature, threshold, malformed, not_canonical, too_large.
    """
    envelope = _parse_as(kind, data, limit)
    payload = envelope.body()
    message = pae(envelope.payload_type, payload)
    used = set()
    for signature in envelope.signatures:
        public = known.get(signature.keyid)
        if public is None:
            raise RemoteError("unknown_key", signature.keyid)
        keys.verify(public, message, signature.raw())
        used.add(public)
    if len(used) < threshold:
        raise RemoteError("threshold", f"{len(used)} of {threshold} signatures")
    return payload
