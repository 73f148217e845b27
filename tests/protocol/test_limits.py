# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bounds are those of the protocol, fit into each other, and each says why it is what it is."""

from __future__ import annotations

import re
from pathlib import Path

from ringtausch_protocol import limits, sealing


def test_the_bounds_are_those_of_the_protocol() -> None:
    kib, hour = 1024, 3600

    assert (16 * kib, 24 * kib, 48 * kib, 256 * kib, 2 * kib, 512) == (
        limits.DOCUMENT_BYTES,
        limits.ITEM_BYTES,
        limits.FRAME_BYTES,
        limits.REQUEST_BYTES,
        limits.BOX_BYTES,
        limits.NOTE_BYTES,
    )
    assert (64, 5, 16, 300, 30, 500, 5) == (
        limits.FRAME_ITEMS,
        limits.PATH_MAX,
        limits.ATTEMPT_MAX,
        limits.RUNS_MAX,
        limits.HOLDS_DEFAULT,
        limits.HOLDS_MAX,
        limits.MEMBER_OPEN_MAX,
    )
    assert (72 * hour, hour // 4, 300, 7 * 24 * hour) == (
        limits.DEADLINE_DIRECT_SECONDS,
        limits.DEADLINE_TRANSIT_SECONDS,
        limits.DEADLINE_SEAL_MARGIN_SECONDS,
        limits.INVITATION_SECONDS,
    )
    assert (10**9, 2**53 - 1) == (limits.AMOUNT_MAX, limits.SEQ_MAX)


def test_a_document_in_base64_fits_an_item_with_its_signatures() -> None:
    assert limits.DOCUMENT_BYTES * 4 // 3 + 2_000 < limits.ITEM_BYTES


def test_the_largest_item_fits_a_frame_and_a_frame_a_request_and_an_entry() -> None:
    assert limits.ITEM_BYTES + limits.HEADER_ENVELOPE_BYTES + 4 <= limits.FRAME_BYTES
    assert limits.FRAME_BYTES + limits.REQUEST_MARGIN + limits.FRAME_ITEMS * limits.SEALED_TEXT_LENGTH <= (
        limits.REQUEST_BYTES
    )
    assert limits.FRAME_BYTES < 2**16


def test_a_full_box_in_base64_fits_its_text() -> None:
    assert (limits.BOX_BYTES + sealing.OVERHEAD_BYTES) * 4 / 3 < limits.SEALED_TEXT_LENGTH


def test_the_longest_names_and_memo_fit_a_box() -> None:
    assert 4 * (limits.MEMO_LENGTH + limits.HANDLE_LENGTH) + limits.MEMBER_ADDRESS_LENGTH + 200 < limits.BOX_BYTES


def test_every_bound_says_its_reason() -> None:
    lines = Path(limits.__file__).read_text(encoding="utf-8").splitlines()
    bounds = [line for line in lines if re.match(r"[A-Z]", line)]

    assert len(bounds) > 40
    assert [] == [line for line in bounds if "  # " not in line]
