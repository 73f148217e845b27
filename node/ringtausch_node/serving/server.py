# SPDX-License-Identifier: AGPL-3.0-or-later
"""`Server`: what listens. One or more rings on each address, chosen by the Host header; bounded in every direction.

`add` the rings, `start`, and in the end `stop`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence

from aiohttp.web import BaseRequest, StreamResponse
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_server import Server as Manager

from ringtausch_node.errors import LocalError
from ringtausch_node.serving.connections import Connection, Guard
from ringtausch_node.serving.limits import ServingLimits
from ringtausch_node.serving.problems import problem_answer
from ringtausch_node.serving.routing import App

#: How often the end of running requests is looked for while stopping.
_POLL_SECONDS = 0.02


class _Listener(Manager):
    """Everything behind one listen address: aiohttp's manager of connections, with ours in place of its own."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(self._dispatch)
        self._guard = guard
        self._apps: dict[str, App] = {}
        self._only: App | None = None
        self.socket: asyncio.Server | None = None
        self.is_stopping = False

    def __call__(self) -> RequestHandler:
        return Connection(self, self._guard, self._loop)

    def add(self, hosts: Iterable[str], app: App) -> None:
        """Serve a ring under its names. Raises LocalError('config') where another ring here has the name."""
        for host in hosts:
            if self._apps.setdefault(host.lower(), app) is not app:
                raise LocalError("config", f"two rings are called {host} on one listen address")
        self._only = app if all(other is app for other in self._apps.values()) else None

    async def _dispatch(self, request: BaseRequest) -> StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.head_arrived()
        app = self._only or self._app_for(request)
        if app is None:
            return problem_answer(request, "unknown_host")
        answer = await app(request)
        if self.is_stopping:
            answer.force_close()
        return answer

    def _app_for(self, request: BaseRequest) -> App | None:
        """The ring that the Host header names, with or without its port; two such headers name none."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1:
            return None
        host = hosts[0].lower()
        return self._apps.get(host) or self._apps.get(host.rpartition(":")[0])


class Server:
    """All listen addresses of a process. `add` before `start`; needs a running loop."""

    def __init__(self, limits: ServingLimits | None = None) -> None:
        self.limits = limits or ServingLimits()
        self.guard = Guard(self.limits)
        self._listeners: dict[tuple[str, int], _Listener] = {}

    def add(self, host: str, port: int, names: Sequence[str], app: App) -> None:
        """Serve `app` on an address. With one ring on it every Host is answered, with more only their `names`."""
        key = (host, port)
        if key not in self._listeners:
            self._listeners[key] = _Listener(self.guard)
        self._listeners[key].add(names or [f"{host}:{port}"], app)

    async def start(self) -> list[tuple[str, int]]:
        """Listen. -> the addresses in the order of `add`, with the ports that the system chose for port 0.

        Raises LocalError('listen_failed'); then nothing listens.
        """
        loop = asyncio.get_running_loop()
        found: list[tuple[str, int]] = []
        for (host, port), listener in self._listeners.items():
            try:
                listener.socket = await loop.create_server(listener, host, port, backlog=self.limits.backlog)
            except OSError as error:
                await self.stop()
                raise LocalError("listen_failed", f"{host}:{port}: {os.strerror(error.errno or 0)}") from None
            name = listener.socket.sockets[0].getsockname()
            found.append((host, name[1]))
        return found

    async def stop(self) -> None:
        """Accept nothing more, close idle connections at once, let running requests finish for a while, end the rest.

        A second call does nothing.
        """
        listeners = list(self._listeners.values())
        self._listeners.clear()
        for listener in listeners:
            listener.is_stopping = True
            if listener.socket is not None:
                listener.socket.close()
            _end_idle(listener)
        loop = asyncio.get_running_loop()
        end_at = loop.time() + self.limits.stop_seconds
        while any(listener.connections for listener in listeners) and loop.time() < end_at:
            await asyncio.sleep(_POLL_SECONDS)
            for listener in listeners:
                _end_idle(listener)
        await asyncio.gather(*(listener.shutdown(_POLL_SECONDS) for listener in listeners))
        for listener in listeners:
            if listener.socket is not None:
                await listener.socket.wait_closed()


def _end_idle(listener: _Listener) -> None:
    for connection in listener.connections:
        assert isinstance(connection, Connection)
        if connection.is_idle:
            connection.force_close()
