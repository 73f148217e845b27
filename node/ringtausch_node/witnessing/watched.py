# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which logs of other rings concern us, and under which keys their heads count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import GIVEN_UP
from ringtausch_node.witnessing.model import FORKED, is_neighbour
from ringtausch_protocol import checkpoints, keys, log_keys
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.forks import Accused
from ringtausch_protocol.limits import FORK_CARDS_MAX
from ringtausch_protocol.notes import NoteKey


class Neighbourhood:
    """The peers whose logs we watch, and who watch ours: words compared, and not served by this very process."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        #: Ring ids that the same process serves; set by whoever knows them.
        self.beside: frozenset[str] = frozenset()

    def peers(self) -> Iterator[Line]:
        """Peers that may be witness and be witnessed, in the order of their ids."""
        return (line for line in self._lines.all() if self._is_fit(line))

    def by_ring(self, ring_id: str) -> Line | None:
        """One of them."""
        line = self._lines.by_ring(ring_id)
        return line if line is not None and self._is_fit(line) else None

    def of_origin(self, origin: str) -> Line | None:
        """Whose log it is, if it is one of theirs."""
        try:
            ring_id, _ = checkpoints.parse_origin(origin)
        except RemoteError:
            return None
        return self.by_ring(ring_id)

    def _is_fit(self, line: Line) -> bool:
        """A line that stands for another fault is watched all the same: what its ring signs is evidence."""
        is_known = line.peer.state == "confirmed" or (
            line.peer.state == "quarantined" and line.peer.reason not in (FORKED, GIVEN_UP)
        )
        return is_known and not is_neighbour(line.peer.ring_id, self.beside)


def keys_of(line: Line, origin: str) -> tuple[NoteKey, ...]:
    """The keys under which heads of a peer's log count: of all its cards that we hold, without those it revoked."""
    return counted_keys([*line.cards.values()], origin)


def counted_keys(chain: Sequence[Card], origin: str) -> tuple[NoteKey, ...]:
    """The checkpoint keys of a ring's cards, oldest card first, without those that the last of them has revoked."""
    found = {key.public: key for card in chain for key in log_keys.checkpoint_keys(card, origin)}
    newest = chain[-1]
    return tuple(key for key in found.values() if keys.key_id(newest.card.ring_id, key.public) not in newest.revoked)


def accused(line: Line, log: int) -> Accused:
    """The ring of a line, with the cards that prove its keys: from the first, as many as a proof holds."""
    chain = tuple(card.envelope for card in line.cards.values())[:FORK_CARDS_MAX]
    return Accused(line.names.net, line.peer.ring_id, log, chain)
