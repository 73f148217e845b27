# SPDX-License-Identifier: AGPL-3.0-or-later
"""Coming in and staying in. What a stranger is told is the same whether a member is known or not."""

from __future__ import annotations

import base64
import hmac
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.entrance import records
from ringtausch_node.entrance.hashing import SALT_BYTES, Hasher
from ringtausch_node.entrance.letters import Letters
from ringtausch_node.entrance.meant import load_meant
from ringtausch_node.entrance.model import (
    CODE_BYTES,
    MAIL_SECONDS,
    PASSWORD_LENGTH_MAX,
    STAY_SECONDS,
    VISIT_SECONDS,
    CodeView,
    LetterView,
    MailsView,
    OwnSettings,
    check_password,
    read_code,
    write_code,
)
from ringtausch_node.entrance.on_paper import CodesOnPaper
from ringtausch_node.entrance.records import EntryCode, MailChoice, NewCode
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import Ids
from ringtausch_node.members import OPERATOR, Actor, Members, contacts
from ringtausch_node.members.access import TOKEN_BYTES, hash_of
from ringtausch_node.members.contacts import parse_email, parse_email_or_none
from ringtausch_node.members.model import Member
from ringtausch_node.post import Post
from ringtausch_node.rates import Busy, Rates
from ringtausch_node.refusals import Refusals
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle

#: How often a member may show a password or a code: a stolen access must not guess at them.
PROOFS_PER_SECOND, PROOFS_BURST = 1 / 60, 10.0


class _Known(NamedTuple):
    """What is known of somebody at the door; of a stranger nothing, in the same shape."""

    member: Member | None
    codes: list[EntryCode]
    password: str | None

    def at_browser(self, mark: str) -> _Known:
        """Without codes by mail that another browser asked for."""
        own = hash_of(mark)
        return self._replace(codes=[each for each in self.codes if each.asked_by in (None, own)])


