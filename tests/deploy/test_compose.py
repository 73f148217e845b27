# SPDX-License-Identifier: AGPL-3.0-or-later
"""deploy/compose.yaml: what it must hold. That an engine likes it is not shown here."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ringtausch_node.serving import ServingLimits
from tests.house.tree import ROOT

DEPLOY = ROOT / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module", name="compose")
def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(TEXT)
    return found


def doubled(node: Any) -> Iterator[str]:
    """Keys that stand twice in one mapping: YAML keeps the last and says nothing."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        yield from (key for key in set(keys) if keys.count(key) > 1)
        for _, value in node.value:
            yield from doubled(value)


def test_nothing_is_said_twice() -> None:
    assert [] == list(doubled(yaml.compose(TEXT)))
    assert ["a"] == list(doubled(yaml.compose("x: {a: 1, a: 2}")))


@pytest.mark.parametrize("name", ["node", "caddy"])
def test_a_service_can_do_little(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]

    assert service["read_only"] is True
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert all({"noexec", "nosuid", "nodev"} <= set(place.split(":")[1].split(",")) for place in service["tmpfs"])
    assert {"mem_limit", "pids_limit", "restart", "logging"} <= set(service)
    assert not {"privileged", "pid", "ipc", "network_mode", "devices"} & set(service)
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])


def test_only_caddy_is_reached_from_outside(compose: dict[str, Any]) -> None:
    assert "ports" not in compose["services"]["node"]
    assert ["80:80", "443:443", "443:443/udp"] == compose["services"]["caddy"]["ports"]


def test_the_node_is_nobody_and_writes_in_one_place(compose: dict[str, Any]) -> None:
    node = compose["services"]["node"]
    assert "8470:8470" == node["user"]
    assert ["./data:/data"] == node["volumes"]
    assert (DEPLOY / node["build"]["context"] / node["build"]["dockerfile"]).is_file()


def test_the_node_gets_the_time_it_needs_to_stop(compose: dict[str, Any]) -> None:
    grace = compose["services"]["node"]["stop_grace_period"]
    assert ServingLimits().stop_seconds * 2 < int(grace.removesuffix("s"))


def test_the_node_may_open_more_files_than_connections(compose: dict[str, Any]) -> None:
    assert ServingLimits().connections * 2 < compose["services"]["node"]["ulimits"]["nofile"]


def test_caddy_has_the_address_that_the_pages_tell_to_believe(compose: dict[str, Any]) -> None:
    address = compose["services"]["caddy"]["networks"]["ring"]["ipv4_address"]
    other = compose["services"]["node"]["networks"]["ring"]["ipv4_address"]
    (network,) = compose["networks"]["ring"]["ipam"]["config"]

    assert all(ipaddress.ip_address(each) in ipaddress.ip_network(network["subnet"]) for each in (address, other))
    assert address != other
    for page in ("README.md", "config.example.toml"):
        assert f'["{address}"]' in (DEPLOY / page).read_text(encoding="utf-8")


def test_every_volume_and_file_named_is_there(compose: dict[str, Any]) -> None:
    named = [place.split(":")[0] for service in compose["services"].values() for place in service["volumes"]]

    assert sorted(compose["volumes"]) == sorted(name for name in named if not name.startswith("."))
    assert ["./Caddyfile", "./data"] == sorted(name for name in named if name.startswith("."))
    assert (DEPLOY / "Caddyfile").is_file()
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/deploy/data/", "/deploy/.env"} <= set(ignored), "a ring in the checkout must never be committed"


def test_images_have_versions(compose: dict[str, Any]) -> None:
    assert "ringtausch" == compose["services"]["node"]["image"]
    assert re.fullmatch(r"docker\.io/library/caddy:\d+\.\d+-alpine", compose["services"]["caddy"]["image"])


def test_caddy_is_told_what_its_file_asks_for(compose: dict[str, Any]) -> None:
    asked = set(re.findall(r"\{\$([A-Z_]+)", (DEPLOY / "Caddyfile").read_text(encoding="utf-8")))
    assert asked == set(compose["services"]["caddy"]["environment"])
