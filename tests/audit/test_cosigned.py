# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who stands for the head of a log: its ring alone, or enough of its neighbours; the report says of how many."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import checkpoints, notes
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, LogGiven
from ringtausch_protocol.audit.report.data import to_json
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.keys import SigningKey
from tests.audit.exports import Export

NOON = 1_700_000_000


def cosigned(log: Export, witness: Export, seed: bytes | None = None) -> LogGiven:
    """A log whose head another ring has cosigned."""
    files = log.files()
    checkpoint = checkpoints.parse_checkpoint(files["checkpoint"])
    signer = SigningKey(seed or witness.seeds["witness"])
    line = notes.cosign_note(checkpoint.note.text, witness.ring_id, signer, NOON)
    files["checkpoint"] = checkpoints.with_cosignatures(checkpoint, [line])
    return log.given(files)


def said(*logs: LogGiven) -> tuple[set[tuple[str, int, int]], bool, str]:
    """By ring how many cosigned and how many must; whether all is well; the page."""
    result = audit(Asked(logs))
    rings = msgspec.json.decode(to_json(result))["rings"]
    counts = {(ring["address"], len(log["cosigned_by"]), log["quorum"]) for ring in rings for log in ring["logs"]}
    return counts, not result.findings, to_html(result, "en").decode()


def test_heads_that_enough_neighbours_cosigned_are_counted(logs: list[Export]) -> None:
    oak, elm = logs
    counts, is_clean, page = said(cosigned(oak, elm), elm.given())

    assert ({("elm.example", 0, 1), ("oak.example", 1, 1)}, True) == (counts, is_clean)
    assert "stand under 1 of 2 heads" in page


def test_a_head_that_nobody_cosigned_is_its_ring_s_word_alone_and_no_finding(logs: list[Export]) -> None:
    counts, is_clean, page = said(*(log.given() for log in logs))

    assert ({("elm.example", 0, 1), ("oak.example", 0, 1)}, True) == (counts, is_clean)
    assert "stand under 0 of 2 heads" in page


def test_a_cosignature_under_a_key_that_is_no_witness_s_counts_for_nothing(logs: list[Export]) -> None:
    oak, elm = logs
    counts, is_clean, _ = said(cosigned(oak, elm, seed=bytes(31) + b"\7"), elm.given())

    assert ({("elm.example", 0, 1), ("oak.example", 0, 1)}, True) == (counts, is_clean)
