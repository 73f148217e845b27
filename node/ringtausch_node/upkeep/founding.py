# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first operator of a ring: a link that the machine shows, and that counts once, while nobody is operator."""

from __future__ import annotations

import base64
from typing import Literal, get_args

from ringtausch_node.clock import Clock
from ringtausch_node.entrance.model import STAY_SECONDS
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import Ids
from ringtausch_node.members import Actor, Members
from ringtausch_node.members.access import TOKEN_BYTES, hash_of
from ringtausch_node.store import Store, Tx
from ringtausch_node.upkeep import records

#: Who unpacks a machine on an evening goes on within the week; `ringtausch setup` shows a new link at any time.
LINK_SECONDS = 7 * 86_400
#: Steps that leave nothing behind by which one could see that they are done.
Step = Literal["ring", "sprache", "regeln", "post"]
STEPS: tuple[str, ...] = get_args(Step)


class Founding:
    """The set-up of one ring. Constructor arguments are the seams of the simulator."""

    def __init__(self, *, store: Store, clock: Clock, ids: Ids, members: Members, url: str) -> None:
        self._store, self._clock, self._ids, self._members = store, clock, ids, members
        self._url = url.rstrip("/")

    async def issue(self) -> str:
        """A new link for whoever sets the ring up; an earlier one counts no longer. Empty where there is an operator.

        Only the machine asks: whoever has the link becomes operator.
        """
        token = base64.urlsafe_b64encode(self._ids.random(TOKEN_BYTES)).rstrip(b"=").decode()

        def use_case(tx: Tx) -> str:
            if records.has_operator(tx):
                return ""
            records.replace_link(tx, hash_of(token), self._clock.now() + LINK_SECONDS)
            return f"{self._url}/einrichten/{token}"

        return await self._store.write(use_case)

    async def is_open(self) -> bool:
        """Whether nobody is operator yet."""
        return not await self._store.read(records.has_operator)

    async def look(self, token: str) -> None:
        """Whether a link counts; looking spends nothing. Raises LocalError('setup_spent')."""
        await self._store.read(lambda tx: self._verify(tx, token))

    async def spend(self, token: str, handle: str, name: str, label: str) -> str:
        """Whoever has the link becomes the first operator. -> the token of the new device.

        Raises LocalError: setup_spent, address, member_name, handle_taken, label.
        """

        def use_case(tx: Tx) -> str:
            self._verify(tx, token)
            view = self._members.take_in(tx, handle, name, "operator")
            records.drop_link(tx)
            member = self._members.present(tx, view.handle)
            return self._members.access.admit_device(tx, member, label, self._clock.now() + STAY_SECONDS, "a link")

        return await self._store.write(use_case)

    async def done(self) -> frozenset[str]:
        """The steps that somebody has gone through."""
        return await self._store.read(records.load_steps)

    async def finish(self, step: str, actor: Actor) -> None:
        """Somebody has gone through a step. Raises LocalError: not_allowed, not_found (no such step)."""
        if step not in STEPS:
            raise LocalError("not_found", "step")

        def use_case(tx: Tx) -> None:
            self._members.rights.verify_operator(tx, actor)
            records.insert_step(tx, step, self._clock.now())

        await self._store.write(use_case)

    def _verify(self, tx: Tx, token: str) -> None:
        is_ours = token.isascii() and records.counts_link(tx, hash_of(token), self._clock.now())
        if not is_ours or records.has_operator(tx):
            raise LocalError("setup_spent")
