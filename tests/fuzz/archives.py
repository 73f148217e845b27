# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archives of logs, zip and tar, whose author meant no good."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ringtausch_protocol.audit.sources.archives import unpack
from ringtausch_protocol.audit.sources.room import RATIO_MAX, SHORT_BYTES
from ringtausch_protocol.errors import RemoteError
from tests.fuzz.target import Target, choosing, workplace

_BLOCK, _MAGIC_AT, _SUM_AT = 512, 257, slice(148, 156)


def with_sums(data: bytes) -> bytes:
    """A tar with the sums of its headers made right: a search gets no further than a wrong one."""
    blocks = [data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK)]
    return b"".join(_summed(block) if block[_MAGIC_AT:].startswith(b"ustar") else block for block in blocks)


def _summed(block: bytes) -> bytes:
    blank = block[: _SUM_AT.start] + b" " * 8 + block[_SUM_AT.stop :]
    return block[: _SUM_AT.start] + b"%06o\0 " % sum(blank) + block[_SUM_AT.stop :]


def without_padding(tar: bytes) -> bytes:
    """A tar that ends with its two empty blocks: in the padding behind them a search finds nothing."""
    used = tar.rstrip(b"\0")
    return used + bytes(-len(used) % _BLOCK + 2 * _BLOCK)


def _archive(data: bytes) -> None:
    """Nothing is written elsewhere, nothing but plain files, and no more than the bound says."""
    with workplace() as place:
        archive, folder = Path(place) / "archive", Path(place) / "logs"
        archive.write_bytes(data)
        folder.mkdir()
        try:
            unpack(archive, folder)
        finally:
            _verify_laid_out(Path(place), max(len(data), SHORT_BYTES) * RATIO_MAX)


def _verify_laid_out(place: Path, most_bytes: int) -> None:
    assert {each.name for each in place.iterdir()} == {"archive", "logs"}
    found = [each for each in (place / "logs").rglob("*") if not each.is_dir()]
    assert all(each.is_file() and not each.is_symlink() for each in found)
    assert sum(each.stat().st_size for each in found) <= most_bytes


def _tar_with_sums(data: bytes) -> None:
    _archive(with_sums(data))


def _packed_tar(data: bytes) -> None:
    _archive(gzip.compress(with_sums(data), 1))


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in ("logs/1/checkpoint", "logs/1/tile/0/000.p/3", "cards.json"):
            packed.writestr(name, b"x" * 40)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as packed:
        for name in ("checkpoint", "tile/entries/000.p/3", "é" * 60 + "/card.json"):
            info = tarfile.TarInfo(name)
            info.size = 40
            packed.addfile(info, io.BytesIO(b"x" * 40))
    return without_padding(out.getvalue())


_ARCHIVES = ((_archive, _zip()), (_tar_with_sums, _tar()), (_packed_tar, _tar()))


def targets() -> Iterator[tuple[str, Target]]:
    """The one target; its first byte chooses what is done to a tar before it is unpacked."""
    start = tuple(bytes((way,)) + data for way, (_, data) in enumerate(_ARCHIVES))
    target = choosing([read for read, _ in _ARCHIVES])
    yield "archive", target._replace(start=start, is_apart=True, refuses=RemoteError)
