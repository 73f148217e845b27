# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line that cannot be continued begins anew over an agreed balance (SPEC.md 5.4): proposed here, signed there.

The operators of both rings agree on one figure and on the orders that go on. What the books say otherwise is booked
against an account of the community, so every ring sums to zero as before: a loss or gain where it was waived, else as
hours whose owner is looked for. From the proposal on nothing moves on the line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec
from msgspec import structs

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import stopping
from ringtausch_node.federation.agreement.operators import Operators
from ringtausch_node.federation.agreement.terms import LineLife
from ringtausch_node.federation.greeting.card_exchange import CardExchange
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import GIVEN_UP, Peer
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.federation.reset.drafting import draft
from ringtausch_node.federation.reset.dropping import Dropping
from ringtausch_node.federation.reset.installing import Installer
from ringtausch_node.federation.reset.last_word import why_not_anew
from ringtausch_node.federation.reset.passing import names_all
from ringtausch_node.federation.reset.reading import (
    KIND,
    SignedReset,
    is_open,
    is_same,
    may_go_on,
    reset_in,
    verify_reset,
)
from ringtausch_node.federation.reset.records import Proposals
from ringtausch_node.federation.reset.viewing import (
    ResetView,
    Signer,
    both_of,
    verify_waived,
    view_of,
    waiting,
    waived_by,
)
from ringtausch_node.federation.reset.waiving import PROPOSED, cause_of
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import EpochReset
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.reset_bodies import ResetAnswer, ResetAsk


