# SPDX-License-Identifier: Apache-2.0
"""The roster of a federation: which rings it counts, where they answer, which keys sign their logs (SPEC.md 8.11).

A signed note of C2SP, a line for each ring, so that people can read it and see in a comparison what changed. Its keys
are those of the federation; a later roster is proved by the keys of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec

from ringtausch_protocol import canonical, keys, limits, notes
from ringtausch_protocol.canonical import Address, Hash32, Net, RingId, Seq, Time, Wire, type_v1, unb64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import ED25519, Signer
from ringtausch_protocol.notes import Note, NoteKey
from ringtausch_protocol.ring_card import Url

#: The first line: a note of ours says what it is.
TITLE = "ringtausch/roster/v1"
#: `paused`: it is expected to come back. `gone`: it has closed; its logs are still expected, from a mirror.
State = Literal["active", "paused", "gone"]


class RosterLog(Wire, frozen=True):
    """One log of a ring and the keys that sign its heads."""

    log: Seq
    keys: Annotated[list[Hash32], msgspec.Meta(min_length=1, max_length=limits.CARD_KEYS_MAX)]


class RosterRing(Wire, frozen=True):
    """A ring as its federation lists it: who, where, whether it takes part, its logs in the order of their numbers."""

    ring_id: RingId
    address: Address
    url: Url
    state: State
    logs: Annotated[list[RosterLog], msgspec.Meta(max_length=limits.ROSTER_LOGS_MAX)]


class RosterHead(Wire, frozen=True, omit_defaults=True):
    """What a roster says of itself. `keys`: the federation's public keys, of which `threshold` must sign.

    `issued_at`: Unix seconds. `prev`: the hash of the roster before; absent in the first.
    """

    v: type_v1
    net: Net
    number: Seq
    issued_at: Time
    keys: Annotated[list[Hash32], msgspec.Meta(min_length=1, max_length=limits.ROOT_KEYS_MAX)]
    threshold: Annotated[int, msgspec.Meta(ge=1, le=limits.ROOT_KEYS_MAX)]
    prev: Hash32 | None = None


class Roster(NamedTuple):
    """A roster that was read. `hash`: of what is signed, base64url."""

    head: RosterHead
    rings: tuple[RosterRing, ...]
    note: Note
    hash: str

    @property
    def doubled(self) -> tuple[str, ...]:
        """Ring ids that are listed more than once, with different words: one of the two is not that ring."""
        ids = [ring.ring_id for ring in self.rings]
        return tuple(sorted({each for each in ids if ids.count(each) > 1})) if len(set(ids)) < len(ids) else ()


def write_roster(head: RosterHead, rings: Sequence[RosterRing]) -> str:
    """The text that is signed: title, head, rings sorted by their lines. Raises RemoteError as `parse_roster`."""
    rows = [TITLE.encode(), canonical.encode(head), *sorted(map(canonical.encode, rings))]
    text = b"\n".join(rows).decode() + "\n"
    _read(text)
    return text


def sign_roster(text: str, signer: Signer, net: str) -> notes.Line:
    """The line of one of the federation's keys under a text."""
    return notes.sign_note(text, name_of(net), signer)


def name_of(net: str) -> str:
    """How the federation's keys are called in signature lines."""
    return f"{net}/roster"


def parse_roster(data: bytes) -> Roster:
    """Read a roster strictly, verify nothing. Raises RemoteError: too_large, malformed, not_canonical, weak_key."""
    note = notes.parse_note(data, limits.ROSTER_BYTES)
    head, rings = _read(note.text)
    return Roster(head, rings, note, canonical.sha256_b64(note.text.encode()))


def _read(text: str) -> tuple[RosterHead, tuple[RosterRing, ...]]:
    title, *rows = text.removesuffix("\n").split("\n")
    if title != TITLE or not rows or len(rows) > limits.ROSTER_RINGS_MAX + 1:
        raise RemoteError("malformed", "no roster, or too many rings")
    head = canonical.parse(rows[0].encode(), RosterHead, limits.DOCUMENT_BYTES)
    rings = tuple(canonical.parse(row.encode(), RosterRing, limits.DOCUMENT_BYTES) for row in rows[1:])
    if rows[1:] != sorted(set(rows[1:])) or not all(map(_is_ordered, rings)):
        raise RemoteError("malformed", "lines out of order, or one twice")
    publics = [keys.check_public(unb64(each, 32)) for each in head.keys]
    if len(set(publics)) != len(publics) or head.threshold > len(publics):
        raise RemoteError("malformed", "keys, or their threshold")
    return head, rings


def _is_ordered(ring: RosterRing) -> bool:
    numbers = [each.log for each in ring.logs]
    return numbers == sorted(set(numbers))


def verify_roster(data: bytes) -> Roster:
    """Check a roster by itself: enough of its own keys have signed. Whose keys they are, the reader must know.

    Raises RemoteError as `parse_roster`; bad_signature, threshold.
    """
    found = parse_roster(data)
    _verify_signed(found.note, found.head)
    return found


def verify_successor(before: Roster, data: bytes) -> Roster:
    """Check that a roster follows another: signed under the keys of both. The same one again is fine.

    Numbers may be left out: who was away has missed some. Raises RemoteError as `verify_roster`; wrong_net; roster_old;
    two_rosters (one number, other words: the federation's keys told two stories).
    """
    found = verify_roster(data)
    if found.head.net != before.head.net:
        raise RemoteError("wrong_net", found.head.net)
    if found.head.number < before.head.number:
        raise RemoteError("roster_old", f"number {found.head.number} after {before.head.number}")
    if found.head.number == before.head.number and found.hash != before.hash:
        raise RemoteError("two_rosters", f"number {found.head.number}")
    if found.head.number == before.head.number + 1 and found.head.prev != before.hash:
        raise RemoteError("two_rosters", f"number {found.head.number} names another before it")
    _verify_signed(found.note, before.head)
    return found


def _verify_signed(note: Note, head: RosterHead) -> None:
    known = [NoteKey(name_of(head.net), ED25519, unb64(each, 32)) for each in head.keys]
    signed = {each.key.public for each in notes.verify_note(note, known)}
    if len(signed) < head.threshold:
        raise RemoteError("threshold", f"{len(signed)} of {head.threshold} signatures")


def listed_keys(roster: Roster) -> Mapping[tuple[str, int], frozenset[str]]:
    """(ring id, number of a log) -> the keys that may sign its heads, base64url."""
    found: dict[tuple[str, int], frozenset[str]] = {}
    for ring in roster.rings:
        for each in ring.logs:
            found[ring.ring_id, each.log] = found.get((ring.ring_id, each.log), frozenset()) | frozenset(each.keys)
    return found
