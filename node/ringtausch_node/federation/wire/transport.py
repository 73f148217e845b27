# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only HTTP that this node sends to other rings. What stands in a URL was written by somebody else.

Names are resolved once, every answer is checked, and the socket goes to a checked address: a name that changes its mind
between check and connect finds nobody. Answers are bounded in bytes and time, never followed, never unpacked.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol, TypeAlias
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ringtausch_node.errors import RemoteError
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.outgoing_addresses import is_literal, is_public
from ringtausch_protocol.addresses import folder_of, is_ring_url

#: Connections to all rings, and to one: a sender has one request in flight, quotes and hellos come beside it.
CONNECTIONS = 128
CONNECTIONS_PER_RING = 4
#: An idle line closes before the other side's 15 s are over, so that no request meets a closing connection.
KEEP_ALIVE_SECONDS = 10.0
#: Addresses of one name that are tried.
ADDRESSES_MAX = 4
#: Header line of an answer, each header.
HEADER_BYTES = 8 * 1024
#: Ports below this that belong to other services (mail, databases of old, ...), except https itself.
_SYSTEM_PORTS, _HTTPS = 1024, 443
_REDIRECTS = range(300, 400)
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "ringtausch"}
#: Messages of the channel are canonical JSON; what C2SP defines is text.
JSON: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json", "Accept": "application/json"})
TEXT: Mapping[str, str] = MappingProxyType({"Content-Type": "text/plain; charset=utf-8"})

#: From (host, port) to addresses; the operating system's resolver unless a test brings its own.
Lookup: TypeAlias = Callable[[str, int], Awaitable[list[str]]]


class Request(NamedTuple):
    """What is asked of another ring: `path` beneath its URL, a body for POST, headers beside those of every request."""

    method: Literal["GET", "POST"]
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = MappingProxyType({})


