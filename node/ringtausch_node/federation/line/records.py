# SPDX-License-Identifier: AGPL-3.0-or-later
"""Peers, lines, frames and evidence in SQL. Orders have their own file (`orders`)."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from ringtausch_node.federation.line.model import GIVEN_UP, IN, OUT, FrameRow, LineRow, Peer, Terms, TermsOut
from ringtausch_node.store import Tx, is_sound, row_check
from ringtausch_protocol.errors import LocalError

_PEER = "id, ring_id, address, url, card, agreement, agreement_hash, epoch, state, reason, clearing_account, chain_hash"
_LINE = ", ".join(LineRow.__slots__)
_LINE_VALUES = attrgetter(*LineRow.__slots__)

#: Evidence kept of one peer and one kind: enough to convict, too little to fill a disk (48 KiB each at most). Each kind
#: has its own room, so that worthless rejects do not push out the proof of a fork.
EVIDENCE_KEPT = 50


def insert_peer(tx: Tx, peer: Peer, terms: Terms, at: int) -> Peer:
    """Store a new peer and its line; the id is given by the table. Both chains hang on the agreement's hash."""
    row = tx.one(
        "INSERT INTO peer (ring_id, address, url, card, agreement, agreement_hash, epoch, state, reason,"
        " clearing_account, chain_hash, created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) RETURNING id",
        (*peer[1:], at),
    )
    stored = peer._replace(id=row[0])
    _insert_line(tx, stored, terms)
    return stored


def replace_peer(tx: Tx, peer: Peer, terms: Terms) -> Peer:
    """A new agreement in place of one that was never confirmed: no frame hangs on it, the line begins anew."""
    tx.change(
        "UPDATE peer SET address = ?, url = ?, card = ?, agreement = ?, agreement_hash = ?, epoch = ?, proposal = NULL"
        " WHERE id = ?",
        (peer.address, peer.url, peer.card, peer.agreement, peer.agreement_hash, peer.epoch, peer.id),
    )
    tx.change("DELETE FROM line WHERE peer = ?", (peer.id,))
    tx.change("DELETE FROM waiting_item WHERE peer = ?", (peer.id,))
    _insert_line(tx, peer, terms)
    return peer


def _insert_line(tx: Tx, peer: Peer, terms: Terms) -> None:
    tx.change(
        "INSERT INTO line (peer, own_hash, peer_hash, version_in, limit_in_seconds, version_out, limit_out_seconds)"
        " VALUES (?,?,?,?,?,?,?)",
        (peer.id, peer.agreement_hash, peer.agreement_hash, *terms.in_force()),
    )


def is_address_taken(tx: Tx, address: str, ring_id: str) -> bool:
    """Whether another ring is known under this address."""
    return tx.row("SELECT 1 FROM peer WHERE address = ? AND ring_id <> ?", (address, ring_id)) is not None


def confirm_peer(tx: Tx, peer: int, agreement_hash: str) -> bool:
    """The words of this agreement were compared; False if another one has taken its place meanwhile."""
    sql = (
        "UPDATE peer SET state = 'confirmed', reason = NULL"
        " WHERE id = ? AND agreement_hash = ? AND state <> 'quarantined'"
    )
    return tx.change(sql, (peer, agreement_hash)) == 1


def load_peers(tx: Tx) -> list[Peer]:
    """All peers, oldest first."""
    return [Peer(*row) for row in tx.execute(f"SELECT {_PEER} FROM peer ORDER BY id")]


def load_peer_by_ring(tx: Tx, ring_id: str) -> Peer | None:
    """The peer with this ring id, or None."""
    row = tx.row(f"SELECT {_PEER} FROM peer WHERE ring_id = ?", (ring_id,))
    return Peer(*row) if row else None


