# SPDX-License-Identifier: AGPL-3.0-or-later
"""The client of P1b, a process of its own: 64 connections that each send the next request when the answer is there.

The same bytes go to our API and to the empty endpoint. It takes orders as JSON lines on stdin and answers each with
one line; it speaks HTTP/1.1 just well enough, so that the server is what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from typing import Any

_HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"


class Load:
    """One order: so many payments on so many connections."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._head = _HEAD.format(**order).encode()
        self._members: int = order["members"]
        self._first: int = order["first"]
        self._left: int = order["count"]
        self.wrong: dict[str, int] = {}
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.open = 0

    def next_request(self) -> bytes | None:
        """One payment of a member to another under a new, time-ordered id; None when all were sent."""
        if self._left == 0:
            return None
        self._left -= 1
        number = self._first + self._left
        name = base64.urlsafe_b64encode((number).to_bytes(16)).rstrip(b"=").decode()
        payer, payee = number % self._members, (number + 7) % self._members
        body = (
            f'{{"payment_id":"{name}","from":"m{payer}","to":"m{payee}","amount_seconds":60,"memo":"Kuchen"}}'
        ).encode()
        return self._head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def note(self, status: str) -> None:
        """Count an answer that is not the one we want."""
        if status not in ("200", "201"):
            self.wrong[status] = self.wrong.get(status, 0) + 1

    def ended(self) -> None:
        """A connection has nothing more to do."""
        self.open -= 1
        if self.open == 0 and not self.done.done():
            self.done.set_result(None)


class Connection(asyncio.Protocol):
    """One connection, one request in flight."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._heard = b""
        load.open += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
        if len(body) < int(length or b"0"):
            return
        self._heard = b""
        self._load.note(head[9:12].decode())
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more comes."""
        self._load.ended()

    def _send(self) -> None:
        request = self._load.next_request()
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)


async def _run(order: dict[str, Any]) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    load = Load(order)
    begin = time.perf_counter()
    await asyncio.gather(
        *(loop.create_connection(lambda: Connection(load), "127.0.0.1", order["port"]) for _ in range(order["lines"]))
    )
    await load.done
    return {"seconds": time.perf_counter() - begin, "wrong": load.wrong}


def main() -> None:
    """Take orders until stdin ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asyncio.run(_run(json.loads(line)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
