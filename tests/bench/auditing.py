# SPDX-License-Identifier: AGPL-3.0-or-later
"""P6: an audit against bare signatures: frames verified per second on all cores, each frame once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.opening import new_entries
from ringtausch_protocol.audit.auditing.result import Asked, LogGiven
from ringtausch_protocol.audit.evidence.signatures import GROUP, Check
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.program.workers import checking, undisturbed
from ringtausch_protocol.keys import SigningKey
from tests.audit.busy import busy_logs
from tests.bench.figures import Figure, interleaved

#: Frames: each payment has two, and four leaves a frame stand in the logs.
SHORT_FRAMES, LONG_FRAMES = 20_000, 100_000
#: A header with its PAE is about this long.
MESSAGE_BYTES = 800
ALL_CORES = 0


async def measure(_: Path) -> list[Figure]:
    """In CI."""
    return [await _figure(SHORT_FRAMES)]


async def measure_long(_: Path) -> list[Figure]:
    """Among 400 000 leaves."""
    return [await _figure(LONG_FRAMES)]


async def _figure(count: int) -> Figure:
    given = [log.given() for log in busy_logs(count // 2)]
    checks = _checks(count)

    async def ours() -> float:
        return _audited(given, count)

    async def bare() -> float:
        return _verified(checks)

    rates = await interleaved(ours, bare)
    what = f"audit of {count:,} frames, each verified once, against as many bare signatures on all cores"
    return Figure("P6", what, rates[0] / rates[1], "x", 0.6, True, {"frames/s": rates[0], "signatures/s": rates[1]})


def _audited(given: Sequence[LogGiven], count: int) -> float:
    """Frames a second."""
    begin = time.perf_counter()
    asked = Asked(given)
    with undisturbed(), checking(ALL_CORES, new_entries(asked)) as start:
        result = audit(asked, start)
    seconds = time.perf_counter() - begin
    assert (count, ()) == (result.frames, result.findings), result.findings[:3]
    return count / seconds


def _checks(count: int) -> list[Check]:
    signer = SigningKey(bytes(31) + b"\1")
    messages = [number.to_bytes(MESSAGE_BYTES) for number in range(count)]
    return [Check(signer.public, message, signer.sign(message), Place()) for message in messages]


def _verified(checks: Sequence[Check]) -> float:
    """Signatures a second, in groups of the same size on as many cores."""
    begin = time.perf_counter()
    with checking(ALL_CORES, len(checks)) as start:
        answers = [start(checks[first : first + GROUP]) for first in range(0, len(checks), GROUP)]
        assert all(all(answer()) for answer in answers)
    return len(checks) / (time.perf_counter() - begin)
