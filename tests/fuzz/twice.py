# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proofs and addresses judged twice: by ours, and by a plain second opinion that follows the definition."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit

from ringtausch_node.federation.wire.outgoing_addresses import is_literal, is_public
from ringtausch_node.federation.wire.transport import HttpTransport
from ringtausch_protocol import merkle
from ringtausch_protocol.errors import RemoteError
from tests.fuzz.target import Target, choosing, text_of

_LEAVES = [merkle.leaf_hash(bytes((number,))) for number in range(64)]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _cut(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    cut = _cut(len(leaves))
    return _node(_root(leaves[:cut]), _root(leaves[cut:]))


def _led_to(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion path leads to, by the recursion that defines it (RFC 9162 section 2.1.3.1)."""
    if size == 1:
        return None if path else leaf
    if not path:
        return None
    cut = _cut(size)
    is_left = index < cut
    inner = _led_to(leaf, index if is_left else index - cut, cut if is_left else size - cut, path[:-1])
    if inner is None:
        return None
    return _node(inner, path[-1]) if is_left else _node(path[-1], inner)


def _grown(old: int, size: int, path: Sequence[bytes], is_known: bytes | None) -> tuple[bytes, bytes] | None:
    """Old and new root that a consistency path leads to, by recursion (RFC 9162 section 2.1.4.1)."""
    if old == size:
        if is_known is not None:
            return None if path else (is_known, is_known)
        return (path[0], path[0]) if len(path) == 1 else None
    if not path:
        return None
    cut, last = _cut(size), path[-1]
    if old <= cut:
        inner = _grown(old, cut, path[:-1], is_known)
        return None if inner is None else (inner[0], _node(inner[1], last))
    inner = _grown(old - cut, size - cut, path[:-1], None)
    return None if inner is None else (_node(last, inner[0]), _node(last, inner[1]))


def _changed(path: Sequence[bytes], edits: bytes) -> list[bytes]:
    """A path after edits of two bytes each: a bit of a hash, one left out, one twice, two swapped."""
    found = list(path)
    for what, where in zip(edits[::2], edits[1::2], strict=False):
        if not found:
            return found
        place = where % len(found)
        if what % 4 == 0:
            found[place] = bytes((found[place][0] ^ (1 << what // 4 % 8),)) + found[place][1:]
        elif what % 4 == 1:
            del found[place]
        elif what % 4 == 2 and len(found) < 70:
            found.insert(place, found[place])
        else:
            found[place], found[-1] = found[-1], found[place]
    return found


def _inclusion(data: bytes) -> None:
    if len(data) < 4:
        raise RemoteError("malformed")
    made, size, index = data[0] % 64 + 1, data[1] % 70, data[2] % 70
    path = merkle.prove_inclusion(lambda level, at: _root(_LEAVES[at << level : (at + 1) << level]), index % made, made)
    path, root = _changed(path, data[4:]), _root(_LEAVES[:made])
    is_so = 0 <= index < size and _led_to(_LEAVES[index % made], index, size, path) == root
    try:
        merkle.verify_inclusion(_LEAVES[index % made], index, size, path, root)
    except RemoteError:
        assert not is_so
        raise
    assert is_so


def _consistency(data: bytes) -> None:
    if len(data) < 4:
        raise RemoteError("malformed")
    made = data[0] % 64 + 1
    first = data[1] % made + 1
    old, size = data[2] % 70, data[3] % 70
    path = merkle.prove_consistency(lambda level, at: _root(_LEAVES[at << level : (at + 1) << level]), first, made)
    path, roots = _changed(path, data[4:]), (_root(_LEAVES[:first]), _root(_LEAVES[:made]))
    is_so = 1 <= old <= size and _grown(old, size, path, roots[0]) == roots
    try:
        merkle.verify_consistency(old, size, *roots, path)
    except RemoteError:
        assert not is_so
        raise
    assert is_so


def _outgoing(data: bytes) -> None:
    """Whatever we would call is what Python's registry of special networks calls global, too."""
    text = text_of(data)
    if not is_public(text):
        raise RemoteError("address")
    assert is_literal(text)
    address = ipaddress.ip_address(text)
    assert address.is_global
    assert not address.is_multicast


def _url(data: bytes) -> None:
    """Where another ring says that it answers. What we would call is https, its host and its folder."""
    text = text_of(data)
    target = _TRANSPORT._target(text, "/peer/v1/frames")
    folder = target.raw_path.removesuffix("/peer/v1/frames")
    assert (target.scheme, target.raw_path) == ("https", f"{folder}/peer/v1/frames")
    assert f"{text.rstrip('/')}\n".endswith(f"{folder}\n")
    assert urlsplit(urljoin("https://eiche.example", target.raw_path)).path == target.raw_path
    assert f"https://{target.raw_host}".lower() in text.lower().replace("[", "").replace("]", "")
    assert not is_literal(str(target.host)) or is_public(str(target.host))
    assert asyncio.run(_TRANSPORT.addresses(text)) == {"there"}


async def _looked_up(_host: str, _port: int) -> list[str]:
    return ["there"]


_TRANSPORT = HttpTransport(lookup=_looked_up)


def targets() -> Iterator[tuple[str, Target]]:
    """Name and target of everything here."""
    yield "inclusion", Target(_inclusion)
    yield "consistency", Target(_consistency)
    urls = (b"\1https://eiche.example", b"\1https://eiche.example/ring-1/", b"\1https://[2a00:1450:4001::1]:8443/")
    yield "outgoing", choosing([_outgoing, _url])._replace(start=urls)
