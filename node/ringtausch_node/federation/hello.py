# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hello in two rounds: how two boots of two rings find each other's place in their chains (SPEC.md 6.4).

Round 1 asks for a challenge; round 2 is signed over it. The answer is made in the commit that stores the fence, and
both hello and answer stand in both logs. One process keeps challenges, nonces and tokens in memory only.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.federation import records
from ringtausch_node.federation.budgets import Budgets
from ringtausch_node.federation.identity import RingIdentity
from ringtausch_node.federation.lines import Line, Lines, newest_head
from ringtausch_node.federation.model import IN, OUT, LineRow, Recovering, Replaced
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, channel, envelope, limits
from ringtausch_protocol.canonical import Hash32, Net, RingId, Wire, b64
from ringtausch_protocol.channel import Mine, Step
from ringtausch_protocol.documents import Head, Hello, HelloAck, Position, Standing
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import ENTRY_HELLO, ENTRY_HELLO_ACK, Have, log_entry


class Ask(Wire, frozen=True, tag_field="round", tag="ask"):
    """Round 1: who asks, and what he holds of both chains."""

    net: Net
    from_: RingId = msgspec.field(name="from")
    to: RingId
    own: Position
    peer: Position


class Say(Wire, frozen=True, tag_field="round", tag="hello"):
    """Round 2: the signed hello; `from` only says under whose keys to verify it."""

    from_: RingId = msgspec.field(name="from")
    hello: msgspec.Raw


class AskAnswer(Wire, frozen=True):
    """Answer to round 1: a fresh challenge, and what the answerer holds of both chains."""

    challenge: Hash32
    own: Position
    peer: Position


class SayAnswer(Wire, frozen=True):
    """Answer to round 2: the signed hello-ack."""

    ack: msgspec.Raw


class _Pending(NamedTuple):
    nonce: str
    hello_hash: str


