# SPDX-License-Identifier: AGPL-3.0-or-later
"""What comes from people, their programs and their files: addresses, hours, lists, sheets, requests."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.api.schemas import (
    DeclineBody,
    FlatDecoder,
    HelperBody,
    InvoiceBody,
    NoteBody,
    PayInvoiceBody,
    PaymentBody,
    QuoteBody,
)  # fmt: skip
from ringtausch_node.backup import Manifest, restore_backup
from ringtausch_node.backup.sealed import CHUNK_BYTES, Cost, SealedReader, Sealing, SealingWriter
from ringtausch_node.config import Limits, parse_config
from ringtausch_node.keyring.issue import Roots
from ringtausch_node.keyring.roots import parse_roots
from ringtausch_node.keyring.sheet import read_sheet, write_sheet
from ringtausch_node.members.lists import parse_list
from ringtausch_protocol import addresses, tiles, units
from ringtausch_protocol.errors import RemoteError
from tests.fuzz.target import Read, Target, choosing

BODIES: tuple[Any, ...] = (
    PaymentBody, QuoteBody, NoteBody, InvoiceBody, PayInvoiceBody, DeclineBody, HelperBody,
)  # fmt: skip


def by_hand() -> list[bytes]:
    """What people write, one of each."""
    roots = Roots([bytes(range(32))], [bytes(range(1, 33))])
    texts = (
        '{"payment_id":"AAAAAAAAAAAAAAAAAAAAAA","from":"alma","to":"ben@ulme.example","amount_seconds":5400,"memo":"Hecke"}',
        '{"to":"ben","amount_seconds":60}', '{"note_id":"AAAAAAAAAAAAAAAAAAAAAA","text":"Danke"}', '{"helper":"ben"}',
        '{"payee":"alma","payer":"ben@ulme.example","amount_seconds":60,"days":7}', '{"from":"alma"}',
        '{"code":"declined_by_payer"}', "alma@eiche.example:8000", "1,5", "-1:30", "90min",
        "hours", "Talente:10:1", "handle;name;balance\nalma;Alma;-1,5\nben;Ben;1:30\n", "8.8.8.8", "2a00:1450:4001::1",
        'address = "eiche.example"\nname = "Eiche"\nnet = "test"\n[limits]\ndefault_min_seconds = -3600\n',
        write_sheet(roots, "eiche.example", "a" * 52),
    )  # fmt: skip
    return [
        *(text.encode() for text in texts),
        bytes((6, 6, 2, 0)),
        bytes((6, 3, 4, 7)),
        bytes((20, 11, 12, 21)),
        bytes((1,)) + tiles.format_bundle([b"a", b"bc"]),
    ]


def _tar() -> bytes:
    """The outside of a backup: a manifest, and files that do not hold what it says."""
    sums = dict.fromkeys(("config.toml", "card.json", "keys/operational.json", "ring.sqlite"), "0" * 64)
    manifest = Manifest(
        format=1, address="eiche.example", ring_id="a" * 52, made_at=0, log_size=0, files=sums, boots={"00" * 16: 0}
    )
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in {"manifest.json": msgspec.json.encode(manifest), **dict.fromkeys(sums, b"x")}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RemoteError("malformed") from None


def _of_text(read: Callable[[str], None]) -> Read:
    return lambda data: read(_text(data))


def _member(text: str) -> None:
    member = addresses.parse_member(text)
    assert addresses.parse_member(f"{member.handle}@{member.ring}") == member


def _amount(text: str) -> None:
    """What a person wrote is what he is shown, read again, unless it is shown rounded."""
    seconds = parse_signed_amount(text, units.HOURS)
    shown = units.format_amount(seconds, units.HOURS)
    assert shown.startswith("rund ") or parse_signed_amount(shown.split()[0], units.HOURS) == seconds


def _unit(text: str) -> None:
    assert units.parse_unit(text).step_seconds >= 1


def _sheet(text: str) -> None:
    roots = read_sheet(text)
    assert read_sheet(write_sheet(roots, "eiche.example", "a" * 52)) == roots


def _list(data: bytes) -> None:
    rows = parse_list(data, units.HOURS, Limits()).rows
    handles = [member.handle for _, member in rows]
    assert sorted(set(handles)) == sorted(handles)


def _backup(data: bytes) -> None:
    with TemporaryDirectory() as place:
        (Path(place) / "backup").write_bytes(data)
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


def _body(kind: Any) -> Read:
    decode = FlatDecoder(kind)

    def read(data: bytes) -> None:
        taken = msgspec.to_builtins(decode(data))
        pairs = json.loads(data, object_pairs_hook=list)
        assert len(dict(pairs)) == len(pairs), "a key stands twice"
        assert dict(pairs) == {name: taken[name] for name, _ in pairs}

    return read


def _config(data: bytes) -> None:
    assert parse_config(data).name


def _roots(data: bytes) -> None:
    assert len(parse_roots(data).root) >= 1


def targets() -> Iterator[tuple[str, Target]]:
    """Name and target of everything here."""
    yield "bodies", choosing([_body(kind) for kind in BODIES])
    yield "typed", choosing([_of_text(read) for read in (_member, _amount, _unit)])
    yield "sheet", Target(_of_text(_sheet))
    yield "list", Target(_list)
    yield "settings", choosing([_config, _roots])
    yield "backup", Target(_backup, start=(_tar(),))
    yield "sealed", Target(_sealed, start=(_sealed_file(),))
