# SPDX-License-Identifier: AGPL-3.0-or-later
"""Folders, archives, addresses: what can be wrong with a source, and that no changed bit is called clean."""

from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_protocol.audit.program.command import main
from ringtausch_protocol.audit.sources import room
from tests.audit.exports import Export, write
from tests.house.tree import ROOT

SEED = 2_026


def run(*sources: object, json: Path, **options: object) -> tuple[int, dict[str, Any]]:
    """The command: exit code and what it wrote."""
    given = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    code = main([*map(str, sources), "--json", str(json), "--quiet", "--lang", "en", *given], io.StringIO())
    return code, msgspec.json.decode(json.read_bytes())


def codes(result: dict[str, Any]) -> list[str]:
    """The codes of findings and hints."""
    return [each["code"] for each in result["findings"] if each["level"] != "note"]


@pytest.fixture
def exported(logs: list[Export], tmp_path: Path) -> Path:
    """Both rings' logs as folders."""
    return write(tmp_path / "logs", *logs)


def test_a_folder_of_exported_logs_is_clean(exported: Path, tmp_path: Path) -> None:
    code, result = run(exported, json=tmp_path / "r.json")

    assert (0, []) == (code, result["findings"])
    assert ["elm.example", "oak.example"] == [ring["address"] for ring in result["rings"]]


def test_an_audit_needs_no_node(exported: Path) -> None:
    """With the node's package away, in a process of its own."""
    program = (
        "import runpy, sys; sys.modules['ringtausch_node'] = None;"
        "sys.argv[1:] = ['logs', '--quiet', '--out', 'r.html'];"
        "runpy.run_module('ringtausch_protocol.audit', run_name='__main__')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=exported.parent, env={**os.environ, "PYTHONPATH": str(ROOT / "protocol")},
        capture_output=True, check=False,
    )  # fmt: skip

    assert (0, b"") == (ended.returncode, ended.stderr)
    assert (exported.parent / "r.html").read_bytes().startswith(b"<!doctype html>")


def test_folders_and_archives_side_by_side_are_one_audit(exported: Path, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "elm"), "zip", exported / "elm")
    shutil.make_archive(str(tmp_path / "oak"), "gztar", exported / "oak")

    code, result = run(tmp_path / "elm.zip", tmp_path / "oak.tar.gz", json=tmp_path / "r.json")

    assert (0, []) == (code, codes(result))


@pytest.mark.slow
def test_no_flipped_bit_is_called_clean(exported: Path, tmp_path: Path) -> None:
    chance, files = random.Random(SEED), sorted(path for path in exported.rglob("*") if path.is_file())
    clean = []
    for _ in range(200):
        path = chance.choice(files)
        data = path.read_bytes()
        place = chance.randrange(len(data) * 8)
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(bytes(changed))
        if run(exported, json=tmp_path / "r.json")[0] == 0:
            clean.append((path.relative_to(exported), place))
        path.write_bytes(data)

    assert [] == clean


def test_an_archive_that_is_cut_off_is_no_source(exported: Path, tmp_path: Path) -> None:
    for kind, suffix in (("zip", "zip"), ("gztar", "tar.gz"), ("tar", "tar")):
        whole = Path(shutil.make_archive(str(tmp_path / "whole"), kind, exported / "elm"))
        cut = tmp_path / f"cut.{suffix}"
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

        code, result = run(exported / "oak", cut, json=tmp_path / "r.json")

        assert code in (1, 2)
        assert {"ring_not_seen", "source_failed", "log_unreadable"} & set(codes(result))


def test_a_bomb_is_put_out(exported: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as opened, opened.open("1/tile/0/000", "w") as file:
        for _ in range(120):
            file.write(bytes(1_024 * 1_024))

    code, result = run(exported, bomb, json=tmp_path / "r.json")

    assert (1, ["source_failed"]) == (code, codes(result))
    assert ["too_large"] == [each["code"] for each in result["failed"]]


def test_more_files_than_a_log_has_are_too_many(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "FILES_MAX", 3)
    shutil.make_archive(str(tmp_path / "elm"), "zip", exported / "elm")

    code, result = run(exported / "oak", tmp_path / "elm.zip", json=tmp_path / "r.json")

    assert (1, {"source_failed", "ring_not_seen"}) == (code, set(codes(result)))


@pytest.mark.parametrize("name", ["../../checkpoint", "/etc/checkpoint", "1/../../../checkpoint", "..\\checkpoint"])
def test_nothing_is_written_outside(exported: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives are unpacked below the place for temporary files; whatever climbs out of there is still below ours."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a" / "b"))
    before = sorted(tmp_path.rglob("*"))
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as opened:
        opened.writestr(name, b"x")
    with tarfile.open(tmp_path / "out.tar", "w") as opened_tar:
        info = tarfile.TarInfo(name)
        info.size = 1
        opened_tar.addfile(info, io.BytesIO(b"x"))

    code, result = run(exported, tmp_path / "out.zip", tmp_path / "out.tar", json=tmp_path / "r.json")

    assert {tmp_path / "out.zip", tmp_path / "out.tar", tmp_path / "r.json"} == set(tmp_path.rglob("*")) - set(before)
    assert (1, ["source_failed"] * 2) == (code, codes(result))


