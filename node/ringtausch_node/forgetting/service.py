# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forgetting a member who left (GDPR, articles 17 and 19): at home, at the other rings, in every page of the file.

The books, the log and every proof ever given stay: bookings are numbers under a name that is nobody's, entries of the
log are commitments that nothing opens any more. What the ring's backups from before hold is not in its hands here.
"""

from __future__ import annotations

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.frames.erasing import Erased
from ringtausch_node.federation.mail.records import load_ids_of
from ringtausch_node.federation.service import Federation
from ringtausch_node.forgetting import people_records, records
from ringtausch_node.forgetting.people_records import Traces
from ringtausch_node.ids import Ids
from ringtausch_node.members.model import OPERATOR, Actor, Member
from ringtausch_node.members.service import Members
from ringtausch_node.store import Store, Tx
from ringtausch_node.translations import Speech
from ringtausch_protocol import limits
from ringtausch_protocol.addresses import parse_handle


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a member: the name under which old bookings stand.

    `asked` rings were asked to forget as much; lines to `not_asked` are over, their operators must be told. Without
    `is_wiped` something still reads the file: the ring writes it anew by itself a little later.
    """

    handle: str
    known_as: str
    asked: list[str]
    not_asked: list[str]
    is_wiped: bool


class Forgetting:
    """How one ring forgets. Registers with the federation as who knows the people of payments."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, speech: Speech
    ) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._members, self._federation = members, federation
        self._name = speech.text("Ehemaliges Mitglied")
        federation.erasing.register(self)

    async def forget(self, handle: str, actor: Actor = OPERATOR) -> Forgotten:
        """Erase what is known of a member who left. Again: the file is written anew once more.

        Raises LocalError: address, not_allowed (others than the office), unknown_member, not_left, recovering,
        storage_failed (no room to write the file anew; what is erased stays erased).
        """
        wanted = parse_handle(handle)
        forgotten = await self._store.write(lambda tx: self._forget(tx, wanted, actor))
        return msgspec.structs.replace(forgotten, is_wiped=await self.wipe())

    async def wipe(self) -> bool:
        """Write the file anew if something was erased. -> whether nothing of it is left in any page."""
        if not await self._store.read(records.wants_wiping):
            return True
        is_wiped = await self._store.rewrite()
        if is_wiped:
            await self._store.write(records.note_wiped)
        return is_wiped

    # -- at home -----------------------------------------------------------------------------------------------------

    def _forget(self, tx: Tx, handle: str, actor: Actor) -> Forgotten:
        self._members.rights.verify_office(tx, actor)
        self._federation.recovery.verify_ready()
        number = self._members.forgotten(tx, handle)
        peers: dict[int, bool] = {}
        if number is None:
            member = self._left(tx, handle)
            number = records.insert_forgotten(
                tx, member.id, handle, self._ids.random(limits.SALT_BYTES), self._clock.now()
            )
            peers = self._forget_payments(tx, member)
            self._rename(tx, member, number)
        self._federation.erasing.want_wiping(tx)
        return Forgotten(
            handle=handle, known_as=records.known_as(number), asked=self._addresses(peers, is_asked=True),
            not_asked=self._addresses(peers, is_asked=False), is_wiped=False,
        )  # fmt: skip

    def _left(self, tx: Tx, handle: str) -> Member:
        member = self._members.member(tx, handle)
        if member is None:
            raise LocalError("unknown_member")
        if member.state != "left":
            raise LocalError("not_left")
        return member

    def _rename(self, tx: Tx, member: Member, number: int) -> None:
        people_records.erase_access(tx, member.id, member.handle)
        people_records.rename(tx, member.id, member.handle, records.known_as(number), self._name)
        self._members.life.forget(tx, member)

    def _forget_payments(self, tx: Tx, member: Member) -> dict[int, bool]:
        """Payments, invoices, letters and what opens them. -> by peer: whether it could be asked."""
        erasing = self._federation.erasing
        is_closed = not self._members.people(tx, member.account_id)
        traces = people_records.load_traces(tx, member.handle)
        to_ask = [(peer, each) for each in traces.payments for peer in erasing.forget_order(tx, each)]
        if is_closed:
            credited = erasing.forget_credited(tx, member.account_id)
            people_records.erase_notes(tx, [(ring, each) for _, ring, each in credited])
            to_ask += [(peer, each) for peer, _, each in credited]
        to_ask += traces.requests
        for peer, letter in {*traces.letters, *(load_ids_of(tx, member.account_id) if is_closed else ())}:
            erasing.forget_letter(tx, peer, letter)
        self._erase_payments(tx, member, traces, is_closed=is_closed)
        asked: dict[int, bool] = {}
        for peer, payment_id in dict.fromkeys(to_ask):
            asked[peer] = erasing.ask(tx, peer, payment_id)
        return asked

    def _erase_payments(self, tx: Tx, member: Member, traces: Traces, *, is_closed: bool) -> None:
        """What a shared account's others still need to prove their payments stays."""
        people_records.erase_notes(tx, [(self._federation.identity.ring_id, each) for each in traces.payments])
        people_records.erase_payments(tx, traces.payments)
        people_records.erase_invoices(tx, member.handle)
        if is_closed:
            people_records.erase_salts_of_account(tx, member.account_id)

    def _addresses(self, peers: dict[int, bool], *, is_asked: bool) -> list[str]:
        found = (
            self._federation.lines.by_id(peer).peer.address
            for peer, was_asked in peers.items()
            if was_asked == is_asked
        )
        return sorted(found)

    # -- asked by another ring (federation.frames.erasing.People) ----------------------------------------------------

    def forget_other_side(self, tx: Tx, peer: int, erased: Erased) -> None:
        """Another ring's member of a payment is forgotten there: who it was, and what was written about it, goes."""
        notes = people_records.load_note_ids(tx, erased.payer_ring, erased.payment_id)
        for where, letter in notes:
            self._federation.erasing.forget_letter(tx, where, letter)
        people_records.erase_notes(tx, [(erased.payer_ring, erased.payment_id)])
        if erased.ours == "payer":
            people_records.erase_payments(tx, [erased.payment_id])
        for request in people_records.load_requests_paid(tx, peer, erased.payment_id):
            self.forget_request(tx, peer, request)

    def forget_request(self, tx: Tx, peer: int, invoice_id: bytes) -> bool:
        """Who asked our member by an invoice, or was asked by ours, is forgotten there."""
        if not people_records.erase_request(tx, peer, invoice_id):
            return False
        self._federation.erasing.forget_letter(tx, peer, invoice_id)
        return True
