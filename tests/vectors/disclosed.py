# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a town says of itself: its lines to others, and a year of it, and the end of a line."""

from __future__ import annotations

from ringtausch_protocol.documents import Advert, Edge, WriteOff
from ringtausch_protocol.line_close import LineClose
from ringtausch_protocol.ring_close import ClosedLine, RingClose
from ringtausch_protocol.yearly import YearlyFigures
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, hash32, id16


def yearly_figures() -> YearlyFigures:
    """A year of Eiche."""
    return YearlyFigures(
        v=1, net=NET, ring_id=EICHE.id, year=2026, since=NOON - 86_400, until=NOON, created_seconds=720_000,
        turnover_seconds=3_600_000, foreign_in_seconds=36_000, foreign_out_seconds=41_400, accounts=83,
    )  # fmt: skip


def advert() -> Advert:
    """Eiche has one line to offer."""
    edge = Edge(peer=LINDE.id, limit_bucket=72_000, free_bucket=36_000, transit=True)
    return Advert(v=1, net=NET, ring_id=EICHE.id, seq=3, expires_at=NOON + 86_400, edges=[edge])


def write_off() -> WriteOff:
    """Linde gives up what Buche, which is dead, would have to decide."""
    return WriteOff(
        v=1, net=NET, ring_id=LINDE.id, order_hash=hash32("order"), dead_peer=BUCHE.id, code="next_hop_down", at=NOON
    )  # fmt: skip


def line_close() -> LineClose:
    """Linde writes off what Buche, which is gone, owed it."""
    return LineClose(
        v=1, net=NET, ring_id=LINDE.id, peer=BUCHE.id, epoch=id16("epoch of buche"), balance_seconds=-3600,
        how="written_off", at=NOON,
    )  # fmt: skip


def ring_close() -> RingClose:
    """Linde stops: one line has its last statement, the other was given up."""
    lines = [ClosedLine(peer=EICHE.id, epoch=id16("epoch"), last_word=hash32("last statement")),
             ClosedLine(peer=BUCHE.id, epoch=id16("epoch of buche"))]  # fmt: skip
    return RingClose(v=1, net=NET, ring_id=LINDE.id, at=NOON, lines=lines)
