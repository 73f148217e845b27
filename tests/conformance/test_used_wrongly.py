# SPDX-License-Identifier: AGPL-3.0-or-later
"""Used wrongly, the kit says in a line or two what to change, in the language asked for, and ends with 3."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ringtausch_node.bootstrap import open_ring
from ringtausch_protocol import canonical
from ringtausch_protocol.conformance.program import main
from ringtausch_protocol.requests import INVITATION_BYTES, Invitation
from tests.conformance.judged import Judged, found_oak, judged
from tests.federation.towns import HandClock
from tests.ports import free_port
from tests.quick import quick_words

Err = pytest.CaptureFixture[str]
URL = "http://127.0.0.1:1"
WEEK_SECONDS = 7 * 86_400


@pytest.mark.parametrize(
    ("arguments", "german", "english"),
    [
        ([], "Es fehlt: URL, --invitation.", "Missing: URL, --invitation."),
        ([URL], "Es fehlt: --invitation.", "Missing: --invitation."),
        ([URL, "--invitation", "FILE", "--payee"], "--payee: der Wert fehlt.", "--payee: the value is missing."),
        ([URL, "--invitation", "FILE", "--carry"], "Das gibt es nicht: --carry.", "There is no such thing: --carry."),
        ([URL, "--invitation", "FILE", "--wait", "soon"], "Das passt nicht: --wait", "This does not fit: --wait"),
        ([URL, "--invitation", "FILE", "--wait", "-1"], "--wait -1.0:", "--wait -1.0:"),
        (["eiche.example", "--invitation", "FILE"], "URL eiche.example: gebraucht", "URL eiche.example: an address"),
        (["http://", "--invitation", "FILE"], "URL http://: gebraucht wird", "URL http://: an address"),
        (["http://x:70000", "--invitation", "FILE"], "URL http://x:70000: gebraucht", "URL http://x:70000: an address"),
        ([f"{URL}?ring=1", "--invitation", "FILE"], f"URL {URL}?ring=1: gebraucht", f"URL {URL}?ring=1: an address"),
        ([f"{URL}/a/../b", "--invitation", "FILE"], "/a/../b: gebraucht wird", "/a/../b: an address"),
        ([URL, "--invitation", "FILE", "--own-url", f"{URL}/kit?"], "kit?: gebraucht wird", "kit?: an address"),
        ([URL, "--invitation", "FILE", "--own-url", f"{URL}#kit"], "#kit: gebraucht wird", "#kit: an address"),
        ([URL, "--invitation", "FILE", "--payee", "A B"], "--payee A B: gebraucht wird", "--payee A B: the name"),
        ([URL, "--invitation", "FILE", "--second-payee", "A@B"], "--second-payee A@B: g", "--second-payee A@B: the"),
        ([URL, "--invitation", "FILE", "--host", "http://x"], "--host http://x: gebraucht", "--host http://x: a name"),
        ([URL, "--invitation", "FILE", "--listen", "8480"], "--listen 8480: gebraucht", "--listen 8480: HOST:PORT"),
        ([URL, "--invitation", "FILE", "--json", "no/such"], "--json no/such: dort kann", "--json no/such: no file"),
        ([URL, "--invitation", "no-such"], "--invitation no-such: nicht zu", "--invitation no-such: cannot be"),
        ([URL, "--invitation", "."], "--invitation .: nicht zu lesen", "--invitation .: cannot be read"),
        ([URL, "--invitation", "FILE"], "--invitation FILE: das ist keine", "--invitation FILE: this is no invitation"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Err, arguments: list[str], german: str, english: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_bytes(b'{"v":1,"net":"test"}')

    for language, told in (("de", german), ("en", english)):
        assert 3 == main([*arguments, "--lang", language], io.StringIO())
        assert told in _line(capsys)


def _line(capsys: Err) -> str:
    """What was said: one line."""
    out, err = capsys.readouterr()
    assert ("", 1) == (out, err.count("\n"))
    return err


async def _ends(kit: Judged, capsys: Err, *arguments: str) -> tuple[int, str]:
    """The program against the ring that is served. -> the exit code, what it said."""
    code = await asyncio.to_thread(main, [kit.url, *arguments, "--lang=en"], io.StringIO())
    return code, _line(capsys)


def _with_secret(data: bytes) -> bytes:
    read = canonical.parse(data, Invitation, INVITATION_BYTES)
    return canonical.encode(msgspec.structs.replace(read, secret="A" * 43))


def _with_typo(data: bytes) -> bytes:
    """One letter of the signed card."""
    place = data.index(b'"payload":"') + 30
    return data[:place] + (b"B" if data[place : place + 1] == b"A" else b"A") + data[place + 1 :]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_with_secret, "the ring does not know this invitation. Is the file unchanged?"),
        (_with_typo, "this is no invitation of a ring"),
        (lambda data: data[:-9], "this is no invitation of a ring"),
    ],
)
async def test_a_changed_invitation_is_named(
    tmp_path: Path, capsys: Err, change: Callable[[bytes], bytes], told: str
) -> None:
    async with judged(tmp_path / "oak", quick_words, 1) as kit:
        (path := tmp_path / "changed.json").write_bytes(change(kit.given[0]))
        code, said = await _ends(kit, capsys, "--invitation", str(path))

    assert (3, True) == (code, f"--invitation {path}: {told}" in said)


async def test_an_invitation_that_is_used_or_over_or_of_another_ring_is_named(tmp_path: Path, capsys: Err) -> None:
    clock = HandClock()
    async with judged(tmp_path / "oak", quick_words, 2, clock=clock) as kit:
        other = await _of_another_ring(tmp_path / "elm")
        paths = [_kept(tmp_path / f"{number}.json", data) for number, data in enumerate([*kit.given, other])]
        assert 2 == await asyncio.to_thread(main, [kit.url, "--invitation", paths[0], "--wait", "0"], io.StringIO())
        clock.ahead_seconds = WEEK_SECONDS + 1
        told = [await _ends(kit, capsys, "--invitation", path) for path in paths]

    assert [3, 3, 3] == [code for code, _ in told]
    assert "this invitation is used already" in told[0][1]
    assert "this invitation has expired" in told[1][1]
    assert "The invitations are by elm.example" in told[2][1]


def _kept(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


async def _of_another_ring(root: Path) -> bytes:
    found_oak(root, "elm.example")
    ring = await open_ring(root)
    try:
        return await ring.federation.invite(None, None)
    finally:
        await ring.close()


async def test_who_is_no_ring_or_not_there_is_named(tmp_path: Path, capsys: Err) -> None:
    async with judged(tmp_path / "oak", quick_words, 1) as kit:
        asked = ["--invitation", _kept(tmp_path / "1.json", kit.given[0]), "--lang=en"]
        elsewhere = f"http://127.0.0.1:{free_port()}"
        for url, told in ((f"{kit.url}/log", "No ring answers at"), (elsewhere, "Nobody answers at")):
            assert 3 == await asyncio.to_thread(main, [url, *asked], io.StringIO())
            assert f"{told} {url}" in _line(capsys)


class Interrupted(io.StringIO):
    """A terminal at which somebody presses Ctrl-C when the first rule is told."""

    def write(self, text: str) -> int:
        if "ok" in text:
            raise KeyboardInterrupt
        return super().write(text)


async def test_an_interrupted_run_ends_with_one_line(tmp_path: Path, capsys: Err) -> None:
    async with judged(tmp_path / "oak", quick_words, 1) as kit:
        asked = ["--invitation", _kept(tmp_path / "1.json", kit.given[0]), "--listen", f"127.0.0.1:{free_port()}"]
        code = await asyncio.to_thread(main, [kit.url, *asked, "--lang=en"], Interrupted())

    assert (130, "Interrupted.\n") == (code, capsys.readouterr().err)
