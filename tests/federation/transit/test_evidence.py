# SPDX-License-Identifier: AGPL-3.0-or-later
"""Evidence against other rings is kept so that anybody can verify it, and shown to whoever operates a ring."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operations import carry_out
from ringtausch_node.errors import LocalError
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.advert_bodies import AdvertsAnswer
from ringtausch_protocol.documents import Advert, Edge
from ringtausch_protocol.verifier.program import main
from tests.federation.towns import Towns, line_of
from tests.federation.transit.chain import Chain, row_of_rings


def advert_of(ring: Ring, seq: int, *peers: Ring) -> bytes:
    """What a ring says of itself, signed by it."""
    edges = [Edge(peer=each.identity.ring_id, limit_bucket=72_000, free_bucket=72_000, transit=True) for each in peers]
    said = Advert(
        v=1, net="test", ring_id=ring.identity.ring_id, seq=seq, expires_at=ring.clock.now() + 3_600, edges=edges
    )
    by = ring.identity
    return envelope.seal("advert", canonical.encode(said), [(by.frame_key_id, by.frame_signer)])


async def tell(ring: Ring, by: Ring, *adverts: bytes) -> None:
    """A neighbour tells adverts, one after the other."""
    for data in adverts:
        told = AdvertsAnswer(have=[], cards=[], adverts=[msgspec.Raw(data)])
        await ring.federation.ways.adverts.take(line_of(ring, by), told)


def judged(folder: Path, data: bytes, *options: str) -> Any:
    """What the program of the protocol says of a file, without a node."""
    path, out = folder / "file.json", io.StringIO()
    path.write_bytes(data)
    assert main([str(path), "--json", *options], out) == 0, out.getvalue()
    return json.loads(out.getvalue())


async def quiet_row(towns: Towns) -> Chain:
    """Oak, elm and ash in a row, who say nothing by themselves; oak has seen the card of ash."""
    chain = await row_of_rings(towns, 3)
    for ring in chain.rings:
        await ring.federation.stop()
    return chain


async def test_two_adverts_of_one_number_are_kept_together_under_the_ring_that_signed_them(
    towns: Towns, tmp_path: Path
) -> None:
    """Elm brings two of ash, to which oak has no line: ash is accused, and not elm."""
    oak, elm, ash = (await quiet_row(towns)).rings
    await tell(oak, elm, advert_of(ash, 5, elm), advert_of(ash, 5))
    (kept,) = await oak.evidence.about()
    assert (kept.address, kept.code) == ("ash.example", "two_adverts")
    assert await oak.evidence.about("elm.example") == []
    found = judged(tmp_path, await oak.evidence.file(kept.number))
    assert (found["kind"], found["facts"]) == (
        "adverts", {"fault": "two_adverts", "ring": ash.identity.ring_id, "advert": 5}
    )  # fmt: skip


async def test_of_one_ring_one_pair_is_kept_however_many_it_signs(towns: Towns) -> None:
    oak, elm, ash = (await quiet_row(towns)).rings
    for about in (elm, ash):
        for seq in (5, 6, 7):
            await tell(oak, elm, advert_of(about, seq, oak), advert_of(about, seq), advert_of(about, seq, oak, elm))
    kept = await oak.evidence.about()
    assert sorted(each.address for each in kept) == ["ash.example", "elm.example"]
    filed = await oak.store.read(lambda tx: {row[0] for row in tx.execute("SELECT peer FROM evidence")})
    assert filed == {line_of(oak, elm).peer.id, None}


async def test_the_command_shows_what_the_page_shows(towns: Towns) -> None:
    oak, elm, ash = (await quiet_row(towns)).rings
    assert await carry_out(oak, "peer.evidence", b"{}") == {"evidence": []}
    await tell(oak, elm, advert_of(elm, 5, ash), advert_of(elm, 5))
    (kept,) = await oak.evidence.about("elm.example")
    asked = {"number": kept.number, "address": "elm.example"}
    told = msgspec.to_builtins(await carry_out(oak, "peer.evidence", msgspec.json.encode(asked)))
    assert told["file"].encode() == await oak.evidence.file(kept.number)
    for wrong in ({"number": kept.number, "address": "ash.example"}, {"number": kept.number + 1}):
        with pytest.raises(LocalError, match="not_found"):
            await carry_out(oak, "peer.evidence", msgspec.json.encode(wrong))
