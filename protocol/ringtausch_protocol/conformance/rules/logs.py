# SPDX-License-Identifier: Apache-2.0
"""The log as everybody reads it, and entries for peers (SPEC.md 8.4, 8.5)."""

from __future__ import annotations

from typing import Any

import msgspec

from ringtausch_protocol import canonical, envelope, limits, merkle, tiles
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.checkpoints import Witnessed, parse_origin, verify_checkpoint
from ringtausch_protocol.conformance.model import NOTHING, Answer, Broken, Request, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.rule import RuleBook, Script
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import came, post, read, refused, status_of
from ringtausch_protocol.documents import LogAccess
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.log_keys import checkpoint_keys
from ringtausch_protocol.notes import parse_note
from ringtausch_protocol.requests import LogToken
from ringtausch_protocol.tiles import ENTRIES, WIDTH, Tile

RULES = RuleBook()
#: Paths that are none: whoever reads numbers leniently serves one tile under many names.
BAD_PATHS = {
    "plus": "tile/0/+00", "plus-width": "tile/0/000.p/+7", "zero-width": "tile/0/000.p/07",
    "no-width": "tile/0/000.p/0", "full-width": "tile/0/000.p/256", "two-digits": "tile/0/00",
    "zero-group": "tile/0/x000/000", "level-zero": "tile/00/000", "level-high": "tile/64/000", "no-number": "tile/0/",
    "dots": "tile/0/../0/000", "query": "checkpoint?x=1",
}  # fmt: skip


def fetch(path: str, **headers: str) -> Talk[bytes]:
    """What stands at a path beneath /log/. Raises Broken where it is not there."""
    answer = yield Request("GET", f"/log/{path}", headers=headers or NOTHING)
    if answer.status != 200:
        raise Broken(f"200 at /log/{path}", came(answer))
    return answer.body


def newest(stage: Stage) -> Talk[Witnessed]:
    """The checkpoint that is served, verified under the card. Raises Broken."""
    data = yield from fetch("checkpoint")
    try:
        origin = parse_note(data).text.partition("\n")[0]
        if parse_origin(origin)[0] != stage.peer.card.ring_id:
            raise Broken(f"the log of {stage.peer.card.ring_id}", origin)
        return verify_checkpoint(data, checkpoint_keys(stage.peer, origin))
    except RemoteError as error:
        raise Broken("a checkpoint that verifies under the card", f"{error}: {excerpt(data)}") from None


