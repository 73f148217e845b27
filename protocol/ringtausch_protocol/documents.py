# SPDX-License-Identifier: Apache-2.0
"""The signed documents of the protocol, each a DSSE envelope of its own kind (SPEC.md section 4).

Field order is the order on the wire. An absent optional field is left out, never null. Ring ids, hashes and amounts
carry their bounds in their types (`canonical`), so a value of these classes is a well-formed document; whether it is
true is for `keys`, `channel` and `settlement` to say.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from ringtausch_protocol import limits, line_close, ring_close, yearly
from ringtausch_protocol.canonical import (
    Amount,
    Count,
    Hash32,
    Id16,
    Net,
    RingId,
    Seconds0,
    Seq,
    Signed,
    Time,
    Wire,
    type_v1,
)
from ringtausch_protocol.ring_card import RingCard

CodeName = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.CODE_LENGTH, pattern=r"^[a-z][a-z0-9_]*$")]
Sealed = Annotated[str, msgspec.Meta(max_length=limits.SEALED_TEXT_LENGTH, pattern=r"^[A-Za-z0-9_-]*$")]


class LineTerms(Wire, frozen=True):
    """What the creditor of one direction allows: the most the debtor may owe him, and the caps on open holds."""

    version: Annotated[int, msgspec.Meta(ge=1, le=limits.SEQ_MAX)]
    limit_seconds: Seconds0
    holds_max: Annotated[int, msgspec.Meta(ge=1, le=limits.HOLDS_MAX)]
    transit: bool


FramesPerMinute: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=limits.FRAMES_PER_MINUTE_MAX)]
BytesPerDay: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=limits.BYTES_PER_DAY_MAX)]


class PeerAgreement(Wire, frozen=True, omit_defaults=True):
    """`peer-agreement`: opens a line between rings a < b (SPEC.md 5.1). Signed by the operators of both.

    `a_owes` are b's terms for the debt of a; `b_owes` the other way round. `epoch` names the channel.
    """

    v: type_v1
    net: Net
    a: RingId
    b: RingId
    epoch: Id16
    a_owes: LineTerms
    b_owes: LineTerms
    deadline_seconds: Annotated[int, msgspec.Meta(ge=1, le=limits.DEADLINE_MAX_SECONDS)]
    deadline_transit_seconds: Annotated[int, msgspec.Meta(ge=1, le=limits.DEADLINE_MAX_SECONDS)]
    frames_per_minute: FramesPerMinute
    bytes_per_day: BytesPerDay
    shares: Annotated[list[Literal["market", "knowledge", "resources"]], msgspec.Meta(max_length=3)]
    prev: Hash32 | None = None


class Head(Wire, frozen=True):
    """A head of a ring's signed log: number of the log, size in entries, RFC 6962 root."""

    log: Annotated[int, msgspec.Meta(ge=1, le=limits.SEQ_MAX)]
    size: Count
    root: Hash32


class Position(Wire, frozen=True):
    """A place in a chain of frames: the last seq and the H of its header. Seq 0 has the chain's first `prev`."""

    seq: Count
    hash: Hash32


class Run(Wire, frozen=True):
    """From `first_seq` on, frames of a chain were signed in `boot` under the card with hash `card`."""

    boot: Id16
    card: Hash32
    first_seq: Seq


class Standing(Wire, frozen=True, omit_defaults=True):
    """What one side says of a channel when a boot begins (SPEC.md 6.4).

    `own` and `peer`: the last frame of each chain that the speaker holds. `runs`: which boot signed which of his own
    frames that the other may lack or has not acked. `acked`: the highest seq of his own chain that he has ever seen
    the other ack (so the other learns that it lost what it had received). `own_head`: his log. `token`: what the
    other must show when it posts to him, sealed to its card. `peer_head`: the newest head of the other's log he knows.
    """

    boot: Id16
    card: Hash32
    epoch: Id16
    own: Position
    peer: Position
    runs: Annotated[list[Run], msgspec.Meta(max_length=limits.RUNS_MAX)]
    acked: Count
    own_head: Head
    token: Sealed
    peer_head: Head | None = None


class Hello(Wire, frozen=True):
    """`hello`, round 2: signed over the challenge of round 1 (SPEC.md 6.4). By the frame key of the named card."""

    v: type_v1
    net: Net
    from_: RingId = msgspec.field(name="from")
    to: RingId
    challenge: Hash32
    nonce: Hash32
    standing: Standing


class HelloAck(Wire, frozen=True):
    """`hello-ack`: the answer, which signs the nonce and the hash of the hello it stored (SPEC.md 6.4)."""

    v: type_v1
    net: Net
    from_: RingId = msgspec.field(name="from")
    to: RingId
    nonce: Hash32
    hello: Hash32
    standing: Standing


