# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of the signed log: growth, tiles, checkpoints, receipts, what a witness answers (SPEC.md 8.4 to 8.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ringtausch_protocol import keys, merkle, notes, tiles, witness
from ringtausch_protocol.canonical import b64, b64_padded
from ringtausch_protocol.notes import NoteKey
from ringtausch_protocol.tiles import ENTRIES, Tile
from tests.vectors.cast import BUCHE, EICHE, LINDE, NOON, Case
from tests.vectors.logbook import Logbook, as_witness, entries_of, witness_key

BOOK = Logbook(EICHE, entries_of(300))
#: The same log in another telling: entries 100 and behind differ.
FORKED = Logbook(EICHE, entries_of(100) + entries_of(200, "other"))
PLAIN = BOOK.checkpoint(300).to_bytes().decode()
COSIGNED = BOOK.checkpoint(300, LINDE, BUCHE).to_bytes().decode()


def vkeys(*known: NoteKey) -> list[str]:
    """Verifier keys as a case lists them."""
    return [keys.vkey(*key[::2], key.kind) for key in known]


ALL_KEYS = vkeys(BOOK.key, as_witness(LINDE), as_witness(BUCHE))

# -- growth ------------------------------------------------------------------------------------------------------------


def growth_file() -> Case:
    """growth.json."""
    sizes = [(1, 1), (1, 2), (3, 7), (4, 7), (6, 8), (255, 256), (256, 300), (299, 300), (300, 300), (0, 5)]
    changes: dict[str, Callable[[Case], object]] = {
        "a step missing": lambda case: case["path"].pop(),
        "a step too many": lambda case: case["path"].append(b64(bytes(32))),
        "steps exchanged": lambda case: case["path"].reverse(),
        "another old root": lambda case: case.update(old_root=b64(bytes(32))),
        "another root": lambda case: case.update(root=b64(bytes(32))),
        "another size": lambda case: case.update(size=513),
        "a log that shrank": lambda case: case.update(old=case["size"], size=case["old"]),
        "a path from nothing": lambda case: case.update(old=0, old_root=b64(merkle.EMPTY)),
        "one size with a path": lambda case: case.update(old=300, old_root=case["root"]),
    }
    return {
        "about": "Consistency paths: the tree of `old` leaves is the beginning of the one of `size`. base64url.",
        "accepted": [_growth(f"{old} to {size}", old, size) for old, size in sizes],
        "refused": [
            *(_changed(_growth(name, 201, 300), change, "bad_proof") for name, change in changes.items()),
            {**_growth("another past", 150, 300), "old_root": b64(FORKED.head(150).root), "code": "bad_proof"},
        ],
    }


def _growth(name: str, old: int, size: int) -> Case:
    path = BOOK.consistency(old, size) if old else []
    return {
        "name": name, "is": "growth", "old": old, "size": size, "old_root": b64(BOOK.head(old).root),
        "root": b64(BOOK.head(size).root), "path": [*map(b64, path)],
    }  # fmt: skip


def _changed(case: Case, change: Callable[[Case], object], code: str) -> Case:
    change(case)
    return {**case, "code": code}


# -- tiles -------------------------------------------------------------------------------------------------------------


def tiles_file() -> Case:
    """tiles.json."""
    paths = [Tile(0, 0, 256), Tile(0, 1_234_067, 8), Tile(1, 1_000, 256), Tile(ENTRIES, 999, 255), Tile(63, 0, 1)]
    bad_paths = [
        "tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/0/001/234", "tile/00/001", "tile/+7/001", "tile/07/001",
        "tile/64/001", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/07", "tile/0/001.p/+7", "tile/0/001/",
        "/tile/0/001", "tile/0/001\n", "tile/0/x9007/199/254/740/992",
    ]  # fmt: skip
    bundle = _bundle("a bundle and its tile", Tile(0, 1, 4))
    cut: dict[str, Callable[[Case], object]] = {
        "a byte missing": lambda case: case.update(bundle=case["bundle"][:-2]),
        "a byte too many": lambda case: case.update(bundle=case["bundle"] + "00"),
        "an entry missing": lambda case: case.update(bundle=case["bundle"][: 2 * 39 * 3]),
        "nothing": lambda case: case.update(bundle=""),
        "a hash missing": lambda case: case.update(tile=case["tile"][:-64]),
        "half a hash": lambda case: case.update(tile=case["tile"][:-32]),
    }
    return {
        "about": "Paths of tiles (level -1: entries); which tiles a log has; bundles and tiles in hex.",
        "accepted": [
            *({"name": tile.path, "is": "path", "tile_path": tile.path, **tile._asdict()} for tile in paths),
            *(_tiles(size) for size in (0, 1, 255, 256, 257, 70_000)),
            bundle,
        ],
        "refused": [
            *({"name": repr(path), "is": "path", "tile_path": path, **paths[0]._asdict(), "code": "malformed"}
              for path in bad_paths),
            *(_changed(_bundle(name, Tile(0, 1, 4)), change, "bad_tile") for name, change in cut.items()),
        ],
    }  # fmt: skip


