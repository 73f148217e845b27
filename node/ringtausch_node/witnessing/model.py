# SPDX-License-Identifier: AGPL-3.0-or-later
"""Types and pure rules of this room: heads as rows, who is whose witness, what an operator is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from ringtausch_protocol import limits
from ringtausch_protocol.checkpoints import LogHead

#: How often a witness looks at a log that it watches: a fork is found in the second look at the latest, in ten minutes.
WATCH_SECONDS = 300.0
#: How often our own witnesses are asked, and one that fails at most: a receipt waits two minutes for its quorum.
COSIGN_SECONDS, COSIGN_MOST_SECONDS = 60.0, 3_600.0
#: Logs of one peer that are cosigned: a ring begins a new one after a restore, and a liar could name any number.
LOGS_OF_PEER_MAX = 64
#: Refused heads of one log that are kept until they were looked at.
REFUSED_KEPT = 100
#: Of these, looked at again in one look: each costs some tiles.
SETTLED_AT_ONCE = 8
#: Heads in frames that are compared in one look, the newest: two lie near each other and cost few tiles together.
HEADERS_AT_ONCE = 16
#: Peers that are asked what they know of a log beside the ring itself.
GOSSIP_ASKED = limits.WITNESSES_MAX
#: A request to another ring about a log: two round trips and a slow disk.
ASK_SECONDS = 20.0
#: The code for a ring that signed two histories of one log.
FORKED = "two_histories"

_DOMAIN = b"ringtausch/witness/v1\n"


class CosignedHead(NamedTuple):
    """A row of `cosigned_head`: the newest head of a log that this ring cosigned, and the bytes that others are told.

    `name`: the gossip name under which others ask for it.
    """

    origin: str
    name: str
    peer: int
    size: int
    root: bytes
    checkpoint: bytes
    at: int

    @property
    def head(self) -> LogHead:
        """The head alone."""
        return LogHead(self.origin, self.size, self.root)


class RefusedHead(NamedTuple):
    """A row of `refused_head`: a head that its ring signed and we did not cosign."""

    id: int
    origin: str
    size: int
    root: bytes
    checkpoint: bytes
    code: str
    at: int


class ForkRow(NamedTuple):
    """A row of `log_fork`: a proof that holds."""

    origin: str
    ring_id: str
    fault: str
    proof: bytes
    at: int
    told_at: int | None


class OwnWitness(NamedTuple):
    """A row of `own_witness`: how a peer stands with the newest log of this ring; `code` says why it did not cosign."""

    ring_id: str
    origin: str
    size: int
    at: int
    code: str | None


class WitnessView(msgspec.Struct, frozen=True, kw_only=True):
    """A ring that is asked to cosign our log: the newest head of ours that it cosigned."""

    address: str
    ring_id: str
    size: int
    at: int | None
    code: str | None


class WatchView(msgspec.Struct, frozen=True, kw_only=True):
    """A log that we watch: the newest head that we cosigned of it, and how many signed heads we refused."""

    address: str
    origin: str
    size: int
    at: int
    refused: int


class ForkView(msgspec.Struct, frozen=True, kw_only=True):
    """A proof that a ring showed two histories. `address` is None for a ring that is no peer any more."""

    address: str | None
    origin: str
    fault: str
    at: int
    is_own: bool
    is_told: bool
    file: str


class Cosignature(msgspec.Struct, frozen=True, kw_only=True):
    """A ring that cosigned a head of ours, and when."""

    ring_id: str
    at: int


class HeadView(msgspec.Struct, frozen=True, kw_only=True):
    """A head of our log that enough witnesses cosigned; `root` as a checkpoint writes it, `at` when we signed it."""

    origin: str
    size: int
    root: str
    at: int
    quorum: int
    cosigned: list[Cosignature]


class LogWitnesses(msgspec.Struct, frozen=True, kw_only=True):
    """What `log witness` shows. `cosigned_size`: our newest head that `quorum` witnesses cosigned, None before any.

    `neighbours`: addresses of the peers that stand where this ring stands, and therefore do not witness its log.
    """

    origin: str
    quorum: int
    cosigned_size: int | None
    witnesses: list[WitnessView]
    neighbours: list[str]
    watched: list[WatchView]
    forks: list[ForkView]


def choose_witnesses(origin: str, candidates: Iterable[str]) -> list[str]:
    """The ring ids that are asked to cosign a log, at most 7: those with the smallest hash (SPEC.md 8.6)."""
    return sorted(set(candidates), key=lambda ring_id: _score(origin, ring_id))[: limits.WITNESSES_MAX]


def _score(origin: str, ring_id: str) -> bytes:
    return hashlib.sha256(_DOMAIN + f"{origin}\n{ring_id}".encode()).digest()


def is_neighbour(ring_id: str, beside: Collection[str]) -> bool:
    """Whether one process serves both rings: who copies or loses one has copied or lost the other."""
    return ring_id in beside
