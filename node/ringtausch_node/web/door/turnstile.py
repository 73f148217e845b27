# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often somebody may try to come in: by the address that asks, and by the name that is tried.

Whoever guesses at one name from many addresses must not lock its owner out. So a name that was tried too often takes no
password any more, which could be guessed, but still a code of 40 bits, which could not; and the owner's own devices,
which were signed in before, are asked as ever.
"""

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

    def verify(self, address: str) -> None:
        """Raises Busy where too many tries of this address went wrong."""
        self._stop(self._by_address.wait(address))

    def verify_both(self, address: str, name: str) -> None:
        """The same, also where too many asked for this name: for what nobody needs twice in a minute."""
        self._stop(max(self._by_address.wait(address), self._by_name.wait(_key(name))))

    def is_braked(self, name: str) -> bool:
        """Whether too many tries for this name went wrong, from wherever."""
        return self._by_name.is_empty(_key(name))

    def charge(self, address: str, name: str) -> None:
        """A try went wrong."""
        self._by_address.charge(address, 1.0)
        self._by_name.charge(_key(name), 1.0)

    @staticmethod
    def _stop(wait_seconds: float) -> None:
        if wait_seconds:
            raise Busy(wait_seconds)


def _key(name: str) -> str:
    return name.strip().lower()[:_NAME_LENGTH]