def _tiles(size: int) -> Case:
    """The last tiles of each level are enough."""
    found = [tile.path for tile in tiles.tiles_of(size) if tile.number >= (size >> 8 * tile.level) // 256 - 1]
    return {"name": f"{size} entries", "is": "tiles", "size": size, "last_tiles": found}


def _bundle(name: str, tile: Tile) -> Case:
    first = tile.number * 256
    return {
        "name": name, "is": "bundle", "width": tile.width, "tile": BOOK.tile(tile).hex(),
        "bundle": BOOK.tile(tile._replace(level=ENTRIES)).hex(),
        "entries": [BOOK.entries[place].hex() for place in range(first, first + tile.width)],
    }  # fmt: skip


# -- checkpoints -------------------------------------------------------------------------------------------------------


def checkpoints_file() -> Case:
    """checkpoints.json."""
    unknown = PLAIN + f"— grease.example {b64_padded(bytes(range(60)))}\n"
    return {
        "about": "Checkpoints as text, known keys as `vkeys`; `by`: ids of the known keys that signed, sorted.",
        "accepted": [
            _checkpoint("by the log alone", PLAIN, 0, ALL_KEYS[:1]),
            _checkpoint("with two witnesses", COSIGNED, 2),
            _checkpoint("an empty log", BOOK.checkpoint(0).to_bytes().decode(), 0, ALL_KEYS[:1]),
            _checkpoint("a line that nobody knows", unknown, 0),
        ],
        "refused": [*_bad_forms(), *_bad_signatures()],
    }


def _checkpoint(name: str, text: str, quorum: int, known: list[str] | None = None) -> Case:
    rows = text.split("\n")
    lines = [row.split(" ") for row in rows if row.startswith("— ")]
    ids = {key.id for key in (BOOK.key, as_witness(LINDE), as_witness(BUCHE))}
    return {
        "name": name, "is": "checkpoint", "note": text, "vkeys": ALL_KEYS if known is None else known,
        "quorum": quorum, "origin": rows[0], "size": rows[1], "root": rows[2],
        "by": sorted(each for each in ids if any(each.startswith(f"{line[1]}+") for line in lines)),
    }  # fmt: skip


def _bad_forms() -> Iterator[Case]:
    signature = PLAIN.split()[-1]
    line, root = f"— {BOOK.origin} {signature}\n", PLAIN.split("\n")[2]
    forms = {
        "no line feed at the end": PLAIN[:-1],
        "no empty line": PLAIN.replace("\n\n", "\n"),
        "no signature": PLAIN.partition("—")[0],
        "CR LF": PLAIN.replace("\n", "\r\n"),
        "U+2028": PLAIN.replace("\n300\n", "\u2028\n300\n"),
        "two blanks": PLAIN.replace("— ", "—  "),
        "a line twice": PLAIN + line,
        "base64 without padding": PLAIN.replace(signature, signature.rstrip("=")),
        "base64 of URLs": PLAIN + "— grease.example AAAA_A==\n",
        "base64 with unused bits": PLAIN + "— grease.example AAAAAAB=\n",
        "a signature of no byte": PLAIN + "— grease.example AAAAAA==\n",
        "33 lines": PLAIN + "".join(f"— n{place} AAAAAAAA\n" for place in range(32)),
        "size with a sign": PLAIN.replace("\n300\n", "\n+300\n"),
        "size with a zero before": PLAIN.replace("\n300\n", "\n0300\n"),
        "size beyond 2^53": PLAIN.replace("\n300\n", f"\n{2**53}\n"),
        "a line more": PLAIN.replace("\n\n", "\nmore\n\n"),
        "a short root": PLAIN.replace(root, b64_padded(bytes(31))),
        "an empty log with a root": PLAIN.replace("\n300\n", "\n0\n"),
        "another origin": PLAIN.replace(BOOK.origin, "example.com/log"),
        "log 0": PLAIN.replace("/log/1", "/log/0"),
    }
    for name, text in forms.items():
        yield {**_checkpoint(name, text, 0), "code": "malformed"}


def _bad_signatures() -> Iterator[Case]:
    yield {**_checkpoint("another size", PLAIN.replace("\n300\n", "\n301\n"), 0), "code": "bad_signature"}
    late = COSIGNED.replace(_cosignature(LINDE.id), _cosignature(BUCHE.id))
    yield {**_checkpoint("another witness's signature", late, 0), "code": "malformed"}
    yield {**_checkpoint("a witness too few", COSIGNED, 3), "code": "quorum"}
    yield {**_checkpoint("no key of this log", PLAIN, 0, ALL_KEYS[1:]), "code": "unknown_key"}
    note = notes.parse_note(PLAIN.encode())
    early = notes.cosign_note(note.text, LINDE.id, witness_key(LINDE), NOON)
    shifted = early._replace(signature=(NOON + 1).to_bytes(8) + early.signature[8:])
    text = notes.add_lines(note, [shifted]).to_bytes().decode()
    yield {**_checkpoint("a cosignature of another time", text, 0), "code": "bad_signature"}


def _cosignature(name: str) -> str:
    return next(row for row in COSIGNED.split("\n") if row.startswith(f"— {name} "))


# -- receipts ----------------------------------------------------------------------------------------------------------


def receipts_file() -> Case:
    """receipts.json."""
    good = _receipt("entry 257 of 300", 257, 300)
    text = good["receipt"]
    bad = {
        "another first line": (text.replace("@v1", "@v2"), "malformed"),
        "no index": (text.replace("index 257\n", ""), "malformed"),
        "an index with a sign": (text.replace("index 257", "index +257"), "malformed"),
        "an index with a zero before": (text.replace("index 257", "index 0257"), "malformed"),
        "CR": (text.replace("\nindex", "\r\nindex"), "malformed"),
        "another index": (text.replace("index 257", "index 256"), "bad_proof"),
        "an index outside": (text.replace("index 257", "index 300"), "bad_proof"),
        "another entry": (text.replace("extra BQ", "extra BA"), "bad_proof"),
        "a changed checkpoint": (text.replace("\n300\n", "\n299\n"), "bad_signature"),
    }
    return {
        "about": "Receipts as text; `entry` in hex: it stands in the receipt, or must be had from elsewhere.",
        "accepted": [
            good,
            _receipt("the only entry", 0, 1),
            _receipt("without its entry", 299, 300, with_entry=False),
        ],
        "refused": [{**good, "name": name, "receipt": data, "code": code} for name, (data, code) in bad.items()],
    }


def _receipt(name: str, place: int, size: int, *, with_entry: bool = True) -> Case:
    receipt = BOOK.receipt(place, size, LINDE, BUCHE, with_entry=with_entry)
    return {
        "name": name, "is": "receipt", "receipt": receipt.to_bytes().decode(), "vkeys": ALL_KEYS, "quorum": 2,
        "entry": BOOK.entries[place].hex(),
    }  # fmt: skip


# -- witness -----------------------------------------------------------------------------------------------------------


def witness_file() -> Case:
    """witness.json."""
    path = BOOK.consistency(120, 300)
    checkpoint = BOOK.checkpoint(300).to_bytes()
    plain = [
        ("first head", 200, "", 0, 0, [], BOOK), ("grown", 200, "", 120, 120, path, BOOK),
        ("not grown", 200, "", 300, 300, [], BOOK), ("old too small", 409, "120\n", 90, 120, [], BOOK),
        ("old too large", 409, "120\n", 130, 120, [], BOOK), ("old beyond the head", 400, "", 301, 120, [], BOOK),
        ("no path", 422, "", 120, 120, [], BOOK), ("a fork", 422, "", 120, 120, FORKED.consistency(120, 300), FORKED),
        ("a fork of one size", 422, "", 300, 300, [], FORKED), ("a path from nothing", 422, "", 0, 0, path, BOOK),
    ]  # fmt: skip
    accepted = [
        _verdict(name, status, body, known, witness.format_request(old, steps, book.checkpoint(300).to_bytes()))
        for name, status, body, old, known, steps, book in plain
    ]
    good = witness.format_request(120, path, checkpoint)
    accepted += [
        _verdict("a log nobody watches", 404, "", None, good),
        {**_verdict("another key", 403, "", 120, good), "vkeys": ALL_KEYS[1:]},
        _verdict("a key that fails", 403, "", 120, good.replace(b"\n300\n", b"\n299\n")),
        _verdict("an old size with a sign", 400, "", 120, good.replace(b"old 120", b"old +120")),
        _verdict("an old size with a zero before", 400, "", 120, good.replace(b"old 120", b"old 0120")),
        _verdict("no empty line", 400, "", 120, good.replace(b"\n\n", b"\n")),
    ]
    return {
        "about": "What a witness answers that knows `known_size` and `known_root` of this log (null: none).",
        "accepted": accepted,
        "refused": [],
    }


def _verdict(name: str, status: int, body: str, known: int | None, request: bytes) -> Case:
    return {
        "name": name, "is": "verdict", "request": request.decode(), "vkeys": vkeys(BOOK.key), "known_size": known,
        "known_root": None if known is None else b64_padded(BOOK.head(known).root), "status": status, "body": body,
    }  # fmt: skip
