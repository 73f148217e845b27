# SPDX-License-Identifier: AGPL-3.0-or-later
"""A bad line: an HTTP proxy that loses answers, sends requests twice, flips a byte, or hangs up in the middle."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: What may happen to an exchange. They come shuffled, each once among so many good ones, so that none stays away.
MISHAPS = ("drop_request", "drop_answer", "repeat", "flip_request", "flip_answer", "cut_request", "cut_answer")
GOOD = 12
#: What may be lost where only loss is wanted: nothing is changed or doubled.
LOSSES = ("drop_request", "drop_answer", "cut_request", "cut_answer")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class BadLine:
    """Forwards what comes to `port` to `target`. `is_bad` switches the mishaps; `seen` counts them.

    While it is not bad, `loss` is the part of exchanges whose request, answer, or half of either gets lost; each takes
    up to `delay_seconds`. `is_cut`: nothing comes through, though the one behind may call out.
    """

    def __init__(self, port: int, target: int, seed: int) -> None:
        self.port, self._target = port, target
        self._chance = random.Random(seed)
        self._deck: list[str] = []
        self.is_bad = self.is_cut = False
        self.loss = self.delay_seconds = 0.0
        self.seen: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

    @contextmanager
    def open(self) -> Iterator[BadLine]:
        """Carry messages in a thread of its own."""
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(10)
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        async with server:
            await self._stop.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Exchange after exchange, until one side hangs up."""
        with suppress(OSError, EOFError, ConnectionError, asyncio.CancelledError):
            while request := await _message(reader):
                answer = await self._exchange(request)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        writer.close()

    async def _exchange(self, request: bytes) -> bytes | None:
        """One request to the node behind and its answer; None: the line hangs up instead of answering."""
        await asyncio.sleep(self._chance.uniform(0.0, self.delay_seconds))
        mishap = self._mishap()
        self.seen[mishap] += 1
        if mishap == "drop_request":
            return None
        if mishap == "cut_request":
            await self._forward(request[: -len(request) // 4])
            return None
        if mishap == "repeat":
            await self._forward(request)
        answer = await self._forward(self._flip(request) if mishap == "flip_request" else request)
        if mishap == "drop_answer" or answer is None:
            return None
        if mishap == "cut_answer":
            return answer[: len(answer) // 2]
        return self._flip(answer) if mishap == "flip_answer" else answer

    async def _forward(self, request: bytes) -> bytes | None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            writer.write(request)
            if _is_whole(request):
                return await _message(reader)
        finally:
            writer.close()
        return None

    def _mishap(self) -> str:
        if self.is_cut:
            return "drop_request"
        if not self.is_bad:
            return self._chance.choice(LOSSES) if self._chance.random() < self.loss else "good"
        if not self._deck:
            self._deck = [*MISHAPS, *["good"] * GOOD]
            self._chance.shuffle(self._deck)
        return self._deck.pop()

    def _flip(self, message: bytes) -> bytes:
        """One bit of the body changes; the head stays HTTP."""
        start = message.index(b"\r\n\r\n") + 4
        if start == len(message):
            return message
        place = self._chance.randrange(start, len(message))
        changed = message[place] ^ 1 << self._chance.randrange(7)
        return message[:place] + bytes((changed,)) + message[place + 1 :]


async def _message(reader: asyncio.StreamReader) -> bytes | None:
    """One HTTP message with its body, or None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    length = _LENGTH.search(head)
    return head + await reader.readexactly(int(length[1]) if length else 0)


def _is_whole(message: bytes) -> bool:
    head, _, body = message.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return len(body) == (int(length[1]) if length else 0)
