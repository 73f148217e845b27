# SPDX-License-Identifier: AGPL-3.0-or-later
"""Auditors without an agreement: the operator gives them a token that opens all entries of the logs for some days."""

from __future__ import annotations

import hashlib

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import Ids
from ringtausch_node.publishing import records
from ringtausch_node.publishing.access import TOKEN_BYTES, shown_token
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.canonical import b64

#: How long a token counts at most: an audit of a year, and the questions after it.
DAYS_MAX = 366
_DAY_SECONDS = 86_400


class ReaderView(msgspec.Struct, frozen=True, kw_only=True):
    """A token that counts now, without the token."""

    id: int
    created_at: int
    expires_at: int


class ReaderGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A new token: it is shown this once."""

    id: int
    token: str
    expires_at: int


class Readers:
    """Tokens for auditors."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store, self._clock, self._ids = store, clock, ids

    async def give(self, days: int) -> ReaderGiven:
        """A new token for so many days. Raises LocalError('days')."""
        if not 1 <= days <= DAYS_MAX:
            raise LocalError("days", f"{days}")
        token, now = b64(self._ids.random(TOKEN_BYTES)), self._clock.now()
        expires_at = now + days * _DAY_SECONDS
        number = await self._store.write(lambda tx: records.insert_reader(tx, _hash(token), now, expires_at))
        return ReaderGiven(id=number, token=token, expires_at=expires_at)

    async def all(self) -> list[ReaderView]:
        """The tokens that count now, oldest first."""
        return await self._store.read(self._valid)

    async def revoke(self, number: int | None) -> list[ReaderView]:
        """Void one token, or all. -> those that are left. Raises LocalError('not_found')."""
        return await self._store.write(lambda tx: self._revoke(tx, number))

    async def may_read(self, authorization: str) -> bool:
        """Whether a header `Authorization` opens the entries."""
        token = shown_token(authorization)
        return token is not None and await self._store.read(
            lambda tx: records.is_reader(tx, _hash(token), self._clock.now())
        )

    def _revoke(self, tx: Tx, number: int | None) -> list[ReaderView]:
        if not records.revoke_readers(tx, number, self._clock.now()) and number is not None:
            raise LocalError("not_found", f"access {number}")
        return self._valid(tx)

    def _valid(self, tx: Tx) -> list[ReaderView]:
        rows = records.load_readers(tx, self._clock.now())
        return [ReaderView(id=number, created_at=begun, expires_at=ends) for number, begun, ends in rows]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
