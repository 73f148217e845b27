# SPDX-License-Identifier: AGPL-3.0-or-later
"""deploy/Caddyfile: it lets through what the node answers, and its limits fit the node's."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from ringtausch_node.config import Config
from ringtausch_node.serving import ServingLimits
from ringtausch_protocol import limits
from tests.house.tree import ROOT

TEXT = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
LINES = [line.strip() for line in TEXT.splitlines() if line.strip() and not line.strip().startswith("#")]


def value(name: str) -> str:
    """What stands behind a directive that is there once."""
    (found,) = [line.split(maxsplit=1)[1] for line in LINES if line.startswith(f"{name} ")]
    return found


def seconds(name: str) -> float:
    """A directive that is a number of seconds."""
    return float(value(name).removesuffix("s"))


def test_blocks_are_closed() -> None:
    depth = 0
    for line in LINES:
        depth += line.endswith("{")
        depth -= line == "}"
        assert 0 <= depth
    assert 0 == depth


def test_pages_and_all_else_are_passed_on() -> None:
    """One `handle` with a matcher, for what is too large; all that is left goes to the node, which knows its routes."""
    lines = LINES[LINES.index("{$RING_HOST} {") :]
    handles = [line for line in lines if line.startswith("handle")]
    assert ["handle @huge {", "handle {"] == handles
    assert [] != [line for line in lines[lines.index("handle {") :] if line.startswith("reverse_proxy ")]
    assert ["respond 413"] == [line for line in lines if line.startswith(("respond", "redir", "error", "abort"))]


def test_without_tls_people_are_led_on_and_programs_and_rings_are_refused() -> None:
    lines = LINES[LINES.index("http:// {") : LINES.index("{$RING_HOST} {")]
    assert "auto_https disable_redirects" in LINES
    assert ["redir https://{host}{uri} 308", 'respond "Only https." 403'] == [
        line for line in lines if line.startswith(("respond", "redir", "error", "abort"))
    ]
    assert lines.index("handle @page {") < lines.index("redir https://{host}{uri} 308") < lines.index("handle {")
    assert "method GET HEAD" in lines
    (patterns,) = [line.split()[2:] for line in lines if line.startswith("not path ")]

    def refused(table: str) -> set[bool]:
        return {any(fnmatchcase(path, each) for each in patterns) for path in paths(table)}

    assert [{False}, {True}, {True}] == [refused(table) for table in ("web", "api", "peer_api")]


def paths(door: str) -> list[str]:
    """The paths of a table of routes, which tests keep by hand."""
    table = ROOT / "tests" / door / "routes.txt"
    return [line.split()[1] for line in table.read_text(encoding="utf-8").splitlines()]


def test_messages_of_the_allowed_size_reach_the_node() -> None:
    """Far larger ones do not: from seven digits of Content-Length on, and from a megabyte where there is none."""
    assert "1MB" == value("max_size")
    assert limits.REQUEST_BYTES < 1_000_000
    name, pattern = value("header_regexp").split()
    assert "Content-Length" == name
    assert re.fullmatch(pattern, "1000000")
    assert not re.fullmatch(pattern, "999999")


def test_a_backup_that_is_tried_may_be_larger() -> None:
    path = "/betrieb/sicherung-pruefen"
    assert re.search(
        rf"^POST {path} ", (ROOT / "tests" / "web" / "routes.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [f"@other not path {path}", f"not path {path}"] == [line for line in LINES if line.endswith(path)]


def test_browsers_are_told_to_use_tls_for_a_year() -> None:
    assert 'Strict-Transport-Security "max-age=31536000"' == value("header")


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
