# SPDX-License-Identifier: Apache-2.0
"""The result for programs: JSON with everything, CSV with the findings."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec

from ringtausch_protocol.audit.auditing.result import LineSeen, Result, RingSeen
from ringtausch_protocol.audit.findings.codes import CODES
from ringtausch_protocol.audit.findings.model import Finding
from ringtausch_protocol.audit.findings.words import WORDS
from ringtausch_protocol.canonical import b64_padded
from ringtausch_protocol.roster import Roster

#: Of the JSON; a field may be added, none changes its meaning.
VERSION = 1
#: Of the CSV; new ones come behind the last.
_COLUMNS = (
    "level", "code", "invariant", "ring_id", "address", "peer", "log", "entry", "frame", "order", "at", "evidence",
    "peer_address", "owed_seconds", "limit_seconds", "open_seconds", "sides",
)  # fmt: skip


def to_json(result: Result) -> bytes:
    """Everything as JSON."""
    table: dict[str, Any] = {
        "version": VERSION, "level": result.level.name.lower(), "newest_at": result.newest_at,
        "entries": result.entries, "frames": result.frames, "signatures": result.signatures,
        "signatures_before": result.signatures_before,
        "since": result.since, "earlier": [_finding(each) for each in result.earlier],
        "findings": [_finding(each) for each in result.findings], "rings": [_ring(ring) for ring in result.rings],
        "lines": [line._asdict() for line in result.lines], "orders": [order._asdict() for order in result.orders],
        "roster": None if result.roster is None else _roster(result.roster),
        "missing": list(result.missing), "failed": [each._asdict() for each in result.failed],
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(table)) + b"\n"


def _roster(roster: Roster) -> dict[str, Any]:
    head = roster.head
    return {"net": head.net, "number": head.number, "hash": roster.hash, "rings": len(roster.rings), "keys": head.keys}


def _ring(ring: RingSeen) -> dict[str, Any]:
    logs = [
        {
            "origin": log.head.origin, "size": log.head.size, "root": b64_padded(log.head.root),
            "cosigned_by": list(log.cosigners), "quorum": log.quorum, "source": log.source,
        }
        for log in ring.logs
    ]  # fmt: skip
    return {
        "ring_id": ring.ring_id, "address": ring.address, "frames": ring.frames, "bookings": ring.bookings,
        "complete": ring.is_complete, "net_seconds": ring.net_seconds, "logs": logs,
    }  # fmt: skip


def _finding(found: Finding) -> dict[str, Any]:
    words = WORDS[found.code]
    return {
        "code": found.code, "level": found.level.name.lower(), "invariant": CODES[found.code].invariant,
        "place": msgspec.structs.asdict(found.place), "evidence": dict(found.evidence), "de": words.de, "en": words.en,
    }  # fmt: skip


def to_csv(result: Result) -> bytes:
    """The findings as CSV (RFC 4180), one a row, and behind them each line: what one ring owes the other."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows(_finding_row(result, each) for each in result.findings)
    writer.writerows(_line_row(result, each) for each in result.lines)
    return out.getvalue().encode()


def _finding_row(result: Result, found: Finding) -> tuple[str | int, ...]:
    place = found.place
    evidence = " ".join(f"{name}={value}" for name, value in found.evidence)
    return (
        found.level.name.lower(), found.code, CODES[found.code].invariant, place.ring,
        result.address_of(place.ring) if place.ring else "", place.peer, place.log,
        place.entry if place.entry >= 0 else "", place.seq or "", place.order, place.at or "", _harmless(evidence),
        result.address_of(place.peer) if place.peer else "", "", "", "", "",
    )  # fmt: skip


def _line_row(result: Result, line: LineSeen) -> tuple[str | int, ...]:
    debtor, creditor, owed, limit = line.owing
    return (
        "line", "", "", debtor, result.address_of(debtor), creditor, "", "", "", "", "", "",
        result.address_of(creditor), owed, limit, line.open_seconds, line.sides,
    )  # fmt: skip


def _harmless(text: str) -> str:
    """No cell begins as a formula of a spreadsheet would."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
