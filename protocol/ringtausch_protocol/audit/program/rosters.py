# SPDX-License-Identifier: Apache-2.0
"""Making a roster out of logs that were seen: who their rings are, and under which keys they stand (SPEC.md 8.11)."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from ringtausch_protocol import checkpoints, log_keys, roster
from ringtausch_protocol.audit.auditing.result import LogGiven
from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.audit.program import clock
from ringtausch_protocol.audit.sources.opening import open_sources
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import Signer
from ringtausch_protocol.notes import Note
from ringtausch_protocol.roster import Roster, RosterHead, RosterLog, RosterRing, State


class Wanted(NamedTuple):
    """What goes into a roster beside the logs. `keys`: public, of the federation; `states`: by address, else active.

    `before`: the roster that this one follows; its rings stay, unless they were seen anew.
    """

    keys: Sequence[bytes]
    threshold: int
    states: Mapping[str, State]
    issued_at: int
    before: Roster | None = None


def make_roster(sources: Sequence[str], wanted: Wanted, signer: Signer) -> bytes:
    """A roster of the rings whose logs lie in the sources, signed once.

    Raises RemoteError: that of a source, of a card or a head; wrong_net where rings are of two federations; malformed
    where a state names no ring, or two rings have one id.
    """
    listed = {} if wanted.before is None else {ring.ring_id: ring for ring in wanted.before.rings}
    net = None if wanted.before is None else wanted.before.head.net
    for card, logs in _seen(sources):
        if net is not None and card.card.net != net:
            raise RemoteError("wrong_net", card.card.net)
        net = card.card.net
        known = listed.get(card.card.ring_id)
        listed[card.card.ring_id] = _ring(card, logs, known)
    if net is None:
        raise RemoteError("malformed", "a roster needs a ring")
    text = roster.write_roster(_head(net, wanted), _with_states(list(listed.values()), wanted.states))
    return Note(text, (roster.sign_roster(text, signer, net),)).to_bytes()


def add_signature(data: bytes, signer: Signer) -> bytes:
    """The roster with one more signature. Raises RemoteError as `parse_roster`; unknown_key: not one of its keys."""
    found = roster.parse_roster(data)
    if b64(signer.public) not in found.head.keys:
        raise RemoteError("unknown_key", "this key is none of the roster's")
    line = roster.sign_roster(found.note.text, signer, found.head.net)
    others = tuple(each for each in found.note.lines if each[:2] != line[:2])
    return Note(found.note.text, (*others, line)).to_bytes()


def _head(net: str, wanted: Wanted) -> RosterHead:
    number, prev = (1, None) if wanted.before is None else (wanted.before.head.number + 1, wanted.before.hash)
    keys = [b64(each) for each in dict.fromkeys(wanted.keys)]
    return RosterHead(
        v=1, net=net, number=number, issued_at=wanted.issued_at, keys=keys, threshold=wanted.threshold, prev=prev
    )


def _seen(sources: Sequence[str]) -> list[tuple[Card, dict[int, list[str]]]]:
    """Every ring of the sources: its newest card, and the keys of each log by its number."""
    with tempfile.TemporaryDirectory(prefix="ringtausch-roster-") as workplace:
        logs, failed = open_sources(sources, Path(workplace), clock.seconds)
    if failed:
        raise RemoteError(failed[0].code, failed[0].source)
    rings = Rings()
    for card in dict.fromkeys(card for log in logs for card in log.cards):
        rings.add(card)
    rings.verify_one_word()
    found: dict[str, dict[int, list[str]]] = {}
    for log in logs:
        ring_id, number, publics = _keys_of(rings, log)
        found.setdefault(ring_id, {})[number] = publics
    return [(rings.chain(ring_id)[-1], found[ring_id]) for ring_id in sorted(found)]


def _keys_of(rings: Rings, log: LogGiven) -> tuple[str, int, list[str]]:
    """Whose log it is, its number, and the keys that may sign its heads; its head must be signed by one of them."""
    origin = checkpoints.parse_checkpoint(log.checkpoint).head.origin
    ring_id, number = checkpoints.parse_origin(origin)
    known = [key for card in rings.chain(ring_id) for key in log_keys.checkpoint_keys(card, origin)]
    checkpoints.verify_checkpoint(log.checkpoint, known)
    return ring_id, number, [b64(public) for public in dict.fromkeys(key.public for key in known)]


def _ring(card: Card, logs: Mapping[int, list[str]], known: RosterRing | None) -> RosterRing:
    """A ring that was seen: its logs of now, and those that the roster before had."""
    all_logs = {} if known is None else {each.log: each for each in known.logs}
    all_logs |= {number: RosterLog(log=number, keys=publics) for number, publics in logs.items()}
    return RosterRing(
        ring_id=card.card.ring_id, address=card.card.address, url=card.card.url,
        state="active" if known is None else known.state, logs=[all_logs[number] for number in sorted(all_logs)],
    )  # fmt: skip


def _with_states(rings: Sequence[RosterRing], states: Mapping[str, State]) -> list[RosterRing]:
    if unknown := sorted(states.keys() - {ring.address for ring in rings}):
        raise RemoteError("malformed", f"no ring {unknown[0]}")
    return [msgspec.structs.replace(ring, state=states.get(ring.address, ring.state)) for ring in rings]
