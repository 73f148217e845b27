# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes to JSON that stay JSON: a search that flips bytes alone never gets past the first comparison."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1, 2**53 - 1, 2**53, 2**63, -(2**63), 10**30, 0.5, 1e300, "", "a", "A" * 43, "a" * 52, "é", "é",
    "\u2028", "\u202e", "\ufeff", "\x7f", '"', "\\", "ẞ", "\ud800", [], {}, [[]],
)  # fmt: skip


_LETTERS = 'aZ0-_=/+ \u00e9\u0301\n"\\'


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with a key or index in it."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            found += [(value, key), *_places(value[key])]
    return found


def _change(value: Any, chance: random.Random) -> None:
    """One change somewhere inside; a value of its own each time, so that no list comes to hold itself."""
    places = _places(value)
    if not places:
        return
    home, key = chance.choice(places)
    what = chance.randrange(4)
    if what == 0:
        home[key] = deepcopy(chance.choice(_VALUES))
    elif what == 1 and isinstance(home[key], str) and home[key]:
        place = chance.randrange(len(home[key]))
        home[key] = home[key][:place] + chance.choice(_LETTERS) + home[key][place + 1 :]
    elif what == 2 and isinstance(home, dict):
        home[chance.choice(["extra", *home])] = home.pop(key)
    else:
        home[key] = deepcopy(chance.choice(_inside(value, places)))


def _inside(value: Any, places: list[tuple[Any, Any]]) -> list[Any]:
    return [value, *(home[key] for home, key in places)]


def mutate(data: bytes, room: int, seed: int, head: int) -> bytes | None:
    """A changed JSON text behind `head` bytes that stay; None where there is no JSON, or it became too long."""
    chance = random.Random(seed)
    try:
        value = json.loads(data[head:])
    except (ValueError, RecursionError):
        return None
    try:
        for _ in range(chance.randint(1, 3)):
            _change(value, chance)
        made = data[:head] + _written(value, chance)
    except RecursionError:  # too deep for this writer; flipped bytes go deeper
        return None
    return made if len(made) <= room else None


def _written(value: Any, chance: random.Random) -> bytes:
    """Mostly in the one form; sometimes with escapes or blanks."""
    is_ascii = chance.random() < 0.2
    text = json.dumps(value, ensure_ascii=is_ascii, separators=chance.choice([(",", ":")] * 9 + [(", ", ": ")]))
    return text.encode("utf-8", "surrogatepass")
