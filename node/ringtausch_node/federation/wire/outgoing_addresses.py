# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which addresses this node calls: public ones, and no others (OWASP: server-side request forgery).

A peer's URL is written by strangers. Everything that leads back into our own house is refused: private, loopback and
link-local networks, IPv4 in any of the clothes that IPv6 has for it, and all that is no ordinary unicast address.
"""

from __future__ import annotations

import ipaddress

#: IANA IPv4 Special-Purpose Address Registry, multicast, reserved.
_NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local: the metadata service of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, given up
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
#: All that is given out as IPv6 unicast today. Outside it lie loopback, mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96,
#: 64:ff9b:1::/48), discard, unique local, link-local, site-local, multicast, and what nobody has defined.
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo (2001::/32), benchmarks, ORCHID, AMT
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address inside
        "3fff::/20",  # documentation
    )
)
#: Interface ids that carry an IPv4 address: ISATAP (RFC 5214), whatever network stands before them.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(text: str) -> bool:
    """Whether an address, written the one usual way, is one that the public internet routes to a single machine.

    Odd ways to write addresses (0x7f.1, 127.1, 2130706433, leading zeros, zones) are not public: nobody needs them.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None or address not in _UNICAST_V6:
        return False
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return not any(address in network for network in _NOT_PUBLIC_V6)


def is_literal(host: str) -> bool:
    """Whether a host of a URL is, or is meant as, an address instead of a name (WHATWG URL: "ends in a number")."""
    if ":" in host or "%" in host:
        return True
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdecimal() or last.startswith("0x")
