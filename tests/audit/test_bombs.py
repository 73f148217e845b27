# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archives made to cost time and memory: refused at a bound, whatever they say of themselves."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ringtausch_protocol.audit.sources import room
from ringtausch_protocol.audit.sources.archives import unpack
from ringtausch_protocol.errors import RemoteError

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress,
}  # fmt: skip
END = bytes(2 * tarfile.BLOCKSIZE)


def member(
    name: str,
    data: bytes = b"",
    attributes: Mapping[str, str] = {},
    *,
    kind: bytes = tarfile.REGTYPE,
    size: int | None = None,
) -> bytes:
    """One file as it stands in a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.pax_headers = kind, len(data) if size is None else size, dict(attributes)
    header = info.tobuf(tarfile.PAX_FORMAT if attributes else tarfile.GNU_FORMAT)
    return header + data + bytes(-len(data) % tarfile.BLOCKSIZE)


def for_all(attributes: dict[str, str]) -> bytes:
    """Attributes for all files that follow."""
    return tarfile.TarInfo.create_pax_global_header(attributes)


def unpacked(folder: Path, tar: bytes) -> list[str] | str:
    """The files that come out; or why none do."""
    archive = folder / "a.tar"
    archive.write_bytes(tar)
    try:
        unpack(archive, folder / "out")
    except RemoteError as refused:
        return refused.code
    return sorted(path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*"))


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_files_of_a_log_come_out_and_no_others(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    tar = member("notes.txt", bytes(2_000)) + member("1", kind=tarfile.DIRTYPE) + member("1/checkpoint", b"x" * 1_000)
    assert ["1", "1/checkpoint"] == unpacked(tmp_path, pack(tar + END))
    assert b"x" * 1_000 == (tmp_path / "out" / "1" / "checkpoint").read_bytes()


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_what_is_thrown_away_counts_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(room, "UNPACKED_BYTES", 100_000)
    assert "too_large" == unpacked(tmp_path, pack(member("notes.txt", bytes(200_000)) + member("checkpoint") + END))


def test_folders_count_as_files_in_a_tar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FILES_MAX", 3)
    folders = b"".join(member(str(number), kind=tarfile.DIRTYPE) for number in range(4))
    assert "too_large" == unpacked(tmp_path, folders + END)


def test_a_file_without_a_name_is_left_out_of_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr("1/checkpoint", b"x")
        opened.writestr("cards.json", b"x")
    unnamed = (tmp_path / "a.zip").read_bytes().replace(b"cards.json", b"\0ards.json")
    assert ["1", "1/checkpoint"] == unpacked(tmp_path, unnamed)


def test_folders_count_as_files_in_a_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FILES_MAX", 3)
    with zipfile.ZipFile(tmp_path / "folders.zip", "w") as opened:
        for number in range(4):
            opened.writestr(f"{number}/", b"")
    assert "too_large" == unpacked(tmp_path, (tmp_path / "folders.zip").read_bytes())


LONG = "x" * room.HEADER_BYTES
HEADERS = {
    "of one file": member("checkpoint", attributes={"comment": LONG}),
    "of all files": for_all({"comment": LONG}) + member("checkpoint"),
    "a name": member(LONG),
    "many in a row": for_all({"comment": "x" * 1_000}) * (room.HEADER_BYTES // 1_000) + member("checkpoint"),
    "of no length": member("x", kind=tarfile.XHDTYPE, size=-tarfile.BLOCKSIZE),
}


@pytest.mark.parametrize("tar", HEADERS.values(), ids=HEADERS)
def test_headers_are_not_read_beyond_what_one_file_needs(tmp_path: Path, tar: bytes) -> None:
    assert "too_large" == unpacked(tmp_path, tar + END)


def test_each_file_has_a_header_of_its_own(tmp_path: Path) -> None:
    long = {"comment": "x" * (room.HEADER_BYTES // 2)}
    files = [member(f"{number}/checkpoint", attributes=long) for number in range(4)]
    found = unpacked(tmp_path, b"".join(files) + END)
    assert 8 == len(found)


def test_nothing_is_kept_of_the_files_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard library keeps them all, and what was said for all, which it copies for each file."""
    kept, following = [], tarfile.TarFile.next

    def spying(opened: tarfile.TarFile) -> tarfile.TarInfo | None:
        kept.append((len(vars(opened)["members"]), len(opened.pax_headers)))
        return following(opened)

    monkeypatch.setattr(tarfile.TarFile, "next", spying)
    tar = b"".join(for_all({f"key{number}": "x"}) + member(f"{number}/checkpoint") for number in range(4))

    assert 8 == len(unpacked(tmp_path, tar + END))
    assert [(0, 0), (1, 1)] == kept[:2]  # reading the first when it is opened, handing it out
    assert [(0, 0)] * 4 == kept[2:]


def test_an_archive_is_only_read_onwards(tmp_path: Path) -> None:
    """A negative length leads back to its own header, again and again."""
    attributes = member("notes.txt", attributes={"comment": "x"})[: -tarfile.BLOCKSIZE]
    tar = attributes + member("notes.txt", size=-tarfile.BLOCKSIZE)
    assert "malformed" == unpacked(tmp_path, tar + END)


def test_files_with_holes_are_left_out(tmp_path: Path) -> None:
    holes = member("checkpoint", attributes={"GNU.sparse.map": "0,0", "GNU.sparse.size": str(10**15)})
    assert ["1", "1/checkpoint"] == unpacked(tmp_path, holes + member("1/checkpoint") + END)


def test_a_map_of_holes_that_is_none_is_malformed(tmp_path: Path) -> None:
    holes = member("checkpoint", b"none\n" * 200, {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"})
    assert "malformed" == unpacked(tmp_path, holes + END)


@pytest.mark.parametrize("name", ["checkpoint", "notes.txt"])
def test_a_file_that_is_cut_off_is_malformed(tmp_path: Path, name: str) -> None:
    assert "malformed" == unpacked(tmp_path, member(name, bytes(10 * tarfile.BLOCKSIZE))[: -2 * tarfile.BLOCKSIZE])
