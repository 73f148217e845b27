# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from ringtausch_node.rates import Rates, neighbour


class StillClock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def now(self) -> int:
        return int(self.at)

    def monotonic(self) -> float:
        return self.at


def test_a_burst_passes_and_the_next_waits() -> None:
    clock = StillClock()
    rates = Rates(clock, per_second=2.0, burst=5.0)
    assert [0.0] * 5 == [rates.take("a") for _ in range(5)]
    assert 0.5 == rates.take("a")


def test_a_bucket_refills_with_time_and_no_further_than_its_burst() -> None:
    clock = StillClock()
    rates = Rates(clock, per_second=2.0, burst=2.0)
    rates.take("a"), rates.take("a")
    clock.at += 0.5
    assert rates.take("a") == 0.0
    assert rates.take("a") > 0.0
    clock.at += 3_600.0
    assert [True, True, False] == [rates.take("a") == 0.0 for _ in range(3)]


def test_a_refused_request_costs_nothing() -> None:
    clock = StillClock()
    rates = Rates(clock, per_second=1.0, burst=1.0)
    rates.take("a")
    for _ in range(100):
        rates.take("a")
    clock.at += 1.0
    assert rates.take("a") == 0.0


def test_keys_do_not_share_a_bucket() -> None:
    rates = Rates(StillClock(), per_second=1.0, burst=1.0)
    assert rates.take("a") == 0.0
    assert rates.take("b") == 0.0


def test_a_charge_empties_a_bucket_but_never_for_longer_than_it_takes_to_fill() -> None:
    clock = StillClock()
    rates = Rates(clock, per_second=1.0, burst=10.0)
    rates.charge("a", 1_000_000.0)
    assert rates.is_empty("a")
    clock.at += 1.0
    assert not rates.is_empty("a")


def test_memory_is_bounded_and_the_longest_silent_is_forgotten() -> None:
    clock = StillClock()
    rates = Rates(clock, per_second=1.0, burst=1.0, keys_max=10)
    rates.take("busy")
    for number in range(9):
        rates.take(str(number))
    rates.take("0", 0.0)
    rates.charge("busy", 1.0)
    for number in range(5):
        rates.take(f"new {number}")
    assert 10 == len(rates)
    assert rates.take("busy") > 0.0


def test_an_ipv6_network_is_one_neighbour() -> None:
    assert neighbour("2001:db9::1") == neighbour("2001:db9::ffff:2")
    assert neighbour("2001:db9::1") != neighbour("2001:db9:0:1::1")


def test_an_ipv4_address_in_ipv6_clothes_is_the_ipv4_address() -> None:
    assert "192.0.2.7" == neighbour("::ffff:192.0.2.7") == neighbour("192.0.2.7")


def test_a_zone_or_nonsense_is_a_key_too() -> None:
    assert "fe80::/64" == neighbour("fe80::1%eth0")
    assert "no:address" == neighbour("no:address")
