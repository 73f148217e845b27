# SPDX-License-Identifier: AGPL-3.0-or-later
"""The newest head of a peer's log that is known here: what it must be told if it is an old copy (SPEC.md 6.4)."""

from __future__ import annotations

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.documents import Head


def head_in(stored: bytes | None) -> Head | None:
    """The newest head of a peer's log that it has told, as stored; None where it told none."""
    return canonical.parse(stored, Head, limits.DOCUMENT_BYTES) if stored else None


def newest_head(known: bytes | None, said: Head) -> bytes:
    """The newer of two heads of a peer's log, as stored: a copy that is behind must be told so. Of equals the first."""
    before = head_in(known)
    is_newer = before is None or (said.log, said.size) > (before.log, before.size)
    return canonical.encode(said) if is_newer or not known else known


def head_of_hello(known: bytes | None, said: Head) -> bytes | None:
    """Of a hello that we answer only a head of another log counts at once: with the answer ours may get lost."""
    before = head_in(known)
    return canonical.encode(said) if before is None or said.log > before.log else known
