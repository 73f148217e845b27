# SPDX-License-Identifier: AGPL-3.0-or-later
"""A backup is tried on the operator's page: one that lies there, or one that was brought along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from ringtausch_node.backup import restore_backup
from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.upkeep import backups
from tests.serving.wire import Heard
from tests.web.conftest import CONFIG, HOUR, Browser, Oak, paid, text_of
from tests.web.test_safety import WORDS, lying

TRIAL = "/betrieb/sicherung-pruefen"


async def trial(olga: Browser, file: str, words: str) -> Heard:
    return await olga.send(TRIAL, TRIAL, datei=file, woerter=words)


async def test_a_backup_is_tried_beside_the_ring_which_is_left_as_it_is(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "1", "Kuchen")
    await oak.ring.backups.make_here(WORDS, "1")
    [name] = oak.ring.backups.here()
    olga = await oak.member("olga")
    fresh = text_of(await trial(olga, name, WORDS))
    assert [True] * 4 == [
        part in fresh for part in ("alles darin stimmt", "vor 0 Tagen", "Mitglieder darin 6", "kam nichts")
    ]
    await paid(oak, "alma", "ben", "2", "Rasen")
    await oak.ring.members.add("dora", "Dora")
    later = text_of(await trial(olga, name, WORDS.upper().replace(" ", "-")))
    command = f"ringtausch restore {oak.ring.folder.path}.alt/backups/{name} {oak.ring.folder.path}"
    told = ("Buchungen darin 1", "1 Buchung hier im Tauschring.", "1 neues Mitglied.", command)
    assert [True] * 4 == [part in later for part in told]
    assert (3 * HOUR, False) == (await oak.balance("ben"), (oak.ring.folder.path / ".tried.sqlite").exists())


async def test_a_backup_that_does_not_help_says_why(oak: Oak) -> None:
    olga = await oak.member("olga")
    assert b'href="#mitgebracht"' in (await olga.send(TRIAL, TRIAL, woerter=WORDS)).body
    await oak.ring.backups.make_here(WORDS, "1")
    [file] = lying(oak.ring)
    for name, words, said in ((file.name, "", "ist verschlossen"), (file.name, "falsch " * 9, "Mit diesem Kennwort"),
                              ("oak.example-20260101-000000.backup", WORDS, "gibt es")):  # fmt: skip
        heard = await trial(olga, name, words)
        assert (422, True) == (heard.status, said in text_of(heard)), said
    file.write_bytes(file.read_bytes()[:-1])
    assert "beschädigt" in text_of(await trial(olga, file.name, WORDS))
    assert not (oak.ring.folder.path / ".tried.sqlite").exists()


def in_parts(fields: dict[str, str], name: str, data: bytes) -> tuple[bytes, str]:
    """A form with a file, as a browser sends it. -> (body, media type)."""
    heads = [(f'name="{field}"', value.encode()) for field, value in fields.items()]
    heads.append((f'name="mitgebracht"; filename="{name}"', data))
    parts = [
        b"--cut\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + value for head, value in heads
    ]
    return b"\r\n".join([*parts, b"--cut--\r\n"]), "multipart/form-data; boundary=cut"


async def carried(olga: Browser, name: str, data: bytes, **fields: str) -> Heard:
    sent = {**olga.hidden(await olga.get(TRIAL), TRIAL), "woerter": WORDS, **fields}
    body, media_type = in_parts(sent, name, data)
    return await olga.post(TRIAL, body, Content_Type=media_type)


async def test_a_backup_that_was_brought_along_is_tried_and_taken_away_again(oak: Oak) -> None:
    await oak.ring.backups.make_here(WORDS, "1")
    [file] = lying(oak.ring)
    data, before = file.read_bytes(), sorted(oak.ring.folder.path.iterdir())
    olga = await oak.member("olga")
    for name, command in (("montag.backup", "restore montag.backup "), ("x; rm -rf ~", "restore TAUSCHRING.backup "),
                          ("<b>.backup", "restore TAUSCHRING.backup ")):  # fmt: skip
        page = text_of(await carried(olga, name, data))
        assert (True, True) == ("alles darin stimmt" in page, command in page), name
    assert "alles darin stimmt" in text_of(await carried(olga, "", b"", datei=file.name))
    for bad, said in ((b"", "keine Sicherung"), (data[:-1], "beschädigt"), (b"x" * 100_000, "keine Sicherung")):
        heard = await carried(olga, "x.backup", bad)
        assert (422, True, True) == (heard.status, said in text_of(heard), b'href="#mitgebracht"' in heard.body)
    assert before == sorted(oak.ring.folder.path.iterdir())


async def test_a_file_is_not_read_without_the_seal_nor_beyond_what_the_disk_has_room_for(
    oak: Oak, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga = await oak.member("olga")
    assert 403 == (await carried(olga, "x.backup", b"x", siegel="0" * 64)).status
    monkeypatch.setattr(backups, "GUEST_BYTES_MAX", 100_000)
    large = await carried(olga, "x.backup", b"x" * 100_001)
    assert (422, False) == (large.status, "keine Sicherung" in text_of(large))
    seal = olga.hidden(await olga.get(TRIAL), TRIAL)
    for body, status in ((b"", 400), (b"--cut", 400), (b"--cut\r\n" * 500, 400), (b"x" * 100_000, 400),
                         (in_parts({**seal, "woerter": "x" * 70_000}, "x", b"")[0], 413),
                         (in_parts(seal, "x", b"y" * 50_000)[0][:-20], 422)):  # fmt: skip
        heard = await olga.post(TRIAL, body, Content_Type="multipart/form-data; boundary=cut")
        assert status == heard.status, body[:40]
    other = await olga.post("/einstellungen/post", in_parts(seal, "x", b"y")[0], Content_Type="multipart/form-data")
    assert 415 == other.status
    assert not (oak.ring.folder.path / ".tried.backup").exists()


@pytest.mark.parametrize("head", ['form-data; name="a"; x', "form data", "form-data; name*=x", 'form-data;; name="a"'])
async def test_a_part_whose_head_cannot_be_read_is_a_field_of_no_name_and_its_words_are_printed_nowhere(
    oak: Oak, head: str
) -> None:
    olga = await oak.member("olga")
    parts, media_type = in_parts(olga.hidden(await olga.get(TRIAL), TRIAL), "", b"")
    odd = f"--cut\r\nContent-Disposition: {head}\r\n\r\nx\r\n".encode()
    assert 422 == (await olga.post(TRIAL, odd + parts, Content_Type=media_type)).status  # a warning ends a test


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Ring]:
    """A ring beside the one with pages; closed whatever comes, or its threads keep the tests from ending."""
    ring = await open_ring(folder)
    try:
        yield ring
    finally:
        await ring.close()


async def test_a_backup_of_another_ring_and_one_that_is_ahead_are_told_apart(oak: Oak, tmp_path: Path) -> None:
    await paid(oak, "alma", "ben", "1", "Kuchen")
    await oak.ring.backups.make(tmp_path / "own.tar")
    found_ring(tmp_path / "elm", structs.replace(CONFIG, address="elm.example"))
    async with opened(tmp_path / "elm") as elm:
        other = await elm.backups.try_file(tmp_path / "own.tar", "")
    assert (False, "oak.example", 0, False) == (other.is_own, other.address, other.bookings, other.is_sealed)
    restore_backup(tmp_path / "own.tar", tmp_path / "old", mark=b"m" * 16, at=1)
    await paid(oak, "alma", "ben", "1", "Rasen")
    await oak.ring.backups.make(tmp_path / "newer.tar")
    async with opened(tmp_path / "old") as old:
        tried = [await old.backups.try_file(tmp_path / name, "") for name in ("own.tar", "newer.tar")]
    assert [False, True] == [each.knows_more for each in tried]
