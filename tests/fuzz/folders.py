# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files of a ring's folder, as somebody's backup brings them or a hand changed them, and the backup around them."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from ringtausch_node.backup import Manifest, restore_backup
from ringtausch_node.backup.archive import opened, read_manifest
from ringtausch_node.backup.sealed import CHUNK_BYTES, Cost, SealedReader, Sealing, SealingWriter
from ringtausch_node.config import parse_config
from ringtausch_node.control.operations import read_arguments
from ringtausch_node.folder import PURPOSES, load_card_settings, load_seeds, seed_text
from ringtausch_node.keyring.cards import CardFiles, format_chain, opened_seeds
from ringtausch_node.keyring.issue import Roots
from ringtausch_node.keyring.roots import parse_roots
from ringtausch_node.keyring.sheet import read_sheet, write_sheet
from ringtausch_node.translations.catalogs import parse_catalog
from ringtausch_protocol import limits
from ringtausch_protocol.errors import LocalError
from tests.fuzz.archives import with_sums, without_padding
from tests.fuzz.target import Read, Target, choosing, of_text, workplace
from tests.vectors.cast import EICHE

_SEED = seed_text(bytes(range(32)))
_ROOTS = Roots([bytes(range(32))], [bytes(range(1, 33))])
_CONFIG = (
    'address = "eiche.example"\nname = "Eiche"\nnet = "test"\ntime_zone = "Europe/Berlin"\nproxies = ["::1"]\n'
    "[limits]\ndefault_min_seconds = -3600\n"
)


def _config(data: bytes) -> None:
    assert parse_config(data).name


def _roots(data: bytes) -> None:
    assert all(1 <= len(seeds) <= limits.ROOT_KEYS_MAX for seeds in parse_roots(data))


def _sheet(text: str) -> None:
    roots = read_sheet(text)
    assert read_sheet(write_sheet(roots, "eiche.example", "a" * 52)) == roots


def _in_folder(name: str, read: Callable[[Path], None]) -> Read:
    """A file of this name in a folder that has a good card."""

    def of_bytes(data: bytes) -> None:
        with workplace() as place:
            folder = Path(place)
            (folder / "keys").mkdir()
            (folder / "card.json").write_bytes(EICHE.card.envelope)
            (folder / name).write_bytes(data)
            read(folder)

    return of_bytes


def _seeds(folder: Path) -> None:
    assert {len(seed) for seed in load_seeds(folder).values()} == {32}


def _cards(folder: Path) -> None:
    own = CardFiles(folder).load()
    (folder / "cards.json").write_bytes(format_chain(own.chain))
    assert CardFiles(folder).load() == own


def _earlier(folder: Path) -> None:
    found = CardFiles(folder).earlier()
    assert {len(seed) for purpose in ("seal", "recovery") for seed in opened_seeds(found, purpose)} <= {32}


def _pending(folder: Path) -> None:
    CardFiles(folder).pending()


def _settings(folder: Path) -> None:
    load_card_settings(folder)


def manifest() -> Manifest:
    """What a backup says of itself."""
    sums = dict.fromkeys(("config.toml", "card.json", "keys/operational.json", "ring.sqlite"), "0" * 64)
    return Manifest(
        format=1, address="eiche.example", ring_id="a" * 52, made_at=0, log_size=0, files=sums, boots={"00" * 16: 0}
    )


def _tar(said: bytes, database: bytes = b"x") -> bytes:
    """The outside of a backup: a manifest, and files that do not hold what it says."""
    out = io.BytesIO()
    files = {"manifest.json": said, **dict.fromkeys(manifest().files, b"x"), "ring.sqlite": database}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return without_padding(out.getvalue())


def _manifest(data: bytes) -> None:
    """Whatever a manifest says can be laid out: boots of sixteen bytes each once, times that a table holds."""
    with opened(io.BytesIO(_tar(data))) as tar:
        found = read_manifest(tar)
    boots = {bytes.fromhex(boot) for boot in found.boots}
    assert {len(boot) for boot in boots} <= {16}
    assert len(boots) == len(found.boots)
    assert all(0 <= number <= limits.SEQ_MAX for number in (*found.boots.values(), found.made_at, found.log_size))
    with suppress(ValueError, RecursionError):
        assert json.loads(data, object_pairs_hook=_last)["boots"] == found.boots


