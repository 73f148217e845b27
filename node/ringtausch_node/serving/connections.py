# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connections with the time limits that aiohttp lacks, and a count of them by address.

`Connection` is aiohttp's own protocol with four guards: how many, how slow a head may be, how slow a reader may be, and
no word about our inside in an error. It reads private attributes of aiohttp's class (`_waiter`: pending while the
connection waits for a request; `_messages`, `_current_request`, `_loop`); tests/serving fails where a new version
renames them.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiohttp.web import BaseRequest, RequestPayloadError, StreamResponse
from aiohttp.web_protocol import RequestHandler, _ErrInfo
from aiohttp.web_server import Server as Manager

from ringtausch_node.rates import neighbour
from ringtausch_node.serving.limits import ServingLimits
from ringtausch_node.serving.problems import problem_answer

logger = logging.getLogger("ringtausch_node.serving")

_BAD_REQUEST = 400


class Guard:
    """Counts the connections of the whole process; shared by everything that listens.

    Where all places are taken, a newcomer gets one from the address that holds the most: a crowd that says nothing and
    never leaves does not keep others out.
    """

    def __init__(self, limits: ServingLimits) -> None:
        self.limits = limits
        self.open = 0
        self.refused = 0
        #: The connections of each address, oldest first.
        self._by_address: dict[str, dict[Connection, None]] = {}

    def admit(self, address: str, connection: Connection) -> bool:
        """Count a new connection, or say that there are too many."""
        held = len(self._by_address.get(address, ()))
        most = self.limits.connections if address in self.limits.proxies else self.limits.connections_per_address
        if held >= most or (self.open >= self.limits.connections and not self._make_room(held)):
            self.refused += 1
            return False
        self.open += 1
        self._by_address.setdefault(address, {})[connection] = None
        return True

    def release(self, address: str, connection: Connection) -> None:
        """A counted connection has ended."""
        self.open -= 1
        held = self._by_address[address]
        del held[connection]
        if not held:
            del self._by_address[address]

    def _make_room(self, held: int) -> bool:
        """End the oldest connection that waits, of the address with the most, if that has more than the newcomer's."""
        heaviest = max(self._by_address.values(), key=len)
        if len(heaviest) <= held:
            return False
        waiting = next((connection for connection in heaviest if connection.is_waiting), None)
        if waiting is not None:
            waiting.give_up()
        return waiting is not None


class Connection(RequestHandler):
    """One connection. Times out heads that crawl and readers that do not read; bodies are timed where they are read."""

    __slots__ = ("_address", "_guard", "_head_since", "_head_timer", "_write_timer")

    def __init__(self, manager: Manager, guard: Guard, loop: asyncio.AbstractEventLoop) -> None:
        limits = guard.limits
        super().__init__(
            manager, loop=loop, keepalive_timeout=limits.keep_alive_seconds, access_log=None, logger=logger,  # type: ignore[arg-type]
            max_line_size=limits.line_bytes, max_field_size=limits.field_bytes, max_headers=limits.fields,
            lingering_time=limits.linger_seconds, read_bufsize=limits.buffer_bytes, auto_decompress=False,
        )  # fmt: skip
        self._guard = guard
        self._address: str | None = None
        self._head_since: float | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the connection waits for a request to begin or for the rest of its head."""
        return self._waiter is not None and not self._waiter.done()

    @property
    def is_waiting(self) -> bool:
        """Whether the connection waits for something of its client: a request, or the rest of one."""
        request = self._current_request
        return self.is_idle or (request is not None and not request.content.is_eof())

    @property
    def body_seconds(self) -> float:
        """How long the body of a request may take."""
        return self._guard.limits.body_seconds

    def asker(self, forwarded: str) -> str:
        """Whom a request counts for: the address of the connection, or what a proxy of ours says of it.

        `forwarded` is all of X-Forwarded-For, however many lines it had; its last entry is the proxy's own, the others
        anybody can write.
        """
        address = self._address or "?"
        if forwarded and address in self._guard.limits.proxies:
            return neighbour(forwarded.rpartition(",")[2].strip())
        return address

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection, or drop it at once where there are too many; the first head is timed from here."""
        peer = transport.get_extra_info("peername")
        address = neighbour(peer[0]) if peer else "?"
        if not self._guard.admit(address, self):
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
            return
        self._address = address
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Feed bytes; the first bytes of a head that is not complete start its clock."""
        super().data_received(data)
        if self._head_since is None and data and self.is_idle:
            self._await_head()
        elif self._current_request is not None and self._messages:
            self._end_broken_body(self._current_request)

    def _end_broken_body(self, request: BaseRequest) -> None:
        """Tell a handler that its body will never be complete: what came behind its beginning is not HTTP."""
        if isinstance(self._messages[-1][0], _ErrInfo) and not request.content.is_eof():
            request.content.set_exception(RequestPayloadError())

    def head_arrived(self) -> None:
        """The dispatcher got a request: its head is no longer timed."""
        self._head_since = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the place back."""
        self._leave()
        for timer in (self._head_timer, self._write_timer):
            if timer is not None:
                timer.cancel()
        self._head_timer = self._write_timer = None
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Leave the place to somebody else, at once."""
        self._leave()
        self.abort()

    def _leave(self) -> None:
        if self._address is not None:
            self._guard.release(self._address, self)
            self._address = None

    def pause_writing(self) -> None:
        """The client does not read: it has some seconds to begin."""
        super().pause_writing()
        self._write_timer = self._loop.call_later(self._guard.limits.write_seconds, self.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def abort(self) -> None:
        """End the connection now, whatever waits to be sent."""
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()

    def _await_head(self) -> None:
        self._head_since = self._loop.time()
        if self._head_timer is None:
            self._head_timer = self._loop.call_later(self._guard.limits.head_seconds, self._check_head)

    def _check_head(self) -> None:
        """One timer serves many heads: it looks whether the head it finds is old, and else comes again."""
        self._head_timer = None
        if self._head_since is None:
            return
        due_at = self._head_since + self._guard.limits.head_seconds
        if self._loop.time() >= due_at:
            self.abort()
        else:
            self._head_timer = self._loop.call_at(due_at, self._check_head)

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> StreamResponse:
        """Answer what aiohttp's parser refused. Neither the answer nor the log repeats what came."""
        if request.writer.output_size > 0:
            raise ConnectionError("part of the answer is already sent")
        if status != _BAD_REQUEST:
            logger.error("unexpected %s outside a handler", type(exc).__name__)
        answer = problem_answer(request, "bad_request" if status == _BAD_REQUEST else "internal")
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """The kind of an exception only: its text and its frames may hold what a member wrote."""
        error = kw.get("exc_info")
        logger.error("connection ended by %s", type(error).__name__)
