# SPDX-License-Identifier: AGPL-3.0-or-later
"""Token buckets in bounded memory: how often an address, a member or a peer may ask."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

from ringtausch_node.clock import Clock
from ringtausch_node.errors import RemoteError

#: Keys remembered by one table of buckets; about 200 bytes each, so 2 MB at most.
KEYS_MAX = 10_000
#: A household or a rented machine gets a whole IPv6 /64: the addresses in it are one neighbour.
_V6_PREFIX = 64


class Rates:
    """A bucket for each key: `burst` requests at once, `per_second` in the long run.

    A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm of ATM Forum
    TM 4.0): no timer refills anything, and a full bucket is the same as none. Where there are too many keys, the one
    that was longest silent is forgotten: the most it can gain is one burst.
    """

    def __init__(self, clock: Clock, *, per_second: float, burst: float, keys_max: int = KEYS_MAX) -> None:
        self._clock = clock
        self._interval = 1.0 / per_second
        self._tolerance = burst / per_second
        self._keys_max = keys_max
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, cost: float = 1.0) -> float:
        """Take `cost` out of a bucket. -> 0.0 if it was there, else the seconds to wait; then nothing is taken."""
        wait = self.wait(key, cost)
        if wait == 0.0:
            self._store(key, self._after(key, cost))
        return wait

    def wait(self, key: str, cost: float = 1.0) -> float:
        """Seconds until `cost` is in a bucket; 0.0 if it is there now. Looking costs nothing."""
        wait = self._after(key, cost) - self._clock.monotonic() - self._tolerance
        return wait if wait > 1e-9 else 0.0  # sums of floats: an exactly full bucket must not refuse its last request

    def charge(self, key: str, cost: float) -> None:
        """Take `cost` out of a bucket that may then be empty for a while: for what turned out to be a nuisance."""
        self._store(key, min(self._after(key, cost), self._clock.monotonic() + self._tolerance))

    def is_empty(self, key: str) -> bool:
        """Whether a bucket has less than one request left; looking costs nothing."""
        return self.wait(key) > 0.0

    def _after(self, key: str, cost: float) -> float:
        """When a bucket would be full again if `cost` were taken now."""
        now = self._clock.monotonic()
        return max(self._full_at.get(key, now), now) + cost * self._interval

    def _store(self, key: str, full_at: float) -> None:
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._keys_max:
            self._full_at.popitem(last=False)

    def __len__(self) -> int:
        return len(self._full_at)


class Busy(RemoteError):
    """Too many requests of one asker: come again in so many seconds."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__("too_many_requests")
        self.retry_after_seconds = int(wait_seconds) + 1


def neighbour(remote: str) -> str:
    """The key of a remote address: itself, or its /64 for IPv6; an IPv4 address in IPv6 clothes is the IPv4 one."""
    if ":" not in remote:
        return remote
    try:
        address = ipaddress.IPv6Address(remote.partition("%")[0])
    except ValueError:
        return remote
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> _V6_PREFIX << _V6_PREFIX, _V6_PREFIX)))
