# SPDX-License-Identifier: Apache-2.0
"""What is asked, what comes, and how a rule ends that does not hold. Pure: who sends stands in `sending`."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, TypeVar

JSON = MappingProxyType({"Content-Type": "application/json"})
NOTHING: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    """What is asked of the ring under test. `after_seconds`: what was asked before is given so much time first."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = JSON
    after_seconds: float = 0.0


class Answer(NamedTuple):
    """What it answered; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Heard(NamedTuple):
    """What the ring under test said by itself, at the kit's own address."""

    path: str
    media_type: str
    body: bytes


class Broken(Exception):
    """A rule does not hold: what the SPEC says, and what came instead."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(expected, came)
        self.expected, self.came = expected, came


class Unjudged(Exception):
    """Nothing can be said about a rule, and why."""


T = TypeVar("T")
#: Requests out, answers in; the value is what was learned.
Talk: TypeAlias = Generator[Request, Answer, T]


#: So much of a body is shown: enough to see which of its fields is odd.
SHOWN_BYTES = 240


def shown(request: Request) -> str:
    """A request in one line."""
    return f"{request.method} {request.path} {excerpt(request.body)}".rstrip()


def excerpt(body: bytes) -> str:
    """The beginning of a body, as text that fits a line."""
    text = body[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    line = "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
    return line + (f"… ({len(body)} bytes)" if len(body) > SHOWN_BYTES else "")