class Transport(Protocol):
    """How a ring sends to another; the simulator brings its own."""

    async def post(self, url: str, path: str, body: bytes, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """POST `body` to `path` at the ring's `url`. -> the answer, whatever its status, of at most `limit_bytes`.

        Raises RemoteError: unreachable (nobody there, too slow, an address we do not call), bad_answer (redirect,
        packed, not HTTP), too_large.
        """
        ...

    async def send(self, url: str, request: Request, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """Any other request to the ring at `url`. -> as `post`, and raises the same."""
        ...

    async def addresses(self, url: str) -> frozenset[str]:
        """The addresses to which a ring's `url` leads; empty where nobody knows, or where they say nothing."""
        ...


class HttpTransport:
    """HTTPS to public addresses. `allow_private` is for demo and tests: http, and machines of the own network."""

    def __init__(
        self, *, allow_private: bool = False, lookup: Lookup | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._allow_private = allow_private
        self._lookup = lookup or look_up
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, path: str, body: bytes, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """See `Transport`."""
        request = Request("POST", path, body, JSON)
        return await self.send(url, request, limit_bytes=limit_bytes, timeout_seconds=timeout_seconds)

    async def send(self, url: str, request: Request, *, limit_bytes: int, timeout_seconds: float) -> Reply:
        """See `Transport`."""
        target = self._target(url, request.path)
        session, headers = self._opened(), {**_HEADERS, **request.headers}
        data = request.body if request.method == "POST" else None
        try:
            async with (
                asyncio.timeout(timeout_seconds),
                session.request(request.method, target, data=data, headers=headers, allow_redirects=False) as response,
            ):
                return await self._read(response, limit_bytes)
        except TimeoutError:
            raise RemoteError("unreachable", "no answer in time") from None
        except aiohttp.ClientSSLError:
            raise RemoteError("unreachable", "its certificate cannot be verified") from None
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError):
            raise RemoteError("bad_answer", "the answer is not well-formed HTTP") from None
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise RemoteError("unreachable", _reason(error)) from None
        except (aiohttp.ClientError, ValueError):
            raise RemoteError("bad_answer", "the exchange failed") from None

    async def addresses(self, url: str) -> frozenset[str]:
        """See `Transport`. In demo and tests all rings stand on one machine, and that says nothing."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or _HTTPS
        except ValueError:
            return frozenset()
        return frozenset() if self._allow_private or not host else frozenset(await self._lookup(host, port))

    async def close(self) -> None:
        """Close all connections. A later `post` opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """The session, made at first use: it belongs to the running loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=_CheckedResolver(self._lookup, allow_private=self._allow_private), use_dns_cache=False,
                limit=CONNECTIONS, limit_per_host=CONNECTIONS_PER_RING, keepalive_timeout=KEEP_ALIVE_SECONDS,
                ssl=True if self._tls is None else self._tls, socket_factory=self._open_socket,
            )  # fmt: skip
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None), max_line_size=HEADER_BYTES, max_field_size=HEADER_BYTES,
            )  # fmt: skip
        return self._session

    def _open_socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """The last gate: every socket, also for an address that stood in the URL itself, passes here."""
        family, kind, proto, _, address = info
        if not self._allow_private and not is_public(str(address[0])):
            raise OSError(_NOT_PUBLIC)
        opened = socket.socket(family=family, type=kind, proto=proto)
        opened.setblocking(False)  # noqa: FBT003 - the name of the argument is in the method's
        return opened

    def _target(self, url: str, path: str) -> URL:
        """The URL to post to. Raises RemoteError('unreachable') for one that we do not call."""
        if not is_ring_url(url):
            raise RemoteError("unreachable", "its URL must be https://HOST[:PORT][/FOLDER]")
        parts = urlsplit(url)
        if problem := self._problem(parts):  # looked at first: some of the others yarl ends over
            raise RemoteError("unreachable", problem)
        try:
            return URL(f"{parts.scheme}://{parts.netloc}{folder_of(url)}{path}", encoded=True)
        except ValueError:
            raise RemoteError("unreachable", "its URL cannot be read") from None

    def _problem(self, parts: SplitResult) -> str:
        """Why the URL of a ring is not called; empty if it is."""
        host, port = str(parts.hostname), parts.port
        if self._allow_private:
            return ""
        if parts.scheme != "https":
            return "its URL must begin with https://"
        if port is not None and port < _SYSTEM_PORTS and port != _HTTPS:
            return "its port belongs to other services"
        return _NOT_PUBLIC if is_literal(host) and not is_public(host) else ""

    async def _read(self, response: aiohttp.ClientResponse, limit_bytes: int) -> Reply:
        if response.status in _REDIRECTS:
            raise RemoteError("bad_answer", "redirects are not followed")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise RemoteError("bad_answer", "the answer is packed")
        if (response.content_length or 0) > limit_bytes:
            response.close()
            raise _too_large(limit_bytes)
        body = bytearray()
        while chunk := await response.content.readany():
            body += chunk
            if len(body) > limit_bytes:
                response.close()
                raise _too_large(limit_bytes)
        return Reply(response.status, bytes(body), dict(response.headers))


class _CheckedResolver(AbstractResolver):
    """Looks a name up once and refuses it if any of its addresses is not public."""

    def __init__(self, lookup: Lookup, *, allow_private: bool) -> None:
        self._lookup, self._allow_private = lookup, allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await self._lookup(host, port)
        if not addresses:
            raise OSError("its name is not known")
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise OSError(_NOT_PUBLIC)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, proto=0, flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
            )
            for address in addresses[:ADDRESSES_MAX]
        ]  # fmt: skip

    async def close(self) -> None:
        """Nothing is kept."""


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, by the operating system's resolver."""
    loop = asyncio.get_running_loop()
    found: list[str] = []
    with contextlib.suppress(socket.gaierror):
        for _, _, _, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            found.append(str(address[0]))
    return found


_NOT_PUBLIC = "its address is not public"
_OUR_REASONS = (_NOT_PUBLIC, "its name is not known")


def _reason(error: BaseException | None) -> str:
    """One of our own reasons if it stands behind an error of the client; its other words may name anything."""
    while error is not None:
        if str(error) in _OUR_REASONS:
            return str(error)
        error = error.__cause__ or error.__context__
    return "no connection"


def _too_large(limit_bytes: int) -> RemoteError:
    return RemoteError("too_large", f"more than {limit_bytes} bytes")
