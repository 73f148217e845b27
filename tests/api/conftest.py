# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real ring with three members, an office and an auditor, served on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_node import api
from ringtausch_node.api import ApiLimits
from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.config import Config
from tests.serving.wire import Heard, ask, listening

HOUR = 3_600
ID = "AAAAAAAAAAAAAAAAAAAAAA"


@dataclass
class Api:
    """The API as a member's program meets it."""

    ring: Ring
    port: int
    tokens: dict[str, str] = field(default_factory=dict)

    def headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json"}

    async def get(self, path: str, who: str = "alma", headers: Mapping[str, str] | None = None) -> Heard:
        return await ask(self.port, "GET", path, {**self.headers(who), **(headers or {})})

    async def post(self, path: str, body: object = None, who: str = "alma") -> Heard:
        data = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        return await ask(self.port, "POST", path, self.headers(who), data)

    async def pay(self, who: str = "alma", **changes: object) -> Heard:
        return await self.post("/api/v1/payments", wish(**changes), who)


def wish(**changes: object) -> dict[str, Any]:
    """A payment that works, and what a test wants to be different; None leaves a field out."""
    fields = {"payment_id": ID, "from": "alma", "to": "ben", "amount_seconds": HOUR, "memo": "Äpfel", **changes}
    return {name: value for name, value in fields.items() if value is not None}


@pytest.fixture
async def ring(tmp_path: Path) -> AsyncIterator[Ring]:
    found_ring(tmp_path / "oak", Config(address="oak.example", name="Oak", net="test", allow_private_addresses=True))
    opened = await open_ring(tmp_path / "oak")
    yield opened
    await opened.close()


@pytest.fixture
async def oak(ring: Ring) -> AsyncIterator[Api]:
    app = api.build_app(ring, ApiLimits(strangers_per_second=0.01, strangers_burst=20.0, per_member_burst=200.0))
    async with listening(app) as port:
        served = Api(ring, port)
        for handle, role in (("alma", "member"), ("ben", "member"), ("cleo", "member"), ("büro", "office"),
                             ("rita", "auditor")):  # fmt: skip
            await ring.members.add(handle, handle.title(), role)
            served.tokens[handle] = await ring.members.token(handle)
        yield served
