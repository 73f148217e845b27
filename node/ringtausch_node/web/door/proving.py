# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody shows once more who he is before something that an access alone must not do (ADR 24)."""

from __future__ import annotations

from typing import Any

from ringtausch_node.entrance.model import FRESH_SECONDS
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Visit

#: Codes that are about the field of the proof.
ABOUT_PROOF = ("proof", "too_many_requests")


class Proving:
    """What forms ask for, and whether it was good. The macro `proof` of parts.html is its field."""

    def __init__(self, services: Ring) -> None:
        self._entrance, self._clock, self._sends_mail = services.entrance, services.clock, services.post.is_open

    def is_fresh(self, visit: Visit) -> bool:
        """Whether this device has just been signed in: nobody is asked twice within minutes."""
        access = visit.access
        return access is not None and self._clock.now() - access.begun_at < FRESH_SECONDS

    async def asked(self, visit: Visit) -> dict[str, Any]:
        """What the field says and whether it is there."""
        own = await self._entrance.own_settings(visit.actor)
        return {
            "is_fresh": self.is_fresh(visit), "has_password": own.has_password, "sends_mail": self._sends_mail,
            "email": own.email,
        }  # fmt: skip

    async def verify(self, visit: Visit, name: str) -> None:
        """The field of that name proves it, where it was asked for. Raises LocalError('proof'), Busy."""
        if not self.is_fresh(visit):
            await self._entrance.prove(visit.actor, visit.form.get(name, ""))