def test_links_in_an_archive_lead_nowhere(exported: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "links.tar", "w") as opened:
        info = tarfile.TarInfo("checkpoint")
        info.type, info.linkname = tarfile.SYMTYPE, str(exported / "elm" / "1" / "checkpoint")
        opened.addfile(info)

    assert ["source_failed"] == codes(run(exported, tmp_path / "links.tar", json=tmp_path / "r.json")[1])


def test_tiles_of_another_log_are_found(exported: Path, tmp_path: Path) -> None:
    shutil.rmtree(exported / "elm" / "1" / "tile")
    shutil.copytree(exported / "oak" / "1" / "tile", exported / "elm" / "1" / "tile")

    code, result = run(exported, json=tmp_path / "r.json")

    assert (2, {"log_unreadable"}) == (code, set(codes(result)))


def test_a_ring_that_is_off_is_missing(exported: Path, tmp_path: Path) -> None:
    code, result = run(exported / "oak", "http://127.0.0.1:9", json=tmp_path / "r.json")

    assert (1, {"source_failed", "ring_not_seen"}) == (code, set(codes(result)))
    assert ["unreachable"] == [each["code"] for each in result["failed"]]


# -- addresses ---------------------------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nobody reads it."""

    def log_error(self, *_: object) -> None:
        """Nor this."""

    def handle(self) -> None:
        """Whoever asks may go before the end."""
        with suppress(ConnectionError):
            super().handle()


@pytest.fixture
def served(exported: Path, tmp_path: Path) -> Iterator[str]:
    """Both rings at one address, their logs where a ring serves them."""
    for name in ("oak", "elm"):
        shutil.copytree(exported / name, tmp_path / "www" / name / "log")
    with serving(tmp_path / "www") as url:
        yield url


@contextmanager
def serving(folder: Path, handler: Callable[..., Quiet] = Quiet) -> Iterator[str]:
    """A folder behind a web server, at this address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_logs_at_addresses_are_the_same_audit(served: str, exported: Path, tmp_path: Path) -> None:
    code, there = run(f"{served}/oak", f"{served}/elm/log/1", json=tmp_path / "r.json")
    _, here = run(exported, json=tmp_path / "r.json")

    assert (0, here["lines"], here["frames"]) == (code, there["lines"], there["frames"])


def test_an_address_without_a_log_is_no_source(served: str, tmp_path: Path) -> None:
    code, result = run(f"{served}/nobody", json=tmp_path / "r.json")

    assert (1, ["source_failed"]) == (code, codes(result))


# -- state -------------------------------------------------------------------------------------------------------------


def test_a_second_audit_verifies_nothing_twice(exported: Path, tmp_path: Path) -> None:
    first = run(exported, json=tmp_path / "r.json", state=tmp_path / "s.json")
    again = run(exported, json=tmp_path / "r.json", state=tmp_path / "s.json")

    assert (0, 0) == (first[0], again[0])
    assert first[1]["signatures"] > again[1]["signatures"] == 0
    assert (0, first[1]["signatures"]) == tuple(each[1]["signatures_before"] for each in (first, again))


def test_a_report_says_that_it_relies_on_an_earlier_audit(exported: Path, tmp_path: Path) -> None:
    pages = []
    for name in ("first.html", "again.html"):
        run(exported, json=tmp_path / "r.json", state=tmp_path / "s.json", out=tmp_path / name)
        pages.append((tmp_path / name).read_text())

    assert [False, True] == ["Checked at an earlier audit of one&#x27;s own" in page for page in pages]
    assert "(state file)" in pages[1]


def test_what_was_found_is_found_again(exported: Path, logs: list[Export], tmp_path: Path) -> None:
    oak = replace(logs[0], seeds={**logs[0].seeds, "checkpoint": bytes(32)})
    write(exported, oak)

    for _ in range(2):
        code, result = run(exported, json=tmp_path / "r.json", state=tmp_path / "s.json")
        assert (2, ["checkpoint_invalid", "ring_not_seen"]) == (code, codes(result))


def test_a_wrong_call_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--nothing"])
    assert 3 == ended.value.code
    (tmp_path / "s.json").write_text("{}")
    assert 3 == main([str(tmp_path), "--state", str(tmp_path / "s.json")], io.StringIO())