def set_peer_state(tx: Tx, peer: int, state: str, reason: str | None = None) -> None:
    """Move a peer to confirmed or quarantined, with the code that says why. Who was given up stays so."""
    tx.change("UPDATE peer SET state = ?, reason = ? WHERE id = ? AND reason IS NOT ?", (state, reason, peer, GIVEN_UP))


def set_address(tx: Tx, peer: int, address: str) -> None:
    """A line that was given up leaves its address to a new ring."""
    tx.change("UPDATE peer SET address = ? WHERE id = ?", (address, peer))


def set_agreement(tx: Tx, peer: int, agreement: bytes) -> None:
    """The agreement in force from now on, with both signatures; what was proposed is settled."""
    tx.change("UPDATE peer SET agreement = ?, proposal = NULL WHERE id = ?", (agreement, peer))


def set_card(tx: Tx, peer: int, card: bytes, url: str) -> None:
    """The card in force from now on, and where the peer answers."""
    tx.change("UPDATE peer SET card = ?, url = ? WHERE id = ?", (card, url, peer))


def set_proposal(tx: Tx, peer: int, agreement: bytes) -> None:
    """An agreement that one side has signed; the newest replaces the one before."""
    tx.change("UPDATE peer SET proposal = ? WHERE id = ?", (agreement, peer))


def load_proposal(tx: Tx, peer: int) -> bytes | None:
    """The agreement that waits for the other signature, or None."""
    row = tx.row("SELECT proposal FROM peer WHERE id = ?", (peer,))
    return None if row is None else row[0]


def load_line(tx: Tx, peer: int) -> LineRow:
    """The moving part of a peer. Raises LocalError('constraint') where its row is gone."""
    row = tx.row(f"SELECT {_LINE} FROM line WHERE peer = ?", (peer,))
    if row is None:
        raise LocalError("constraint", "a peer without its line")
    return LineRow(*row)


def load_terms_out(tx: Tx, peer: int) -> TermsOut:
    """What a payment asks of a line before it is queued: every one does, so only that is read."""
    return TermsOut(*tx.one("SELECT state_in, state_out, limit_out_seconds, closed FROM line WHERE peer = ?", (peer,)))


def save_line(tx: Tx, line: LineRow) -> None:
    """Write the moving part of a peer back."""
    tx.change(
        "UPDATE line SET version_in = ?, limit_in_seconds = ?, state_in = ?, version_out = ?, limit_out_seconds = ?,"
        " state_out = ?, own_seq = ?, own_hash = ?, peer_seq = ?, peer_hash = ?, acked_seq = ?, held_in_seconds = ?,"
        " held_in_count = ?, held_out_seconds = ?, held_out_count = ?, probe_at = ?, is_open = ?, closed = ?,"
        " fence = ?, peer_head = ?, seen_at = ? WHERE peer = ?",
        (*_LINE_VALUES(line)[1:-2], line.peer),
    )


def insert_frame(tx: Tx, peer: int, direction: int, epoch: str, row: FrameRow) -> None:
    """Note a sealed or received frame beside its leaf."""
    values = (peer, direction, epoch, *row)
    tx.change("INSERT INTO frame VALUES (?,?,?,?,?,?,?,?,?,?)", (*values, row_check(*values)))


def each_unsound_frame(tx: Tx) -> Iterator[tuple[int, int]]:
    """(peer, seq) of the rows of frames that are no longer what was written, streamed."""
    rows = tx.execute("SELECT * FROM frame ORDER BY peer, direction, epoch, seq")
    return ((values[0], values[3]) for *values, check in rows if not is_sound(check, *values))


def load_hash(tx: Tx, peer: int, direction: int, epoch: str, seq: int) -> str | None:
    """The H of one stored frame, or None."""
    row = tx.row(
        "SELECT hash FROM frame WHERE peer = ? AND direction = ? AND epoch = ? AND seq = ?",
        (peer, direction, epoch, seq),
    )
    return row[0] if row else None


