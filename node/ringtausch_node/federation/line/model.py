# SPDX-License-Identifier: AGPL-3.0-or-later
"""The types of this room: peers and lines as rows, and what others are shown of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

from ringtausch_node.errors import CODES, RemoteError
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.documents import Head, PeerAgreement
from ringtausch_protocol.requests import Refusal

OUT, IN = 0, 1


class Peer(NamedTuple):
    """A row of `peer`: a ring we have an agreement with."""

    id: int
    ring_id: str
    address: str
    url: str
    card: bytes
    agreement: bytes
    agreement_hash: str
    epoch: str
    state: str
    reason: str | None
    clearing_account: int
    chain_hash: str | None = None

    @property
    def base_hash(self) -> str:
        """`prev` of both chains' first frames: H of the newest epoch-reset, or else of the first agreement."""
        return self.chain_hash or self.agreement_hash


LineState: TypeAlias = Literal["open", "paused", "ended"]
#: Why a line is closed on which the two rings' statements differ: nothing new goes either way until operators agree.
STATEMENT_DIFFERS = "statement_differs"
#: Why a line is away although the other ring answers: its operators stopped the line, or gave it up.
STOPPED_THERE = "stopped_there"
#: Why nothing goes on a line that both have begun anew: the ring that proposed it does not know so yet.
RESET_SIGNED = "reset_signed"
#: Why a line is over for good: its operators said that the other ring will never answer again.
GIVEN_UP = "given_up"
#: Why a line makes no new offers: an order that this ring passed on came back, and only one of its two edges with it.
EDGE_MISSING = "edge_missing"
Purpose: TypeAlias = Literal["transfer", "refund", "netting", "assignment", "probe"]


@dataclass(slots=True)
class LineRow:
    """A row of `line`: where both chains stand and what is held each way. Changed in place, saved once a commit."""

    peer: int
    version_in: int
    limit_in_seconds: int
    state_in: LineState
    version_out: int
    limit_out_seconds: int
    state_out: LineState
    own_seq: int
    own_hash: str
    peer_seq: int
    peer_hash: str
    acked_seq: int
    held_in_seconds: int
    held_in_count: int
    held_out_seconds: int
    held_out_count: int
    probe_at: int | None
    is_open: int
    closed: str | None
    fence: bytes | None
    peer_head: bytes | None
    seen_at: int | None
    #: Whether others' payments from and to this peer are carried: the operator's word. Not written with the row, nor is
    #: the next one: since when the peer answers that it has stopped this line.
    carries: int
    stopped_there_at: int | None


class TermsOut(NamedTuple):
    """What of a line's row decides whether a payment may be queued on it."""

    state_in: LineState
    state_out: LineState
    limit_out_seconds: int
    closed: str | None


class FrameRow(NamedTuple):
    """A row of `frame`; the bytes are the log's leaf at `leaf`."""

    seq: int
    boot: str
    card: str
    hash: str
    leaf: int
    boxes: bytes


class OrderOut(NamedTuple):
    """A row of `order_out`: an order of one of our members, or of the ring itself, at the place of the payer."""

    payment_id: bytes
    peer: int
    state: str
    purpose: Purpose
    amount_seconds: int
    account: int | None
    hold_id: bytes | None
    created_at: int
    deadline_at: int
    invoice_hash: str | None
    refund_of: bytes | None
    payer_commit: str | None
    memo_commit: str | None
    box: bytes | None
    order_hash: str | None
    seq: int | None
    idx: int | None
    code: str | None
    transfer_id: bytes | None
    ended_at: int | None
    cancel_asked: int
    payer_salt: bytes | None = None
    memo_salt: bytes | None = None
    #: The rings of the way, with blanks between; None for this ring and the peer.
    path: str | None = None
    attempt: int = 1


class OrderIn(NamedTuple):
    """A row of `order_in`: an order we decide, at the place of the payee."""

    order_hash: str
    payer_ring: str
    payment_id: bytes
    peer: int
    state: str
    purpose: str
    amount_seconds: int
    account: int | None
    seq: int
    idx: int
    code: str | None
    content: bytes
    transfer_id: bytes | None
    decided_at: int | None
    refund_of: bytes | None
    #: Of this ring on the order's path: 1 where the peer is the payer's ring.
    place: int = 1


