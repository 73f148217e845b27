# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the operator's socket can do, kept by hand: a new operation is a decision."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.app import build_control
from ringtausch_node.control.operations import OPERATIONS, carry_out
from ringtausch_node.errors import LocalError

NAMES = (Path(__file__).parent / "operations.txt").read_text().split()


def test_the_operations_are_those_of_the_table() -> None:
    assert sorted(NAMES) == sorted(OPERATIONS)


def test_the_socket_has_one_door(ring: Ring) -> None:
    routes = {(route.method, route.resource.canonical) for route in build_control(ring).router.routes() if
              route.resource is not None}  # fmt: skip
    assert {("POST", "/{operation}")} == routes


@pytest.mark.parametrize("name", NAMES)
async def test_what_an_operation_does_not_know_it_refuses(ring: Ring, name: str) -> None:
    for data in (b"", b"null", b"[]", b'{"nonsense":1}', b"\xff", b"{" * 10_000, msgspec.json.encode({"__class__": 1})):
        with pytest.raises(LocalError, match="usage"):
            await carry_out(ring, name, data)