class Greeter:
    """Both sides of hello for all lines of this process."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines, recovery: Recovering,
        budgets: Budgets,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids = store, clock, ids
        self._identity, self._lines, self._recovery = identity, lines, recovery
        self._challenges: dict[str, str] = {}
        self._budgets = budgets
        self._nonces: dict[str, _Pending] = {}
        self._tokens: dict[str, tuple[str, bytes]] = {}

    # -- the side that asks ------------------------------------------------------------------------------------------

    async def ask(self, line: Line) -> Ask:
        """Round 1 of our hello."""
        own, peer = positions(await self._store.read(lambda tx: records.load_line(tx, line.peer.id)))
        return Ask(net=line.names.net, from_=line.names.me, to=line.names.peer, own=own, peer=peer)

    async def say(self, line: Line, answer: AskAnswer) -> Say:
        """Round 2: signed in the writer over the other side's challenge, and logged before it leaves."""
        nonce = b64(self._ids.random(32))

        def sign(tx: Tx) -> tuple[bytes, str]:
            standing = self._standing(tx, line, answer.peer.seq, line.peer_boot)
            hello = Hello(
                v=1, net=line.names.net, from_=line.names.me, to=line.names.peer, challenge=answer.challenge,
                nonce=nonce, standing=standing,
            )  # fmt: skip
            payload = canonical.encode(hello)
            signed = envelope.seal("hello", payload, [(self._identity.frame_key_id, self._identity.frame_signer)])
            translog.append_later(tx, log_entry(ENTRY_HELLO, (signed,)))
            return signed, b64(envelope.document_hash("hello", payload))

        signed, digest = await self._store.write(sign)
        self._nonces[line.peer.ring_id] = _Pending(nonce, digest)
        return Say(from_=line.names.me, hello=msgspec.Raw(signed))

    async def heard(self, line: Line, answer: SayAnswer) -> Step:
        """The hello-ack came: store the other side's list, and see whether we are in step.

        Raises RemoteError: bad_signature, wrong_ring, wrong_net, wrong_epoch, bad_challenge (not to our last hello),
        fenced (a replaced boot).
        """
        signed = bytes(answer.ack)
        payload = _open(signed, "hello-ack", line)
        ack = canonical.parse(payload, HelloAck, limits.HELLO_BYTES)
        channel.verify_names(line.names, ack.net, ack.from_, ack.to, ack.standing.epoch)
        pending = self._nonces.get(line.peer.ring_id)
        if pending is None or (ack.nonce, ack.hello) != pending:
            raise RemoteError("bad_challenge", "hello-ack to another hello")
        token = self._open_token(line, ack.standing)

        def store(tx: Tx) -> Step:
            step = self._store_standing(tx, line, ack.standing, signed)
            translog.append_later(tx, log_entry(ENTRY_HELLO_ACK, (signed,)))
            self._believe(tx, line, ack.standing, step)
            # The ack itself proves that the other side has stored our list.
            line.in_step = step is Step.IN_STEP and not self._recovery.is_active
            self._tokens[line.peer.ring_id] = (ack.standing.boot, self._tokens[line.peer.ring_id][1])
            tx.collect("line", line)
            return step

        step = await self._store.write(store)
        self._nonces.pop(line.peer.ring_id, None)
        line.token_to_show = token
        self._met(line, ack.standing)
        return step

    # -- the side that answers ---------------------------------------------------------------------------------------

    async def answer_ask(self, line: Line) -> AskAnswer:
        """Give out the challenge: the same to all who ask, until a signed hello spends it.

        Anybody may ask in the name of a peer; with a challenge for each, a stranger would push out the peer's own.
        """
        own, peer = positions(await self._store.read(lambda tx: records.load_line(tx, line.peer.id)))
        challenge = self._challenges.setdefault(line.peer.ring_id, b64(self._ids.random(32)))
        return AskAnswer(challenge=challenge, own=own, peer=peer)

    async def answer_say(self, line: Line, say: Say) -> tuple[SayAnswer, Step]:
        """Store the list a hello tells (the fence) and sign the answer in that same commit."""
        signed = bytes(say.hello)
        payload = _open(signed, "hello", line)
        hello = canonical.parse(payload, Hello, limits.HELLO_BYTES)
        channel.verify_names(line.names, hello.net, hello.from_, hello.to, hello.standing.epoch)
        self._budgets.verify_hello(line)
        self._spend_challenge(line, hello.challenge)
        token = self._open_token(line, hello.standing)
        digest = b64(envelope.document_hash("hello", payload))

        def store(tx: Tx) -> tuple[bytes, Step]:
            step = self._store_standing(tx, line, hello.standing, signed)
            translog.append_later(tx, log_entry(ENTRY_HELLO, (signed,)))
            ack = self._sign_ack(tx, line, hello, digest)
            self._believe(tx, line, hello.standing, step)
            return ack, step

        ack, step = await self._store.write(store)
        line.token_to_show = token
        self._met(line, hello.standing)
        return SayAnswer(ack=msgspec.Raw(ack)), step

    def _met(self, line: Line, said: Standing) -> None:
        line.outbox.clear()
        line.hand_again_from(said.peer.seq)
        line.was_met()

    def _sign_ack(self, tx: Tx, line: Line, hello: Hello, digest: str) -> bytes:
        standing = self._standing(tx, line, hello.standing.peer.seq, hello.standing.boot)
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

    # -- both sides --------------------------------------------------------------------------------------------------

    def _standing(self, tx: Tx, line: Line, their_have: int, their_boot: str) -> Standing:
        row = records.load_line(tx, line.peer.id)
        own, peer = positions(row)
        line.own_seq = own.seq
        line.hold = Have(epoch=line.names.epoch, seq=peer.seq, hash=peer.hash)
        first = min(their_have, row.acked_seq) + 1
        runs = channel.runs_from(first, records.load_own_boots(tx, line.peer.id, line.names.epoch, first))
        number, size, root = translog.head(tx)
        known = canonical.parse(row.peer_head, Head, limits.DOCUMENT_BYTES) if row.peer_head else None
        return Standing(
            boot=self._identity.boot, card=self._identity.own.hash, epoch=line.names.epoch, own=own, peer=peer,
            runs=runs, acked=row.acked_seq, own_head=Head(log=number, size=size, root=b64(root)), peer_head=known,
            token=self._seal_token(line, their_boot),
        )  # fmt: skip

    def _store_standing(self, tx: Tx, line: Line, said: Standing, signed: bytes) -> Step:
        """Persist what the peer told: its fence, boot, head; and compare. Raises RemoteError: fenced, malformed."""
        if records.is_replaced(tx, line.peer.id, said.boot):
            raise Replaced(records.load_said(tx, line.peer.id))
        row = records.load_line(tx, line.peer.id)
        fence = channel.fence_of(said)
        step = channel.compare_standing(said, self._mine(tx, line, row))
        records.note_boot(tx, line.peer.id, said.boot, self._clock.now(), signed)
        row.fence, row.peer_head = canonical.encode(fence), newest_head(row.peer_head, said.own_head)
        row.seen_at = self._clock.now()
        records.save_line(tx, row)
        if self._is_fault(step):
            records.set_peer_state(tx, line.peer.id, "quarantined", step.value)
        return step

    def _is_fault(self, step: Step) -> bool:
        return step is Step.FORKED or (step is Step.LOST and not self._recovery.is_active)

    def _believe(self, tx: Tx, line: Line, said: Standing, step: Step) -> None:
        """Remember what was stored. Last in its use case: of one that is undone nothing stays in memory."""
        line.known_head = said.peer_head
        if line.peer_boot != said.boot:
            # A new boot voids every challenge and nonce given to the one before (a late hello cannot come back).
            self._challenges.pop(line.peer.ring_id, None)
            line.in_step = False
        line.fence = channel.fence_of(said)
        if self._is_fault(step):
            line.stop()
            tx.after_commit(lambda: quarantine(line, step.value))

    def _mine(self, tx: Tx, line: Line, row: LineRow) -> Mine:
        own, peer = positions(row)
        number, size, root = translog.head(tx)
        return Mine(
            own=own,
            peer=peer,
            hash_out=lambda seq: hash_at(tx, line, OUT, seq),
            hash_in=lambda seq: hash_at(tx, line, IN, seq),
            head=Head(log=number, size=size, root=b64(root)),
        )

    def _seal_token(self, line: Line, their_boot: str) -> str:
        """The token the peer must show, sealed to its card: one per pair of boots, the same again on repeats."""
        boot, token = self._tokens.get(line.peer.ring_id, ("", b""))
        if not token or their_boot not in ("", boot):
            token = self._ids.random(32)
            self._lines.expect_token(line, b64(token))
        self._tokens[line.peer.ring_id] = (their_boot, token)
        return b64(line.seal(token, self._token_info(line.names.me, line.names.peer)))

    def _open_token(self, line: Line, said: Standing) -> str:
        info = self._token_info(line.names.peer, line.names.me)
        token = self._identity.seal_key.open(canonical.unb64(said.token, None), info)
        if len(token) != 32:
            raise RemoteError("malformed", "token")
        return b64(token)

    def _token_info(self, sender: str, receiver: str) -> bytes:
        return "\n".join(("ringtausch/token/v1", self._identity.net, sender, receiver)).encode()


def _open(signed: bytes, kind: str, line: Line) -> bytes:
    """Verify a hello or hello-ack; with many runs it is larger than other documents. -> its payload."""
    return envelope.open_envelope(signed, kind, line.card.frame_keys, limit=limits.HELLO_ENVELOPE_BYTES)


def positions(row: LineRow) -> tuple[Position, Position]:
    """The two last frames of a line: our own chain's and the peer's."""
    return Position(seq=row.own_seq, hash=row.own_hash), Position(seq=row.peer_seq, hash=row.peer_hash)


def hash_at(tx: Tx, line: Line, direction: int, seq: int) -> str | None:
    """H of a stored frame; seq 0 is what the first frame hangs on."""
    if seq == 0:
        return line.peer.agreement_hash
    return records.load_hash(tx, line.peer.id, direction, line.names.epoch, seq)


def quarantine(line: Line, reason: str) -> None:
    """Nothing is signed for this peer until operators decide."""
    line.peer = line.peer._replace(state="quarantined", reason=reason)
    line.out_of_step()
