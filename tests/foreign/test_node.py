# SPDX-License-Identifier: AGPL-3.0-or-later
"""Node's crypto verifies our checkpoints, cosignatures, receipts, signed items and envelopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from ringtausch_protocol import checkpoints, merkle
from ringtausch_protocol.items import Cancel, encode_item
from tests.foreign.programs import Case, envelopes, inclusion, program, verdicts
from tests.house.tree import ROOT
from tests.vectors.cast import BUCHE, EICHE, LINDE, frame_of, hash32
from tests.vectors.heads import vkeys
from tests.vectors.logbook import Logbook, as_witness, entries_of

FRAME = frame_of(EICHE, LINDE, [encode_item(Cancel(order_hash=hash32(f"order {place}"))) for place in range(5)])
#: A log with a frame among its bookings.
BOOK = Logbook(EICHE, [*entries_of(200), FRAME.entry(), *entries_of(100, "later")])

Node = Callable[[Iterable[Case]], list[str]]


@pytest.fixture(scope="module")
def node() -> Node:
    command = [program("node", "nodejs"), str(ROOT / "tests" / "foreign" / "js" / "verify.mjs")]
    return lambda cases: verdicts(command, cases)


def test_it_verifies_a_checkpoint_and_its_cosignatures(node: Node) -> None:
    keys = vkeys(BOOK.key, as_witness(LINDE), as_witness(BUCHE))
    text = BOOK.checkpoint(301, LINDE, BUCHE).to_bytes().decode()
    note: Case = {"is": "note", "note": text, "vkeys": keys}

    assert ["ok", "ok", "refused: signature", "refused: no signature"] == node([
        note, {**note, "vkeys": keys[:1]}, {**note, "note": text.replace("\n301\n", "\n302\n")},
        {**note, "vkeys": vkeys(as_witness(EICHE))},
    ])  # fmt: skip


def test_it_finds_a_frame_in_the_log_by_its_receipt(node: Node) -> None:
    receipt = BOOK.receipt(200, 301, LINDE)
    head = checkpoints.parse_checkpoint(receipt.checkpoint).head
    good = inclusion(200, head.size, list(receipt.path), merkle.leaf_hash(FRAME.entry()), head.root)

    assert ["ok", "refused: root", "refused: index"] == node([good, {**good, "index": 201}, {**good, "index": 301}])


def test_it_finds_an_item_under_its_header(node: Node) -> None:
    leaves = [merkle.leaf_hash(item) for item in FRAME.items]
    root = merkle.tree_root(leaves)
    cases = [
        inclusion(place, len(leaves), merkle.inclusion_path(leaves, place), leaf, root)
        for place, leaf in enumerate(leaves)
    ]

    assert ["ok"] * 5 == node(cases)
    assert ["refused: root"] * 5 == node({**case, "leaf": cases[place - 1]["leaf"]} for place, case in enumerate(cases))


def test_it_verifies_our_envelopes(node: Node) -> None:
    good = list(envelopes())

    assert {"ok"} == set(node(good))
    assert {"refused: signature"} == set(node({**case, "type": case["type"] + "x"} for case in good))
