# SPDX-License-Identifier: Apache-2.0
"""How members and rings are written: handle, ring address, handle@ring (SPEC.md 2.6), and where one answers (6.2)."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import urlsplit

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.errors import LocalError

_HANDLE = re.compile(r"[a-z0-9äöüß][a-z0-9äöüß._-]*")
_RING = re.compile(canonical.ADDRESS_PATTERN)
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
#: Plain names, so that nothing leads out of there again.
_FOLDER = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*/?")


class MemberAddress(NamedTuple):
    """A member as other rings write him."""

    handle: str
    ring: str


def parse_handle(text: str) -> str:
    """A member's handle in its one form: NFC, lower case. Raises LocalError('address')."""
    handle = text.lower() if text.isascii() else unicodedata.normalize("NFC", text).lower()
    if len(handle) > limits.HANDLE_LENGTH or _HANDLE.fullmatch(handle) is None:
        raise LocalError("address", "not a handle")
    return handle


def parse_ring(text: str) -> str:
    """A ring's address in its one form: a name like a DNS name, lower case. Raises LocalError('address')."""
    ring = text.lower()
    # Some letters beyond ASCII have a lower case within it (the Kelvin sign): no address is written with them.
    if not text.isascii() or len(ring) > limits.ADDRESS_LENGTH or _RING.fullmatch(ring) is None:
        raise LocalError("address", "not a ring's address")
    return ring


def parse_member(text: str) -> MemberAddress:
    """handle@ring. Raises LocalError('address')."""
    handle, at, ring = text.partition("@")
    if not at:
        raise LocalError("address", "expected name@ring")
    return MemberAddress(parse_handle(handle), parse_ring(ring))


def is_host(text: str) -> bool:
    """Whether it is a name or an IP address, perhaps with a port: what a Host header says."""
    return _HOST.fullmatch(text) is not None


def is_ring_url(text: str) -> bool:
    """Whether a ring is called there: http or https, host, perhaps port and folder, nothing else (SPEC.md 6.2)."""
    if len(text) > limits.URL_LENGTH or any(each <= " " or each in "?#" for each in text):
        return False
    try:
        found = urlsplit(text)
        is_port = found.port != 0
    except ValueError:
        return False
    is_place = found.scheme in ("http", "https") and is_host(found.netloc) and is_port
    return is_place and _FOLDER.fullmatch(found.path) is not None


def folder_of(url: str) -> str:
    """The folder beneath which a ring answers, as paths of 6.2 are appended to it; empty: none."""
    return urlsplit(url).path.rstrip("/")
