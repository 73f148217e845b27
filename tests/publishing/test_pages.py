# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ring's logs as others read them: what stands where, how long it may be kept, and who reads entries."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.config import Log
from ringtausch_node.federation.line.model import refused_code
from ringtausch_node.publishing.paths import parse_page
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.export import export_logs
from ringtausch_protocol import canonical, checkpoints, envelope, log_keys, merkle, tiles
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import LogAccess
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.requests import LogToken
from ringtausch_protocol.tiles import ENTRIES, Tile
from tests.federation.towns import Towns
from tests.vectors.logbook import entries_of


@pytest.fixture
async def size(oak: Ring) -> int:
    """Oak's log has some hundred entries and a checkpoint."""

    def fill(tx: Tx) -> None:
        for entry in entries_of(300, kind=4):
            translog.append_later(tx, entry)

    await oak.store.write(fill)
    made = await oak.checkpoints.make()
    assert made is not None
    return made.size


async def page(ring: Ring, path: str, authorization: str = "") -> tuple[int, bytes, str]:
    """Status, body, and how long it may be kept."""
    reply = await ring.publication.page(path, authorization)
    return reply.status, reply.body, reply.headers["Cache-Control"]


def access(ring: Ring, to: Ring, towns: Towns, **changed: object) -> bytes:
    """A signed request of one ring to another."""
    asked = LogAccess(
        v=1, net="test", from_=ring.identity.ring_id, to=to.identity.ring_id, path="/log/tile/entries/",
        at=towns.clock.now(), nonce=b64(ring.ids.random(16)),
    )  # fmt: skip
    asked = msgspec.structs.replace(asked, **changed)
    signer = (ring.identity.frame_key_id, ring.identity.frame_signer)
    return envelope.seal("log-access", canonical.encode(asked), [signer])


async def token(ring: Ring, signed: bytes) -> str:
    """The header with the token that a request was answered with, or the code of the refusal."""
    reply = await ring.publication.access(signed)
    if reply.status != 200:
        return refused_code(reply.body)
    return "Bearer " + canonical.parse(reply.body, LogToken, 1_000).token


async def test_a_log_is_read_and_proved_from_its_pages(oak: Ring, size: int) -> None:
    _, note, kept = await page(oak, "checkpoint")
    origin = checkpoints.origin_of(oak.identity.ring_id, 1)
    head = checkpoints.verify_checkpoint(note, log_keys.checkpoint_keys(oak.identity.own, origin)).head
    pages = {tile: (await page(oak, f"1/{tile.path}"))[1] for tile in tiles.tiles_of(size)}
    node = tiles.tile_nodes(lambda *tile: pages[Tile(*tile)], size)

    assert (size, head.root) == (head.size, merkle.range_root(node, 0, size))
    assert "public, max-age=5" == kept
    assert note == (await page(oak, "1/checkpoint"))[1]


async def test_only_full_tiles_under_the_number_of_their_log_may_be_kept_for_ever(oak: Ring, size: int) -> None:
    partial = f"tile/0/001.p/{size - 256}"
    kept = {path: (await page(oak, path))[2] for path in ("1/tile/0/000", "tile/0/000", f"1/{partial}", partial)}

    assert {
        "1/tile/0/000": "public, max-age=31536000, immutable", "tile/0/000": "public, max-age=5",
        f"1/{partial}": "public, max-age=5", partial: "public, max-age=5",
    } == kept  # fmt: skip


async def test_cards_lie_beside_each_log_as_its_export_has_them(oak: Ring, size: int, tmp_path: Path) -> None:
    cards = oak.identity.cards.chain
    await oak.store.read(lambda tx: export_logs(tx, cards, tmp_path / "out"))
    exported = (tmp_path / "out" / "1" / "cards.json").read_bytes()

    for path in ("cards.json", "1/cards.json"):
        assert (200, exported, "public, max-age=5") == await page(oak, path)
    assert "application/json" == (await oak.publication.page("1/cards.json", "")).headers["Content-Type"]
    assert 404 == (await page(oak, "2/cards.json"))[0]


@pytest.mark.parametrize("width", [1, 44, 200, 255])
async def test_every_partial_tile_stays(oak: Ring, size: int, width: int) -> None:
    status, data, _ = await page(oak, f"tile/0/000.p/{width}")

    assert (200, (await page(oak, "tile/0/000"))[1][: 32 * width]) == (status, data)


