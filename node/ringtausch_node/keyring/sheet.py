# SPDX-License-Identifier: AGPL-3.0-or-later
"""Root keys on paper: lines of sixteen letters that each prove themselves, so that a slip of the hand is found.

A line carries 8 of a key's 32 bytes and 2 bytes of SHA-256 over its name and them, in base32 (RFC 4648): letters and
the digits 2 to 7. Who types 0, 1 or 8 means o, l or b. W are the root keys, N those that come next.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence

from ringtausch_node.errors import LocalError
from ringtausch_node.folder import SEED_BYTES
from ringtausch_node.keyring.issue import Roots
from ringtausch_protocol import limits

_PART_BYTES, _CHECK_BYTES = 8, 2
_LETTERS = 16
_LINES_A_KEY = SEED_BYTES // _PART_BYTES
_NAME = re.compile(r"^\s*([WwNn])\s*([0-9]{1,2})[.:)]?\s+(\S.*)$")
_MISREAD = str.maketrans("018", "olb")


def write_sheet(roots: Roots, address: str, ring_id: str) -> str:
    """The sheet: plain text to print and put into a drawer."""
    return "\n".join(
        [
            "RINGTAUSCH - Wurzelschlüssel / root keys",
            "",
            f"Ring     {address}",
            f"Ring-Id  {ring_id}",
            "",
            "Wer dieses Blatt hat, IST der Ring. Verschlossen aufbewahren, eine Abschrift an einem zweiten Ort.",
            "Whoever holds this sheet IS the ring. Lock it away, with a copy in a second place.",
            "",
            "Eingeben / to enter again:  ringtausch key enter FOLDER --out root.json",
            "",
            *_block("W", "Wurzel / root", roots.root),
            *_block("N", "nächste Wurzel / next root", roots.next_root),
        ]
    )


def _block(letter: str, heading: str, seeds: Sequence[bytes]) -> Iterator[str]:
    yield f"{heading}:"
    data = b"".join(seeds)
    for number in range(len(data) // _PART_BYTES):
        part = data[number * _PART_BYTES : (number + 1) * _PART_BYTES]
        name = f"{letter}{number + 1}"
        text = base64.b32encode(part + _check(name, part)).decode().lower()
        yield f"  {name:<4} " + " ".join(text[place : place + 4] for place in range(0, _LETTERS, 4))
        if (number + 1) % _LINES_A_KEY == 0:
            yield ""


def read_sheet(text: str) -> Roots:
    """Read a sheet that was typed in; everything but the lines W1.. and N1.. is passed over.

    Raises LocalError('sheet_line') naming the line that is mistyped, missing, or stands twice.
    """
    found: dict[str, bytes] = {}
    for line in text.splitlines():
        named = _NAME.match(line)
        if named is None:
            continue
        name = f"{named[1].upper()}{int(named[2])}"
        part = _part(name, named[3])
        if found.setdefault(name, part) != part:
            raise LocalError("sheet_line", name)
    return Roots(_seeds("W", found), _seeds("N", found))


def _part(name: str, typed: str) -> bytes:
    letters = "".join(typed.lower().replace("-", " ").split()).translate(_MISREAD)
    try:
        data = base64.b32decode(letters.upper()) if len(letters) == _LETTERS else b""
    except ValueError:
        data = b""
    part = data[:_PART_BYTES]
    if len(part) != _PART_BYTES or data[_PART_BYTES:] != _check(name, part):
        raise LocalError("sheet_line", name)
    return part


def _seeds(letter: str, found: dict[str, bytes]) -> list[bytes]:
    """The keys of one block: whole ones, without a line missing."""
    last = max((int(name[1:]) for name in found if name[0] == letter), default=0)
    whole = max(1, -(-last // _LINES_A_KEY)) * _LINES_A_KEY
    names = [f"{letter}{number + 1}" for number in range(whole)]
    missing = next((name for name in names if name not in found), None)
    if missing is not None or whole > limits.ROOT_KEYS_MAX * _LINES_A_KEY:
        raise LocalError("sheet_line", missing or names[-1])
    data = b"".join(found[name] for name in names)
    return [data[place : place + SEED_BYTES] for place in range(0, len(data), SEED_BYTES)]


def _check(name: str, part: bytes) -> bytes:
    """Two bytes that bind a line to its name: lines that changed places are found too."""
    return hashlib.sha256(b"ringtausch/sheet/v1\n" + name.encode() + b"\n" + part).digest()[:_CHECK_BYTES]
