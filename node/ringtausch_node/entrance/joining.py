# SPDX-License-Identifier: AGPL-3.0-or-later
"""Joining: the office takes somebody in whom it knows; or a stranger asks on a page, and it says yes or no.

Strangers ask only where the ring wants it (`sign_up`).
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.entrance import joining_records as records
from ringtausch_node.entrance.joining_records import JoinRequest
from ringtausch_node.entrance.letters import Letters
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.agreement.stopping import verify_goes_on
from ringtausch_node.members import Actor, Members
from ringtausch_node.members.contacts import parse_email, parse_email_or_none, set_email
from ringtausch_node.members.model import MemberView, check_name, parse_form_number
from ringtausch_node.post import Post
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle

#: A telephone number, a mail address, or where somebody lives.
CONTACT_LENGTH_MIN, CONTACT_LENGTH_MAX = 5, 254
WORDS_LENGTH = 1_000
#: Requests that wait; more is no office's work any more, but somebody's joke.
OPEN_MAX = 200
#: A mail of welcome that came after a month would only confuse.
WELCOME_SECONDS = 3 * 86_400


class JoinView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asks to be taken in."""

    request_id: str
    name: str
    contact: str
    words: str
    asked_at: int


class Joining:
    """The way into one ring for those who are no members yet."""

    def __init__(
        self, *, store: Store, clock: Clock, members: Members, post: Post, letters: Letters, is_open: bool
    ) -> None:
        self._store, self._clock, self._members = store, clock, members
        self._post, self._letters = post, letters
        self.is_open = is_open

    async def add(self, number: str, handle: str, name: str, email: str, actor: Actor) -> str:
        """Take somebody in whom the office knows, with the ring's own limits; a mail address is told. -> the handle.

        `number` is a UUID, that of the form, and becomes the member's own: the same form sent again adds nobody.
        An empty `email` is none. Raises LocalError: address, email, handle_taken, id_reused (somebody else was taken
        in under this number), member_name, not_allowed, request_id.
        """
        member_id, wanted = parse_form_number(number), (parse_handle(handle), check_name(name))
        address = parse_email_or_none(email)

        def use_case(tx: Tx) -> str:
            self._members.rights.verify_office(tx, actor)
            known = self._members.by_id(tx, member_id)
            if known is None:
                self._welcome(tx, self._members.take_in(tx, *wanted, member_id=member_id), address)
            elif (known.handle, known.name) != wanted:
                raise LocalError("id_reused", "another member")
            return wanted[0]

        return await self._store.write(use_case)

    async def ask(self, request_id: str, name: str, contact: str, words: str) -> None:
        """Ask to be taken in. The same form sent twice asks once.

        Raises LocalError: sign_up_closed, winding_down, member_name, contact, words, request_id, sign_up_full.
        """
        if not self.is_open:
            raise LocalError("sign_up_closed")
        request = JoinRequest(
            parse_form_number(request_id), check_name(name), _check_contact(contact), _check_words(words),
            self._clock.now(),
        )  # fmt: skip

        def use_case(tx: Tx) -> None:
            verify_goes_on(tx)
            if records.load_request(tx, request.id) is None and records.count_requests(tx) >= OPEN_MAX:
                raise LocalError("sign_up_full")
            records.insert_request(tx, request)

        await self._store.write(use_case)

    async def waiting(self, actor: Actor) -> list[JoinView]:
        """Who waits for an answer, the oldest first. Raises LocalError('not_allowed')."""

        def use_case(tx: Tx) -> list[JoinView]:
            self._members.rights.verify_office(tx, actor)
            return [_view(each) for each in records.load_requests(tx)]

        return await self._store.read(use_case)

    async def take(self, request_id: str, handle: str, actor: Actor) -> MemberView:
        """Take somebody in under a handle, with the ring's own limits; where a mail address was given, it is told.

        Raises LocalError: address, handle_taken, not_allowed, not_found, request_id.
        """
        wanted = parse_form_number(request_id)

        def use_case(tx: Tx) -> MemberView:
            request = self._open(tx, wanted, actor)
            view = self._members.take_in(tx, handle, request.name)
            self._welcome(tx, view, request.contact)
            records.decide_request(tx, wanted, "taken", actor.handle, self._clock.now())
            return view

        return await self._store.write(use_case)

    async def decline(self, request_id: str, actor: Actor) -> None:
        """Say no; what was written is forgotten. Raises LocalError: not_allowed, not_found, request_id."""
        wanted = parse_form_number(request_id)

        def use_case(tx: Tx) -> None:
            self._open(tx, wanted, actor)
            records.decide_request(tx, wanted, "declined", actor.handle, self._clock.now())

        await self._store.write(use_case)

    def _open(self, tx: Tx, request_id: bytes, actor: Actor) -> JoinRequest:
        self._members.rights.verify_office(tx, actor)
        request = records.load_request(tx, request_id)
        if request is None:
            raise LocalError("not_found", "request")
        return request

    def _welcome(self, tx: Tx, member: MemberView, contact: str) -> None:
        try:
            email = parse_email(contact)
        except LocalError:
            return
        now, known = self._clock.now(), self._members.present(tx, member.handle)
        set_email(tx, known.id, email, now)
        if self._post.is_open:
            subject, text = self._letters.welcome(member.name, member.handle)
            self._post.send(tx, email, subject, text, useless_at=now + WELCOME_SECONDS)


def _check_contact(text: str) -> str:
    contact = " ".join(text.split())
    if not CONTACT_LENGTH_MIN <= len(contact) <= CONTACT_LENGTH_MAX or not contact.isprintable():
        raise LocalError("contact")
    return contact


def _check_words(text: str) -> str:
    words = text.strip()
    if len(words) > WORDS_LENGTH or not words.replace("\n", "").isprintable():
        raise LocalError("words")
    return words


def _view(request: JoinRequest) -> JoinView:
    return JoinView(
        request_id=str(UUID(bytes=request.id)), name=request.name, contact=request.contact, words=request.words,
        asked_at=request.asked_at,
    )  # fmt: skip
