# SPDX-License-Identifier: AGPL-3.0-or-later
"""Peers, proxies and strange ports as a process of its own: `python -m tests.processes.hostile MODE=PORT ...`.

Each port does one bad thing to whoever asks it, again and again. `ready`, and then one line for each request, stand on
the standard output.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import Awaitable, Callable

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_PAUSE_SECONDS = 0.05
#: A gzip file may have many members: a thousand of a MiB of nothing are a GiB in one MiB.
BOMB = gzip.compress(bytes(1 << 20)) * 1_024


async def slow_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A head that never ends, a field now and then."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(_PAUSE_SECONDS)


async def slow_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Byte after byte, never all that were announced."""
    writer.write(_OK + b"Content-Length: 200000\r\n\r\n{")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(_PAUSE_SECONDS)


async def endless_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As much as goes through, without end."""
    writer.write(_OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"{" * 65_536 + b"\r\n")
        await writer.drain()


async def endless_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Fields as fast as they go through."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Y: " + b"z" * 4_000 + b"\r\n")
        await writer.drain()


async def half_a_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half of what was announced, and gone."""
    writer.write(_OK + b'Content-Length: 100\r\n\r\n{"have":')


async def wrong_length(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Shorter than what comes; the rest looks like an answer to the next question."""
    writer.write(_OK + b'Content-Length: 2\r\n\r\n{"have":{}}' + _OK + b"Content-Length: 2\r\n\r\n{}")
    await writer.drain()
    await asyncio.sleep(_PAUSE_SECONDS)


async def two_lengths(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Two lengths that differ."""
    writer.write(_OK + b"Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}")


async def early_close(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Hangs up without a word."""


async def silence(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Takes the question and says nothing."""
    await asyncio.sleep(3_600)


async def garbage(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Another service listens here."""
    writer.write(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n" + bytes(range(256)) * 16 + b"\r\n\r\n")


async def bomb(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A GiB, packed."""
    writer.write(_OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB)
    await writer.drain()


async def redirect(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Elsewhere, says a proxy."""
    writer.write(b"HTTP/1.1 308 Moved\r\nLocation: http://169.254.169.254/latest/\r\nContent-Length: 0\r\n\r\n")


async def error_page(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A proxy whose ring is off."""
    page = b"<html><body>502 Bad Gateway</body></html>"
    writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))


async def wrong_answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Well-formed JSON that is none of ours, deep as it goes."""
    body = b"[" * 100_000
    writer.write(_OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()


async def wait_for_ever(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A spent budget that never comes back, and one that is there at once."""
    body = b'{"code":"too_many_requests"}'
    head = b"HTTP/1.1 429 Too Many\r\nRetry-After: 0\r\nContent-Length: %d\r\n\r\n" % len(body)
    writer.write(head + body)


MODES: dict[str, Behaviour] = {
    behave.__name__.replace("_", "-"): behave
    for behave in (
        slow_head, slow_body, endless_body, endless_head, half_a_body, wrong_length, two_lengths, early_close, silence,
        garbage, bomb, redirect, error_page, wrong_answer, wait_for_ever,
    )
}  # fmt: skip


def say(word: str) -> None:
    """A line for whoever started this process."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def server_of(mode: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """What a port does with each connection: reads one head, says so, and misbehaves."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            say(mode)
            await MODES[mode](reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    return serve


async def main(wanted: list[str]) -> None:
    """Listen until killed."""
    for each in wanted:
        mode, _, port = each.partition("=")
        await asyncio.start_server(server_of(mode), "127.0.0.1", int(port))
    say("ready")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
