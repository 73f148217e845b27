# SPDX-License-Identifier: AGPL-3.0-or-later
"""Handles, their accounts and states, kept in memory: every payment asks twice, and the answer hardly ever changes.

Only use cases in the writer ask here. A reader may stand on an older snapshot, and would keep what is over for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ringtausch_node.members import records
from ringtausch_node.store import Tx

#: Accounts by handle kept in memory; ~150 bytes each, far more than a ring has members.
ACCOUNTS_KEPT = 10_000


class KnownAccounts:
    """The memory of one ring. Whoever changes a member's state calls `forget` in the same use case."""

    def __init__(self) -> None:
        self._accounts: dict[str, tuple[int, str]] = {}
        self._frozen: frozenset[int] | None = None
        #: Changes that are not committed yet: a use case that is undone must leave nothing of itself in memory.
        self._changing: dict[object, frozenset[str]] = {}

    def find(self, tx: Tx, handle: str) -> tuple[int, str] | None:
        """(account id, state of the member) of a handle, or None."""
        known = self._accounts.get(handle)
        if known is None:
            known = records.load_account(tx, handle)
            if known is not None and self._is_settled(handle) and len(self._accounts) < ACCOUNTS_KEPT:
                self._accounts[handle] = known
        return known

    def frozen(self, tx: Tx) -> frozenset[int]:
        """The accounts that are frozen now."""
        if self._frozen is not None:
            return self._frozen
        found = records.load_frozen(tx)
        if not self._changing:
            self._frozen = found
        return found

    def forget(self, tx: Tx, handles: Iterable[str]) -> None:
        """The states of these members change in this use case: they are read anew from now on."""
        change, changed = object(), frozenset(handles)
        for handle in changed:
            self._accounts.pop(handle, None)
        self._frozen = None
        self._changing[change] = changed
        tx.after_commit(partial(self._changing.pop, change, None))

    def _is_settled(self, handle: str) -> bool:
        return not any(handle in changed for changed in list(self._changing.values()))
