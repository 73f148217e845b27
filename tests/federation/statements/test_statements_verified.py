# SPDX-License-Identifier: AGPL-3.0-or-later
"""`verify` asks stored statements again: who signed, where they cut, and whether the frames give what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.statements.reading import KIND, statement_in
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.documents import Statement
from tests.federation.copies import pay_both_ways
from tests.federation.stating import a_day_later, are_signed, quiet
from tests.federation.towns import Towns, faults

#: What two rings that lie together, or a hand in the database, could write down, and how `verify` calls it.
Change = Callable[[Statement], dict[str, Any]]
CHANGES: dict[str, Change] = {
    "balance": lambda said: {"balance_seconds": said.balance_seconds + 1},
    "head": lambda said: {"a_head": msgspec.structs.replace(said.a_head, size=said.a_head.size + 1)},
    "place": lambda said: {"a_seq": said.a_seq - 1},
    "wrong_ring": lambda _: {"a": "a" * 52},
}


@pytest.fixture
async def stated(open_pair: tuple[Ring, Ring], towns: Towns) -> tuple[Ring, Ring, Statement]:
    """Two rings after some days' payments, and what both have signed."""
    oak, elm = open_pair
    await pay_both_ways(oak, elm, 3)
    await a_day_later(towns, oak, elm)
    signed = (await are_signed(oak, elm))[0].document
    await quiet(oak, elm)
    assert signed is not None
    assert [] == await faults(oak, elm)
    return oak, elm, statement_in(signed.encode())


async def put(ring: Ring, column: str, value: object) -> None:
    await ring.store.write(lambda tx: tx.change(f"UPDATE statement SET {column} = ?", (value,)))


async def found(oak: Ring, elm: Ring) -> list[tuple[str, str]]:
    """(table, code) of all that `verify` finds."""
    return [(each.table, each.code) for each in await faults(oak, elm)]


def signed_by(document: Statement, *rings: Ring) -> bytes:
    signers = [(ring.identity.frame_key_id, ring.identity.frame_signer) for ring in rings]
    return envelope.seal(KIND, canonical.encode(document), signers)


@pytest.mark.parametrize("code", CHANGES)
async def test_what_both_signed_must_follow_from_the_frames(stated: tuple[Ring, Ring, Statement], code: str) -> None:
    oak, elm, said = stated
    await put(oak, "ours", signed_by(msgspec.structs.replace(said, **CHANGES[code](said)), oak, elm))
    assert [("statement", code)] == await found(oak, elm)


async def test_a_statement_that_only_one_side_signed_is_not_signed(stated: tuple[Ring, Ring, Statement]) -> None:
    oak, elm, said = stated
    for signers in ((oak,), (elm,)):
        await put(oak, "ours", signed_by(said, *signers))
        assert [("statement", "state")] == await found(oak, elm)


async def test_a_changed_byte_is_found(stated: tuple[Ring, Ring, Statement]) -> None:
    oak, elm, said = stated
    good = signed_by(said, oak, elm)
    await put(oak, "ours", good.replace(b'"sig":"', b'"sig":"A', 1)[:-1])
    assert "statement" in {table for table, _ in await found(oak, elm)}
    await put(oak, "ours", good)
    assert [] == await found(oak, elm)


async def test_an_epoch_that_the_line_never_had_is_found(stated: tuple[Ring, Ring, Statement]) -> None:
    oak, elm, _ = stated
    await put(oak, "epoch", "A" * 22)
    assert [("statement", "wrong_epoch")] == await found(oak, elm)
