# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whole messages on days over real HTTP: a request comes twice, or minutes late, or is told by who has kept it.

Bytes of one stream keep their order, and none comes twice. But a proxy before a ring can send a request once more, over
a connection of its own and for nobody who waits; and a request whose sender has given up is overtaken by the next one.
aiohttp writes each message at once: a message is what one `write` is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ringtausch_node.federation.wire.transport import JSON

if TYPE_CHECKING:
    from tests.simulation.network import Network
    from tests.simulation.streams import Stream

_END_OF_HEADERS = b"\r\n\r\n"
_REQUEST, _ANSWER = b"POST", b"200"


class Unread:
    """Who holds the connection of a proxy: he hears that there is an answer, and hangs up."""

    _stream: Any = None

    def connection_made(self, stream: Any) -> None:
        """As asyncio."""
        self._stream = stream

    def data_received(self, _data: bytes) -> None:
        """The answer."""
        self._stream.close()

    def connection_lost(self, _error: Exception | None) -> None:
        """As asyncio."""


class Whole:
    """Looks at each message of a world's streams."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._asked = 0

    def is_lost(self, stream: Stream, data: bytes) -> bool:
        """Whether somebody keeps this message from who it is for. Requests may come again by another way, too."""
        head, _, body = data.partition(_END_OF_HEADERS)
        first, second = head.split(b" ", 2)[:2]
        if first == _REQUEST:
            self._asked += 1
            stream.asks, stream.number = second.decode(), self._asked
            self._send_again(stream, data)
            return self._network.listens(*stream.ends, stream.asks, body)
        assert stream.far is not None
        return second == _ANSWER and self._network.listens(*stream.ends, stream.far.asks, body)

    def _send_again(self, stream: Stream, data: bytes) -> None:
        if self._network.loses("duplicate") and not self._network.is_cut(*stream.ends):
            self._network.slip_in_bytes(*stream.ends, data)
        if self._network.loses("replay"):
            self._network.slip_in_bytes(*stream.ends, data, self._network.minutes())

    def note_arrival(self, at: Stream) -> None:
        """Count what came when nobody waited for it any more, or after what was sent later.

        Where the server has closed an idle connection meanwhile, a request comes to nobody.
        """
        far = at.far
        assert far is not None
        if at.asks:
            self._network.seen["answer came too late"] += at.is_closing()
        elif far.asks and not at.is_closing():
            self._network.seen["request came too late"] += far.is_closing()
            self._network.note_order(*far.ends, far.number)


def request_of(target: str, path: str, body: bytes) -> bytes:
    """A request as somebody writes it who knows HTTP."""
    headers = {"Host": f"{target}.example", **JSON, "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + _END_OF_HEADERS + body
