# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keeping somebody at a distance, and telling the office.

Who is blocked can neither pay nor ask the member for hours inside the ring, and his invoices from another ring do not
arrive; he is told no more than that it does not work. Hours that another ring sends are still taken: nobody is hurt by
them, and a refusal would tell.
"""

from __future__ import annotations

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.members import blocking_records as records
from ringtausch_node.members.model import Actor, parse_form_number
from ringtausch_node.members.records import load_present
from ringtausch_node.members.rights import Rights
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle, parse_member

#: People that one member avoids; more is another problem.
BLOCKS_MAX = 100
#: Reports of one member that wait: the office is not to be drowned by one person.
REPORTS_MAX = 10
WORDS_LENGTH = 1_000


class BlocksView(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a member avoids: handles, and name@ring."""

    handle: str
    blocks: list[str]


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """What a member tells the office about somebody."""

    id: int
    by: str
    about: str
    words: str
    written_at: int


class Blocking:
    """Distance between people of one ring, and others."""

    def __init__(self, store: Store, clock: Clock, rights: Rights, address: str) -> None:
        self._store, self._clock, self._rights, self._address = store, clock, rights, address

    async def block(self, other: str, actor: Actor) -> None:
        """Keep somebody at a distance. A second time changes nothing.

        Raises LocalError: address, own_account, too_many_blocks, unknown_member (the actor has left).
        """
        wanted = self._parse(other)
        if wanted == actor.handle:
            raise LocalError("own_account")

        def use_case(tx: Tx) -> None:
            member = load_present(tx, actor.handle)
            if len(records.load_blocks(tx, member.id)) >= BLOCKS_MAX:
                raise LocalError("too_many_blocks")
            records.insert_block(tx, member.id, wanted, self._clock.now())

        await self._store.write(use_case)

    async def unblock(self, other: str, actor: Actor) -> None:
        """End it. Raises LocalError: address, not_found."""
        wanted = self._parse(other)

        def use_case(tx: Tx) -> None:
            if not records.delete_block(tx, actor.member_id, wanted):
                raise LocalError("not_found", "block")

        await self._store.write(use_case)

    def is_blocked(self, tx: Tx, handle: str, other: str) -> bool:
        """Whether the member with a handle avoids somebody: a handle, or name@ring."""
        return records.has_block(tx, handle, other)

    async def report(self, about: str, words: str, actor: Actor, form: str = "") -> None:
        """Tell the office something about somebody. `form`: the number of a form; sent twice, it tells once.

        Raises LocalError: address, words, request_id (no number of a form), too_many_reports, unknown_member.
        """
        whom, text = self._parse(about), words.strip()
        number = parse_form_number(form) if form else None
        if not 1 <= len(text) <= WORDS_LENGTH or not text.replace("\n", "").isprintable():
            raise LocalError("words")

        def use_case(tx: Tx) -> None:
            member = load_present(tx, actor.handle)
            if number and records.has_report(tx, member.id, number):
                return
            if records.count_reports(tx, member.id) >= REPORTS_MAX:
                raise LocalError("too_many_reports")
            records.insert_report(tx, member.id, whom, text, self._clock.now(), number)

        await self._store.write(use_case)

    async def reports(self, actor: Actor) -> list[ReportView]:
        """What waits for the office, the oldest first. Raises LocalError('not_allowed')."""

        def use_case(tx: Tx) -> list[ReportView]:
            self._rights.verify_office(tx, actor)
            return [
                ReportView(id=number, by=by, about=about, words=words, written_at=at)
                for number, by, about, words, at in records.load_reports(tx)
            ]

        return await self._store.read(use_case)

    async def close(self, report_id: int, actor: Actor) -> None:
        """The office has seen to it; what was written is forgotten. Raises LocalError: not_allowed, not_found."""

        def use_case(tx: Tx) -> None:
            self._rights.verify_office(tx, actor)
            if not records.close_report(tx, report_id, actor.handle, self._clock.now()):
                raise LocalError("not_found", "report")

        await self._store.write(use_case)

    def _parse(self, text: str) -> str:
        """A handle of this ring, or name@ring."""
        if "@" not in text:
            return parse_handle(text)
        handle, ring = parse_member(text)
        return handle if ring == self._address else f"{handle}@{ring}"

    async def list(self, actor: Actor) -> BlocksView:
        """Whom the actor avoids: nobody else may know."""
        return await self._store.read(
            lambda tx: BlocksView(handle=actor.handle, blocks=records.load_blocks(tx, actor.member_id))
        )
