# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of logs that went wrong: fork proofs, and starts of logs behind closed ones (SPEC.md 8.3, 8.9)."""

from __future__ import annotations

import json
from typing import Any

from ringtausch_protocol import canonical, checkpoints, entries, forks, merkle
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import HeadTold, LogStart, log_entry
from ringtausch_protocol.envelope import document_hash
from ringtausch_protocol.forks import Accused, HeadShown
from ringtausch_protocol.items import Cancel, encode_item
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Case, frame_of, hash32, sealed
from tests.vectors.heads import BOOK, FORKED
from tests.vectors.logbook import Logbook

_ACCUSED = Accused(NET, EICHE.id, 1, (EICHE.card.envelope,))


def forks_file() -> Case:
    """forks.json."""
    good = {
        "one size: two checkpoints": forks.prove_one_size(_ACCUSED, _shown(BOOK, 200), _shown(FORKED, 200)),
        "one size: a checkpoint and a header": forks.prove_one_size(_ACCUSED, _shown(BOOK, 200), _header(FORKED, 200)),
        "history: from 200 to 300": _history(_shown(BOOK, 200), 200),
        "history: from a power of two, as a header says": _history(_header(BOOK, 128), 128),
        "history: an empty log that was none": _history(_header(BOOK, 0, root=hash32("nothing")), 0),
        "one index: entry 150": forks.prove_one_index(_ACCUSED, _leaf(BOOK, 200), _leaf(FORKED, 300), 150),
    }
    return {
        "about": "Proofs that a ring signed two histories of one log, and starts of logs that follow closed ones.",
        "accepted": [*(_case(name, data) for name, data in good.items()), *_starts()],
        "refused": [
            {**_case(name, _changed(good[of], change)), "code": code} for name, (of, change, code) in _bad().items()
        ],
    }


def _shown(book: Logbook, size: int) -> HeadShown:
    return forks.show_checkpoint(checkpoints.parse_checkpoint(book.checkpoint(size).to_bytes()))


def _header(book: Logbook, size: int, root: str | None = None) -> HeadShown:
    item = encode_item(Cancel(order_hash=hash32("order")))
    head = Head(log=1, size=size, root=root or b64(book.head(size).root))
    return forks.show_header(frame_of(book.town, LINDE, [item], head=head).envelope)


def _leaf(book: Logbook, size: int) -> HeadShown:
    return forks.with_leaf(_shown(book, size), book.leaves[150], merkle.prove_inclusion(book.node, 150, size))


def _history(a: HeadShown, old: int) -> bytes:
    return forks.prove_history(_ACCUSED, a, _shown(FORKED, 300), old, 300, FORKED.node)


def _case(name: str, data: bytes) -> Case:
    value = json.loads(data)
    return {
        "name": name, "is": "fork", "fork": data.decode(), "accused": value["ring_id"], "log": value["log"],
        "fault": value["fault"],
    }  # fmt: skip


def _changed(data: bytes, change: dict[str, Any]) -> bytes:
    return json.dumps({**json.loads(data), **change}, separators=(",", ":")).encode()


def _bad() -> dict[str, tuple[str, dict[str, Any], str]]:
    two, from_200, index = "one size: two checkpoints", "history: from 200 to 300", "one index: entry 150"
    honest, stranger = _value(_shown(BOOK, 200)), _value(_shown(Logbook(LINDE, BOOK.entries), 200))
    return {
        "the same head twice": (two, {"b": honest}, "bad_proof"),
        "two heads of one history": (two, {"b": _value(_shown(BOOK, 300))}, "bad_proof"),
        "a stranger's head": (two, {"b": stranger}, "unknown_key"),
        "another log": (two, {"log": 2}, "unknown_key"),
        "another ring's card": (two, {"cards": [json.loads(LINDE.card.envelope)]}, "wrong_ring"),
        "another net": (two, {"net": "live"}, "wrong_net"),
        "a history with the root that was signed": (from_200, {"root": b64(BOOK.head(200).root)}, "bad_proof"),
        "a history without its path": (from_200, {"path": []}, "bad_proof"),
        "a history whose heads are exchanged": (from_200, {"a": _value(_shown(FORKED, 300)), "b": honest}, "bad_proof"),
        "another index": (index, {"index": 151}, "bad_proof"),
        "an index outside": (index, {"index": 200}, "bad_proof"),
    }


def _value(shown: HeadShown) -> Any:
    return json.loads(canonical.encode(shown))


def _starts() -> list[Case]:
    closed = Head(log=1, size=200, root=b64(BOOK.head(200).root))
    told = [HeadTold(ring_id=town.id, head=closed) for town in sorted((LINDE, BUCHE), key=lambda town: town.id)]
    plain = LogStart(v=1, net=NET, ring_id=EICHE.id, log=2, closed=closed, code="old_copy", at=NOON)
    heard = LogStart(v=1, net=NET, ring_id=EICHE.id, log=2, closed=closed, code="old_copy", at=NOON, heads=told)
    return [_start("log 2 begins", plain), _start("log 2 begins, with what others told", heard)]


def _start(name: str, start: LogStart) -> Case:
    payload, data = sealed(entries.START_KIND, start, EICHE.named(EICHE.operator))
    return {
        "name": name, "is": "start", "kind": entries.START_KIND, "envelope": data.decode(), "threshold": 1,
        "keys": EICHE.known(EICHE.operator), "payload": payload.decode(),
        "hash": b64(document_hash(entries.START_KIND, payload)), "type": entries.START, "parts": [data.hex()],
        "leaf_hash": merkle.leaf_hash(log_entry(entries.START, (data,))).hex(),
    }  # fmt: skip
