# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real HTTP between the nodes: aiohttp's client and our server, byte streams in memory in place of sockets.

A stream keeps its order and comes late. It can stall (a cut), break in the middle, or never come about. What happens to
whole messages says `whole`.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import BaseConnector, ClientRequest
from aiohttp.client_proto import ResponseHandler

from ringtausch_node.peer_api.app import build_app
from ringtausch_node.serving.connections import Guard
from ringtausch_node.serving.limits import ServingLimits
from ringtausch_node.serving.server import _Listener
from tests.simulation.loop import NODE, Life
from tests.simulation.network import Network
from tests.simulation.whole import Unread, Whole

if TYPE_CHECKING:
    from ringtausch_node.bootstrap import Ring
    from tests.simulation.nodes import Node

_HTTPS = 443
#: The number of a life that is no node's: who brings requests on his own connections.
PROXY = -1
#: Time moves only when nothing is ready: what comes this much later comes after all that is.
MOMENT_SECONDS = 1e-6


class Stream(asyncio.Transport):
    """One end of a connection; `life` is who holds it."""

    def __init__(self, streams: Streams, life: Life, other: Life) -> None:
        super().__init__({"peername": (f"192.0.2.{1 + len(other.name)}", _HTTPS), "sockname": ("192.0.2.1", _HTTPS)})
        self._streams, self.life, self._other = streams, life, other
        self.far: Stream | None = None
        self.protocol: Any = None
        #: The path that is asked for on it, and the number of the request; at the end that asks.
        self.asks, self.number = "", 0
        self._is_closed = False
        self._arrives_at = 0.0
        self._context = contextvars.Context()
        self._context.run(NODE.set, None if life.number == PROXY else life)

    @property
    def ends(self) -> tuple[str, str]:
        """Who writes on it, and who reads."""
        return self.life.name, self._other.name

    def begin(self, protocol: Any) -> None:
        """Hand the stream to who speaks on it, as a step of his."""
        self.protocol = protocol
        self._context.run(protocol.connection_made, self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Bytes arrive later, in order; or the connection breaks after some of them."""
        if self._is_closed or not data:
            return
        sent, breaks = self._streams.on_the_way(self, bytes(data))
        if sent is not None:
            self._later(Stream._arrive, sent)
        if breaks:
            self._later(Stream.lose, ConnectionResetError())

    def _later(self, what: Callable[..., None], *args: object) -> None:
        """At the far end, a moment after what was sent earlier: steps that follow from that come first, as in asyncio.

        (aiohttp's server needs it: a request whose connection is lost before its task wakes up ends in a TypeError.)
        """
        assert self.far is not None
        loop = self._streams.loop
        self._arrives_at = max(self._arrives_at + MOMENT_SECONDS, loop.time() + self._streams.delay())
        loop.call_at(self._arrives_at, what, self.far, *args, context=self.far._context)

    def _arrive(self, data: bytes) -> None:
        self._streams.whole.note_arrival(self)
        if not self._is_closed:
            self.protocol.data_received(data)

    def lose(self, error: Exception | None = None) -> None:
        """The far end closed it, or it broke."""
        if not self._is_closed:
            self._is_closed = True
            self.protocol.connection_lost(error)

    def close(self) -> None:
        """As asyncio."""
        if not self._is_closed:
            self._is_closed = True
            lost = self.protocol.connection_lost
            self._streams.loop.call_later(MOMENT_SECONDS, lost, None, context=self._context)
            self._later(Stream.lose)

    abort = close

    def is_closing(self) -> bool:
        """As asyncio."""
        return self._is_closed

    def get_write_buffer_size(self) -> int:
        """Everything is on its way at once."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def pause_reading(self) -> None:
        """Bodies are small."""

    def resume_reading(self) -> None:
        """Bodies are small."""

    def set_protocol(self, protocol: Any) -> None:
        """As asyncio."""
        self.protocol = protocol

    def get_protocol(self) -> Any:
        """As asyncio."""
        return self.protocol


class Streams:
    """All connections of a world, and who listens."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.loop = network.world.loop
        self.whole = Whole(network)
        self._listeners: dict[Life, _Listener] = {}
        self._streams: dict[Life, list[Stream]] = {}
        self._connectors: dict[Life, list[Connector]] = {}
        network.on_death = self._died

    def listen(self, node: Node, ring: Ring) -> None:
        """A node serves its ring to the others."""
        listener = _Listener(Guard(ServingLimits()))
        listener.add([node.address], build_app(ring))
        self._listeners[node.life] = listener

    def connect(self, host: str | None, protocol: ResponseHandler) -> bool:
        """-> whether somebody listens there, and the connection comes about."""
        target, mine = self._network.world.nodes.get((host or "").partition(".")[0]), NODE.get()
        assert mine is not None
        if target is None or (listener := self._listeners.get(target.life)) is None or self._network.loses("drop"):
            return False
        self._connect(mine, protocol, target.life, listener)
        self._network.seen["connected"] += 1
        return True

    def _connect(self, mine: Life, protocol: Any, its: Life, listener: _Listener) -> Stream:
        near, far = Stream(self, mine, its), Stream(self, its, mine)
        near.far, far.far = far, near
        for stream in (near, far):
            self._streams.setdefault(stream.life, []).append(stream)
        far.begin(listener())
        near.begin(protocol)
        return near

    def bring(self, sender: str, target: str, request: bytes) -> None:
        """A request arrives in a ring's name over a connection that is not the ring's."""
        node = self._network.world.nodes.get(target)
        if node is not None and (listener := self._listeners.get(node.life)) is not None:
            near = self._connect(Life(sender, PROXY), Unread(), node.life, listener)
            near._later(Stream._arrive, request)
            self._network.seen["request came again"] += 1

    def delay(self) -> float:
        """Seconds that bytes take."""
        return self._network.delay()

    def on_the_way(self, stream: Stream, data: bytes) -> tuple[bytes | None, bool]:
        """-> what arrives of some bytes (None: nothing), and whether the connection breaks after that."""
        self.loop.note(*stream.ends, "bytes")
        self._network.seen["sent"] += 1
        if self.whole.is_lost(stream, data) or self._network.is_cut(*stream.ends):
            return None, False
        if self._network.loses("half"):
            return data[: len(data) // 2], True
        return data, self._network.loses("reset") or self._network.loses("drop_answer")

    def own(self, connector: Connector) -> None:
        """Remember whose client it is."""
        life = NODE.get()
        assert life is not None
        self._connectors.setdefault(life, []).append(connector)

    def _died(self, life: Life) -> None:
        """The kernel closes what the dead left open; nobody there says goodbye."""
        self._listeners.pop(life, None)
        for connector in self._connectors.pop(life, []):
            connector._closed = True
        for stream in self._streams.pop(life, []):
            if not stream._is_closed:
                stream._later(Stream.lose, ConnectionResetError())

    def connector(self, **settings: Any) -> Connector:
        """In place of `aiohttp.TCPConnector`."""
        kept = ("limit", "limit_per_host", "keepalive_timeout")
        return Connector(self, **{name: settings[name] for name in kept})


class Connector(BaseConnector):
    """aiohttp's pool of connections, over streams."""

    def __init__(self, streams: Streams, **settings: Any) -> None:
        super().__init__(**settings)
        self._streams = streams
        streams.own(self)

    async def _create_connection(self, req: ClientRequest, _traces: Any, _timeout: Any) -> ResponseHandler:
        await asyncio.sleep(self._streams.delay())
        protocol: ResponseHandler = self._factory()
        if not self._streams.connect(req.url.host, protocol):
            raise ConnectionRefusedError
        return protocol
