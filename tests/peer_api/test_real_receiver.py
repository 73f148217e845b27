# SPDX-License-Identifier: AGPL-3.0-or-later
"""The edge over a real ring: whatever a stranger posts is refused with a stable code, and never 5xx."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node import peer_api
from ringtausch_node.bootstrap import found_ring, open_ring
from ringtausch_node.config import Config
from ringtausch_node.peer_api import PeerLimits
from ringtausch_protocol import canonical
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.requests import Refusal
from tests.serving.wire import ask, listening

JSON = {"Content-Type": "application/json"}
ID, HASH, RING = "A" * 22, "A" * 43, "a" * 52
HAVE = f'{{"epoch":"{ID}","seq":0,"hash":"{HASH}"}}'
HOSTILE = [
    b"", b"null", b"{}", b"[]", b"1" * 5_000, b"\x00", b"\xff\xfe", b"{" * 1_000, b"[" * 100_000, b'{"a":' * 40_000,
    b'{"code":"gap"}', b'{"token":"x"}',
    f'{{"token":"{HASH}","have":{HAVE},"frames":[],"boxes":[],"notes":[]}}'.encode(),
    f'{{"token":"{HASH}","have":{HAVE},"frames":[],"boxes":[]}}'.encode(),
    f'{{"token":"{HASH}","have":{HAVE},"frames":[{{"header":{"[" * 5_000},"items":[]}}]'.encode(),
    f'{{"kind":"ask","net":"test","from":"{RING}","to":"{RING}"}}'.encode(),
    f'{{"token":"{HASH}","token":"{HASH}"}}'.encode(), b'{"token":"\\ud800"}', b'{"token":NaN}',
    b'{"secret":"' + b"A" * 200_000 + b'"}', b'{"n":' + b"9" * 100_000 + b"}",
]  # fmt: skip


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    found_ring(tmp_path / "oak", Config(address="oak.example", name="Oak", net="test", allow_private_addresses=True))
    ring = await open_ring(tmp_path / "oak")
    async with listening(peer_api.build_app(ring, PeerLimits(refused_cost=0.0, wrong_invitations=10_000.0))) as found:
        yield found
    await ring.close()


@pytest.mark.parametrize("name", peer_api.app.MESSAGES)
async def test_a_strangers_bytes_are_refused_with_a_code_of_the_table(port: int, name: str) -> None:
    for body in HOSTILE:
        heard = await ask(port, "POST", f"/peer/v1/{name}", JSON, body)
        code = canonical.parse(heard.body, Refusal, 1_000).code
        assert (CODES[code].status, True) == (heard.status, 400 <= heard.status < 500)


async def test_the_card_is_the_rings_own(port: int) -> None:
    heard = await ask(port, "GET", "/.well-known/ringtausch")
    assert (200, "application/vnd.ringtausch.ring-card.v1+json") == (heard.status, heard.json["payloadType"])
