# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole signed log again, leaf by leaf: entries, hashes, tiles, heads, and where each log ends.

Streams; memory does not grow with the log. The leaves come first: where one is wrong nothing behind it can be judged,
and it is the only thing that is named. Else each log names the first wrong tile, and every head that is not its own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from ringtausch_node.store import ROW_CHANGED, Tx
from ringtausch_node.translog import checkpoint_records, records, tile_records
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.translog.rehash import verify_leaf
from ringtausch_node.translog.service import LogHead
from ringtausch_protocol import canonical, checkpoints, entries, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.entries import ENTRY_FRAME
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.merkle import Frontier
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.tiles import HEIGHT, WIDTH, tiles_of

#: Origin of a log -> the keys that may sign its heads.
KeysOf: TypeAlias = Callable[[str], Sequence[NoteKey]]


class LogFault(NamedTuple):
    """Something wrong in the log: in which table and row, a code, and what, in words without personal data."""

    table: str
    row: str
    code: str
    detail: str


class _Broken(Exception):
    """A leaf is wrong or missing, or a log does not end where its frontier says: nothing behind it can be judged."""

    def __init__(self, fault: LogFault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


def verify_log(tx: Tx) -> LogHead:
    """Rebuild all logs from their entries, streaming. -> the head of the present one.

    Raises LocalError('log_broken') naming the first wrong place: a leaf is missing, its entry is not what was hashed,
    a tile is not made of the leaves, or the stored frontier does not follow from them.
    """
    replay = LogReplay(tx)
    for fault in replay.faults():
        raise LocalError("log_broken", fault.detail)
    assert replay.head is not None
    return replay.head


class LogReplay:
    """One pass over all logs. `ring_id`: whose frames name heads here (None: heads are not looked at)."""

    def __init__(self, tx: Tx, ring_id: str | None = None, keys_of: KeysOf | None = None) -> None:
        self._tx, self._ring_id, self._keys_of = tx, ring_id, keys_of
        self._leaves = records.load_leaves(tx)
        self._signed = checkpoint_records.load_all(tx) if ring_id is not None else []
        self.head: LogHead | None = None

    def faults(self) -> Iterator[LogFault]:
        """What is wrong, in the order in which it stands; at most one leaf. `head` is set where no leaf is."""
        closed, present = records.load_closed(self._tx), records.load_frontier(self._tx)
        known = {log.log for log in (*closed, present)}
        for number, size in checkpoint_records.each_unsound(self._tx) if self._ring_id is not None else ():
            yield LogFault("checkpoint", f"{number}/{size}", "row", ROW_CHANGED)
        for row in self._signed:
            if row.log not in known:
                yield LogFault("checkpoint", f"{row.log}/{row.size}", "unknown_log", "the ring has no such log")
        try:
            for log in closed:
                _verify_end(log, (yield from self._log(log)))
            tree = yield from self._log(present)
            self._verify_no_more()
            _verify_end(present, tree)
        except _Broken as broken:
            yield broken.fault
        else:
            self.head = LogHead(present.log, tree.size, tree.root())

    def _log(self, log: records.Frontier) -> Generator[LogFault, None, Frontier]:
        """One log. -> its tree."""
        tree, tiles = Frontier(), _Tiles(self._tx, log.log)
        signed = {row.size: row for row in self._signed if row.log == log.log}
        while tree.size < log.size:
            entry, digest = self._next(log.first + tree.size)
            yield from self._named_head(log, tree, entry)
            tiles.compare(tree.append(digest), tree.size)
            if tree.size in signed:
                yield from self._checkpoint(signed.pop(tree.size), tree)
        yield from tiles.faults(tree.size)
        for row in signed.values():
            yield LogFault("checkpoint", f"{row.log}/{row.size}", "size", f"the log has {tree.size} entries")
        return tree

    def _verify_no_more(self) -> None:
        index = next(self._leaves, (None,))[0]
        if index is not None:
            raise _Broken(_leaf(index, f"leaf {index} stands beyond the frontier"))

    def _next(self, expected: int) -> tuple[bytes, bytes]:
        """The next leaf: its entry and its hash."""
        index, entry, digest = next(self._leaves, (-1, b"", b""))
        try:
            verify_leaf(index, entry, digest, expected)
        except LocalError as broken:
            raise _Broken(_leaf(expected, broken.detail)) from None
        return entry, digest

    def _named_head(self, log: records.Frontier, tree: Frontier, entry: bytes) -> Iterator[LogFault]:
        """An own frame names the log before itself; one that came back after a loss names an earlier log."""
        if self._ring_id is None:
            return
        try:
            kind, parts = entries.parse_entry(entry)
            header = _header(parts[0]) if kind == ENTRY_FRAME else None
        except RemoteError as bad:
            yield LogFault("leaf", str(log.first + tree.size), bad.code, "no entry of a log")
            return
        if header is None or header.from_ != self._ring_id or header.head.log < log.log:
            return
        if (header.head.log, header.head.size, header.head.root) != (log.log, tree.size, b64(tree.root())):
            yield LogFault("leaf", str(log.first + tree.size), "wrong_head", "the frame names another head of the log")

    def _checkpoint(self, row: CheckpointRow, tree: Frontier) -> Iterator[LogFault]:
        place = f"{row.log}/{row.size}"
        if row.root != tree.root():
            yield LogFault("checkpoint", place, "root", "not the root of the log at this size")
            return
        assert self._ring_id is not None
        origin = checkpoints.origin_of(self._ring_id, row.log)
        try:
            found = checkpoints.verify_checkpoint(row.note, self._keys_of(origin) if self._keys_of else ())
        except RemoteError as bad:
            yield LogFault("checkpoint", place, bad.code, "its note does not verify")
            return
        others = len(checkpoints.parse_checkpoint(row.note).note.lines) - 1
        if found.head != (origin, row.size, row.root) or others != row.cosigned:
            yield LogFault("checkpoint", place, "row_differs", "the note does not say what the row says")


class _Tiles:
    """The stored tiles of one log against the hashes that its leaves make, in their order."""

    def __init__(self, tx: Tx, log: int) -> None:
        self._log = log
        self._rows = {(row.level, row.number): row.hashes for row in tile_records.load_tiles(tx, log)}
        self._wrong: tuple[int, int, int] | None = None

    def compare(self, ended: Sequence[bytes], size: int) -> None:
        """The subtrees that have just ended stand in their tiles."""
        for level, digest in enumerate(ended[HEIGHT::HEIGHT], 1):
            number, inside = divmod((size >> HEIGHT * level) - 1, WIDTH)
            stored = self._rows.get((level, number), b"")[inside * 32 : inside * 32 + 32]
            if stored != digest and self._wrong is None:
                self._wrong = (level, number, inside)

    def faults(self, size: int) -> Iterator[LogFault]:
        """The first hash that is wrong; then a row that is longer than the log, or of no tile of it."""
        if self._wrong is not None:
            level, number, inside = self._wrong
            yield _tile(level, number, self._log, f"hash {inside} is not made of what is below it")
            return
        expected = {(tile.level, tile.number): tile.width * 32 for tile in tiles_of(size) if tile.level}
        for place, hashes in self._rows.items():
            if len(hashes) != expected.get(place, 0):
                yield _tile(*place, self._log, "holds more than the log")
                return


def _verify_end(log: records.Frontier, tree: Frontier) -> None:
    if tree.size and log.hashes != tree.to_bytes():
        detail = "the frontier does not follow from the leaves"
        raise _Broken(LogFault("frontier", str(log.log), "log_broken", detail))


def _leaf(index: int, detail: str) -> LogFault:
    return LogFault("leaf", str(index), "log_broken", detail)


def _tile(level: int, number: int, log: int, detail: str) -> LogFault:
    return LogFault("tile", f"{log}/{level}/{number}", "log_broken", f"tile {level}/{number} of log {log}: {detail}")


def _header(data: bytes) -> Header:
    """A frame's header, not verified here: its signature is the business of the line that it came over."""
    return canonical.parse(envelope.parse_envelope(data).body(), Header, limits.DOCUMENT_BYTES)
