# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hello in two rounds: how two boots of two rings find each other's place in their chains (SPEC.md 6.4).

Round 1 asks for a challenge; round 2 is signed over it. The answer is made in the commit that stores the fence, and
both hello and answer stand in both logs. One process keeps challenges, nonces and tokens in memory only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation.greeting.card_exchange import CardExchange, NewerCards
from ringtausch_node.federation.greeting.standing import Standings, positions
from ringtausch_node.federation.greeting.tokens import Tokens
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.heads import head_in
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import Recovering
from ringtausch_node.federation.wire.budgets import Budgets
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, channel, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.channel import Step
from ringtausch_protocol.documents import Hello, HelloAck, Standing
from ringtausch_protocol.entries import ENTRY_HELLO, ENTRY_HELLO_ACK, log_entry
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.requests import Ask, AskAnswer, CardName, Say, SayAnswer

T = TypeVar("T")


class _Pending(NamedTuple):
    nonce: str
    hello_hash: str
    cards: list[Card]
    #: The boot of theirs that spoke last when we said it.
    peer_boot: str


class Greeter:
    """Both sides of hello for all lines of this process."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines, recovery: Recovering,
        budgets: Budgets, cards: CardExchange,
    ) -> None:  # fmt: skip
        self._store, self._ids = store, ids
        self._identity, self._recovery = identity, recovery
        self.cards = cards
        self._challenges: dict[str, str] = {}
        self._budgets = budgets
        self._nonces: dict[str, _Pending] = {}
        self._tokens = Tokens(ids, identity, lines)
        self._standings = Standings(clock=clock, identity=identity, recovery=recovery, tokens=self._tokens)

    # -- the side that asks ------------------------------------------------------------------------------------------

    async def ask(self, line: Line) -> Ask:
        """Round 1 of our hello."""
        own, peer = positions(await self._store.read(lambda tx: records.load_line(tx, line.peer.id)))
        mine = self._identity.own
        return Ask(
            net=line.names.net, from_=line.names.me, to=line.names.peer, own=own, peer=peer,
            card=CardName(number=mine.number, hash=mine.hash) if mine.number > 1 else None, peer_card=line.card.number,
        )  # fmt: skip

    async def say(self, line: Line, answer: AskAnswer) -> Say:
        """Round 2: signed in the writer over the other side's challenge, and logged before it leaves.

        Raises RemoteError with the code of a card of theirs that breaks the rules.
        """
        offered = await self.cards.read(line, answer.cards, is_from_peer=False)
        card, nonce = offered[-1] if offered else line.card, b64(self._ids.random(32))

        def sign(tx: Tx) -> tuple[bytes, str]:
            self._recovery.fit_log(tx, line.peer.id, answer.head)
            standing = self._standings.tell(tx, line, card, answer.peer.seq, line.peer_boot)
            hello = Hello(
                v=1, net=line.names.net, from_=line.names.me, to=line.names.peer, challenge=answer.challenge,
                nonce=nonce, standing=standing,
            )  # fmt: skip
            payload = canonical.encode(hello)
            signed = envelope.seal("hello", payload, [(self._identity.frame_key_id, self._identity.frame_signer)])
            translog.append_later(tx, log_entry(ENTRY_HELLO, (signed,)))
            return signed, b64(envelope.document_hash("hello", payload))

        signed, digest = await self._write(line, sign)
        self._nonces[line.peer.ring_id] = _Pending(nonce, digest, offered, line.peer_boot)
        return Say(from_=line.names.me, hello=msgspec.Raw(signed), cards=self.cards.own_after(answer.peer_card))

    async def heard(self, line: Line, answer: SayAnswer) -> Step:
        """The hello-ack came: store the other side's list, and see whether we are in step.

        Raises RemoteError: bad_signature, wrong_ring, wrong_net, wrong_epoch, bad_challenge (not to our last hello),
        fenced (a replaced boot), card_old, card_unknown.
        """
        signed = bytes(answer.ack)
        ack, pending = self._read_ack(line, signed)
        token = self._tokens.open(line, ack.standing)

        def store(tx: Tx) -> Step:
            if line.peer_boot not in (pending.peer_boot, ack.standing.boot):
                # A newer boot has spoken since: this one may be dead, and be one that we never heard of.
                raise RemoteError("bad_challenge", "hello-ack of a boot before the last")
            self.cards.install(tx, line, pending.cards)
            step = self._standings.store(tx, line, ack.standing, signed, is_ack=True)
            translog.append_later(tx, log_entry(ENTRY_HELLO_ACK, (signed,)))
            self._believe(tx, line, ack.standing, step)
            # The ack itself proves that the other side has stored our list.
            line.in_step = step is Step.IN_STEP and line.is_usable and not self._recovery.is_active
            line.is_away = line.is_away and not line.in_step  # at once: for one in step and away nothing waits long
            self._tokens.went_to(line, ack.standing.boot)
            tx.collect("line", line)
            return step

        step = await self._store.write(store)
        self._nonces.pop(line.peer.ring_id, None)
        line.token_to_show = token
        self._knows(line, ack.standing)
        return step

    def _read_ack(self, line: Line, signed: bytes) -> tuple[HelloAck, _Pending]:
        """Verify a hello-ack under the newest card that the other side told. -> it, and to what it is the answer."""
        pending = self._nonces.get(line.peer.ring_id)
        offered = [] if pending is None else pending.cards
        card = offered[-1] if offered else line.card
        ack = canonical.parse(_open(signed, "hello-ack", card), HelloAck, limits.HELLO_BYTES)
        channel.verify_names(line.names, ack.net, ack.from_, ack.to, ack.standing.epoch)
        self.cards.verify_named(line, card, ack.standing.card)
        if pending is None or (ack.nonce, ack.hello) != (pending.nonce, pending.hello_hash):
            raise RemoteError("bad_challenge", "hello-ack to another hello")
        return ack, pending

    # -- the side that answers ---------------------------------------------------------------------------------------

    async def answer_ask(self, line: Line, ask: Ask) -> AskAnswer:
        """Give out the challenge: the same to all who ask, until a signed hello spends it.

        Anybody may ask in the name of a peer; with a challenge for each, a stranger would push out the peer's own.
        Raises NewerCards to one who names a card that was replaced, RemoteError('card_unknown') to one who names a
        card of ours that this folder has no keys of.
        """
        if ask.peer_card > self._identity.own.number:
            raise RemoteError("card_unknown", "a newer card of ours")
        held = self.cards.named_by(line, ask.card.number if ask.card else 1, ask.card.hash if ask.card else None)
        row = await self._store.read(lambda tx: records.load_line(tx, line.peer.id))
        own, peer = positions(row)
        challenge = self._challenges.setdefault(line.peer.ring_id, b64(self._ids.random(32)))
        return AskAnswer(
            challenge=challenge, own=own, peer=peer, peer_card=held, cards=self.cards.own_after(ask.peer_card),
            head=head_in(row.peer_head),
        )  # fmt: skip

    async def answer_say(self, line: Line, say: Say) -> tuple[SayAnswer, Step]:
        """Store the list a hello tells (the fence) and sign the answer in that same commit."""
        signed = bytes(say.hello)
        offered = await self.cards.read(line, say.cards, is_from_peer=self._is_fresh(line, signed))
        card = offered[-1] if offered else line.card
        payload = self._open_hello(line, card, signed)
        hello = canonical.parse(payload, Hello, limits.HELLO_BYTES)
        channel.verify_names(line.names, hello.net, hello.from_, hello.to, hello.standing.epoch)
        self._budgets.verify_hello(line)
        self.cards.verify_named(line, card, hello.standing.card)
        self._spend_challenge(line, hello.challenge)
        token = self._tokens.open(line, hello.standing)
        digest = b64(envelope.document_hash("hello", payload))

        def store(tx: Tx) -> tuple[bytes, Step]:
            self.cards.install(tx, line, offered)
            step = self._standings.store(tx, line, hello.standing, signed, is_ack=False)
            self._recovery.fit_log(tx, line.peer.id, hello.standing.peer_head)
            translog.append_later(tx, log_entry(ENTRY_HELLO, (signed,)))
            ack = self._sign_ack(tx, line, card, hello, digest)
            self._believe(tx, line, hello.standing, step)
            line.said_head = hello.standing.own_head
            return ack, step

        ack, step = await self._write(line, store)
        line.token_to_show = token
        self._knows(line, hello.standing)
        line.was_met()
        return SayAnswer(ack=msgspec.Raw(ack)), step

    def _is_fresh(self, line: Line, signed: bytes) -> bool:
        """Whether a hello is by the card that we know and over the challenge that we handed out: no old bytes."""
        try:
            hello = canonical.parse(_open(signed, "hello", line.card), Hello, limits.HELLO_BYTES)
        except RemoteError:
            return False
        return hello.challenge == self._challenges.get(line.peer.ring_id)

    def _open_hello(self, line: Line, card: Card, signed: bytes) -> bytes:
        """Verify a hello under the card in force. Raises NewerCards where it is by a card that was replaced."""
        try:
            return _open(signed, "hello", card)
        except RemoteError as bad:
            earlier = [each for each in line.cards.values() if each.number < card.number]
            if bad.code != "unknown_key" or not any(_is_by(signed, each) for each in earlier):
                raise
        raise NewerCards(self.cards.theirs_after(line, 0))

    async def _write(self, line: Line, use_case: Callable[[Tx], T]) -> T:
        """With more boots than a hello can tell the line rests until the operators begin it anew (SPEC.md 5.4)."""
        try:
            return await self._store.write(use_case)
        except RemoteError as refused:
            if (code := refused.code) == "too_many_runs":
                line.stop()
                await self._store.write(lambda tx: records.set_peer_state(tx, line.peer.id, "quarantined", code))
                line.quarantine(code)
            raise

    def _knows(self, line: Line, said: Standing) -> None:
        """The peer is there, and has told what it holds of ours; frames behind that are read from the table."""
        line.outbox.clear()
        line.hand_again_from(said.peer.seq)
        line.has_answered()

    def _sign_ack(self, tx: Tx, line: Line, card: Card, hello: Hello, digest: str) -> bytes:
        standing = self._standings.tell(tx, line, card, hello.standing.peer.seq, hello.standing.boot)
        ack = HelloAck(
            v=1, net=line.names.net, from_=line.names.me, to=line.names.peer, nonce=hello.nonce, hello=digest,
            standing=standing,
        )  # fmt: skip
        signer = (self._identity.frame_key_id, self._identity.frame_signer)
        signed = envelope.seal("hello-ack", canonical.encode(ack), [signer])
        translog.append_later(tx, log_entry(ENTRY_HELLO_ACK, (signed,)))
        return signed

    def _spend_challenge(self, line: Line, challenge: str) -> None:
        if self._challenges.get(line.peer.ring_id) != challenge:
            raise RemoteError("bad_challenge", "unknown or spent")
        del self._challenges[line.peer.ring_id]

    def _believe(self, tx: Tx, line: Line, said: Standing, step: Step) -> None:
        """A new boot voids every challenge given to the one before: a late hello cannot come back."""
        if line.peer_boot != said.boot:
            self._challenges.pop(line.peer.ring_id, None)
        self._standings.believe(tx, line, said, step)


def _open(signed: bytes, kind: str, card: Card) -> bytes:
    """Verify a hello or hello-ack; with many runs it is larger than other documents. -> its payload."""
    return envelope.open_envelope(signed, kind, card.frame_keys, limit=limits.HELLO_ENVELOPE_BYTES)


def _is_by(signed: bytes, card: Card) -> bool:
    try:
        _open(signed, "hello", card)
    except RemoteError:
        return False
    return True
