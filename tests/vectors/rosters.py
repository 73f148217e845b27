# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of a federation's roster: signed lists of rings, and those that follow them (SPEC.md 8.11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringtausch_protocol import roster
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.notes import Note
from ringtausch_protocol.roster import RosterHead, RosterLog, RosterRing
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Case, Town, chance, hash32
from tests.vectors.logbook import checkpoint_key

FEDERATION = tuple(SigningKey(chance(f"federation {place}")) for place in range(3))
STRANGER = SigningKey(chance("a stranger's federation"))


def ring_of(town: Town, state: str = "active", logs: int = 1, **changed: Any) -> RosterRing:
    """A town as it is listed."""
    keys = [b64(checkpoint_key(town).public)]
    listed = [RosterLog(log=number + 1, keys=keys) for number in range(logs)]
    of = {"ring_id": town.id, "address": town.card.card.address, "url": town.card.card.url, "state": state}
    return RosterRing(**{**of, "logs": listed, **changed})


def head_of(
    number: int = 1, keys: Sequence[SigningKey] = FEDERATION[:1], threshold: int = 1, **more: Any
) -> RosterHead:
    """What a roster says of itself."""
    publics = [b64(key.public) for key in keys]
    return RosterHead(v=1, net=NET, number=number, issued_at=NOON + number, keys=publics, threshold=threshold, **more)


def signed(head: RosterHead, rings: Sequence[RosterRing], *signers: SigningKey) -> bytes:
    """A roster as it travels."""
    return as_note(roster.write_roster(head, rings), *signers)


def as_note(text: str, *signers: SigningKey) -> bytes:
    """A text signed as a roster, whatever it says."""
    return Note(text, tuple(roster.sign_roster(text, key, NET) for key in signers)).to_bytes()


RINGS = [ring_of(EICHE), ring_of(LINDE, "gone", logs=2)]
FIRST = signed(head_of(), RINGS, FEDERATION[0])
SECOND = signed(
    head_of(2, FEDERATION, 2, prev=roster.parse_roster(FIRST).hash), [*RINGS, ring_of(BUCHE, "paused")], *FEDERATION[:2]
)


def rosters_file() -> Case:
    """rosters.json."""
    double = signed(head_of(), [ring_of(EICHE), ring_of(EICHE, address="eiche.other")], FEDERATION[0])
    return {
        "about": "A federation's rosters as they travel; `listed` counts rings, `hash` is that of what is signed.",
        "accepted": [
            _case("the first", FIRST), _case("the second, by two of three keys", SECOND),
            _case("no ring", signed(head_of(), [], FEDERATION[0])),
            _case("two rings of one id: well-formed, and for an auditor to find", double),
            _followed("the second behind the first", FIRST, SECOND), _followed("the same again", SECOND, SECOND),
        ],
        "refused": [
            *({"name": name, "is": "roster", "roster": data.decode(), "hash": "", "listed": 0, "keys": [], "code": code}
              for name, (data, code) in {**_unsigned(), **_malformed()}.items()),
            *(_refused(name, *rosters, code) for name, (rosters, code) in _astray().items()),
        ],
    }  # fmt: skip


def _unsigned() -> dict[str, tuple[bytes, str]]:
    text = roster.write_roster(head_of(), RINGS)
    left_out = text.splitlines(keepends=True)[2].encode()
    few = as_note(roster.write_roster(head_of(1, FEDERATION, 2), RINGS), FEDERATION[0])
    return {
        "a ring is left out behind the signature": (FIRST.replace(left_out, b""), "bad_signature"),
        "signed by a stranger": (as_note(text, STRANGER), "threshold"),
        "too few signatures": (few, "threshold"),
    }  # fmt: skip


def _malformed() -> dict[str, tuple[bytes, str]]:
    title, head, one, two = roster.write_roster(head_of(), RINGS).splitlines()
    asleep = [line.replace("active", "asleep") for line in (one, two)]
    high = head.replace('threshold":1', 'threshold":2')
    return {
        "lines out of order": (_signed_lines(title, head, two, one), "malformed"),
        "a line twice": (_signed_lines(title, head, one, one, two), "malformed"),
        "another title": (_signed_lines("ringtausch/roster/v2", head, one, two), "malformed"),
        "a blank in a line": (_signed_lines(title, head, one.replace(",", ", ", 1), two), "not_canonical"),
        "a state that there is none": (_signed_lines(title, head, *asleep), "malformed"),
        "a threshold nobody reaches": (_signed_lines(title, high, one, two), "malformed"),
        "a key twice": (_signed_lines(title, _twice(head), one, two), "malformed"),
        "no roster": (as_note(f"{title}\n", FEDERATION[0]), "malformed"),
    }


def _astray() -> dict[str, tuple[tuple[bytes, bytes], str]]:
    first = roster.parse_roster(FIRST).hash
    mine = signed(head_of(2, [STRANGER], prev=first), RINGS, STRANGER)
    other = signed(head_of(), RINGS[:1], FEDERATION[0])
    return {
        "an older one": ((SECOND, FIRST), "roster_old"),
        "two of one number": ((FIRST, other), "two_rosters"),
        "another before it": ((FIRST, signed(head_of(2, prev=hash32("other")), RINGS, FEDERATION[0])), "two_rosters"),
        "keys that nobody handed over to": ((FIRST, mine), "threshold"),
    }


def _signed_lines(*lines: str) -> bytes:
    return as_note("".join(f"{line}\n" for line in lines), FEDERATION[0])


def _twice(head: str) -> str:
    key = f'"{b64(FEDERATION[0].public)}"'
    return head.replace(key, f"{key},{key}")


def _case(name: str, data: bytes) -> Case:
    found = roster.parse_roster(data)
    return {
        "name": name, "is": "roster", "roster": data.decode(), "hash": found.hash, "listed": len(found.rings),
        "keys": list(found.head.keys),
    }  # fmt: skip


def _followed(name: str, *rosters: bytes) -> Case:
    hashes = [roster.parse_roster(data).hash for data in rosters]
    return {"name": name, "is": "succession", "rosters": [data.decode() for data in rosters], "hashes": hashes}


def _refused(name: str, first: bytes, then: bytes, code: str) -> Case:
    return {**_followed(name, first, then), "code": code}
