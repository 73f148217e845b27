# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often somebody may try to come in: by the address that asks, and by the name that is tried."""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.rates import Busy, Rates

#: The key of a name that is tried, so that long ones cost no memory.
_NAME_LENGTH = 64


class Turnstile:
    """The brakes at one ring's door."""

    def __init__(self, clock: Clock, *, per_second: float, per_address: float, per_name: float) -> None:
        self._by_address = Rates(clock, per_second=per_second, burst=per_address)
        self._by_name = Rates(clock, per_second=per_second, burst=per_name)

    def verify(self, address: str, name: str) -> None:
        """Raises Busy where there were too many tries that went wrong."""
        wait = max(self._by_address.wait(address), self._by_name.wait(_key(name)))
        if wait:
            raise Busy(wait)

    def charge(self, address: str, name: str) -> None:
        """A try went wrong."""
        self._by_address.charge(address, 1.0)
        self._by_name.charge(_key(name), 1.0)


def _key(name: str) -> str:
    return name.strip().lower()[:_NAME_LENGTH]