class Entrance:
    """The door of one ring. Constructor arguments are the seams of the simulator."""

    def __init__(
        self, *, store: Store, ids: Ids, clock: Clock, members: Members, post: Post, letters: Letters, address: str
    ) -> None:
        self._store, self._ids, self._clock, self._members = store, ids, clock, members
        self._post, self._letters, self._address = post, letters, address
        self._hasher = Hasher()
        self.on_paper = CodesOnPaper(store, ids, clock, members, self._hasher)
        self.refusals = Refusals(address, clock)
        self._proofs = Rates(clock, per_second=PROOFS_PER_SECOND, burst=PROOFS_BURST)
        #: So that a stranger costs what a member costs, and nobody can tell from the time it takes.
        self._nobody_salt = ids.random(SALT_BYTES)
        self._nobody_phc = ""

    async def issue_code(self, handle: str, actor: Actor = OPERATOR) -> CodeView:
        """A new code for a letter on paper, shown this once; an earlier one counts no longer.

        Raises LocalError: address, not_allowed (only the office gives codes), unknown_member.
        """
        return (await self.on_paper.issue([handle], actor))[0]

    async def come_in(
        self, who: str, secret: str, label: str, *, stay: bool, takes_password: bool = True, asked_by: str = ""
    ) -> str:
        """The token of a new device for whoever knows a code or a password. A code is spent by it.

        Without `takes_password` only a code counts: for names at which somebody guesses. `asked_by`: what this browser
        gave when it asked for a mail (`ask_letter`).
        Raises LocalError('login'), whatever is wrong.
        """
        known = (await self._store.read(lambda tx: self._known(tx, who))).at_browser(asked_by)
        code_id, is_password = await self._check(known, secret[: PASSWORD_LENGTH_MAX + 1])
        member = known.member
        if member is None or (code_id is None and not (is_password and takes_password)):
            self.refusals.note("the way in", "login")
            raise LocalError("login")
        return await self._store.write(lambda tx: self._open(tx, member.handle, code_id, label, stay=stay))

    async def knows_device(self, who: str, mark: str) -> bool:
        """Whether a device with this mark (`known_mark`) was signed in for whoever this is, lately or long ago."""

        def use_case(tx: Tx) -> bool:
            member = self._known(tx, who).member
            return member is not None and self._members.access.is_known(tx, member, mark)

        return await self._store.read(use_case)

    async def ask_letter(self, who: str, asked_by: str = "") -> None:
        """Send a mail with a code and a link to whoever this is. Says nothing of whether there is such a member.

        `asked_by`: what the browser keeps that asks (`random_token`). The code lets in there only, the link everywhere,
        for many read mail on another device; without it the code does so, too.
        Raises LocalError('no_mail') where this ring sends no mail at all.
        """
        if not self._post.is_open:
            raise LocalError("no_mail")
        for member, email in await self._store.read(lambda tx: self._recipients(tx, who)):
            code, link = write_code(self._ids.random(CODE_BYTES)), self.random_token()
            digest = await self._hasher.digest(read_code(code) or "", member.id)
            kept = NewCode(member.id, "mail", digest, hash_of(link), hash_of(asked_by) if asked_by else None)
            subject, text = self._letters.coming_in(member.name, code, link)
            await self._store.write(lambda tx: self._send(tx, kept, email, subject, text))  # noqa: B023 - awaited here

    async def send_trial(self, email: str) -> None:
        """Send a mail that only shows that mail arrives. Raises LocalError: email, no_mail."""
        subject, text = self._letters.trial()
        await self._post.send_test(parse_email(email), subject, text)

    async def letter(self, link: str) -> LetterView:
        """Whom a link lets in; looking spends nothing. Raises LocalError('link_spent')."""
        return await self._store.read(lambda tx: self._letter_view(self._member_of_link(tx, link)[1]))

    async def spend_letter(self, link: str, label: str, *, stay: bool) -> str:
        """The token of a new device for whoever has the link of a mail, once. Raises LocalError('link_spent')."""

        def use_case(tx: Tx) -> str:
            code, member = self._member_of_link(tx, link)
            return self._open(tx, member.handle, code.id, label, stay=stay)

        return await self._store.write(use_case)

    async def set_password(self, password: str, actor: Actor, proof: str = "", *, is_fresh: bool = False) -> None:
        """The actor's password is this one; an empty one is none.

        `proof`: the password until now, or a code, which is spent by it; `is_fresh`: the actor just came in with one.
        A stolen access alone must not become a password, which would outlive it.
        Raises LocalError: password, proof, unknown_member; Busy.
        """
        names = (actor.handle, *self._address.split("."))
        phc = await self._hasher.phc(check_password(password, names), self._ids.random(SALT_BYTES)) if password else ""
        shown = None if is_fresh else await self._shown(actor, proof)

        def use_case(tx: Tx) -> None:
            member = self._members.present(tx, actor.handle)
            self._spend(tx, shown)
            if phc:
                records.set_password(tx, member.id, phc, self._clock.now())
            else:
                records.drop_password(tx, member.id)

        await self._store.write(use_case)

    async def prove(self, actor: Actor, proof: str) -> None:
        """Raises LocalError('proof') or Busy unless `proof` is the actor's password or a code, which is spent by it."""
        shown = await self._shown(actor, proof)
        await self._store.write(lambda tx: self._spend(tx, shown))

    async def email(self, handle: str, actor: Actor = OPERATOR) -> str:
        """Where a member gets mail; empty where nowhere. Raises LocalError: address, not_allowed, unknown_member."""
        wanted = parse_handle(handle)
        return await self._store.read(lambda tx: contacts.load_email(tx, self._own(tx, wanted, actor).id) or "")

    async def set_email(
        self, handle: str, email: str, actor: Actor = OPERATOR, proof: str = "", *, is_fresh: bool = False
    ) -> str:
        """A member gets mail there from now on; empty: nowhere. -> the address as it is kept.

        Whoever changes the own one shows the same as for a password: codes that let in go to this address.
        Raises LocalError: address, email, not_allowed (others than the member and the office; an operator's is set by
        operators), proof, unknown_member; Busy.
        """
        wanted, address = parse_handle(handle), parse_email_or_none(email)
        shown = None if is_fresh or actor.handle != wanted else await self._shown(actor, proof)

        def use_case(tx: Tx) -> str:
            member = self._own(tx, wanted, actor)
            self._members.rights.verify_way_in(tx, actor, member)
            self._spend(tx, shown)
            contacts.set_email(tx, member.id, address, self._clock.now())
            return address

        return await self._store.write(use_case)

    async def own_settings(self, actor: Actor) -> OwnSettings:
        """How the actor is reached and comes in."""

        def use_case(tx: Tx) -> OwnSettings:
            choice = records.load_mail_choice(tx, actor.member_id)
            return OwnSettings(
                email=contacts.load_email(tx, actor.member_id) or "",
                mails=MailsView(payments=choice.payments, invoices=choice.invoices),
                has_password=records.load_password(tx, actor.member_id) is not None,
            )

        return await self._store.read(use_case)

    async def choose_mail(self, choice: MailChoice, actor: Actor) -> None:
        """Which mails the actor gets from now on. Raises LocalError('unknown_member')."""

        def use_case(tx: Tx) -> None:
            records.set_mail_choice(tx, self._members.present(tx, actor.handle).id, choice)

        await self._store.write(use_case)

    def random_token(self) -> str:
        """256 random bits as letters: for a link, or for a browser that asks for a mail."""
        return base64.urlsafe_b64encode(self._ids.random(TOKEN_BYTES)).rstrip(b"=").decode()

    # -- inside ------------------------------------------------------------------------------------------------------

    async def _shown(self, actor: Actor, proof: str) -> int | None:
        """The code that proves who this is, None for the password. Raises LocalError('proof'), Busy."""
        if wait := self._proofs.take(actor.handle):
            raise Busy(wait)
        known = await self._store.read(lambda tx: self._known(tx, actor.handle))
        code_id, is_password = await self._check(known, proof[: PASSWORD_LENGTH_MAX + 1])
        if code_id is None and not is_password:
            self.refusals.note("the way in", "proof")
            raise LocalError("proof")
        return code_id

    def _spend(self, tx: Tx, code_id: int | None) -> None:
        """A code that was shown counts no longer. Raises LocalError('proof') where it was spent meanwhile."""
        if code_id is not None and not records.close_code(tx, code_id, self._clock.now()):
            raise LocalError("proof")

    def _own(self, tx: Tx, handle: str, actor: Actor) -> Member:
        if not actor.runs_office and actor.handle != handle:
            raise LocalError("not_allowed", "not your address")
        return self._members.present(tx, handle)

    def _known(self, tx: Tx, who: str) -> _Known:
        handles = self._handles(tx, who)
        member = self._members.member(tx, handles[0]) if len(handles) == 1 else None
        if member is None or member.state == "left":
            return _Known(None, [], None)
        return _Known(
            member, records.load_codes(tx, member.id, self._clock.now()), records.load_password(tx, member.id)
        )

    def _handles(self, tx: Tx, who: str) -> list[str]:
        return load_meant(tx, who, self._members, self._address)

    async def _check(self, known: _Known, secret: str) -> tuple[int | None, bool]:
        """(id of the code that this is, whether it is the password). Two slow hashes, whoever asks."""
        salt = known.member.id if known.member else self._nobody_salt
        digest = await self._hasher.digest(read_code(secret) or secret, salt)
        code_id = next((code.id for code in known.codes if hmac.compare_digest(code.hash, digest)), None)
        if not self._nobody_phc:
            self._nobody_phc = await self._hasher.phc("nobody", self._nobody_salt)
        is_password = await self._hasher.is_secret(secret, known.password or self._nobody_phc)
        return code_id, is_password and known.password is not None

    def _open(self, tx: Tx, handle: str, code_id: int | None, label: str, *, stay: bool) -> str:
        """Spend the code, if it was one, and let a new device in. Raises LocalError('login')."""
        now, member = self._clock.now(), self._members.member(tx, handle)
        if (
            member is None
            or member.state == "left"
            or (code_id is not None and not records.close_code(tx, code_id, now))
        ):
            raise LocalError("login")
        ends_at = now + (STAY_SECONDS if stay else VISIT_SECONDS)
        by = "a password" if code_id is None else "a code"
        return self._members.access.admit_device(tx, member, label, ends_at, by)

    def _recipients(self, tx: Tx, who: str) -> list[tuple[Member, str]]:
        found = [self._members.member(tx, handle) for handle in self._handles(tx, who)]
        return [
            (member, email)
            for member in found
            if member is not None and member.state != "left" and (email := contacts.load_email(tx, member.id))
        ]

    def _send(self, tx: Tx, code: NewCode, email: str, subject: str, text: str) -> None:
        now = self._clock.now()
        ends_at = now + MAIL_SECONDS
        records.replace_code(tx, code, now, ends_at)
        self._post.send(tx, email, subject, text, useless_at=ends_at)

    def _member_of_link(self, tx: Tx, link: str) -> tuple[EntryCode, Member]:
        code = records.load_code_of_link(tx, hash_of(link), self._clock.now()) if link.isascii() else None
        member = self._members.by_id(tx, code.member_id) if code else None
        if code is None or member is None or member.state == "left":
            raise LocalError("link_spent")
        return code, member

    def _letter_view(self, member: Member) -> LetterView:
        return LetterView(handle=member.handle, name=member.name)
