# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_node.federation.wire.outgoing_addresses import is_literal, is_public

HOSTILE = [
    # IPv4: own machine, own house, clouds, carrier, tests, multicast, reserved
    "0.0.0.0",  # noqa: S104 - nobody listens here
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
    "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # IPv6: own machine, own house, multicast
    "::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1", "100::1", "5f00::1",
    "2001:db8::1", "3fff::1", "2001:2::1", "2001:10::1", "2001:20::1",
    # IPv4 in IPv6 clothes: mapped, compatible, translated, NAT64, local NAT64, 6to4, Teredo, ISATAP
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b::808:808", "64:ff9b:1::a00:1", "64:ff9b:1:ffff::1",
    "2002:7f00:1::1", "2002:a9fe:a9fe::", "2002:808:808::1", "2001:0:7f00:1::", "2001::1",
    "2a00:1450::5efe:127.0.0.1", "2a00:1450::200:5efe:a00:1",
    # odd ways to write
    "0x7f.1", "0x7f000001", "127.1", "127.0.1", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.01", "8.8.8.08",
    "1.2.3", "1.2.3.4.", " 8.8.8.8", "8.8.8.8 ", "8.8.8.8/32", "8.8.8.8:80", "[2a00:1450::1]", "2a00:1450::1%eth0",
    "fe80::1%1", "1.2.3.4%0", "\uff18.8.8.8", "", "localhost", "metadata.google.internal", "::ffff:127.1", "1::2::3",
]  # fmt: skip

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
    "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0",
    "223.255.255.255", "2a00:1450:4001:800::200e", "2600::1", "2001:4860:4860::8888", "2001:200::1", "2003::1",
]  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE)
def test_a_hostile_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public(address)


def test_enough_hostile_addresses_are_tried() -> None:
    assert len(set(HOSTILE)) >= 80


@given(st.ip_addresses(v=4))
def test_nothing_is_public_that_python_calls_private_or_special(address: ipaddress.IPv4Address) -> None:
    special = (
        address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
        or address.is_reserved or address.is_unspecified
    )  # fmt: skip
    assert not (special and is_public(str(address)))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_public_in_ipv6_clothes(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    clothes = [
        number,
        0xFFFF << 32 | number,
        0x64FF9B << 96 | number,
        0x2002 << 112 | number << 80,
        0x2001 << 112 | number,
    ]
    for dressed in clothes:
        assert not is_public(str(ipaddress.IPv6Address(dressed)))


@given(st.text(max_size=40))
def test_no_text_breaks_the_filter(text: str) -> None:
    is_public(text)
    is_literal(text)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "::1",
        "0x7f.1",
        "0X7F000001",
        "127.1",
        "2130706433",
        "1.2.3.4.",
        "a.b.0x1",
        "fe80::1%1",
        "example.1",
    ],
)
def test_a_host_that_ends_in_a_number_is_meant_as_an_address(host: str) -> None:
    assert is_literal(host)


@pytest.mark.parametrize(
    "host", ["oak.example", "x1.example", "127.0.0.1.example", "localhost", "xn--bcher-kva.example"]
)
def test_a_name_is_a_name(host: str) -> None:
    assert not is_literal(host)
