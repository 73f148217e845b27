# SPDX-License-Identifier: AGPL-3.0-or-later
"""Readers for the vectors of the signed log: each returns what must be in an accepted case, or raises."""

from __future__ import annotations

from ringtausch_protocol import (
    advert_proofs,
    canonical,
    checkpoints,
    entries,
    envelope,
    forks,
    merkle,
    notes,
    tiles,
    witness,
)
from ringtausch_protocol.bookings import parse_opened, verify_opened
from ringtausch_protocol.canonical import b64, b64_padded, unb64
from ringtausch_protocol.checkpoints import LogHead, Policy
from ringtausch_protocol.entries import log_entry
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import COSIGNER
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.receipts import parse_receipt, verify_receipt
from ringtausch_protocol.roster import verify_roster, verify_successor, write_roster
from ringtausch_protocol.witness import Watched
from tests.vectors.cast import Case


def read_growth(case: Case) -> Case:
    old, new = (
        LogHead("", case[size], unb64(case[root], 32)) for size, root in (("old", "old_root"), ("size", "root"))
    )
    checkpoints.verify_growth(old, new, [unb64(step, 32) for step in case["path"]])
    return {}


def read_path(case: Case) -> Case:
    tile = tiles.parse_path(case["tile_path"])
    return {"tile_path": tile.path, **tile._asdict()}


def read_tiles(case: Case) -> Case:
    size = case["size"]
    found = [tile.path for tile in tiles.tiles_of(size) if tile.number >= (size >> 8 * tile.level) // 256 - 1]
    return {"last_tiles": found}


def read_bundle(case: Case) -> Case:
    found = tiles.parse_bundle(bytes.fromhex(case["bundle"]), case["width"])
    hashes = tiles.parse_tile(bytes.fromhex(case["tile"]), case["width"])
    assert [merkle.leaf_hash(entry) for entry in found] == hashes
    return {"bundle": tiles.format_bundle(found).hex(), "entries": [entry.hex() for entry in found]}


def known(case: Case) -> tuple[list[NoteKey], Policy]:
    """The keys of a case: those of logs, and the witnesses with their quorum."""
    keys = [notes.parse_vkey(text) for text in case["vkeys"]]
    return keys, Policy(tuple(key for key in keys if key.kind == COSIGNER), case["quorum"])


def read_checkpoint(case: Case) -> Case:
    data = case["note"].encode()
    found = checkpoints.verify_checkpoint(data, *known(case))
    assert data == notes.parse_note(data).to_bytes()
    return {
        "origin": found.head.origin, "size": str(found.head.size), "root": b64_padded(found.head.root),
        "by": sorted([found.key.id, *(each.key.id for each in found.cosigned)]),
    }  # fmt: skip


def read_roster(case: Case) -> Case:
    data = case["roster"].encode()
    found = verify_roster(data)
    assert data == found.note.to_bytes()
    assert found.note.text == write_roster(found.head, found.rings)
    return {"hash": found.hash, "listed": len(found.rings), "keys": found.head.keys}


def read_succession(case: Case) -> Case:
    first, *later = (text.encode() for text in case["rosters"])
    known = [verify_roster(first)]
    for data in later:
        known.append(verify_successor(known[-1], data))
    return {"hashes": [each.hash for each in known]}


def read_receipt(case: Case) -> Case:
    receipt = parse_receipt(case["receipt"].encode())
    entry = bytes.fromhex(case["entry"]) if receipt.entry is None else receipt.entry
    verify_receipt(receipt, *known(case), entry)
    return {"receipt": receipt.to_bytes().decode(), "entry": entry.hex()}


def read_opened(case: Case) -> Case:
    data = case["opened"].encode()
    found = verify_opened(data, *known(case))
    assert data == canonical.encode(parse_opened(data)[0])
    return {"amount_seconds": found.booking.amount_seconds}


def read_verdict(case: Case) -> Case:
    try:
        asked = witness.parse_request(case["request"].encode())
    except RemoteError:
        return {"status": 400, "body": ""}
    watched = None
    if case["known_size"] is not None:
        head = LogHead(asked.origin, case["known_size"], notes.parse_hash(case["known_root"]))
        watched = Watched(tuple(map(notes.parse_vkey, case["vkeys"])), head)
    verdict = witness.judge(asked, watched)
    return {"status": verdict.status, "body": verdict.body}


def read_fork(case: Case) -> Case:
    data = case["fork"].encode()
    proof = forks.verify_fork(data).proof
    assert data == canonical.encode(proof)
    return {"accused": proof.ring_id, "log": proof.log, "fault": proof.fault}


def read_two_adverts(case: Case) -> Case:
    data = case["two_adverts"].encode()
    proof, _ = advert_proofs.verify_two_adverts(data)
    assert data == canonical.encode(proof)
    return {"accused": proof.ring_id, "seq": proof.seq}


def read_start(case: Case) -> Case:
    entry = log_entry(case["type"], [bytes.fromhex(part) for part in case["parts"]])
    operators = {name: bytes.fromhex(public) for name, public in case["keys"].items()}
    ring_id = next(iter(operators)).partition("+")[0]
    start = entries.verify_start(entry, operators, ring_id, 2)
    payload = canonical.encode(start)
    return {
        "payload": payload.decode(), "hash": b64(envelope.document_hash(entries.START_KIND, payload)),
        "leaf_hash": merkle.leaf_hash(entry).hex(), "envelope": bytes.fromhex(case["parts"][0]).decode(),
    }  # fmt: skip
