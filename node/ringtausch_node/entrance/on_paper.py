# SPDX-License-Identifier: AGPL-3.0-or-later
"""Codes for letters on paper: for one member, or for many at once, whose letters are printed together.

A code is kept as a hash, so a letter cannot be shown again from the books. But whoever prints many clicks twice, loads
the page again, wants a PDF as well: for a while the same form gives the same letters. After that it gives none, for new
codes would spoil the letters that are in the post already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.entrance import records
from ringtausch_node.entrance.hashing import Hasher
from ringtausch_node.entrance.model import CODE_BYTES, PAPER_SECONDS, CodeView, WayIn, read_code, write_code
from ringtausch_node.entrance.records import NewCode
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import Ids, parse_uuid
from ringtausch_node.members import Actor, Members
from ringtausch_node.members.model import Member
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle

#: Letters of one print. Each costs a slow hash, a third of a second on a small machine; a ring has 60 to 100 members.
TOGETHER_MAX = 100
#: How long one form gives the same letters again: long enough to find paper for the printer.
FORM_SECONDS = 30 * 60


class _Printed(NamedTuple):
    """The letters that were made last, for whoever made them."""

    form: str
    by: str
    handles: tuple[str, ...]
    letters: list[CodeView]


class CodesOnPaper:
    """The codes of one ring's letters. Constructor arguments are the seams of the simulator."""

    def __init__(self, store: Store, ids: Ids, clock: Clock, members: Members, hasher: Hasher) -> None:
        self._store, self._ids, self._clock, self._members, self._hasher = store, ids, clock, members, hasher
        self._turn = asyncio.Lock()
        self._printed: _Printed | None = None

    async def ways_in(self, actor: Actor) -> list[WayIn]:
        """How members can come in now, those who cannot yet first. Raises LocalError('not_allowed')."""
        _verify_office(actor)
        return await self._store.read(lambda tx: records.load_ways_in(tx, self._clock.now()))

    def new_form(self) -> str:
        """The number of a form that asks for letters; it tells how old the form is."""
        return self._ids.uuid7().hex()

    async def issue_together(self, handles: Sequence[str], form: str, actor: Actor) -> list[CodeView]:
        """New codes for all of these, in one transaction; the same ones for the same form within half an hour.

        Earlier codes of these members count no longer.
        Raises LocalError: not_allowed, nobody_chosen, too_many_letters, form_old, address, unknown_member.
        """
        _verify_office(actor)
        if not handles:
            raise LocalError("nobody_chosen")
        if len(handles) > TOGETHER_MAX:
            raise LocalError("too_many_letters")
        self._verify_new(form)
        async with self._turn:
            asked, known = (form, actor.handle, tuple(handles)), self._printed
            if known is None or known[:3] != asked:
                self._printed = known = _Printed(*asked, await self.issue(handles, actor))
            return known.letters

    async def issue(self, handles: Sequence[str], actor: Actor) -> list[CodeView]:
        """A new code for each of these members.

        Raises LocalError: address, unknown_member, not_allowed (others than the office; for operators but operators).
        """
        _verify_office(actor)
        wanted = [parse_handle(handle) for handle in handles]
        members = await self._store.read(lambda tx: [self._members.present(tx, handle) for handle in wanted])
        codes = [write_code(self._ids.random(CODE_BYTES)) for _ in members]
        digests = [
            await self._hasher.digest(read_code(code) or "", member.id)
            for code, member in zip(codes, members, strict=True)
        ]
        ends_at = await self._store.write(lambda tx: self._replace(tx, members, digests, actor))
        return [
            CodeView(handle=member.handle, name=member.name, code=code, ends_at=ends_at)
            for code, member in zip(codes, members, strict=True)
        ]

    def _replace(self, tx: Tx, members: Sequence[Member], digests: Sequence[bytes], actor: Actor) -> int:
        """-> until when the new codes count. Raises LocalError('unknown_member') where somebody left meanwhile."""
        now = self._clock.now()
        for member, digest in zip(members, digests, strict=True):
            self._members.rights.verify_way_in(tx, actor, self._members.present(tx, member.handle))
            records.replace_code(tx, NewCode(member.id, "paper", digest), now, now + PAPER_SECONDS)
        return now + PAPER_SECONDS

    def _verify_new(self, form: str) -> None:
        try:
            made_at = int.from_bytes(parse_uuid(form)[:6]) // 1_000  # milliseconds: RFC 9562, section 5.7
        except ValueError:
            raise LocalError("form_old", "no number") from None
        if not 0 <= self._clock.now() - made_at < FORM_SECONDS:
            raise LocalError("form_old", "letters were made for it, or could have been")


def _verify_office(actor: Actor) -> None:
    if not actor.runs_office:
        raise LocalError("not_allowed", "only the office gives codes")
