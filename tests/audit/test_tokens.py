# SPDX-License-Identifier: AGPL-3.0-or-later
"""Entries that a ring gives to auditors only: read with its token by audits and mirrors, and it goes to no other."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest

from ringtausch_protocol.audit.program import mirroring
from ringtausch_protocol.audit.program.command import USED_WRONGLY, main
from ringtausch_protocol.audit.sources.tokens import token_for
from tests.audit.exports import Export, write
from tests.audit.test_roster import ring_of, roster_of
from tests.audit.test_sources import Quiet, codes, run, serving


class Closed(Quiet):
    """Gives entries only to whoever has the token."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """The file, or 401."""
        if "/entries/" in self.path and self.headers["Authorization"] != "Bearer open-sesame":
            self.send_error(401)
            return None
        return super().send_head()


@pytest.fixture
def closed(logs: list[Export], tmp_path: Path) -> Iterator[str]:
    """Both rings at one address, each below its name; their entries are for auditors."""
    for log in logs:
        (tmp_path / "www" / log.name).mkdir(parents=True)
        (write(tmp_path / "logs", log) / log.name).rename(tmp_path / "www" / log.name / "log")
    with serving(tmp_path / "www", Closed) as url:
        yield url


def tokens(tmp_path: Path, *names: str) -> Path:
    """A file with the token of each."""
    file = tmp_path / "tokens"
    file.write_text("".join(f"{name} open-sesame\n" for name in names))
    return file


def test_entries_for_auditors_are_read_with_the_token_of_their_ring(closed: str, tmp_path: Path) -> None:
    sources = [f"{closed}/oak", f"{closed}/elm/log/1"]
    without, _ = run(*sources, json=tmp_path / "r.json")
    code, result = run(*sources, json=tmp_path / "r.json", tokens=tokens(tmp_path, f"{closed}/oak", f"{closed}/elm"))

    assert (1, 0, []) == (without, code, codes(result))


@pytest.mark.parametrize("by", ["address", "ring_id"])
def test_a_roster_says_where_its_rings_are_and_whose_token_goes_where(
    closed: str, logs: list[Export], tmp_path: Path, by: str
) -> None:
    rings = [msgspec.structs.replace(ring_of(log), url=f"{closed}/{log.name}") for log in logs]
    gone = msgspec.structs.replace(rings[0], ring_id="z" * 51 + "a", address="gone.example", state="gone", logs=[])
    (tmp_path / "roster").write_bytes(roster_of(*rings, gone))
    file = tokens(tmp_path, *(getattr(ring, by) for ring in rings))

    code, result = run(json=tmp_path / "r.json", roster=tmp_path / "roster", tokens=file)

    assert {"elm.example", "oak.example"} == {ring["address"] for ring in result["rings"]}
    assert (1, ["ring_not_seen"]) == (code, codes(result))  # the one that is gone: nobody has its log


def test_a_mirror_copies_what_its_token_opens(closed: str, tmp_path: Path) -> None:
    file, into, out = tokens(tmp_path, f"{closed}/oak"), tmp_path / "mirror", io.StringIO()
    code = mirroring.main([f"{closed}/oak", str(into), "--tokens", str(file), "--lang", "en"], out)

    assert (0, True) == (code, out.getvalue().endswith(": new\n"))
    assert 1 == mirroring.main([f"{closed}/elm", str(into), "--tokens", str(file)], io.StringIO())


@pytest.mark.parametrize(
    ("source", "token"),
    [
        ("https://oak.example", "oak's"), ("https://oak.example/", "oak's"), ("https://oak.example/log/2", "oak's"),
        ("https://oak.example:8443", "its own"), ("https://elm.example", ""), ("http://oak.example.elm.example", ""),
        ("https://elm.example/oak.example", ""), ("https://pine.example/copies/x/log/1", "pine's"), ("oak", ""),
    ],
)  # fmt: skip
def test_a_token_goes_to_the_ring_that_it_is_for(source: str, token: str) -> None:
    named = {"oak.example": "oak's", "oak.example:8443": "its own", "https://pine.example/copies/x": "pine's"}
    assert token == token_for(source, named)


def test_a_file_that_holds_no_tokens_is_a_wrong_call(closed: str, tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("open-sesame\n")

    assert USED_WRONGLY == main([f"{closed}/oak", "--tokens", str(file)], io.StringIO())
    assert USED_WRONGLY == mirroring.main([f"{closed}/oak", str(tmp_path), "--tokens", str(file)], io.StringIO())


def test_no_source_and_no_roster_is_a_wrong_call() -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert USED_WRONGLY == ended.value.code


class Leaving(Quiet):
    """Goes off before it has given its entries."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """The file, or an answer that is none."""
        if "/entries/" in self.path:
            self.send_error(503)
            return None
        return super().send_head()


def test_a_ring_that_goes_off_while_it_is_read_was_not_seen(logs: list[Export], tmp_path: Path) -> None:
    written = write(tmp_path / "logs", *logs)
    with serving(written / "elm", Leaving) as url:
        code, result = run(written / "oak", f"{url}/1", json=tmp_path / "r.json")

    assert (1, ["ring_not_seen", "source_failed"]) == (code, codes(result))
