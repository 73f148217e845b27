# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that stops says so on its lines, and its partners hear it (SPEC.md 5.6, topic `winding_down` in 7.11)."""

from __future__ import annotations

from collections.abc import Callable

from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import GIVEN_UP
from ringtausch_node.federation.mail import records
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.letters import TOPICS, WindingDown

_TOPIC = TOPICS[WindingDown]
#: It is said once on a line.
_ID = bytes(16)


def stops_since(tx: Tx, line: Line) -> int | None:
    """When the other ring told us that it winds down; None while nothing like it was heard."""
    return records.load_heard_at(tx, line.peer.id, _TOPIC)


class Farewells:
    """Says it, and takes it from others.

    `on_heard`: who tells our people, in the same transaction, once for a ring.
    """

    def __init__(self, mail: Mail, lines: Lines, on_heard: Callable[[Tx, Line], None]) -> None:
        self._mail, self._lines, self._on_heard = mail, lines, on_heard
        mail.register(_TOPIC, self)

    def say(self, tx: Tx) -> None:
        """Tell every partner whose words were compared. Whoever is away, or rests, hears it later. Again: nothing."""
        for line in self._untold(tx):
            self._mail.send(tx, line, _TOPIC, _ID, WindingDown())

    def is_untold(self, tx: Tx) -> bool:
        """Whether a partner has not been told yet."""
        return self._untold(tx) != []

    def _untold(self, tx: Tx) -> list[Line]:
        there = [line for line in self._lines.all() if line.peer.state != "agreed" and line.peer.reason != GIVEN_UP]
        return [line for line in there if records.load_out(tx, line.peer.id, _TOPIC, _ID) is None]

    # -- as the reader of its topic ----------------------------------------------------------------------------------

    def read(self, _line: Line, text: bytes) -> WindingDown:
        """Raises RemoteError: malformed, not_canonical, too_large."""
        return canonical.parse(text, WindingDown, limits.BOX_BYTES)

    def take(self, tx: Tx, line: Line, _message_id: bytes, _body: object) -> str | None:
        """A partner stops."""
        if stops_since(tx, line) is None:
            sometimes("a ring hears that its partner winds down")
            self._on_heard(tx, line)
        return None

    def refused(self, tx: Tx, line: Line, message_id: bytes, code: str) -> None:
        """An older program there does not know the topic: it hears the end of the line, as it did before."""
