# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this ring's operators say alone, to nobody in particular: signed by as many as its card asks for, and logged.

A write-off of an order that a dead ring would have to decide, and the last word about a line (SPEC.md 5.5, 7.6).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

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


class Member(NamedTuple):
    """Somebody of this ring: the account, and the handle that a commitment hides."""

    account: int
    handle: str


class OwnWords:
    """Signs and logs; all inside the writer's transaction."""

    def __init__(self, identity: RingIdentity, clock: Clock, ids: Ids, operators: Operators) -> None:
        self._identity, self._clock, self._ids, self._operators = identity, clock, ids, operators

    def write_off(self, tx: Tx, line: Line, order_hash: str) -> bytes | None:
        """Give up what an order passed on to a dead ring would bring. None where other operators must sign first.

        It stands in the log once the caller says so.
        """
        fresh = WriteOff(
            v=1, net=line.names.net, ring_id=line.names.me, order_hash=order_hash, dead_peer=line.names.peer,
            code=DEAD_CODE, at=self._clock.now(),
        )  # fmt: skip
        return self._complete(tx, line, waivers.KIND, fresh)

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
        whole = self._complete(tx, line, CLOSE, fresh, about)
        if whole is not None:
            self.log(tx, whole)
        return whole

    def _complete(
        self, tx: Tx, line: Line, kind: str, fresh: WriteOff | LineClose, about: About | None = None
    ) -> bytes | None:
        """The same words as they were signed before keep their time, so that the word of others counts."""
        before = (
            canonical.parse(envelope.parse_envelope(signed).body(), type(fresh), limits.DOCUMENT_BYTES)
            for signed in self._operators.known(tx, kind, line.peer.address)
        )
        said = next((each for each in before if structs.replace(fresh, at=each.at) == each), fresh)
        signed = envelope.seal(kind, canonical.encode(said), self._identity.operator_signers)
        return self._operators.complete(tx, kind, signed, line.peer.address, about)
