# SPDX-License-Identifier: AGPL-3.0-or-later
"""The doors for other rings, kept by hand: who opens one does it twice, and says what lets a ring in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringtausch_node import peer_api
from ringtausch_node.bootstrap import found_ring, open_ring
from ringtausch_node.config import Config
from ringtausch_protocol.advert_bodies import AdvertsAsk
from ringtausch_protocol.posts import Post, Recover
from ringtausch_protocol.requests import Ask, PeeringAsk, QuoteAsk
from ringtausch_protocol.reset_bodies import ResetAsk

TABLE = [line.split() for line in (Path(__file__).parent / "routes.txt").read_text().splitlines()]
#: What lets a ring in, and the field in which it says so.
BODIES = {"frames": Post, "recover": Recover, "quote": QuoteAsk, "peering": PeeringAsk, "hello": Ask,
          "reset": ResetAsk, "adverts": AdvertsAsk}  # fmt: skip


async def test_the_routes_are_those_of_the_table(tmp_path: Path) -> None:
    found_ring(tmp_path / "oak", Config(address="oak.example", name="Oak", net="test", allow_private_addresses=True))
    ring = await open_ring(tmp_path / "oak")
    try:
        routes = peer_api.build_app(ring).routes
    finally:
        await ring.close()
    assert sorted((method, path) for method, path, _ in TABLE) == sorted((each.method, each.path) for each in routes)


@pytest.mark.parametrize(("path", "door"), [(path, door) for _, path, door in TABLE if path.startswith("/peer/")])
def test_what_lets_a_ring_in_stands_in_the_body(path: str, door: str) -> None:
    fields = set(BODIES[path.rpartition("/")[2]].__struct_fields__)
    assert (door in fields) == (door in {"token", "secret"})
