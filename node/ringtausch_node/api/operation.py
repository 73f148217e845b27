# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the description tells of a route: its answers, its codes, what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

_NO_HEADERS: Mapping[str, Any] = MappingProxyType({})


class Answer(NamedTuple):
    """A good answer: status, words, what it holds."""

    status: int
    words: str
    kind: type[msgspec.Struct]
    headers: Mapping[str, Any] = _NO_HEADERS


class Operation(NamedTuple):
    """One route as the description tells it."""

    method: str
    path: str
    name: str
    summary: str
    answers: tuple[Answer, ...]
    codes: tuple[str, ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    body: type[msgspec.Struct] | None = None
    is_open: bool = False
