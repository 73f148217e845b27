# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logs of real rings as an auditor gets them: out of their tables, under the paths of SPEC.md 8.4, signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ringtausch_node.bootstrap import Ring
from ringtausch_node.folder import load_seeds
from ringtausch_node.store import Tx
from ringtausch_node.translog import records
from ringtausch_protocol import checkpoints, merkle, tiles
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, LogGiven, Result
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey


@dataclass
class FilesInMemory:
    """The files of a log by their paths."""

    name: str
    files: dict[str, bytes]

    def read(self, path: str, limit_bytes: int) -> bytes:
        """A file."""
        data = self.files.get(path)
        if data is None:
            raise RemoteError("bad_tile", f"{path} is missing")
        if len(data) > limit_bytes:
            raise RemoteError("too_large", path)
        return data


@dataclass
class Export:
    """One log of a ring: its name, its entries, the ring's cards and seeds."""

    ring_id: str
    number: int
    entries: list[bytes]
    cards: tuple[bytes, ...]
    seeds: Mapping[str, bytes] = field(repr=False)
    name: str = ""

    def files(self) -> dict[str, bytes]:
        """All files: tiles, bundles, the checkpoint."""
        return log_files(self.entries, self.ring_id, self.number, SigningKey(self.seeds["checkpoint"]))

    def given(self, files: dict[str, bytes] | None = None) -> LogGiven:
        """As a source gives it."""
        found = self.files() if files is None else files
        return LogGiven(FilesInMemory(self.name, found), found.get("checkpoint", b""), self.cards)


def log_files(entries: Sequence[bytes], ring_id: str, number: int, signer: SigningKey) -> dict[str, bytes]:
    """The files of a log with these entries."""
    node = merkle.nodes_of([merkle.leaf_hash(entry) for entry in entries])
    head = LogHead(checkpoints.origin_of(ring_id, number), len(entries), merkle.range_root(node, 0, len(entries)))
    found = {"checkpoint": checkpoints.sign_checkpoint(head, signer).to_bytes()}
    for tile in tiles.tiles_of(len(entries)):
        first = tile.number * tiles.WIDTH
        places = range(first, first + tile.width)
        found[tile.path] = b"".join(node(tiles.HEIGHT * tile.level, place) for place in places)
        if tile.level == 0:
            bundle = tile._replace(level=tiles.ENTRIES)
            found[bundle.path] = tiles.format_bundle([entries[place] for place in places])
    return found


async def export(ring: Ring, folder: Path, name: str = "") -> list[Export]:
    """All logs of a ring."""
    seeds, chain = load_seeds(folder), tuple(card.envelope for card in ring.identity.cards.chain)
    rows = await ring.store.read(_read)
    return [
        Export(ring.identity.ring_id, log, entries, chain, seeds, name or folder.name) for log, entries in rows.items()
    ]


def _read(tx: Tx) -> dict[int, list[bytes]]:
    leaves = [entry for _, entry, _ in records.load_leaves(tx)]
    logs = [*records.load_closed(tx), records.load_frontier(tx)]
    return {log.log: leaves[log.first : log.first + log.size] for log in logs}


def audited(*exports: Export) -> Result:
    """What an audit of these logs comes to."""
    return audit(Asked([each.given() for each in exports]))


def codes(result: Result) -> list[str]:
    """The codes of all findings and hints, without what is only to be known."""
    return [each.code for each in result.findings if each.level > 0]


def write(folder: Path, *exports: Export) -> Path:
    """Logs as `log export` writes them: a folder for each ring, in it one for each log."""
    for each in exports:
        place = folder / each.name / str(each.number)
        for path, data in {**each.files(), "cards.json": b"[" + b",\n".join(each.cards) + b"]\n"}.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(data)
    return folder
