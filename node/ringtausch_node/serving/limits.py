# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bounds of every HTTP connection that others open to us, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True, slots=True)
class ServingLimits:
    """Bounds of a `Server`; tests shorten the times."""

    #: From the first byte of a request (or the connection) to the end of its head: people on trains need 2 s.
    head_seconds: float = 10.0
    #: From the end of the head to the end of the body: 256 KiB at 13 KiB/s, slower than any line of today.
    body_seconds: float = 20.0
    #: An idle connection is kept for the next request of a page or a frame that follows.
    keep_alive_seconds: float = 15.0
    #: A client that does not read its answer is cut.
    write_seconds: float = 20.0
    #: After a refusal the rest of a body is swallowed, so that the client gets to read why.
    linger_seconds: float = 2.0
    #: Running requests may finish after the order to stop.
    stop_seconds: float = 10.0
    #: All connections of the process: below the 1024 open files of a Debian session, databases and peers included. Who
    #: comes when all are taken gets the place of the one that waited longest at the address with the most.
    connections: int = 800
    #: Of one address (IPv6: one /64); one hostile machine leaves most of the room to others.
    connections_per_address: int = 100
    #: Request line and each header; ours are below 300 bytes, a reverse proxy adds some.
    line_bytes: int = 4 * KIB
    field_bytes: int = 4 * KIB
    fields: int = 64
    #: Bytes of a body that wait in memory before its handler reads them.
    buffer_bytes: int = 16 * KIB
    #: Addresses of reverse proxies of our own, whose X-Forwarded-For is believed; many clients come through one.
    proxies: frozenset[str] = frozenset()
    #: Connections that the kernel keeps for us while we are busy.
    backlog: int = 128
