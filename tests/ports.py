# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ports of loopback for rings that are founded before they listen: their cards and settings name one."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

#: None of those that the kernel gives to connections (from 32 768 on), which might take one meanwhile.
_PORTS = range(10_000, 32_000)
_given: set[int] = set()


def free_port() -> int:
    """A port on which nobody listens now, and which nobody here was given before: two rings of one test never meet."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as asked, suppress(OSError):
            asked.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port
