# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of the ring's own logs as bytes and headers; HTTP belongs to the edge (SPEC.md 8.4)."""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.errors import code_of
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.ids import Ids
from ringtausch_node.keyring.cards import format_chain
from ringtausch_node.publishing.access import Access
from ringtausch_node.publishing.paths import Page, parse_page
from ringtausch_node.publishing.readers import Readers
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import reading
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical
from ringtausch_protocol.errors import RemoteError, RingtauschError
from ringtausch_protocol.requests import Refusal

_OK = 200
_TEXT, _BYTES, _JSON = "text/plain; charset=utf-8", "application/octet-stream", "application/json"
#: Full tiles never change; a head is old after some seconds, and so is what another log may take the place of.
_FOR_EVER, _SHORT, _NEVER = "max-age=31536000, immutable", "max-age=5", "no-store"


class Publication:
    """What others read of this ring's logs. `is_open`: entries are for everybody."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines, is_open: bool
    ) -> None:
        self._store, self._is_open, self._identity = store, is_open, identity
        self._access = Access(clock, ids, identity, lines)
        self.readers = Readers(store, clock, ids)

    async def page(self, path: str, authorization: str) -> Reply:
        """What stands at `path` beneath /log/. `authorization`: the header, where entries are not for everybody."""
        try:
            page = parse_page(path)
            if page.is_entries and not self._is_open:
                await self._verify_reader(authorization, page.entries_path)
            data = await self._store.read(lambda tx: load_page(tx, page))
            if page.is_cards and data is not None:
                data = format_chain(self._identity.cards.chain)
        except RingtauschError as error:
            return _refuse(error)
        if data is None:
            return _refuse(RemoteError("not_found", "no such piece of a log"))
        return Reply(_OK, data, self._headers(page))

    async def _verify_reader(self, authorization: str, path: str) -> None:
        """A ring with an agreement, or an auditor with a token of the operator. Raises RemoteError('unauthorized')."""
        if not self._access.opens(authorization, path) and not await self.readers.may_read(authorization):
            raise RemoteError("unauthorized", "a token for these entries is needed")

    async def access(self, body: bytes) -> Reply:
        """A token for a signed request for entries."""
        try:
            given = self._access.ask(body)
        except RingtauschError as error:
            return _refuse(error)
        return Reply(_OK, canonical.encode(given), {"Content-Type": _JSON, "Cache-Control": _NEVER})

    def _headers(self, page: Page) -> dict[str, str]:
        whom = "private" if page.is_entries and not self._is_open else "public"
        lasts = _FOR_EVER if page.is_final else _SHORT
        kind = _BYTES if page.tile is not None else _JSON if page.is_cards else _TEXT
        return {"Content-Type": kind, "Cache-Control": f"{whom}, {lasts}"}


def load_page(tx: Tx, page: Page) -> bytes | None:
    """A piece of a log, or None where there is none; where cards are asked for, the checkpoint that they prove."""
    log = translog.head(tx).log if page.log is None else page.log
    tile = page.tile
    if tile is None:
        return reading.checkpoint(tx, log)
    if page.is_entries:
        return reading.entries(tx, log, tile.number, tile.width)
    return reading.tile(tx, log, *tile)


def _refuse(error: RingtauschError) -> Reply:
    body = canonical.encode(Refusal(code=error.code))
    return Reply(code_of(error.code).status, body, {"Content-Type": _JSON, "Cache-Control": _NEVER})
