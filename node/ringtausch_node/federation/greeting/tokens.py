# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tokens that let a peer's posts in: one per pair of boots and direction, in memory only (SPEC.md 6.4)."""

from __future__ import annotations

from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.ids import Ids
from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.documents import Standing
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.sealing import BoxSealer

TOKEN_BYTES = 32


class Tokens:
    """Tokens of this process, by the ring they were given to."""

    def __init__(self, ids: Ids, identity: RingIdentity, lines: Lines) -> None:
        self._ids, self._identity, self._lines = ids, identity, lines
        self._given: dict[str, tuple[str, bytes]] = {}

    def seal(self, line: Line, card: Card, their_boot: str) -> str:
        """The token that the peer must show, sealed to its card: the same again on repeats."""
        boot, token = self._given.get(line.peer.ring_id, ("", b""))
        if not token or their_boot not in ("", boot):
            token = self._ids.random(TOKEN_BYTES)
            self._lines.expect_token(line, b64(token))
        self._given[line.peer.ring_id] = (their_boot, token)
        sealer = BoxSealer(card.seal_public, self._ids.random(32))  # the card may be newer than the line's
        return b64(sealer.seal(token, self._info(line.names.me, line.names.peer)))

    def went_to(self, line: Line, boot: str) -> None:
        """The peer's hello-ack tells which boot has the token."""
        self._given[line.peer.ring_id] = (boot, self._given[line.peer.ring_id][1])

    def open(self, line: Line, said: Standing) -> str:
        """The token that the peer gave us. Raises RemoteError: bad_box, malformed."""
        info = self._info(line.names.peer, line.names.me)
        token = self._identity.seal_key.open(canonical.unb64(said.token, None), info)
        if len(token) != TOKEN_BYTES:
            raise RemoteError("malformed", "token")
        return b64(token)

    def _info(self, sender: str, receiver: str) -> bytes:
        return "\n".join(("ringtausch/token/v1", self._identity.net, sender, receiver)).encode()
