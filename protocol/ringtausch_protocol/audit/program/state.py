# SPDX-License-Identifier: Apache-2.0
"""What an audit remembers for the next one: the heads of logs in which nothing was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from ringtausch_protocol import notes
from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.canonical import b64_padded
from ringtausch_protocol.checkpoints import LogHead, parse_origin
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.roster import Roster, parse_roster
from ringtausch_protocol.verifier.findings import read_file

#: A line of 200 bytes for each of 10 000 logs, many times.
STATE_BYTES = 16 * 1_024 * 1_024
#: Some was passed over, or not shown: what is known of the ring stays known.
_PARTLY_SEEN = ("log_incomplete", "log_shrunk")


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    size: int
    root: str


class _State(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    version: int
    heads: dict[str, _Head]
    roster: str | None = None


class Remembered(NamedTuple):
    """What the last audit left: heads by origin, and the roster that it went by."""

    heads: Mapping[str, LogHead] = {}
    roster: Roster | None = None


def load_state(path: Path) -> Remembered:
    """What the last audit left; nothing where there was none. Raises RemoteError as `parse_state`, too_large."""
    return parse_state(read_file(path, STATE_BYTES)) if path.exists() else Remembered()


def parse_state(data: bytes) -> Remembered:
    """What `state_after` wrote. Raises RemoteError: malformed; as `parse_roster`."""
    try:
        state = msgspec.json.decode(data, type=_State)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RemoteError("malformed", "state of an audit") from None
    if state.version != 1:
        raise RemoteError("malformed", "state of another version")
    for origin in state.heads:
        parse_origin(origin)
    heads = {origin: LogHead(origin, each.size, notes.parse_hash(each.root)) for origin, each in state.heads.items()}
    return Remembered(heads, None if state.roster is None else parse_roster(state.roster.encode()))


def state_after(before: Remembered, result: Result) -> bytes:
    """The state to keep: a ring about which there is a finding keeps its old heads, and is read again whole."""
    accused = {each.place.ring for each in result.findings if each.level == Level.FINDING}
    accused |= {each.place.peer for each in result.findings if each.level == Level.FINDING}
    partly = {each.place.ring for each in result.findings if each.code in _PARTLY_SEEN}
    heads = dict(before.heads)
    for ring in result.rings:
        if ring.is_complete and ring.ring_id not in accused | partly:
            heads.update({log.head.origin: log.head for log in ring.logs})
    table = {origin: _Head(head.size, b64_padded(head.root)) for origin, head in sorted(heads.items())}
    roster = result.roster or before.roster
    state = _State(1, table, None if roster is None else roster.note.to_bytes().decode())
    return msgspec.json.format(msgspec.json.encode(state)) + b"\n"
