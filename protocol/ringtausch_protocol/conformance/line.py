# SPDX-License-Identifier: Apache-2.0
"""The kit's side of one line: both chains, its log, its boot; and every message it can make, true or with changes.

Nothing here says what is right of the other side: that is for the rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ringtausch_protocol import canonical, channel, envelope, frames, merkle
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.conformance.ring import KitRing
from ringtausch_protocol.documents import Head, Hello, HelloAck, PeerAgreement, Position, Standing
from ringtausch_protocol.entries import ENTRY_DOCUMENT, ENTRY_HELLO, ENTRY_HELLO_ACK, log_entry
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.posts import Beside, Have, Post, wire_frame
from ringtausch_protocol.requests import Ask, Invitation, PeeringAsk, Say, agreement_between
from ringtausch_protocol.sealing import BoxSealer
from ringtausch_protocol.words import peering_words

AGREEMENT = "peer-agreement"


class KitLine:
    """One agreement of a kit's ring with the ring under test, from an invitation on."""

    def __init__(self, ring: KitRing, invitation: Invitation, peer: Card, now: Callable[[], int]) -> None:
        self.ring, self.invitation, self.peer, self.now = ring, invitation, peer, now
        self.agreement = self._agree()
        self.first = b64(envelope.document_hash(AGREEMENT, canonical.encode(self.agreement)))
        self.out: list[Frame] = []
        #: What came, what came beside it, unopened, and adverts, unverified.
        self.came: list[Frame] = []
        self.boxes: list[Beside] = []
        self.adverts: list[bytes] = []
        #: Whether the last thing that came did not follow what is in the chain: others of that chain are missing.
        self.is_behind_gap = False
        #: Why nothing more is judged on this line: the two sides do not hold the same any more. Empty: they do.
        self.out_of_step = ""
        self.leaves = [merkle.leaf_hash(log_entry(ENTRY_DOCUMENT, (ring.card.envelope,)))]
        self.is_agreed = self.has_greeted = False
        self.tokens: set[str] = set()
        self.their_boot = b64(bytes(16))
        #: Of the other side, as its hello-acks told: a ring may be started anew at any time.
        self.their_boots: set[str] = set()
        self.boots: dict[int, str] = {}
        self.start()

    def start(self) -> None:
        """A new boot of the kit's ring."""
        self.boot = b64(self.ring.chance(16))
        self.their_token = b64(bytes(32))
        self.my_token = self.ring.chance(32)
        self.tokens.add(b64(self.my_token))

    @property
    def is_in_step(self) -> bool:
        """Whether the other side gave this boot a token."""
        return self.their_token != b64(bytes(32))

    @property
    def words(self) -> list[str]:
        """What both operators compare."""
        return peering_words(self.ring.ring_id, self.peer.card.ring_id, canonical.unb64(self.first, 32))

    # -- peering -----------------------------------------------------------------------------------------------------

    def _agree(self) -> PeerAgreement:
        mine, theirs = self.ring.ring_id, self.peer.card.ring_id
        seed = canonical.unb64(self.invitation.secret, 32) + mine.encode() + theirs.encode()
        epoch = hashlib.sha256(b"ringtausch/epoch/v1\n" + seed).digest()[:16]
        return agreement_between(self.invitation.net, theirs, mine, self.invitation, epoch)

    def peering(self, agreement: PeerAgreement | None = None, signer: Any = None, **changes: Any) -> bytes:
        """The body that accepts the invitation."""
        payload = canonical.encode(agreement or self.agreement)
        half = envelope.seal(AGREEMENT, payload, [signer or self.ring.operator_signer])
        ask = PeeringAsk(
            secret=self.invitation.secret, card=msgspec.Raw(self.ring.card.envelope), agreement=msgspec.Raw(half)
        )
        return canonical.encode(msgspec.structs.replace(ask, **changes))

    # -- hello -------------------------------------------------------------------------------------------------------

    def own(self) -> Position:
        """The last frame of the kit's own chain."""
        return Position(seq=len(self.out), hash=self.out[-1].hash if self.out else self.first)

    def theirs(self) -> Position:
        """The last frame held of the other chain."""
        return Position(seq=len(self.came), hash=self.came[-1].hash if self.came else self.first)

    def head(self) -> Head:
        """The kit's log."""
        return Head(log=1, size=len(self.leaves), root=b64(merkle.tree_root(self.leaves)))

    def ask(self, **changes: Any) -> bytes:
        """Round 1."""
        ask = Ask(
            net=self.invitation.net, from_=self.ring.ring_id, to=self.peer.card.ring_id, own=self.own(),
            peer=self.theirs(),
        )  # fmt: skip
        return canonical.encode(msgspec.structs.replace(ask, **changes))

    def standing(self, **changes: Any) -> Standing:
        """What the kit says of the channel."""
        boots = [(seq, self.boots[seq], self.ring.card.hash) for seq in range(1, len(self.out) + 1)]
        acked = max((frame.header.ack_seq for frame in self.came), default=0)
        info = "\n".join(("ringtausch/token/v1", self.invitation.net, self.ring.ring_id, self.peer.card.ring_id))
        box = BoxSealer(self.peer.seal_public, self.ring.chance(32)).seal(self.my_token, info.encode())
        standing = Standing(
            boot=self.boot, card=self.ring.card.hash, epoch=self.agreement.epoch, own=self.own(), peer=self.theirs(),
            runs=channel.runs_from(1, boots), acked=acked, own_head=self.head(), token=b64(box),
        )  # fmt: skip
        return msgspec.structs.replace(standing, **changes)

    def hello(self, challenge: str, standing: Standing | None = None, **changes: Any) -> Hello:
        """Round 2, unsigned."""
        hello = Hello(
            v=1, net=self.invitation.net, from_=self.ring.ring_id, to=self.peer.card.ring_id, challenge=challenge,
            nonce=b64(self.ring.chance(32)), standing=standing or self.standing(),
        )  # fmt: skip
        return msgspec.structs.replace(hello, **changes)

    def say(self, hello: Hello, signer: Any = None, kind: str = "hello") -> bytes:
        """Round 2, signed by the frame key or another."""
        signed = envelope.seal(kind, canonical.encode(hello), [signer or (self.ring.frame_key_id, self.ring.frame)])
        return canonical.encode(Say(from_=self.ring.ring_id, hello=msgspec.Raw(signed)))

    def heard(self, hello: bytes, ack: HelloAck, signed: bytes) -> None:
        """The answer was good: both stand in the log, and the token is ours to show."""
        self.leaves.append(merkle.leaf_hash(log_entry(ENTRY_HELLO, (hello,))))
        self.leaves.append(merkle.leaf_hash(log_entry(ENTRY_HELLO_ACK, (signed,))))
        self.their_token, self.their_boot = self.open_token(ack.standing.token), ack.standing.boot
        self.their_boots.add(ack.standing.boot)
        self.has_greeted = True

    def open_token(self, sealed: str) -> str:
        """The token that the other side gave. Raises RemoteError: malformed, bad_box."""
        names = ("ringtausch/token/v1", self.invitation.net, self.peer.card.ring_id, self.ring.ring_id)
        return b64(self.ring.seal.open(canonical.unb64(sealed, None), "\n".join(names).encode()))

    # -- frames ------------------------------------------------------------------------------------------------------

    def frame(self, items: Sequence[bytes], signer: Any = None, **changes: Any) -> Frame:
        """The next frame, with changes; it is not part of the chain before `sent`."""
        own, theirs = self.own(), self.theirs()
        header = Header(
            v=1, net=self.invitation.net, from_=self.ring.ring_id, to=self.peer.card.ring_id,
            epoch=self.agreement.epoch, boot=self.boot, to_boot=self.their_boot, seq=own.seq + 1, prev=own.hash,
            ack_seq=theirs.seq, ack_hash=theirs.hash, head=self.head(), at=self.now(), count=len(items),
            items_root=frames.items_root(items),
        )  # fmt: skip
        changed = msgspec.structs.replace(header, **changes)
        return frames.seal_frame(changed, items, self.ring.frame_key_id, signer or self.ring.frame)

    def sent(self, frame: Frame) -> None:
        """The frame is part of the kit's chain and log from now on."""
        self.out.append(frame)
        self.boots[frame.header.seq] = frame.header.boot
        self.leaves.append(merkle.leaf_hash(frame.entry()))

    def received(self, frame: Frame) -> None:
        """The frame is part of the other chain from now on."""
        self.came.append(frame)
        self.is_behind_gap = False
        self.leaves.append(merkle.leaf_hash(frame.entry()))

    def post(self, sent: Sequence[Frame] = (), boxes: Sequence[Beside] = (), **changes: Any) -> bytes:
        """The body of a post."""
        have = Have(epoch=self.agreement.epoch, seq=self.theirs().seq, hash=self.theirs().hash)
        wire = [wire_frame(each) for each in sent]
        post = Post(token=self.their_token, have=have, frames=wire, boxes=list(boxes), notes=[])
        return canonical.encode(msgspec.structs.replace(post, **changes))