def load_first_leaf(tx: Tx, peer: int, direction: int, seq: int) -> int | None:
    """The earliest leaf of the frames with this number, of which every epoch has one; None where none has."""
    sql = (
        "WITH RECURSIVE e (epoch) AS (SELECT min(epoch) FROM frame WHERE peer = ?1 AND direction = ?2 UNION ALL"
        " SELECT (SELECT min(f.epoch) FROM frame f WHERE f.peer = ?1 AND f.direction = ?2 AND f.epoch > e.epoch)"
        "  FROM e WHERE e.epoch IS NOT NULL)"
        " SELECT min(f.leaf) FROM e JOIN frame f ON (f.peer, f.direction, f.epoch, f.seq) = (?1, ?2, e.epoch, ?3)"
    )
    leaf = tx.one(sql, (peer, direction, seq))[0]
    return None if leaf is None else int(leaf)


def load_boot(tx: Tx, peer: int, epoch: str, seq: int) -> str | None:
    """The boot under which a stored frame of the peer was signed, or None."""
    row = tx.row(
        "SELECT boot FROM frame WHERE peer = ? AND direction = ? AND epoch = ? AND seq = ?", (peer, IN, epoch, seq)
    )
    return row[0] if row else None


def insert_notes(tx: Tx, peer: int, direction: int, epoch: str, seq: int, notes: bytes, at: int) -> None:
    """Keep the notes to self that travel beside a frame; nothing for none."""
    if notes:
        tx.change("INSERT INTO note_to_self VALUES (?,?,?,?,?,?)", (peer, direction, epoch, seq, notes, at))


def drop_notes(tx: Tx, before: int) -> None:
    """Forget notes that were kept before `before`."""
    tx.change("DELETE FROM note_to_self WHERE at < ?", (before,))


def load_out_after(tx: Tx, peer: int, epoch: str, seq: int, count: int) -> list[tuple[int, str, bytes, bytes, bytes]]:
    """Own frames above `seq`, ascending: (seq, H, log entry, boxes, notes)."""
    return list(
        tx.execute(
            "SELECT f.seq, f.hash, l.entry, f.boxes, coalesce(n.notes, x'') FROM frame f JOIN leaf l ON l.idx = f.leaf"
            " LEFT JOIN note_to_self n ON (n.peer, n.direction, n.epoch, n.seq) = (f.peer, f.direction, f.epoch, f.seq)"
            " WHERE f.peer = ? AND f.direction = ? AND f.epoch = ? AND f.seq > ? ORDER BY f.seq LIMIT ?",
            (peer, OUT, epoch, seq, count),
        )
    )


def load_own_boots(tx: Tx, peer: int, epoch: str, first_seq: int) -> list[tuple[int, str, str]]:
    """(seq, boot, card hash) of own frames from `first_seq` on, for the runs of a hello."""
    return list(
        tx.execute(
            "SELECT seq, boot, card FROM frame WHERE peer = ? AND direction = ? AND epoch = ? AND seq >= ?"
            " ORDER BY seq",
            (peer, OUT, epoch, first_seq),
        )
    )


def each_frame(tx: Tx, peer: int, epoch: str, direction: int) -> Iterator[tuple[FrameRow, bytes]]:
    """Every frame of one chain with its log entry, ascending; streamed."""
    for row in tx.execute(
        "SELECT f.seq, f.boot, f.card, f.hash, f.leaf, f.boxes, l.entry FROM frame f JOIN leaf l ON l.idx = f.leaf"
        " WHERE f.peer = ? AND f.direction = ? AND f.epoch = ? ORDER BY f.seq",
        (peer, direction, epoch),
    ):
        yield FrameRow(*row[:6]), row[6]


def is_replaced(tx: Tx, peer: int, boot: str) -> bool:
    """Whether the peer was started again after this boot of its."""
    row = tx.row("SELECT replaced FROM peer_boot WHERE peer = ? AND boot = ?", (peer, boot))
    return row is not None and bool(row[0])