class Invoice(Wire, frozen=True, omit_defaults=True):
    """`invoice`: the payee's ring promises to accept this amount once, until `expires_at` (SPEC.md 7.2)."""

    v: type_v1
    net: Net
    invoice_id: Id16
    payee_ring: RingId
    amount_seconds: Amount
    expires_at: Time
    payee_commit: Hash32
    memo_commit: Hash32 | None = None


class OrderBox(Wire, frozen=True):
    """What only the payee's ring may read, sealed to it beside the order (SPEC.md 7.3): names, memo and the salts.

    `payee` is a handle of the payee's ring, `payer` the full address of the payer; the salts open the order's
    commitments.
    """

    payee: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.HANDLE_LENGTH)]
    payer: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MEMBER_ADDRESS_LENGTH)]
    memo: Annotated[str, msgspec.Meta(max_length=limits.MEMO_LENGTH)]
    payer_salt: Id16
    memo_salt: Id16


class OpenHold(Wire, frozen=True):
    """An open hold as a statement or an epoch-reset lists it."""

    order_hash: Hash32
    amount_seconds: Amount


class Statement(Wire, frozen=True, omit_defaults=True):
    """`statement`: both rings' view of one line up to two seqs (SPEC.md 7.4). balance > 0: a owes b.

    `state`: `ended` in the last one: nothing is owed or open, and the line is over.
    """

    v: type_v1
    net: Net
    a: RingId
    b: RingId
    epoch: Id16
    a_seq: Count
    b_seq: Count
    balance_seconds: Signed
    holds_ab: Annotated[list[OpenHold], msgspec.Meta(max_length=limits.HOLDS_LISTED_MAX)]
    holds_ba: Annotated[list[OpenHold], msgspec.Meta(max_length=limits.HOLDS_LISTED_MAX)]
    a_head: Head
    b_head: Head
    state: Literal["ended"] | None = None


class Edge(Wire, frozen=True):
    """One edge of an advert: room on the line to `peer` in coarse buckets, never exact balances."""

    peer: RingId
    limit_bucket: Seconds0
    free_bucket: Seconds0
    transit: bool


class Advert(Wire, frozen=True):
    """`advert`: the edges of one ring, newest `seq` only, not logged (SPEC.md 7.5)."""

    v: type_v1
    net: Net
    ring_id: RingId
    seq: Seq
    expires_at: Time
    edges: Annotated[list[Edge], msgspec.Meta(max_length=limits.ADVERT_EDGES_MAX)]


class WriteOff(Wire, frozen=True):
    """`write-off`: the living hop beside a dead ring gives up its claim at its own cost (SPEC.md 7.6)."""

    v: type_v1
    net: Net
    ring_id: RingId
    order_hash: Hash32
    dead_peer: RingId
    code: CodeName
    at: Time


class EpochReset(Wire, frozen=True, omit_defaults=True):
    """`epoch-reset`: both rings' operators open a new channel over an agreed balance (SPEC.md 5.4). > 0: a owes b."""

    v: type_v1
    net: Net
    a: RingId
    b: RingId
    old_epoch: Id16
    new_epoch: Id16
    balance_seconds: Signed
    holds: Annotated[list[OpenHold], msgspec.Meta(max_length=limits.HOLDS_LISTED_MAX)]
    evidence: Annotated[list[Hash32], msgspec.Meta(max_length=limits.EVIDENCE_MAX)]
    a_seq: Count | None = None
    b_seq: Count | None = None


class FaultProof(Wire, frozen=True):
    """`fault-proof`: envelopes that together show a broken rule; anyone verifies them alone (SPEC.md 7.7)."""

    v: type_v1
    net: Net
    reporter: RingId
    fault: Literal["fork", "double_decision", "log_split", "limit", "late_receipt", "two_cards"]
    items: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=limits.DOCUMENT_BYTES)]],
        msgspec.Meta(min_length=1, max_length=limits.EVIDENCE_MAX),
    ]


EntriesPath = Annotated[
    str, msgspec.Meta(max_length=limits.TILE_PATH_LENGTH, pattern=r"^/log/(?:[1-9][0-9]{0,15}/)?tile/entries/\Z")
]


class LogAccess(Wire, frozen=True):
    """`log-access`: a ring asks for the entries beneath a path of another's log (SPEC.md 8.4)."""

    v: type_v1
    net: Net
    from_: RingId = msgspec.field(name="from")
    to: RingId
    path: EntriesPath
    at: Time
    nonce: Id16


#: kind (as in the media type) -> its class. Headers of frames have the kind "frame" (see `frames`).
DOCUMENTS: dict[str, type[Wire]] = {
    "ring-card": RingCard,
    "peer-agreement": PeerAgreement,
    "hello": Hello,
    "hello-ack": HelloAck,
    "invoice": Invoice,
    "statement": Statement,
    "advert": Advert,
    "write-off": WriteOff,
    "epoch-reset": EpochReset,
    "fault-proof": FaultProof,
    "log-access": LogAccess,
    line_close.KIND: line_close.LineClose,
    ring_close.KIND: ring_close.RingClose,
    yearly.KIND: yearly.YearlyFigures,
}
