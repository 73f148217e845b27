# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this ring's operators say alone, to nobody in particular: signed by as many as its card asks for, and logged.

A write-off of an order that a dead ring would have to decide, and the last word about a line (SPEC.md 5.5, 7.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from msgspec import structs

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.operators import About, Operators
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import waivers
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.ids import Ids
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, envelope, limits, settlement
from ringtausch_protocol.documents import WriteOff
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.line_close import KIND as CLOSE
from ringtausch_protocol.line_close import LineClose

#: Why an order is written off: the ring behind never answers again.
DEAD_CODE = "next_hop_down"
How: TypeAlias = Literal["settled", "written_off"]
#: What our operators signed of each order that was passed on, by its hash.
Signed: TypeAlias = Mapping[str, bytes]
Word = TypeVar("Word", WriteOff, LineClose)


class Member(NamedTuple):
    """Somebody of this ring: the account, and the handle that a commitment hides."""

    account: int
    handle: str


class OwnWords:
    """Signs and logs; all inside the writer's transaction."""

    def __init__(self, identity: RingIdentity, clock: Clock, ids: Ids, operators: Operators) -> None:
        self._identity, self._clock, self._ids, self._operators = identity, clock, ids, operators

    def write_offs(self, tx: Tx, line: Line, order_hashes: Sequence[str]) -> Signed | None:
        """Give up what orders passed on to a dead ring would bring. None where other operators must sign first.

        They stand in the log once the caller says so.
        """
        known = {each.order_hash: each for each in reversed(self._known(tx, line, waivers.KIND, WriteOff))}
        said = {
            each: self._complete(tx, line, waivers.KIND, self._write_off(line, each, known.get(each)))
            for each in order_hashes
        }
        signed = {order_hash: document for order_hash, document in said.items() if document is not None}
        return signed if len(signed) == len(said) else None

    def _write_off(self, line: Line, order_hash: str, before: WriteOff | None) -> WriteOff:
        fresh = WriteOff(
            v=1, net=line.names.net, ring_id=line.names.me, order_hash=order_hash, dead_peer=line.names.peer,
            code=DEAD_CODE, at=self._clock.now(),
        )  # fmt: skip
        return fresh if before is None else _as_before(fresh, [before])

    def log(self, tx: Tx, document: bytes) -> None:
        """From this commit on everybody may read it."""
        translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (document,)))

    def close(self, tx: Tx, line: Line, balance_seconds: int, how: How, member: Member | None = None) -> bytes | None:
        """Say what becomes of the rest of a line (> 0: we owe). None where other operators must sign first.

        `member`: with whom it was settled. Operators who signed for one have not signed for another.
        """
        ended, about, commit = kept.load_ended(tx, line.peer.id), None, None
        if member is not None:
            about = self._operators.about(tx, CLOSE, line.peer.address, member.account)
            about = about or About(member.account, self._ids.random(limits.SALT_BYTES))
            commit = settlement.commit("member", about.salt, member.handle)
        fresh = LineClose(
            v=1, net=line.names.net, ring_id=line.names.me, peer=line.names.peer,
            epoch=ended[0].epoch if ended else line.names.epoch, balance_seconds=balance_seconds, how=how,
            at=self._clock.now(), member_commit=commit,
        )  # fmt: skip
        said = _as_before(fresh, self._known(tx, line, CLOSE, LineClose))
        whole = self._complete(tx, line, CLOSE, said, about)
        if whole is not None:
            self.log(tx, whole)
        return whole

    def _known(self, tx: Tx, line: Line, kind: str, form: type[Word]) -> list[Word]:
        """What was said before about this line, newest first."""
        return [
            canonical.parse(envelope.parse_envelope(signed).body(), form, limits.DOCUMENT_BYTES)
            for signed in self._operators.known(tx, kind, line.peer.address)
        ]

    def _complete(
        self, tx: Tx, line: Line, kind: str, said: WriteOff | LineClose, about: About | None = None
    ) -> bytes | None:
        signed = envelope.seal(kind, canonical.encode(said), self._identity.operator_signers)
        return self._operators.complete(tx, kind, signed, line.peer.address, about)


def _as_before(fresh: Word, before: Sequence[Word]) -> Word:
    """The same words as they were signed before keep their time, so that the word of others counts."""
    return next((each for each in before if structs.replace(fresh, at=each.at) == each), fresh)