def has_signed(tx: Tx, boot: str) -> bool:
    """Whether one of our own frames was signed under this boot."""
    return tx.row("SELECT 1 FROM frame WHERE direction = ? AND boot = ? LIMIT 1", (OUT, boot)) is not None


def load_said(tx: Tx, peer: int) -> bytes | None:
    """The newest hello or hello-ack of a peer's present boot."""
    row = tx.row("SELECT said FROM peer_boot WHERE peer = ? AND replaced = 0", (peer,))
    return None if row is None else row[0]


def note_boot(tx: Tx, peer: int, boot: str, at: int, said: bytes) -> None:
    """Make `boot` the peer's present one, as the signed `said` names it; every other is replaced for ever."""
    tx.change("UPDATE peer_boot SET replaced = 1 WHERE peer = ? AND replaced = 0 AND boot <> ?", (peer, boot))
    tx.change(
        "INSERT INTO peer_boot (peer, boot, at, said) VALUES (?,?,?,?)"
        " ON CONFLICT (peer, boot) DO UPDATE SET said = excluded.said",
        (peer, boot, at, said),
    )


def insert_waiting(tx: Tx, peer: int, items: list[bytes]) -> None:
    """Keep items for the commit that finds the line in step."""
    tx.executemany("INSERT INTO waiting_item (peer, item) VALUES (?,?)", [(peer, item) for item in items])


def load_waiting(tx: Tx, peer: int) -> list[bytes]:
    """All waiting items of a line, oldest first."""
    return [row[0] for row in tx.execute("SELECT item FROM waiting_item WHERE peer = ? ORDER BY id", (peer,))]


def take_waiting(tx: Tx, peer: int) -> list[bytes]:
    """Take all waiting items of a line, oldest first."""
    items = load_waiting(tx, peer)
    if items:
        tx.change("DELETE FROM waiting_item WHERE peer = ?", (peer,))
    return items


def keep_evidence(tx: Tx, peer: int | None, code: str, data: bytes, at: int, most: int | None = EVIDENCE_KEPT) -> None:
    """Keep signed bytes that show a broken rule; the same bytes once, and no more of one kind than anyone will read."""
    count = tx.one("SELECT count(*) FROM evidence WHERE peer IS ? AND code = ?", (peer, code))[0]
    if most is not None and count >= most:
        return
    known = tx.row("SELECT 1 FROM evidence WHERE peer IS ? AND code = ? AND bytes = ?", (peer, code, data))
    if not known:
        tx.change("INSERT INTO evidence (peer, code, bytes, at) VALUES (?,?,?,?)", (peer, code, data, at))


def has_open_probe(tx: Tx, peer: int) -> bool:
    """Whether a probe of ours is on its way to this peer."""
    row = tx.row(
        "SELECT 1 FROM order_out WHERE peer = ? AND purpose = 'probe' AND state IN ('queued', 'held')", (peer,)
    )
    return row is not None


def insert_invitation(tx: Tx, secret_hash: bytes, terms: bytes, expires_at: int) -> None:
    """Remember an invitation by the hash of its secret."""
    tx.change(
        "INSERT INTO invitation (secret_hash, terms, expires_at) VALUES (?,?,?)", (secret_hash, terms, expires_at)
    )


def load_invitation(tx: Tx, secret_hash: bytes) -> tuple[bytes, int, str | None] | None:
    """(terms, expires_at, ring that used it) of an invitation, or None."""
    row = tx.row("SELECT terms, expires_at, ring_id FROM invitation WHERE secret_hash = ?", (secret_hash,))
    return (row[0], row[1], row[2]) if row else None


def use_invitation(tx: Tx, secret_hash: bytes, ring_id: str) -> None:
    """Spend an invitation."""
    tx.change("UPDATE invitation SET ring_id = ? WHERE secret_hash = ?", (ring_id, secret_hash))