def _last(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(pairs)


def _database() -> bytes:
    """The smallest file that SQLite opens: pages of half a KiB, a table, a row."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript("PRAGMA page_size=512; CREATE TABLE account(id INTEGER); INSERT INTO account VALUES (1)")
        return made.serialize()


def backup() -> bytes:
    """One that is whole, of a database that is no ring's."""
    return _tar(msgspec.json.encode(manifest()), _database())


def with_true_manifest(data: bytes) -> bytes:
    """A backup whose manifest has the sums of what follows it: a search gets no further than a wrong one."""
    stream = io.BytesIO(data)
    with suppress(tarfile.TarError, ValueError, OverflowError), tarfile.open(fileobj=stream, mode="r:") as tar:
        said, *others = tar.getmembers()
        for each in others:
            digest = hashlib.sha256(data[each.offset_data : each.offset_data + each.size]).hexdigest().encode()
            before, mark, after = data.partition(f'"{each.name}":"'.encode(errors="replace"))
            if mark and len(before) < said.offset_data + said.size:
                data = before + mark + digest + after[len(digest) :]
    return data


def _backup(data: bytes) -> None:
    with workplace() as place:
        (Path(place) / "backup").write_bytes(with_true_manifest(with_sums(data)))
        restore_backup(Path(place) / "backup", Path(place) / "ring", mark=bytes(16), at=0)


def _sealed(data: bytes) -> None:
    reader = io.BufferedReader(SealedReader(io.BytesIO(data), "Nadel im Heu 17"))
    assert len(reader.read()) <= len(data)


def _sealed_file() -> bytes:
    """A sealed file of two chunks, with the least that its header may ask for."""
    out = io.BytesIO()
    writer = SealingWriter(out, Sealing("Nadel im Heu 17", bytes(16), Cost(8, 1, 1)))
    writer.write(bytes(CHUNK_BYTES + 1))
    writer.finish()
    return out.getvalue()


def _catalog(text: str) -> None:
    """A hand's words in the place of ours; only we write catalogues, so any ValueError tells enough."""
    try:
        assert all(parse_catalog(text).values())
    except ValueError:
        raise LocalError("usage") from None


def _arguments(data: bytes) -> None:
    """A command of the operator's as the node's socket gets it: a line with its name, then JSON."""
    name, _, said = data.partition(b"\n")
    found = msgspec.to_builtins(read_arguments(name.decode(errors="replace"), said))
    taken = json.loads(said, object_pairs_hook=_last)
    assert all(found[field] == value for field, value in taken.items() if field in found)


def _ways() -> Iterator[tuple[Read, bytes]]:
    yield _config, _CONFIG.encode()
    yield _roots, msgspec.json.encode({"root": [_SEED], "next_root": [_SEED]})
    yield _in_folder("keys/operational.json", _seeds), msgspec.json.encode(dict.fromkeys(PURPOSES, _SEED))
    yield _in_folder("card.json", _settings), EICHE.card.envelope
    yield _in_folder("cards.json", _cards), format_chain([EICHE.card])
    earlier = [{"card": 1, "seal": _SEED, "recovery": _SEED}]
    yield _in_folder("keys/earlier.json", _earlier), msgspec.json.encode(earlier)
    pending = {"card": msgspec.Raw(EICHE.card.envelope), "operational": {}}
    yield _in_folder("keys/pending.json", _pending), msgspec.json.encode(pending)
    yield _manifest, msgspec.json.encode(manifest())
    yield _arguments, b'peer.confirm\n{"address":"linde.example","words":["eins"]}'
    yield of_text(_catalog), b'msgid "Hour"\nmsgid_plural "Hours"\nmsgstr[0] "Stunde"\nmsgstr[1] ""\n"Stunden"\n'


def targets() -> Iterator[tuple[str, Target]]:
    """Name and target of everything here."""
    ways = [*_ways()]
    start = tuple(bytes((way,)) + data for way, (_, data) in enumerate(ways))
    yield "folder", choosing([read for read, _ in ways])._replace(start=start, is_apart=True)
    sheet = write_sheet(_ROOTS, "eiche.example", "a" * 52).encode()
    yield "sheet", Target(of_text(_sheet), start=(sheet,), is_apart=True)
    yield "backup", Target(_backup, start=(backup(),), is_apart=True)
    yield "sealed", Target(_sealed, start=(_sealed_file(),), is_apart=True)
