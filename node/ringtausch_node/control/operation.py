# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operation is: arguments that arrive as JSON, and a function that carries it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from ringtausch_node.ring import Ring


class Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No arguments, and the base of all."""


class Operation(NamedTuple):
    """What an operation reads and what it does."""

    arguments: type[Arguments]
    run: Callable[[Ring, Any], Awaitable[object]]