def read_leaves(size: int) -> Talk[list[bytes]]:
    """All leaf hashes of a log, from its tiles of level 0. Raises Broken."""
    leaves: list[bytes] = []
    for number in range(-(-size // WIDTH)):
        tile = Tile(0, number, tiles.width_of(0, number, size))
        data = yield from fetch(tile.path)
        try:
            leaves += tiles.parse_tile(data, tile.width)
        except RemoteError as error:
            raise Broken(f"{32 * tile.width} bytes at {tile.path}", str(error)) from None
    return leaves


@RULES.rule("checkpoint", "8.5", "/log/checkpoint is a signed note of the newest log, by a checkpoint key")
def checkpoint(stage: Stage) -> Talk[None]:
    yield from newest(stage)


@RULES.rule("checkpoint-numbered", "8.4", "/log/<n>/checkpoint is the same log by its number")
def checkpoint_numbered(stage: Stage) -> Talk[None]:
    head = (yield from newest(stage)).head
    number = parse_origin(head.origin)[1]
    data = yield from fetch(f"{number}/checkpoint")
    if not data.startswith(f"{head.origin}\n".encode()):
        raise Broken(f"a checkpoint of {head.origin}", excerpt(data))


@RULES.rule("tiles", "8.4", "the tiles lead to the root of the checkpoint")
def tiles_lead(stage: Stage) -> Talk[None]:
    head = (yield from newest(stage)).head
    leaves = yield from read_leaves(head.size)
    if merkle.tree_root(leaves) != head.root:
        raise Broken(f"root {b64(head.root)}", b64(merkle.tree_root(leaves)))


@RULES.rule("tile-prefix", "8.4", "any prefix of a tile stays served as a partial tile")
def tile_prefix(stage: Stage) -> Talk[None]:
    head = (yield from newest(stage)).head
    if head.size == 0:
        raise Unjudged("the log is empty")
    leaves = yield from read_leaves(min(head.size, WIDTH))
    data = yield from fetch(Tile(0, 0, 1).path)
    if data != leaves[0]:
        raise Broken("the first hash of the tile", excerpt(data))


@RULES.rule("tile-beyond", "8.4", "a tile beyond the published checkpoint is not served")
def tile_beyond(stage: Stage) -> Talk[None]:
    head = (yield from newest(stage)).head
    answer = yield Request("GET", f"/log/{Tile(0, head.size // WIDTH + 9, WIDTH).path}", headers=NOTHING)
    if not 400 <= answer.status < 500:
        raise Broken("a refusal", came(answer))


def _bad_path(path: str) -> Script:
    def script(_stage: Stage) -> Talk[None]:
        answer = yield Request("GET", f"/log/{path}", headers=NOTHING)
        if not 400 <= answer.status < 500:
            raise Broken("a refusal", came(answer))

    return script


for _name, _path in BAD_PATHS.items():
    RULES.rule(f"log-path-{_name}", "8.4", f"/log/{_path} is refused")(_bad_path(_path))


def _access(stage: Stage, signer: Any = None, **changes: Any) -> bytes:
    line = stage.open_line()
    asked = LogAccess(
        v=1, net=line.ring.net, from_=line.ring.ring_id, to=line.peer.card.ring_id, path="/log/tile/entries/",
        at=stage.now(), nonce=b64(stage.chance(16)),
    )  # fmt: skip
    payload = canonical.encode(msgspec.structs.replace(asked, **changes))
    return envelope.seal("log-access", payload, [signer or (line.ring.frame_key_id, line.ring.frame)])


@RULES.rule("entries", "8.4", "a peer reads entries with a token, and each entry is the leaf that the tiles show")
def entries(stage: Stage) -> Talk[None]:
    head = (yield from newest(stage)).head
    token = read((yield from post("/log/access", _access(stage))), LogToken).token
    width = tiles.width_of(0, 0, head.size)
    leaves = yield from read_leaves(width)
    data = yield from fetch(Tile(ENTRIES, 0, width).path, Authorization=f"Bearer {token}")
    try:
        found = [merkle.leaf_hash(entry) for entry in tiles.parse_bundle(data, width)]
    except RemoteError as error:
        raise Broken(f"a bundle of {width} entries", str(error)) from None
    if found != leaves[:width]:
        raise Broken("entries that hash to the tile", "others")


@RULES.rule("access-replay", "8.4", "the same request for entries once more is refused replay")
def access_replay(stage: Stage) -> Talk[None]:
    body = _access(stage)
    read((yield from post("/log/access", body)), LogToken)
    refused((yield from post("/log/access", body)), "replay")


@RULES.rule("access-time", "8.4", "a request for entries of another time is refused stale_request")
def access_time(stage: Stage) -> Talk[None]:
    late = stage.now() - 2 * limits.LOG_ACCESS_SECONDS
    refused((yield from post("/log/access", _access(stage, at=late))), "stale_request")


@RULES.rule("access-key", "8.4", "a request for entries by another key is refused")
def access_key(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    signer = (line.ring.frame_key_id, SigningKey(stage.chance(32)))
    refused((yield from post("/log/access", _access(stage, signer))), "bad_signature")


@RULES.rule(
    "entries-closed", "8.4", "who shows no token reads no entries, if these are not for everybody: unauthorized"
)
def entries_closed(stage: Stage) -> Talk[None]:
    _is_closed((yield from _first_entries(stage)))


@RULES.rule("entries-path", "8.4", "a token opens the path that it was asked for, and no other", needs="entries-closed")
def entries_path(stage: Stage) -> Talk[None]:
    number = parse_origin((yield from newest(stage)).head.origin)[1]
    body = _access(stage, path=f"/log/{number}/tile/entries/")
    token = read((yield from post("/log/access", body)), LogToken).token
    _is_closed((yield from _first_entries(stage, Authorization=f"Bearer {token}")))


def _is_closed(answer: Answer) -> None:
    """Raises Broken; what stands in the answer is nobody's business here."""
    if answer.status != status_of("unauthorized"):
        raise Broken("401 unauthorized", came(answer))


def _first_entries(stage: Stage, **headers: str) -> Talk[Answer]:
    """Ask for the first bundle of the newest log. Raises Unjudged where it is everybody's, as a ring may choose."""
    if not (size := (yield from newest(stage)).head.size):
        raise Unjudged("the log is empty")
    width = tiles.width_of(0, 0, size)
    answer = yield Request("GET", f"/log/{Tile(ENTRIES, 0, width).path}", headers=headers or NOTHING)
    if answer.status == 200 and not headers:
        raise Unjudged("the ring under test gives its entries to everybody, as it may")
    return answer
