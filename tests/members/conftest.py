# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring with people in every relation to one another, and how a test asks them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.clock import SystemClock
from ringtausch_node.config import Config
from ringtausch_node.errors import LocalError
from ringtausch_node.members import OPERATOR, Actor
from ringtausch_node.payments.model import PaymentView, PayRequest

HOUR = 3_600


class HandClock(SystemClock):
    """The machine's clock, moved by hand."""

    ahead_seconds = 0

    def now(self) -> int:
        """Unix seconds, as far ahead as was asked."""
        return super().now() + self.ahead_seconds


@dataclass
class Village:
    """One ring and the accesses of its people."""

    ring: Ring
    clock: HandClock
    tokens: dict[str, str] = field(default_factory=dict)

    async def join(self, handle: str, role: str = "member", account_of: str | None = None) -> None:
        """A new member with an access."""
        await self.ring.members.add(handle, handle.title(), role, account_of=account_of)
        self.tokens[handle] = await self.ring.members.token(handle)

    async def actor(self, who: str) -> Actor:
        """Who asks, as his access says."""
        return OPERATOR if who == "(operator)" else await self.ring.members.authenticate(self.tokens[who])

    async def pay(self, who: str, payer: str, payee: str, seconds: int = 60, id_: str | None = None) -> PaymentView:
        """A payment ordered by `who`."""
        return await self.ring.payments.pay(PayRequest(id_, payer, payee, seconds, "memo"), await self.actor(who))

    async def balance(self, handle: str) -> int:
        """A balance in seconds."""
        return (await self.ring.accounts.account(handle, OPERATOR)).balance_seconds

    async def states(self) -> dict[str, str]:
        """The state of everybody."""
        return {each.handle: each.state for each in await self.ring.members.list()}


async def code_of(action: Awaitable[Any]) -> str:
    """The code with which something is refused; "" where it is done."""
    try:
        await action
    except LocalError as error:
        return error.code
    return ""


Code = Callable[[Awaitable[Any]], Awaitable[str]]


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Village]:
    """A ring without anybody."""
    found_ring(tmp_path / "oak", Config(address="oak.example", name="Oak", net="test", url="https://oak.example"))
    clock = HandClock()
    ring = await open_ring(tmp_path / "oak", clock=clock)
    yield Village(ring, clock)
    await ring.close()


@pytest.fixture
async def oak(empty: Village) -> Village:
    """Erna with Hans on her account and Karin as helper; Ben beside them; an office, an auditor, an operator."""
    for handle, role, account_of in (
        ("erna", "member", None), ("hans", "member", "erna"), ("karin", "member", None), ("ben", "member", None),
        ("büro", "office", None), ("otto", "operator", None), ("rita", "auditor", None), ("rolf", "auditor", "erna"),
    ):  # fmt: skip
        await empty.join(handle, role, account_of)
    await empty.ring.members.helping.grant("karin", "erna")
    return empty