class Resets:
    """Both sides of an epoch-reset."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines,
        adopt: Callable[[Peer], object], operators: Operators, verify_ready: Callable[[], None], mail: Mail,
        cards: CardExchange, life: LineLife, strangers: Strangers,
    ) -> None:  # fmt: skip
        self._store, self._ids, self._identity, self._lines = store, ids, identity, lines
        self._operators, self._verify_ready, self._cards = operators, verify_ready, cards
        self._installer = Installer(clock, ids, adopt, mail, life, strangers)
        self.dropping = Dropping(store, clock, adopt)

    # -- the operator's word -----------------------------------------------------------------------------------------

    async def view(self, address: str) -> ResetView:
        """The figures of a line, and what is proposed. Raises LocalError('unknown_peer')."""
        line = self._line(address)
        return await self._store.read(lambda tx: self._view(tx, line))

    async def waiting(self) -> dict[str, Signer]:
        """By address: who must sign next where a reset is proposed."""
        return await self._store.read(lambda tx: waiting(tx, self._lines.all()))

    async def propose(
        self, address: str, we_owe_seconds: int | None = None, *, waived_seconds: int | None = None
    ) -> ResetView:
        """Sign a new beginning of the line, without a figure over our book's balance. From now on nothing moves on it.

        Raises LocalError: unknown_peer, not_confirmed, already_given_up, line_over (both have signed the end at zero),
        limits, not_waived (we give up another amount than was said), nothing_waived, threshold (others of ours sign
        first; then ask again), ring_closed, recovering, superseded.
        """
        line = self._ready_line(address)
        is_done = await self._store.write(lambda tx: self._propose(tx, line, we_owe_seconds, waived_seconds))
        self._operators.verify_done(is_done=is_done)
        line.hurry()
        return await self.view(address)

    async def waived(self, address: str, we_owe_seconds: int) -> int:
        """What we would give up by such a proposal, in seconds.

        Raises LocalError: unknown_peer, not_confirmed, limits.
        """
        line = self._line(address)
        return await self._store.read(lambda tx: waived_by(tx, line, self._draft(tx, line, we_owe_seconds)))

    async def sign(self, address: str, *, waived_seconds: int | None = None) -> ResetView:
        """Sign the other ring's proposal: the line begins anew.

        Raises LocalError: no_proposal, ours_counts (they sign ours), reset_stale (it counts no more, or not yet); as
        `propose`.
        """
        line = self._ready_line(address)
        is_done = await self._store.write(lambda tx: self._sign(tx, line, waived_seconds), is_alone=True)
        self._operators.verify_done(is_done=is_done)
        line.wake.set()
        return await self.view(address)

    def _line(self, address: str) -> Line:
        line = self._lines.agreed(address)
        if line.peer.state == "agreed":
            raise LocalError("not_confirmed", address)
        return line

    def _ready_line(self, address: str) -> Line:
        self._verify_ready()
        if (line := self._line(address)).peer.reason == GIVEN_UP:
            raise LocalError("already_given_up", address)
        return line

    def _propose(self, tx: Tx, line: Line, we_owe_seconds: int | None, waived_seconds: int | None) -> bool:
        """False where other operators of ours must sign first."""
        if (code := why_not_anew(tx, line)) is not None:
            raise LocalError(code, line.peer.address)
        _, theirs, cause = kept.load_proposals(tx, line.peer.id)
        fresh = self._draft(tx, line, we_owe_seconds)
        document = self._known(tx, line, fresh) or fresh
        verify_waived(tx, line, document, waived_seconds)
        signed = envelope.seal(KIND, canonical.encode(document), self._identity.operator_signers)
        half = self._operators.complete(tx, KIND, signed, line.peer.address)
        if half is None:
            return False
        kept.save_proposals(tx, line.peer.id, Proposals(half, theirs, cause_of(line, cause)))
        self._rest(tx, line)
        return True

    def _draft(self, tx: Tx, line: Line, we_owe_seconds: int | None) -> EpochReset:
        return draft(tx, line, we_owe_seconds, new_epoch=b64(self._ids.random(16)))

    def _rest(self, tx: Tx, line: Line) -> None:
        """Nothing moves on the line while a proposal of ours stands."""
        records.set_peer_state(tx, line.peer.id, "quarantined", PROPOSED)
        line.stop()
        tx.after_commit(lambda: line.quarantine(PROPOSED))

    def _known(self, tx: Tx, line: Line, fresh: EpochReset) -> EpochReset | None:
        """The same proposal as it was signed before: asked again it keeps its epoch, so the word of others counts.

        Another figure, or a book that has moved since, makes another proposal, and they are asked anew.
        """
        sent = kept.load_proposals(tx, line.peer.id).ours
        found = map(reset_in, [*self._operators.known(tx, KIND, line.peer.address), *([sent] if sent else [])])
        return next((each for each in found if structs.replace(fresh, new_epoch=each.new_epoch) == each), None)

    def _sign(self, tx: Tx, line: Line, waived_seconds: int | None) -> bool:
        """False where other operators of ours must sign first."""
        stopping.verify_not_closed(tx)
        proposals = kept.load_proposals(tx, line.peer.id)
        if proposals.theirs is None:
            raise LocalError("no_proposal", line.peer.address)
        try:
            document = verify_reset(line, self._identity, proposals.theirs).document
        except RemoteError as bad:
            raise LocalError("reset_stale", bad.code) from None
        ours = reset_in(proposals.ours) if proposals.ours else None
        if not is_open(line, document, ours):
            raise LocalError("ours_counts", line.peer.address)
        if not self._may_sign(tx, line, document, ours):
            raise LocalError("reset_stale", "it lets an order go on that is not open here, or not one that passes")
        verify_waived(tx, line, document, waived_seconds)
        signed = envelope.add_signatures(proposals.theirs, KIND, self._identity.operator_signers)
        both = self._operators.complete(tx, KIND, signed, line.peer.address)
        if both is not None:
            self._installer.install(tx, line, document, both)
        return both is not None

    def _may_sign(self, tx: Tx, line: Line, theirs: EpochReset, ours: EpochReset | None) -> bool:
        is_right = names_all(tx, line.peer.id, theirs) and all(may_go_on(tx, line, hold) for hold in theirs.holds)
        return is_right and is_open(line, theirs, ours)

    # -- what travels ------------------------------------------------------------------------------------------------

    async def ask(self, line: Line) -> ResetAsk:
        """What we say of this line: our proposal, or the reset that began its present epoch."""
        return await self._store.read(lambda tx: self._ask(tx, line))

    def _ask(self, tx: Tx, line: Line) -> ResetAsk:
        epochs = kept.load_epochs(tx, line.peer.id)
        begun = next((row.document for row in epochs if row.epoch == line.names.epoch), None)
        shown = kept.load_proposals(tx, line.peer.id).ours or begun
        return ResetAsk(
            net=line.names.net, from_=line.names.me, to=line.names.peer, epoch=line.names.epoch,
            reset=[msgspec.Raw(shown)] if shown else [], peer_card=line.card.number, cards=self._cards.own_after(1),
        )  # fmt: skip

    async def answer(self, ask: ResetAsk) -> ResetAnswer:
        """The other ring proposes, or shows what both signed. Idempotent.

        Raises RemoteError: unknown_peer, wrong_ring, wrong_net, wrong_epoch, ring_closed (nobody signs here any more),
        and what a bad document raises.
        """
        line = self._lines.by_ring(ask.from_)
        if line is None or line.peer.state == "agreed":
            raise RemoteError("unknown_peer", "no agreement with this ring")
        if ask.to != line.names.me:
            raise RemoteError("wrong_ring", "message is for another ring")
        if ask.net != line.names.net:
            raise RemoteError("wrong_net", ask.net)
        known = line
        await self._take_cards(line, ask.cards)
        reset = await self._store.write(lambda tx: self._answer(tx, known, ask), is_alone=True)
        return ResetAnswer(reset=reset, cards=self._cards.own_after(ask.peer_card) if reset else [])

    def _answer(self, tx: Tx, line: Line, ask: ResetAsk) -> list[msgspec.Raw]:
        epochs = kept.load_epochs(tx, line.peer.id)
        for old, new in pairwise(epochs):
            if old.epoch == ask.epoch and new.document is not None:
                return [msgspec.Raw(new.document)]
        if not ask.reset:
            raise RemoteError("wrong_epoch", "nothing follows")
        signed = bytes(ask.reset[0])
        found = verify_reset(line, self._identity, signed)
        if found.document.old_epoch != line.names.epoch:
            if found.document.new_epoch == line.names.epoch:
                return []
            raise RemoteError("wrong_epoch", "not the present one")
        if not found.is_theirs:
            raise RemoteError("threshold", "a proposal of our own")
        proposals = kept.load_proposals(tx, line.peer.id)
        is_known = is_same(proposals.ours, found.document)
        if found.is_ours or is_known:
            self._installer.install(tx, line, found.document, signed, is_known=is_known)
            return ask.reset
        if stopping.is_closed(tx):
            raise RemoteError(stopping.CLOSED, "a proposal that nobody can sign")
        kept.save_proposals(tx, line.peer.id, proposals._replace(theirs=signed))
        return []

    async def _take_cards(self, line: Line, given: Sequence[msgspec.Raw]) -> None:
        """Cards of the peer that no hello could tell, as the line rests. A proposal of ours goes on being shown."""
        shown = await self._cards.read(line, self._cards.unknown(line, given), is_from_peer=False)

        def take(tx: Tx) -> None:
            self._cards.install(tx, line, shown)
            if kept.load_proposals(tx, line.peer.id).ours:
                self._rest(tx, line)

        if shown:
            await self._store.write(take)

    async def heard(self, line: Line, answer: ResetAnswer) -> bool:
        """The answer to `ask`. -> whether the line begins anew. Raises RemoteError where the document is not good."""
        if not answer.reset:
            return False
        signed = bytes(answer.reset[0])
        await self._take_cards(line, answer.cards)
        found = verify_reset(line, self._identity, signed)
        return await self._store.write(lambda tx: self._begin(tx, line, found, signed), is_alone=True)

    def _begin(self, tx: Tx, line: Line, found: SignedReset, signed: bytes) -> bool:
        if found.document.old_epoch != line.names.epoch:
            return False  # it has ended meanwhile, in this way or another
        is_known = is_same(kept.load_proposals(tx, line.peer.id).ours, found.document)
        if not ((found.is_ours or is_known) and found.is_theirs):
            raise RemoteError("threshold", "not signed by both rings")
        self._installer.install(tx, line, found.document, signed, is_known=is_known)
        return True

    # -- what an operator sees ---------------------------------------------------------------------------------------

    def _view(self, tx: Tx, line: Line) -> ResetView:
        ours, theirs = both_of(tx, line)
        may_sign = theirs is not None and self._may_sign(tx, line, theirs, ours)
        return view_of(tx, line, ours, theirs, may_sign=may_sign)
