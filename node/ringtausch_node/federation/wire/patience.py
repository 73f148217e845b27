# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long a ring waits before it asks again for a ring that did not answer well."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import stopped_records as records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineSettings
from ringtausch_node.federation.wire.refused import Refused, told_to_wait
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store
from ringtausch_protocol.errors import LocalError, RingtauschError

logger = logging.getLogger(__name__)

#: After this long without an answer a peer is asked only every `retry_idle_seconds`.
PATIENCE_SECONDS = 86_400
#: A hello or the next post mends these, so the first of them is no reason to wait.
_MENDED_AT_ONCE = ("hello_needed", "gap", "bad_challenge")

#: The other ring is there, and will have nothing more to do with this line: it was stopped or given up there.
STOPPED = "quarantined"


class Patience:
    """Full jitter from `retry_first` to `retry_most`, after a day `retry_idle`, until a turn goes well."""

    def __init__(self, line: Line, clock: Clock, ids: Ids, settings: LineSettings, store: Store) -> None:
        self._line, self._clock, self._ids, self._settings, self._store = line, clock, ids, settings, store
        #: None before it was read.
        self._is_stopped_there: bool | None = None
        self._failures = 0
        self._failing_since: float | None = None
        #: What the peer was known to hold when it was given more, and since when its word on that is awaited.
        self._awaited: tuple[int, float] | None = None

    async def went_well(self) -> None:
        """After a turn: the next failure is the first again."""
        self._failures, self._failing_since = 0, None
        if self._line.in_step:
            await self._note(is_stopped_there=False)

    async def wait(self, error: RingtauschError) -> None:
        """Wait after a turn that failed; the peer ends it when it comes.

        Where a budget is spent, the peer's or ours, exactly as long as was told: then the same bytes go again.
        """
        line = self._line
        if isinstance(error, Refused) and error.code == STOPPED:
            await self._note(is_stopped_there=True)
        self._failures += 1
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
        # Only an answered post shows that the peer is back, so one follows even if nothing else is to be sent.
        line.owes_have, line.is_reached = True, False
        line.hand_again_from(line.have_seq)  # what was under way may be lost
        is_met = line.in_step and error.code == "bad_challenge"  # both greeted at once, and the peer's hello stands
        if is_met or (self._failures == 1 and error.code in _MENDED_AT_ONCE):
            return
        line.is_away = not line.contact.is_set()
        logger.info("line to %s waits: %s", line.peer.address, error.code)
        if (told := told_to_wait(error)) is not None:
            await asyncio.sleep(told)
            return
        try:
            async with asyncio.timeout(self.delay_seconds()):
                await line.contact.wait()
        except TimeoutError:
            pass

    async def _note(self, *, is_stopped_there: bool) -> None:
        """What is open on such a line stays open, so a restart of ours must not hide it from the operator."""
        peer = self._line.peer.id
        with suppress(LocalError):  # of a store that has failed: then everything stops anyway
            if self._is_stopped_there is None:
                self._is_stopped_there = await self._store.read(lambda tx: records.is_stopped_there(tx, peer))
            if self._is_stopped_there != is_stopped_there:
                at = self._clock.now() if is_stopped_there else None
                await self._store.write(lambda tx: records.set_stopped_there(tx, peer, at))
                self._is_stopped_there = is_stopped_there

    def idle_seconds(self) -> float:
        """How long to wait where nothing is to be done; in all, not anew whenever something else wakes us meanwhile."""
        line, now, first = self._line, self._clock.monotonic(), self._settings.retry_first_seconds
        if not line.is_unconfirmed:
            self._awaited = None
            return first if line.serving else self._settings.poll_seconds
        if self._awaited is None or self._awaited[0] != line.have_seq:
            self._awaited = (line.have_seq, now)
        return min(first, max(0.0, self._awaited[1] + first - now))

    def delay_seconds(self) -> float:
        """How long to wait now, by chance: rings that lost the same ring do not come back to it all at once."""
        settings = self._settings
        if self._clock.monotonic() - (self._failing_since or 0.0) > PATIENCE_SECONDS:
            most = settings.retry_idle_seconds
        else:
            most = min(settings.retry_most_seconds, settings.retry_first_seconds * float(1 << min(self._failures, 16)))
        return most * (0.1 + 0.9 * self._ids.jitter())
