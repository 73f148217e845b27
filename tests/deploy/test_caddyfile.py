# SPDX-License-Identifier: AGPL-3.0-or-later
"""deploy/Caddyfile: it lets through what the node answers, and its limits fit the node's."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from ringtausch_node.config import Config
from ringtausch_node.peer_api.app import MESSAGES
from ringtausch_node.serving import ServingLimits
from ringtausch_protocol import limits
from tests.house.tree import ROOT

TEXT = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
LINES = [line.strip() for line in TEXT.splitlines() if line.strip() and not line.strip().startswith("#")]
ROUTES = [
    line.split()
    for room in ("api", "peer_api")
    for line in (ROOT / "tests" / room / "routes.txt").read_text(encoding="utf-8").splitlines()
]


def value(name: str) -> str:
    """What stands behind a directive that is there once."""
    (found,) = [line.split(maxsplit=1)[1] for line in LINES if line.startswith(f"{name} ")]
    return found


def seconds(name: str) -> float:
    """A directive that is a number of seconds."""
    return float(value(name).removesuffix("s"))


def paths() -> list[str]:
    """The patterns of the matcher of the node."""
    kind, *found = value("@node").split()
    assert "path" == kind
    return found


def is_passed(path: str) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in paths())


def test_blocks_are_closed() -> None:
    depth = 0
    for line in LINES:
        depth += line.endswith("{")
        depth -= line == "}"
        assert 0 <= depth
    assert 0 == depth


def test_every_route_of_the_node_is_passed_on() -> None:
    found = {row[1] for row in ROUTES} | {f"/peer/v1/{name}" for name in MESSAGES} | {"/.well-known/ringtausch"}

    assert len(found) > 10
    assert [] == sorted(path for path in found if not is_passed(path))


def test_nothing_else_is() -> None:
    others = ["/", "/metrics", "/healthz", "/control", "/.well-known/other", "/.env", "/apis", "/peers"]
    assert [] == [path for path in others if is_passed(path)]
    assert LINES[-5:-2] == ["handle {", "respond 404", "}"]


def test_messages_of_the_allowed_size_reach_the_node() -> None:
    """Far larger ones do not: from seven digits of Content-Length on, and from a megabyte where there is none."""
    assert "1MB" == value("max_size")
    assert limits.REQUEST_BYTES < 1_000_000
    pattern = value("@huge").split()
    assert ["header_regexp", "Content-Length"] == pattern[:2]
    assert re.fullmatch(pattern[2], "1000000")
    assert not re.fullmatch(pattern[2], "999999")


def test_times_fit_those_of_the_node() -> None:
    node = ServingLimits()
    assert node.head_seconds == seconds("read_header")
    assert node.body_seconds == seconds("read_body")
    assert seconds("keepalive") < node.keep_alive_seconds
    assert seconds("response_header_timeout") + seconds("read_body") < seconds("write")


def test_the_node_has_room_for_all_connections_of_caddy() -> None:
    assert int(value("max_conns_per_host")) < ServingLimits().connections


def test_the_node_is_looked_for_where_it_listens() -> None:
    default = Config(address="eiche.example", name="Eiche").listen
    assert value("reverse_proxy") == f"{{$NODE:{default}}} {{"


def test_headers_stay_as_they_are() -> None:
    """The Host header chooses the ring; X-Forwarded-For is Caddy's own where no proxy is trusted."""
    assert [] == [line for line in LINES if re.match(r"header_up|trusted_proxies|encode\b", line)]
