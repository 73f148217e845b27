# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the rooms of federation ask of the ring's folder: the lock database, and the files with its own cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ringtausch_node.store.lock_database import Mark
from ringtausch_protocol.cards import Card


class Marks(Protocol):
    """The mark and the boots in the folder's lock database."""

    def load(self) -> Mark | None:
        """The mark, if there is one."""
        ...

    def set(self, mark: Mark) -> None:
        """Set it; durable on return."""
        ...

    def clear(self) -> None:
        """Take it away."""
        ...

    def signed_log(self) -> int:
        """The number of the newest log of which a head was signed here; 0 where there is none."""
        ...

    def boots(self) -> frozenset[bytes]:
        """Every boot that this folder ever had."""
        ...


class OwnCardFiles(Protocol):
    """Where the ring's own cards lie (`keyring`)."""

    def keep(self, following: Sequence[Card]) -> None:
        """Remember own cards that a peer knows and this folder has no keys of; durable on return."""
        ...