@pytest.mark.parametrize(
    "path",
    ["1/tile/0/002", "tile/0/001", "tile/1/000", "2/checkpoint", "1/tile/0/001.p/255", "9007199254740991/checkpoint"],
)
async def test_what_the_checkpoint_does_not_cover_is_not_there(oak: Ring, size: int, path: str) -> None:
    assert (404, "no-store") == ((await page(oak, path))[0], (await page(oak, path))[2])


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "checkpoint/", "/checkpoint", "1", "01/checkpoint", "+1/checkpoint", "0/checkpoint", "1//checkpoint",
        "1/1/checkpoint", "tile/0/0", "tile/+0/000", "tile/00/000", "tile/0/000.p/07", "tile/0/000.p/0", "tile/0/%30",
        "tile/entries/../0/000", "tile/0/x000/000", "%31/checkpoint", "1/tile/0/000\u2028",
        "9007199254740993/checkpoint", "cards.json/", "1//cards.json",
    ],
)  # fmt: skip
async def test_a_path_has_one_form(path: str) -> None:
    with pytest.raises(RemoteError, match="malformed"):
        parse_page(path)


async def test_entries_are_for_rings_with_an_agreement(pair: tuple[Ring, Ring], towns: Towns, size: int) -> None:
    oak, elm = pair
    path = "tile/entries/000"
    assert 401 == (await page(oak, path))[0]

    shown = await token(oak, access(elm, oak, towns))
    status, data, kept = await page(oak, path, shown)
    hashes = b"".join(map(merkle.leaf_hash, tiles.parse_bundle(data, 256)))
    assert (200, "private, max-age=5", (await page(oak, "tile/0/000"))[1]) == (status, kept, hashes)

    assert 401 == (await page(oak, f"1/{path}", shown))[0]  # another path than was asked for
    numbered = await token(oak, access(elm, oak, towns, path="/log/1/tile/entries/"))
    assert "private, max-age=31536000, immutable" == (await page(oak, f"1/{path}", numbered))[2]
    for wrong in ("", shown.removeprefix("Bearer "), shown[:-1], "Basic " + shown[7:], "Bearer "):
        assert 401 == (await page(oak, path, wrong))[0]
    towns.clock.ahead_seconds += 601
    assert 401 == (await page(oak, path, shown))[0]


async def test_a_request_is_answered_once_and_only_to_whom_it_names(
    pair: tuple[Ring, Ring], towns: Towns, size: int
) -> None:
    oak, elm = pair
    ash = await towns.found("ash")
    once = access(elm, oak, towns)
    assert (await token(oak, once)).startswith("Bearer ")
    forged = access(ash, oak, towns, from_=elm.identity.ring_id)
    now = towns.clock.now()

    assert [
        "replay", "wrong_ring", "wrong_net", "unknown_peer", "unknown_key", "stale_request", "stale_request",
        "malformed",
    ] == [
        await token(oak, once), await token(elm, access(elm, oak, towns)),
        await token(oak, access(elm, oak, towns, net="other")), await token(oak, access(ash, oak, towns)),
        await token(oak, forged), await token(oak, access(elm, oak, towns, at=now - 301)),
        await token(oak, access(elm, oak, towns, at=now + 302)),
        await token(oak, access(elm, oak, towns, path="/log/tile/0/")),
    ]  # fmt: skip


async def test_who_asks_without_end_is_told_to_wait(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    answers = [await token(oak, access(elm, oak, towns)) for _ in range(52)]

    assert (True, "too_many_requests") == (answers[0].startswith("Bearer "), answers[-1])


async def test_a_ring_may_show_its_entries_to_everybody(towns: Towns) -> None:
    oak = await towns.found("open", log=Log(entries="open"))
    made = await oak.checkpoints.make()
    assert made is not None
    tile = Tile(ENTRIES, 0, made.size)

    assert (200, "public, max-age=5") == (await page(oak, tile.path))[::2]


async def test_an_auditor_reads_entries_with_a_token_of_the_operator_until_it_ends(
    oak: Ring, size: int, towns: Towns
) -> None:
    readers = oak.publication.readers
    given, other = await readers.give(2), await readers.give(1)
    paths = ["1/tile/entries/000", "tile/entries/000"]

    async def statuses(token: str) -> list[int]:
        return [(await page(oak, path, f"Bearer {token}"))[0] for path in paths]

    assert ([200, 200], [401, 401]) == (await statuses(given.token), await statuses(given.token[::-1]))
    assert 401 == (await page(oak, paths[0], given.token))[0]
    assert [given.id, other.id] == [each.id for each in await readers.all()]
    assert [given.id] == [each.id for each in await readers.revoke(other.id)]
    assert ([200, 200], [401, 401]) == (await statuses(given.token), await statuses(other.token))
    towns.clock.ahead_seconds += 2 * 86_400 + 1
    assert ([401, 401], []) == (await statuses(given.token), await readers.all())


async def test_all_tokens_of_auditors_are_voided_at_once(oak: Ring, size: int) -> None:
    readers = oak.publication.readers
    given = [await readers.give(366) for _ in range(3)]

    assert [] == await readers.revoke(None)
    assert {401} == {(await page(oak, "tile/entries/000", f"Bearer {each.token}"))[0] for each in given}
    with pytest.raises(LocalError, match="not_found"):
        await readers.revoke(given[0].id)
    for days in (0, 367):
        with pytest.raises(LocalError, match="days"):
            await readers.give(days)
