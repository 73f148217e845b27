# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator is shown of a line, as `state`, `peer list` and the control socket give it."""

from __future__ import annotations

import msgspec


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one ring says of a line in a statement, seen from our side, up to one frame of each chain."""

    we_owe_seconds: int
    own_open: int
    own_open_seconds: int
    their_open: int
    their_open_seconds: int
    own_seq: int
    peer_seq: int


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as an operator sees it: `said` by us (or, not answered yet, by them), and by them if it differs.

    `state`: open, signed (by both; then `document` is the envelope), differs.
    """

    at: int
    state: str
    is_final: bool
    said: Told
    they_say: Told | None = None
    document: str | None = None


class PeerView(msgspec.Struct, frozen=True, kw_only=True):
    """A peer as `state`, `peer list` and the API show it. clearing_seconds > 0: we owe them.

    `stops_since`: when the other ring told us that it winds down; `stopped_there_at`: since when it answers that it has
    stopped this line.
    """

    address: str
    ring_id: str
    state: str
    clearing_seconds: int
    limit_in: int
    limit_out: int
    held_in: int
    held_out: int
    last_seen: int | None
    reason: str | None = None
    proposed_out: int | None = None
    statement: StatementView | None = None
    stops_since: int | None = None
    stopped_there_at: int | None = None
