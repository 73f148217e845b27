# SPDX-License-Identifier: AGPL-3.0-or-later
"""One task per peer: hello, then posts of the stored bytes, one request in flight, for ever (SPEC.md 6.2).

What is to be sent stands in the table; memory only saves looking. An answer that got lost costs a repeat of the same
bytes. An idle line costs one empty post every few minutes, which a ring behind NAT needs to hear anything at all.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TypeVar

from ringtausch_node.clock import Clock
from ringtausch_node.faults import places_of
from ringtausch_node.federation.frames.handing import refill, waiting_for
from ringtausch_node.federation.frames.receiver import Receiver
from ringtausch_node.federation.greeting.hello import Greeter
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineSettings
from ringtausch_node.federation.orders.between import Between
from ringtausch_node.federation.orders.payer import Payer
from ringtausch_node.federation.orders.probing import ensure_probe
from ringtausch_node.federation.recovery.second_copy import SecondCopy
from ringtausch_node.federation.recovery.service import Recovery
from ringtausch_node.federation.reset.service import Resets
from ringtausch_node.federation.reset.telling import Telling
from ringtausch_node.federation.reset.waiving import PROPOSED
from ringtausch_node.federation.routes.adverts import Adverts
from ringtausch_node.federation.wire.patience import STOPPED, Patience
from ringtausch_node.federation.wire.refused import Refused
from ringtausch_node.federation.wire.transport import Transport
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.advert_bodies import AdvertsAnswer
from ringtausch_protocol.canonical import Wire
from ringtausch_protocol.channel import Step
from ringtausch_protocol.errors import LocalError, RemoteError, RingtauschError
from ringtausch_protocol.posts import Post, PostAnswer, RecoverAnswer
from ringtausch_protocol.requests import AskAnswer, Refusal, SayAnswer
from ringtausch_protocol.reset_bodies import ResetAnswer

T = TypeVar("T", bound=Wire)

logger = logging.getLogger(__name__)


class Sender:
    """Talks to one peer."""

    def __init__(
        self, *, line: Line, store: Store, clock: Clock, ids: Ids, transport: Transport, settings: LineSettings,
        greeter: Greeter, receiver: Receiver, payer: Payer, recovery: Recovery, second: SecondCopy, resets: Resets,
        between: Between, adverts: Adverts,
    ) -> None:  # fmt: skip
        self._line, self._store, self._clock = line, store, clock
        self._transport, self._settings = transport, settings
        self._greeter, self._receiver, self._payer, self._recovery = greeter, receiver, payer, recovery
        self._second, self._between = second, between
        self._adverts = adverts
        self._patience = Patience(line, clock, ids, settings, store)
        self._anew = Telling(line, resets, lambda body: self._exchange("reset", body, ResetAnswer))
        self._is_begun = False
        #: Until it is looked whether another probe is due; None: the line waits for none.
        self._probe_in_seconds: int | None = None

    async def run(self) -> None:
        """The task: turns until the ring stops or its store fails."""
        while not self._store.failed.is_set():
            self._line.contact.clear()
            try:
                await self._turn()
                await self._patience.went_well()
            except RingtauschError as error:
                await self._patience.wait(error)
            except Exception as error:  # noqa: BLE001 - one surprise must not end the line for good
                await self._patience.wait(self._unforeseen(error))

    async def _turn(self) -> None:
        line = self._line
        if line.peer.reason == PROPOSED:
            await self._anew.agree_anew()
        elif not line.is_usable:
            line.wake.clear()
            await line.wake.wait()
        elif self._recovery.is_active:
            await self._recover()
        elif not line.in_step or line.token_to_show is None:
            self._is_begun = False
            await self._greet()
        elif not self._is_begun:
            self._probe_in_seconds = await self._store.write(self._ensure_probe)
            self._is_begun = True
        elif self._adverts.is_due(line) and not self._has_work():
            await self._gossip()
        elif line.serving or not self._has_work():
            await self._idle()
        else:
            await self._post()

    def _has_work(self) -> bool:
        line = self._line
        return line.owes_have or (line.own_seq > line.have_seq and not line.is_unconfirmed)

    async def _idle(self) -> None:
        """Wait for work. What was handed out and not confirmed is handed out again after a while.

        A line that is not open yet does not wait for the next poll: a probe that failed is followed by another, also
        where something else wakes the line again and again.
        """
        line = self._line
        line.wake.clear()
        if not line.serving and self._has_work():
            return
        if self._probe_in_seconds is not None:
            self._probe_in_seconds = await self._store.write(self._ensure_probe)
        seconds = self._patience.idle_seconds()
        if self._probe_in_seconds is not None:
            seconds = min(seconds, self._probe_in_seconds)
        try:
            async with asyncio.timeout(seconds):
                await line.wake.wait()
        except TimeoutError:
            line.hand_again_from(line.have_seq)
            line.owes_have = not line.serving
            self._probe_in_seconds = await self._store.write(self._ensure_probe)

    async def _greet(self) -> None:
        line = self._line
        if line.token_to_show is not None and await self._is_met_meanwhile():
            return
        step = await self._hello()
        if step is not Step.IN_STEP:
            logger.error("line to %s is not in step: %s", line.peer.address, step.value)
            return
        # The first post under their token is their proof that we stored their list.
        line.owes_have = True

    async def _hello(self) -> Step:
        """Both rounds of our hello. -> what the answer says about us.

        Who rests since it proposed a new beginning need not wait for its next question: it is shown what we signed.
        """
        try:
            return await self._greeting()
        except Refused as refused:
            if refused.code != STOPPED or not await self._anew.show():
                raise
        return await self._greeting()

    async def _greeting(self) -> Step:
        line = self._line
        ask = await self._greeter.ask(line)
        challenge = await self._exchange("hello", canonical.encode(ask), AskAnswer)
        say = await self._greeter.say(line, challenge)
        answer = await self._exchange("hello", canonical.encode(say), SayAnswer)
        return await self._greeter.heard(line, answer)

    async def _recover(self) -> None:
        """We are an old copy: hello, fetch back what the peer holds more of, and hello again."""
        line = self._line
        if not self._recovery.awaits(line):
            line.wake.clear()
            if self._recovery.is_active:
                await line.wake.wait()
            return
        step = await self._hello()
        if step is Step.LOST:
            await self._fetch_back()
            step = await self._hello()
        if step is Step.IN_STEP:
            await self._recovery.is_in_step(line)
        elif step is Step.LOST:
            raise RemoteError("bad_answer", "it names more of ours than it gives back")

    async def _fetch_back(self) -> None:
        line = self._line
        while True:
            ask = await self._recovery.ask(line)
            answer = await self._exchange("recover", canonical.encode(ask), RecoverAnswer)
            if not answer.frames:
                break
            await self._recovery.take(line, answer)

    async def _gossip(self) -> None:
        """Tell adverts that the peer lacks, and hear those that we lack; it is no fault of a line where that fails."""
        line = self._line
        ask = await self._adverts.ask(line)
        try:
            answer = await self._exchange("adverts", canonical.encode(ask), AdvertsAnswer)
        except RemoteError as error:
            self._adverts.failed(line)
            if error.code not in ("not_found", "too_many_requests"):
                raise
        else:
            await self._adverts.take(line, answer)

    async def _is_met_meanwhile(self) -> bool:
        """The peer's hello was answered: its first post will bring us in step, so a hello of ours is not needed."""
        line = self._line
        try:
            async with asyncio.timeout(self._settings.retry_first_seconds):
                while not line.in_step:
                    line.wake.clear()
                    await line.wake.wait()
        except TimeoutError:
            return False
        return True

    def _ensure_probe(self, tx: Tx) -> int | None:
        """-> seconds until it is looked again, while the line waits for a probe of its own. Touches it in any case."""
        self._is_back(tx)
        return ensure_probe(tx, self._line, self._payer, self._clock.now())

    async def _post(self) -> None:
        line = self._line
        await refill(self._store, line)
        waiting = waiting_for(line, is_under_way=line.is_unconfirmed)
        post = Post(
            token=line.token_to_show or "", have=line.hold, frames=waiting.frames, boxes=waiting.boxes,
            notes=waiting.notes,
        )  # fmt: skip
        line.owes_have, line.is_sending = False, line.is_reached and bool(waiting.frames)
        try:
            answer = await self._exchange("frames", canonical.encode(post), PostAnswer)
        finally:
            line.is_sending = False
        if not line.is_ours(answer.have):
            raise RemoteError("bad_answer", "have names no frame of ours")
        was_away, before = line.is_away, line.have_seq
        line.has_answered()
        line.is_reached = True
        line.forget_until(answer.have.seq)
        line.hand_again_from(line.have_seq)
        if waiting.frames and line.have_seq == before:
            raise RemoteError("bad_answer", "took none of the frames")
        if answer.frames:
            await self._take(answer)
        elif was_away:
            await self._store.write(self._is_back)

    def _is_back(self, tx: Tx) -> None:
        """What waited for this ring may leave, ours and others'."""
        tx.collect("line", self._line)
        self._between.look(tx)

    async def _take(self, answer: PostAnswer) -> None:
        line = self._line
        self._receiver.budgets.verify_frames(line)
        batch = self._receiver.prepare(line, answer.frames, answer.boxes, answer.notes)
        before = line.hold.seq
        taken = await self._receiver.take(line, answer.have, batch)
        # Frames that we knew tell nothing new: to answer them would be asked again, without end.
        line.owes_have = line.owes_have or taken.have.seq > before
        taken.verify_budget()
        if taken.code == "clock_doubtful":
            raise RemoteError(taken.code, "our own")
        if taken.code is not None:
            line.out_of_step()
            raise RemoteError(taken.code, "frames in an answer")

    async def _exchange(self, path: str, body: bytes, kind: type[T]) -> T:
        reply = await self._transport.post(
            self._line.peer.url, f"/peer/v1/{path}", body, limit_bytes=limits.REQUEST_BYTES,
            timeout_seconds=self._settings.post_timeout_seconds,
        )  # fmt: skip
        if reply.status == 200:
            return canonical.parse(reply.body, kind, limits.REQUEST_BYTES)
        refusal = canonical.parse(reply.body, Refusal, limits.REQUEST_BYTES)
        if refusal.code == "fenced" and refusal.said is not None:
            await self._second.shown(canonical.unb64(refusal.said, None))
        if refusal.code == "card_old" and refusal.cards:
            self._greeter.cards.told_newer(refusal.cards)
        if refusal.have is not None and self._line.is_ours(refusal.have):
            self._line.hand_again_from(min(refusal.have.seq, self._line.own_seq))
        if refusal.code in ("hello_needed", "fenced", "wrong_epoch"):
            self._line.out_of_step()
        if refusal.code == "wrong_epoch" and path != "reset":
            await self._anew.agree_anew()
        raise Refused(reply, refusal)

    def _unforeseen(self, error: Exception) -> LocalError:
        """Name the kind and the places of a mistake of ours; the words of an exception may quote anything."""
        logger.error("line to %s: %s", self._line.peer.address, places_of(error))
        return LocalError("internal", type(error).__name__)
