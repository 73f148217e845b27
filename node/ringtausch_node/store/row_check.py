# SPDX-License-Identifier: AGPL-3.0-or-later
"""A row's own checksum: it finds a bit that a bad disk turned in a column of which nothing else speaks.

It is no signature: who writes the row may write its check. What money rests on is bound by leaves and signed frames.
"""

from __future__ import annotations

import hashlib

import msgspec

#: Eight bytes miss one wrong row in 2^64; a row of a frame or a booking stays small.
CHECK_BYTES = 8
#: What is said of a row that is not what was written, whatever column it is.
ROW_CHANGED = "the row is not what was written"


def row_check(*values: int | str | bytes | None) -> bytes:
    """The check of a row's columns, in the order of its table: SHA-256 over their MessagePack, cut to eight bytes."""
    return hashlib.sha256(msgspec.msgpack.encode(values)).digest()[:CHECK_BYTES]


def is_sound(check: bytes | None, *values: int | str | bytes | None) -> bool:
    """Whether a row still says what was written; a row from before there were checks (NULL) cannot tell."""
    return check is None or check == row_check(*values)
