# SPDX-License-Identifier: Apache-2.0
"""What was seen, held against the federation's roster (SPEC.md 8.11)."""

from __future__ import annotations

from collections.abc import Sequence

from ringtausch_protocol import checkpoints, notes
from ringtausch_protocol.audit.auditing.opening import Opened
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.world import World
from ringtausch_protocol.canonical import unb64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import ED25519
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.roster import Roster, listed_keys


def compare_roster(world: World, roster: Roster, logs: Sequence[Opened]) -> None:
    """Rings that share an id, listed logs that were not there, logs under keys that are not listed.

    Rings that were not seen at all are for whoever asked; here it is about the logs of those that were.
    """
    for ring_id in roster.doubled:
        addresses = sorted(ring.address for ring in roster.rings if ring.ring_id == ring_id)
        world.findings.add("two_rings_one_id", Place(ring_id), first=addresses[0], then=addresses[-1])
    listed = listed_keys(roster)
    rings, seen = {log.ring_id for log in logs}, {(log.ring_id, log.number) for log in logs}
    for ring_id, number in sorted(listed.keys() - seen):
        if ring_id in rings:
            world.findings.add("log_not_seen", Place(ring_id, checkpoints.origin_of(ring_id, number)))
    for log in logs:
        known = listed.get((log.ring_id, log.number), frozenset())
        if log.ring_id in {ring_id for ring_id, _ in listed} and not _is_signed(log, known):
            world.findings.add("not_in_roster", Place(log.ring_id, log.origin))


def _is_signed(log: Opened, known: frozenset[str]) -> bool:
    """Whether one of these keys has signed the head. A false signature is found when the head itself is checked."""
    try:
        publics = [NoteKey(log.origin, ED25519, unb64(each, 32)) for each in sorted(known)]
        return bool(notes.verify_note(log.checkpoint.note, publics))
    except RemoteError:
        return False
