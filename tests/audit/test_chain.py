# SPDX-License-Identifier: AGPL-3.0-or-later
"""A chain whose beginning is not here: the first frame that is seen can be acked by its own hash only."""

from __future__ import annotations

import pytest

from ringtausch_protocol.audit.ledger.chain import Chain
from tests.vectors.cast import EICHE, LINDE, hash32, header_for

SEVENTH = hash32("the seventh frame")


@pytest.mark.parametrize(
    ("seq", "named", "expected"),
    [(6, "what is not here", True), (7, "the seventh frame", True), (7, "another", False), (8, "one to come", False)],
)
def test_an_ack_is_held_against_what_was_seen(seq: int, named: str, *, expected: bool) -> None:
    chain = Chain("", is_cut=True)
    chain.follow(header_for(EICHE, LINDE, []), SEVENTH)

    assert expected == chain.ack(header_for(LINDE, EICHE, [], ack_seq=seq, ack_hash=hash32(named)))
