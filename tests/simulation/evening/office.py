# SPDX-License-Identifier: AGPL-3.0-or-later
"""What evenings have in common: an account that may owe any amount, payments from it, and nodes that die."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from tests.simulation.chance import Options
from tests.simulation.nodes import Node
from tests.simulation.story import ended, payment_id
from tests.simulation.world import World

#: Who pays in the evening, and the most that this account may owe or have: more than all lines of a ring together.
HANDLE, MOST_SECONDS = "purse", 10_000_000
#: Deaths of an evening, and how likely one is at each step and commit of a node.
DEATHS_MAX, DEADLY = 2, 0.002


class Office:
    """The operators of all rings. `first`: number of the first payment of this evening."""

    def __init__(self, world: World, options: Options, first: int) -> None:
        self.world, self.options, self._next = world, options, first
        self._have: set[str] = set()

    async def pay(self, payer: str, payee: str, seconds: int) -> str:
        """From office to office. -> how it ended, or the code with which it was not taken or was refused."""
        for name in (payer, payee):
            await self._open_account(name)
        self._next += 1
        number = self._next
        request = PayRequest(payment_id(number), HANDLE, f"{HANDLE}@{payee}.example", seconds, "Abend")
        try:
            await self.world.insist(payer, lambda ring: ring.payments.pay(request, OPERATOR))
        except LocalError as error:
            return error.code
        view = await ended(self.world, payer, number)
        return view.code or view.state

    async def _open_account(self, name: str) -> None:
        if name not in self._have:
            self._have.add(name)
            with suppress(LocalError):  # who died before he answered may have opened it, as an evening before
                await self.world.insist(
                    name,
                    lambda ring: ring.members.add(HANDLE, "Büro", min_seconds=-MOST_SECONDS, max_seconds=MOST_SECONDS),
                )

    async def line(self, one: str, other: str) -> PeerView:
        """A line as its operator sees it."""
        return await self.world.insist(one, lambda ring: ring.federation.view(f"{other}.example"))

    @contextmanager
    def deaths(self, kind: str, deadly: float = DEADLY) -> Iterator[None]:
        """While it lasts nodes may die, on days on which they do: so likely at each step and commit."""
        chance, before, most = random.Random(f"{kind}-{self.options.seed}"), self.world.dies_here, self.world.kills

        def dies_here(_node: Node, _kind: str) -> bool:
            return chance.random() < deadly and self.world.kills < most + DEATHS_MAX

        self.world.dies_here = dies_here if "crash" in self.options.kinds else before
        try:
            yield
        finally:
            self.world.dies_here = before
