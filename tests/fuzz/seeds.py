# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a search begins: what the test vectors hold, as it stands there and decoded."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.fuzz.people import by_hand
from tests.fuzz.target import Target, accepts
from tests.fuzz.wire import sealed

_VECTORS = Path(__file__).parents[1] / "vectors"
CORPUS = Path(__file__).parent / "corpus"
#: A longer one slows the search down more than it shows.
SEED_BYTES = 16 * 1024


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _readings(text: str) -> Iterator[bytes]:
    """A text of a vector, and the bytes that it may stand for."""
    yield text.encode()
    padded = text + "=" * (-len(text) % 4)
    for alphabet in (b"+/", b"-_"):
        try:
            yield base64.b64decode(padded, altchars=alphabet, validate=True)
        except ValueError:
            continue
    try:
        yield bytes.fromhex(text)
    except ValueError:
        return


@cache
def of_vectors() -> tuple[bytes, ...]:
    """Every byte string of the vectors, each once, and what has none there."""
    found = [*sealed(), *by_hand()]
    for file in sorted(_VECTORS.glob("*.json")):
        for text in _texts(json.loads(file.read_bytes())):
            found += _readings(text)
    return tuple(dict.fromkeys(each for each in found if len(each) <= SEED_BYTES))


@cache
def seeds_of(target: Target) -> tuple[bytes, ...]:
    """Byte strings that a target takes, those it names itself; where the first byte chooses, with that byte."""
    heads = [bytes((way,)) for way in range(target.ways)] or [b""]
    shown = () if target.is_apart else of_vectors()
    return *target.start, *(head + each for each in shown for head in heads if accepts(target, head + each))


def kept(name: str) -> list[bytes]:
    """What earlier searches found worth keeping: an input a line, in base64."""
    file = CORPUS / f"{name}.txt"
    return [base64.b64decode(row) for row in file.read_text().split()] if file.exists() else []