class Reply(NamedTuple):
    """The answer to a message of another ring, as the edge sends it."""

    status: int
    body: bytes
    headers: dict[str, str]


def refused_code(body: bytes) -> str:
    """The code of another ring's refusal; `bad_answer` for what is none, or none that this program has words for."""
    try:
        code = canonical.parse(body, Refusal, limits.DOCUMENT_BYTES).code
    except RemoteError:
        return "bad_answer"
    return code if code in CODES and CODES[code].status != 500 else "bad_answer"


@dataclass(frozen=True, slots=True)
class LineSettings:
    """What a ring's configuration says about its lines; all in whole seconds."""

    deadline_seconds: int = limits.DEADLINE_DIRECT_SECONDS
    holds_max: int = limits.HOLDS_DEFAULT
    limit_in_seconds: int = 36_000
    limit_out_seconds: int = 36_000
    frames_per_minute: int = limits.FRAMES_PER_MINUTE_DEFAULT
    bytes_per_day: int = limits.BYTES_PER_DAY_DEFAULT
    poll_seconds: float = 300.0
    retry_first_seconds: float = 1.0
    retry_most_seconds: float = 60.0
    retry_idle_seconds: float = 900.0
    post_timeout_seconds: float = 20.0


class Payee(NamedTuple):
    """What the payee's ring knows of a handle: the account, a name to show, and whether it may be paid now."""

    account: int
    name: str
    is_payable: bool


class Payees(Protocol):
    """Who can be paid here. The members' room provides it; federation knows no people."""

    def payee(self, tx: Tx, handle: str) -> Payee | None:
        """The payee behind a handle, or None."""
        ...

    def payee_of_account(self, tx: Tx, account: int) -> Payee | None:
        """The payee who has an account, or None."""
        ...

    def frozen_accounts(self, tx: Tx) -> frozenset[int]:
        """The accounts that send nothing now; asked in the writer."""
        ...


class Recovering(Protocol):
    """Whether this ring is an old copy that finds its way back (`recovery`)."""

    @property
    def is_active(self) -> bool:
        """What the peer holds more of is fetched back, not held against anybody."""
        ...

    def fit_log(self, tx: Tx, peer: int, known: Head | None) -> None:
        """A peer knows this head of our log; where the log never had it the next one begins, before more is signed."""
        ...


class Replaced(RemoteError):
    """The peer's boot was replaced by another, whose signed hello `said` shows it."""

    def __init__(self, said: bytes | None) -> None:
        super().__init__("fenced", "this boot was replaced")
        self.said = said


class Terms(NamedTuple):
    """An agreement seen from our side. in: their debt to us (ours to limit); out: our debt to them.

    The limits are the most that both signed; what is in force, after the creditor lowered it, stands in the line's row.
    """

    limit_in_seconds: int
    limit_out_seconds: int
    holds_in_max: int
    holds_out_max: int
    deadline_seconds: int
    deadline_transit_seconds: int
    version_in: int
    version_out: int
    frames_per_minute: int
    bytes_per_day: int

    def in_force(self) -> tuple[int, int, int, int]:
        """Version and limit of each direction, as a new line's row begins with them."""
        return self.version_in, self.limit_in_seconds, self.version_out, self.limit_out_seconds


def terms_of(agreement: PeerAgreement, me: str) -> Terms:
    """Our side of an agreement: the terms by direction instead of by letter."""
    mine, theirs = (agreement.a_owes, agreement.b_owes) if agreement.a == me else (agreement.b_owes, agreement.a_owes)
    return Terms(
        limit_in_seconds=theirs.limit_seconds,
        limit_out_seconds=mine.limit_seconds,
        holds_in_max=theirs.holds_max,
        holds_out_max=mine.holds_max,
        deadline_seconds=agreement.deadline_seconds,
        deadline_transit_seconds=agreement.deadline_transit_seconds,
        version_in=theirs.version,
        version_out=mine.version,
        frames_per_minute=agreement.frames_per_minute,
        bytes_per_day=agreement.bytes_per_day,
    )
