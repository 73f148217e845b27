# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the two rings of a line say to each other about its new beginning: our document there, theirs here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.reset.service import Resets
from ringtausch_node.federation.reset.waiving import PROPOSED
from ringtausch_node.federation.wire.refused import Refused
from ringtausch_protocol import canonical
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.reset_bodies import ResetAnswer


class Telling:
    """Along one line. `exchange`: posts the body of a reset to the peer, and raises what the sender's raises."""

    def __init__(self, line: Line, resets: Resets, exchange: Callable[[bytes], Awaitable[ResetAnswer]]) -> None:
        self._line, self._resets, self._exchange = line, resets, exchange

    async def agree_anew(self) -> None:
        """Show our side's document, and take the one that both have signed; until then nothing moves on this line.

        Nobody signs any more where the other ring is closed: then our proposal is dropped, and the line goes on.
        Raises RemoteError('not_confirmed') while the other side has not signed.
        """
        line = self._line
        ask = await self._resets.ask(line)
        try:
            answer = await self._exchange(canonical.encode(ask))
        except Refused as refused:
            if await self._resets.dropping.refused(line, refused.code):
                return
            raise
        if not await self._resets.heard(line, answer) and line.peer.reason == PROPOSED:
            raise RemoteError("not_confirmed", "the other operator has not signed the reset")

    async def show(self) -> bool:
        """Show the document that both signed to a peer that has not greeted us since. -> whether it took it."""
        ask = await self._resets.ask(self._line)
        if self._line.fence is not None or not ask.reset:
            return False
        try:
            await self._exchange(canonical.encode(ask))
        except RemoteError:
            return False  # it rests for another reason
        return True
