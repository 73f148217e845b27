# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accesses: what lets programs and devices of members in. Kept as a hash, listed by number and label."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Collection

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import Ids
from ringtausch_node.members import access_records as records
from ringtausch_node.members.access_records import Access
from ringtausch_node.members.model import (
    DAY_SECONDS,
    OPERATOR,
    AccessesView,
    AccessKind,
    Actor,
    Member,
    TokensView,
    TokenView,
    check_label,
)
from ringtausch_node.members.records import load_present
from ringtausch_node.members.rights import Rights
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle

logger = logging.getLogger(__name__)

#: Devices of a member that are told from strangers': somebody who signs in anew every week for a year.
DEVICES_KNOWN = 50
#: Programs of one member: more than anybody looks through to find a strange one.
PROGRAMS_MAX = 20
#: Accesses kept in memory so that a request with a known token costs no hop; ~250 bytes each.
ACCESSES_KEPT = 4096
TOKEN_BYTES = 32
#: Longer bearer tokens are nobody's: ours are 43 characters.
TOKEN_TEXT_MAX = 128


class Accesses:
    """The accesses of one ring's members. Constructor arguments are the seams of the simulator."""

    def __init__(self, store: Store, ids: Ids, clock: Clock, rights: Rights) -> None:
        self._store, self._ids, self._clock, self._rights = store, ids, clock, rights
        self._known: dict[bytes, Access] = {}
        self._revocations = 0

    async def issue(self, handle: str, *, label: str = "", revoke: bool = False) -> str:
        """A new access for a member, shown this once; `revoke` voids all earlier ones.

        Raises LocalError: address, label, unknown_member.
        """
        wanted, word = parse_handle(handle), check_label(label)

        def use_case(tx: Tx) -> str:
            member = load_present(tx, wanted)
            if revoke:
                self.void(tx, member)
            return self._admit(tx, member, "program", word, None, "the office")

        return await self._store.write(use_case)

    async def issue_own(self, label: str, actor: Actor, prove: Callable[[], Awaitable[None]]) -> str:
        """A new access for a program of the actor's own, shown this once; none of his other programs has its label.

        So of equal forms one makes an access. `prove` is awaited once all else is right, for it may spend a code: an
        access alone must not make another one, which would outlive it.
        Raises LocalError: label, label_taken, too_many_programs, unknown_member; what `prove` raises.
        """
        word = check_label(label)
        if not word:
            raise LocalError("label", "empty")
        await self._store.read(lambda tx: self._verify_new(tx, actor, word))
        await prove()
        return await self._store.write(
            lambda tx: self._admit(tx, self._verify_new(tx, actor, word), "program", word, None, "its member")
        )

    def _verify_new(self, tx: Tx, actor: Actor, label: str) -> Member:
        member = load_present(tx, actor.handle)
        labels = [
            known.casefold() for _, known, _, _, kind in records.load_tokens(tx, member.id, self._clock.now())
            if kind == "program"
        ]  # fmt: skip
        if label.casefold() in labels:
            raise LocalError("label_taken")
        if len(labels) >= PROGRAMS_MAX:
            raise LocalError("too_many_programs")
        return member

    def admit_device(self, tx: Tx, member: Member, label: str, ends_at: int, by: str) -> str:
        """The token of a device with which a member uses the pages until `ends_at`, in the caller's use case.

        `by`: what was shown, for the log. Raises LocalError('label').
        """
        return self._admit(tx, member, "device", check_label(label), ends_at, by)

    def _admit(self, tx: Tx, member: Member, kind: AccessKind, label: str, ends_at: int | None, by: str) -> str:
        token = self._new_token()
        number = records.insert_token(tx, hash_of(token), member.id, kind, label, self._clock.now(), ends_at)
        _tell(tx, "access %d begins: a %s, by %s", number, kind, by)
        return token

    def _new_token(self) -> str:
        return base64.urlsafe_b64encode(self._ids.random(TOKEN_BYTES)).rstrip(b"=").decode()

    async def list(self, handle: str, actor: Actor = OPERATOR) -> TokensView:
        """The accesses that a member has now: the member's own to see, and the office's.

        Raises LocalError: address, unknown_member, not_allowed.
        """
        wanted = parse_handle(handle)
        return await self._store.read(lambda tx: self._view(tx, _owned(tx, wanted, actor)))

    async def revoke(self, handle: str, token_id: int | None = None, actor: Actor = OPERATOR) -> TokensView:
        """Void one access of a member, or all of them. -> what is left.

        Raises LocalError: address, unknown_member, not_allowed (for operators others than operators too), not_found
        (no such access now).
        """
        wanted = parse_handle(handle)

        def use_case(tx: Tx) -> TokensView:
            member = _owned(tx, wanted, actor)
            self._rights.verify_way_in(tx, actor, member)
            if token_id is None:
                self.void(tx, member)
            elif records.revoke_token(tx, member.id, token_id, self._clock.now()):
                _tell(tx, "access %d ends", token_id)
            else:
                raise LocalError("not_found", "access")
            self.forget(tx, [member.id])
            return self._view(tx, member)

        return await self._store.write(use_case)

    async def count(self, but: Access | None = None) -> AccessesView:
        """How many devices and programs of all members are let in now, without that one."""
        return await self._store.read(lambda tx: self._count(tx, but))

    async def end_everybodys(
        self, actor: Actor = OPERATOR, *, with_programs: bool, but: Access | None = None
    ) -> AccessesView:
        """Sign everybody out on all devices but that one, and void all programs' accesses too. -> how many ended.

        For the day when somebody broke in. Raises LocalError('not_allowed') for anybody but operators.
        """
        if actor.role != "operator":
            raise LocalError("not_allowed", "only operators")
        kept = but.id if but else None

        def use_case(tx: Tx) -> AccessesView:
            ended = self._count(tx, but)
            records.revoke_everybodys(tx, "device", self._clock.now(), kept)
            if with_programs:
                records.revoke_everybodys(tx, "program", self._clock.now(), kept)
            tx.after_commit(lambda: self._forget(None))
            _tell(tx, "all accesses end: %d devices, %d programs", ended.devices, ended.programs * with_programs)
            return ended if with_programs else msgspec.structs.replace(ended, programs=0)

        return await self._store.write(use_case)

    async def renew(self, access: Access) -> str:
        """Another token for the same access, shown this once: the one before opens nothing any more.

        Raises LocalError('unauthorized') where it ended meanwhile.
        """
        token = self._new_token()

        def use_case(tx: Tx) -> str:
            if not records.renew_token(tx, access.id, hash_of(token)):
                raise LocalError("unauthorized")
            _tell(tx, "access %d has a new token", access.id)
            self.forget(tx, [access.actor.member_id])
            return token

        return await self._store.write(use_case)

    def _count(self, tx: Tx, but: Access | None) -> AccessesView:
        found = records.count_tokens(tx, self._clock.now(), but.id if but else None)
        return AccessesView(devices=found.get("device", 0), programs=found.get("program", 0))

    async def authenticate(self, token: str) -> Actor:
        """Who holds this token of a program. Raises LocalError('unauthorized')."""
        return (await self.find(token, "program")).actor

    async def find(self, token: str, kind: AccessKind) -> Access:
        """The access with this token. Known tokens are answered from memory. Raises LocalError('unauthorized').

        A device's token opens no door for programs, nor the other way round. The first use on a day is written down,
        the others are nobody's business.
        """
        if not token.isascii() or len(token) > TOKEN_TEXT_MAX:
            raise LocalError("unauthorized")
        token_hash = hash_of(token)
        access = self._known.get(token_hash) or await self._look_up(token_hash)
        now = self._clock.now()
        if access.kind != kind or access.is_over(now):
            raise LocalError("unauthorized")
        today = now // DAY_SECONDS
        if access.used_day is None or access.used_day < today:
            await self._store.write(lambda tx: records.note_use(tx, token_hash, today))
            if self._known.get(token_hash) is access:
                self._known[token_hash] = access._replace(used_day=today)
        return access

    def is_known(self, tx: Tx, member: Member, mark: str) -> bool:
        """Whether one of a member's devices, also one that is signed out by now, carries this mark."""
        marks = [known_mark(token_hash) for token_hash in records.load_device_hashes(tx, member.id, DEVICES_KNOWN)]
        return mark.isascii() and any(hmac.compare_digest(mark, each) for each in marks)

    def void(self, tx: Tx, member: Member) -> None:
        """Void every access of a member, in the caller's use case."""
        numbers = records.revoke_tokens(tx, member.id, self._clock.now())
        _tell(tx, "accesses %s end", ", ".join(map(str, numbers)) or "of a member without any")
        self.forget(tx, [member.id])

    def forget(self, tx: Tx, member_ids: Collection[bytes]) -> None:
        """What these members may do has changed: their accesses are looked up again once that is committed."""
        tx.after_commit(lambda: self._forget(frozenset(member_ids)))

    def _view(self, tx: Tx, member: Member) -> TokensView:
        tokens = [
            TokenView(
                id=number, label=label, created_at=at, last_used_day=None if day is None else day * DAY_SECONDS,
                kind=kind,
            )
            for number, label, at, day, kind in records.load_tokens(tx, member.id, self._clock.now())
        ]  # fmt: skip
        return TokensView(handle=member.handle, tokens=tokens)

    async def _look_up(self, token_hash: bytes) -> Access:
        revocations = self._revocations
        access = await self._store.read(lambda tx: records.load_access(tx, token_hash))
        if access is None:
            raise LocalError("unauthorized")
        if revocations == self._revocations:  # else this reading may be older than the revocation
            if len(self._known) >= ACCESSES_KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[token_hash] = access
        return access

    def _forget(self, member_ids: frozenset[bytes] | None) -> None:
        """Forget the accesses of these members, or everybody's."""
        self._revocations += 1
        self._known = {
            key: access for key, access in self._known.items()
            if member_ids is not None and access.actor.member_id not in member_ids
        }  # fmt: skip


def hash_of(token: str) -> bytes:
    """A random token of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def known_mark(token_hash: bytes) -> str:
    """What a device keeps after it was signed in: it opens nothing, it only tells the device from a stranger's."""
    return hmac.digest(token_hash, b"known device", "sha256").hex()


def _tell(tx: Tx, words: str, *values: object) -> None:
    """A line of the log once it is committed: accesses by numbers, which only our database explains."""
    tx.after_commit(lambda: logger.info(words, *values))


def _owned(tx: Tx, handle: str, actor: Actor) -> Member:
    """A member whose accesses are this actor's business. Raises LocalError: unknown_member, not_allowed."""
    if not actor.runs_office and actor.handle != handle:
        raise LocalError("not_allowed", "not your accesses")
    return load_present(tx, handle)
