# SPDX-License-Identifier: Apache-2.0
"""Copies of logs, also of rings that are gone: each grows from the one that is there, and none is ever made shorter.

FOLDER/<ring id>/log/<n>/checkpoint, cards.json, tile/...: the files of `log export`, at the place that the log's origin
names. A web server gives them out as they are; FOLDER, and the address of <ring id> below it, are sources of an audit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from ringtausch_protocol import checkpoints, limits, log_keys, tiles
from ringtausch_protocol.audit.auditing.result import Failed, LogGiven
from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.audit.evidence.tree import LogTree
from ringtausch_protocol.audit.program import clock
from ringtausch_protocol.audit.program.files import put_below
from ringtausch_protocol.audit.sources.folders import CARDS, CHECKPOINT, FolderFiles, format_cards
from ringtausch_protocol.audit.sources.opening import open_sources
from ringtausch_protocol.canonical import sha256
from ringtausch_protocol.checkpoints import Checkpoint, LogHead
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.tiles import ENTRIES
from ringtausch_protocol.verifier.findings import read_file

#: Beside a log: heads that its ring has signed and that are none of this log. Whoever has both heads can prove it.
SPLIT = "other-heads"

#: `new`, `grown`, `same`: what the copy is now. `older`: the source had less than the copy. `split`: another history.
Outcome = Literal["new", "grown", "same", "older", "split"]


class Mirrored(NamedTuple):
    """One log: its origin, its size at the source, what became of the copy."""

    origin: str
    size: int
    outcome: Outcome


def mirror(sources: Sequence[str], folder: Path, tokens: Mapping[str, str] = {}) -> tuple[list[Mirrored], list[Failed]]:
    """Bring the copies in a folder up to what the sources have. -> the logs, and the sources that failed.

    `tokens`: what rings gave to read entries with, as `token_for` takes it.

    A log that does not fit its signed head, or whose head no card of its ring signs, is a source that failed: its copy
    stays. Raises OSError.
    """
    done: list[Mirrored] = []
    with tempfile.TemporaryDirectory(prefix="ringtausch-mirror-") as workplace:
        logs, failed = open_sources(sources, Path(workplace), clock.seconds, tokens)
        for given in logs:
            try:
                done.append(_mirror_log(given, folder))
            except RemoteError as error:
                failed.append(Failed(given.files.name, error.code))
    return sorted(done), failed


def _mirror_log(given: LogGiven, folder: Path) -> Mirrored:
    checkpoint = checkpoints.parse_checkpoint(given.checkpoint)
    head = checkpoint.head
    _verify_signed(given, head)
    tree = LogTree(given.files, head)
    tree.verify()
    place = folder / head.origin
    outcome = _compare(place, tree)
    if outcome in ("new", "grown"):
        _copy(place, tree, given)
    elif outcome == "split":
        _keep_other(place, checkpoint)
    return Mirrored(head.origin, head.size, outcome)


def _verify_signed(given: LogGiven, head: LogHead) -> None:
    """The ring itself has signed the head, by the cards that lie beside the log. Raises RemoteError."""
    rings = Rings()
    for card in given.cards:
        rings.add(card)
    rings.verify_one_word()
    chain = rings.chain(checkpoints.parse_origin(head.origin)[0])
    checkpoints.verify_checkpoint(
        given.checkpoint, [key for card in chain for key in log_keys.checkpoint_keys(card, head.origin)]
    )


def _compare(place: Path, tree: LogTree) -> Outcome:
    """What the source's log is beside the copy: the shorter must be the beginning of the longer."""
    if not (place / CHECKPOINT).exists():
        return "new"
    known = checkpoints.parse_checkpoint(read_file(place / CHECKPOINT, limits.CHECKPOINT_BYTES)).head
    if known.size > tree.head.size:
        return "older" if _root_of_copy(place, known, tree.head.size) == tree.head.root else "split"
    if tree.root_at(known.size) != known.root:
        return "split"
    return "same" if known.size == tree.head.size else "grown"


def _root_of_copy(place: Path, known: LogHead, size: int) -> bytes:
    copy = LogTree(FolderFiles(place, str(place)), known)
    copy.verify()
    return copy.root_at(size)


def _copy(place: Path, tree: LogTree, given: LogGiven) -> None:
    """Entries, tiles, then what signs them: who reads meanwhile finds nothing that leads nowhere.

    A file that is there stays: it was verified when it was written, and the copy's root is the beginning of this one.
    """
    for tile in tiles.tiles_of(tree.head.size):
        bundle, hashes = place / tile._replace(level=ENTRIES).path, place / tile.path
        if tile.level == 0 and not bundle.exists():
            put_below(bundle, tiles.format_bundle(tree.leaves(tile.number)[0]))
        if not hashes.exists():
            put_below(hashes, tree.tile(tile))
    put_below(place / CARDS, format_cards(given.cards))
    put_below(place / CHECKPOINT, given.checkpoint)


def _keep_other(place: Path, checkpoint: Checkpoint) -> None:
    """A signed head of another history is evidence."""
    data = checkpoint.note.to_bytes()
    put_below(place / SPLIT / f"{checkpoint.head.size}-{sha256(data).hex()[:16]}", data)
