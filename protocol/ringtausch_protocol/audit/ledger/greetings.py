# SPDX-License-Identifier: Apache-2.0
"""What hellos and their answers tell in the log of a ring: boots, and heads of logs (SPEC.md 6.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ringtausch_protocol import envelope
from ringtausch_protocol.audit.evidence.greetings import CARD_UNKNOWN, read_greeting, why_unproved
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.lines import LineBook
from ringtausch_protocol.audit.ledger.world import World
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head, Hello, HelloAck
from ringtausch_protocol.entries import ENTRY_HELLO, ENTRY_HELLO_ACK
from ringtausch_protocol.errors import RemoteError

#: By the type of their entry.
GREETINGS: dict[int, tuple[str, type[Hello | HelloAck]]] = {
    ENTRY_HELLO: ("hello", Hello), ENTRY_HELLO_ACK: ("hello-ack", HelloAck),
}  # fmt: skip


class Told(NamedTuple):
    """A head of a log that somebody has signed somewhere: it must lie on that log's history.

    `epoch` and `own_seq`: of the line on which its own ring told it, and that one's last frame there by then.
    """

    ring_id: str
    head: Head
    place: Place
    epoch: str = ""
    own_seq: int = 0

    @property
    def is_own(self) -> bool:
        """Whether the ring itself says so; another may have made it up, or have been shown it."""
        return self.place.ring == self.ring_id


class Greetings:
    """Takes the greetings that the log of `owner` holds. `is_cut`: an earlier log of it is missing."""

    def __init__(self, world: World, owner: str, *, is_cut: bool) -> None:
        self._world, self._owner, self._is_cut = world, owner, is_cut
        self.told: dict[tuple[str, str, int, int, str], Told] = {}

    def take(self, line_to: Callable[[str], LineBook], data: bytes, entry: int, place: Place, verified: int) -> None:
        """An entry of this type. `verified`: so many an earlier audit has checked. Raises RemoteError: bad bytes."""
        kind, form = GREETINGS[entry]
        opened, payload, said = read_greeting(data, kind, form)
        if self._owner not in (said.from_, said.to) or said.from_ == said.to:
            raise RemoteError("wrong_ring", "a greeting between others")
        line = line_to(said.to if said.from_ == self._owner else said.from_)
        place = place.but(peer=line.peer)
        line.boots.update((said.standing.boot, *(run.boot for run in said.standing.runs)))
        if self._is_proved(opened, payload, said, place, verified):
            self._introduce(said, Place(said.from_, place.log, place.entry, said.to))
        if kind == "hello":
            line.hellos.append(b64(envelope.document_hash(kind, payload)))
        elif said.hello not in line.hellos and not self._is_cut:
            self._world.findings.add("effect_before_cause", place, what="hello-ack")

    def _introduce(self, said: Hello | HelloAck, place: Place) -> None:
        """Boots and heads that a greeting names."""
        standing = said.standing
        self._world.rings.introduce(said.from_, standing)
        self.tell(Told(said.from_, standing.own_head, place, standing.epoch, standing.own.seq))
        if standing.peer_head is not None:
            self.tell(Told(said.to, standing.peer_head, place))

    def tell(self, told: Told) -> None:
        """Somebody has signed that a ring's log has had a head. The same said again is no news."""
        head = told.head
        self.told.setdefault((told.place.ring, told.ring_id, head.log, head.size, head.root), told)

    def _is_proved(
        self, opened: envelope.Envelope, payload: bytes, said: Hello | HelloAck, place: Place, verified: int
    ) -> bool:
        """Whether its ring has said so; else its holder answers for it, but for a card in an earlier log."""
        signatures = self._world.signatures
        if place.entry < verified:
            signatures.passed += len(opened.signatures)
            return True
        code = why_unproved(self._world.rings, opened, payload, said)
        if code == CARD_UNKNOWN and self._is_cut:
            return False
        signatures.count += len(opened.signatures)
        if code:
            self._world.findings.add(code, place, card=said.standing.card)
        return not code
