# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring's folder: laid out once, opened by one, its secrets readable by nobody else."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ringtausch_node.config import Config
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import PURPOSES, Folder, Seeds, load_config, write_file
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.keyring.issue import issue_card
from ringtausch_node.keyring.roots import load_roots
from ringtausch_node.store.lock_database import Boot, LockDatabase

CONFIG = Config(address="eiche.example", name="Eiche")
SEEDS = Seeds({purpose: bytes([number]) * 32 for number, purpose in enumerate(PURPOSES)}, [b"r" * 32], [b"n" * 32])
CARD = issue_card(
    net=CONFIG.net, address=CONFIG.address, url=CONFIG.public_url, unit=CONFIG.parsed_unit, root_seeds=SEEDS.root,
    next_root_seeds=SEEDS.next_root, seeds=SEEDS.operational,
)  # fmt: skip


def create(path: Path) -> None:
    Folder.create(path, CONFIG, SEEDS, CARD).close()


def code_of(action: object, *args: object) -> str:
    with pytest.raises(LocalError) as caught:
        action(*args)  # type: ignore[operator]
    return caught.value.code


def test_what_is_laid_out_is_found_again(tmp_path: Path) -> None:
    create(tmp_path / "deep" / "ring")
    folder = Folder.open(tmp_path / "deep" / "ring")
    assert CONFIG.address == folder.config.address
    assert SEEDS.operational == folder.operational_seeds()
    assert ([b"r" * 32], [b"n" * 32]) == load_roots(folder.path)
    assert CARD == (folder.path / "card.json").read_bytes()
    folder.close()
    folder.close()


def test_secrets_are_the_owners_alone(tmp_path: Path) -> None:
    create(tmp_path / "ring")
    ring = tmp_path / "ring"
    assert [0o700, 0o700] == [path.stat().st_mode & 0o777 for path in (ring, ring / "keys")]
    assert {0o600} == {path.stat().st_mode & 0o777 for path in (ring / "keys").iterdir()}
    assert 0o600 == (ring / "config.toml").stat().st_mode & 0o777


def test_a_folder_with_anything_in_it_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    assert "folder_not_empty" == code_of(create, tmp_path)
    assert ["letter.txt"] == [path.name for path in tmp_path.iterdir()]
    create(tmp_path / "ring")
    assert "folder_not_empty" == code_of(create, tmp_path / "ring")
    assert "folder_not_empty" == code_of(create, tmp_path / "letter.txt")
    assert "folder_not_empty" == code_of(create, tmp_path / "letter.txt" / "ring")


@pytest.mark.parametrize("full_at_bytes", [0, 150, 400, 1_200])
@pytest.mark.parametrize("existed", [True, False])
def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path: Path, full_at_bytes: int, existed: bool) -> None:
    ring, (soft, hard) = tmp_path / "ring", resource.getrlimit(resource.RLIMIT_FSIZE)
    if existed:
        ring.mkdir()
    resource.setrlimit(resource.RLIMIT_FSIZE, (full_at_bytes, hard))
    try:
        code = code_of(create, ring)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ("folder_not_made", existed) == (code, ring.exists())
    create(ring)
    assert CONFIG.address == load_config(ring).address


def test_a_second_opener_is_refused_and_a_later_one_not(tmp_path: Path) -> None:
    create(tmp_path / "ring")
    first = Folder.open(tmp_path / "ring")
    assert "folder_in_use" == code_of(Folder.open, tmp_path / "ring")
    first.close()
    Folder.open(tmp_path / "ring").close()


def test_the_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    create(tmp_path / "ring")
    program = "import os, sys; from pathlib import Path; from ringtausch_node.folder import Folder\n"
    program += "f = Folder.open(Path(sys.argv[1])); print('open', flush=True); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "ring")], capture_output=True, check=False)
    assert (b"open\n", -9) == (done.stdout, done.returncode)
    Folder.open(tmp_path / "ring").close()


def test_what_is_no_ring_is_said_to_be_none(tmp_path: Path) -> None:
    assert "folder_missing" == code_of(load_config, tmp_path)
    assert "folder_missing" == code_of(load_config, tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    assert "folder_missing" == code_of(load_config, tmp_path / "file")
    (tmp_path / "config.toml").mkdir()
    assert "folder_unusable" == code_of(load_config, tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"frame": "AAAA"}', '{"frame": 1}', "\ud800".encode("utf-8", "surrogatepass")]
)
def test_damaged_keys_are_named(tmp_path: Path, text: str | bytes) -> None:
    create(tmp_path / "ring")
    for name in ("operational.json", "root.json"):
        (tmp_path / "ring" / "keys" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    folder = Folder.open(tmp_path / "ring")
    assert "folder_unusable" == code_of(folder.operational_seeds)
    assert code_of(load_roots, folder.path) in ("root_file", "sheet_line")
    folder.close()


@pytest.mark.parametrize("data", [b"", b"card", b"{}", None])
def test_a_damaged_card_is_named(tmp_path: Path, data: bytes | None) -> None:
    create(tmp_path / "ring")
    card = tmp_path / "ring" / "card.json"
    if data is None:
        card.unlink()
    else:
        card.write_bytes(data)
    assert "folder_unusable" == code_of(CardFiles(tmp_path / "ring").load)


def test_a_file_is_replaced_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    write_file(tmp_path / "a", b"one")
    write_file(tmp_path / "a", b"two")
    assert b"two" == (tmp_path / "a").read_bytes()
    assert ["a"] == [path.name for path in tmp_path.iterdir()]


def test_boots_are_remembered_newest_last(tmp_path: Path) -> None:
    database = LockDatabase(tmp_path / "lock.sqlite")
    database.register_boot(b"a" * 16, 10)
    database.register_boot(b"b" * 16, 5)
    database.close()
    again = LockDatabase(tmp_path / "lock.sqlite")
    assert [Boot(b"a" * 16, 10), Boot(b"b" * 16, 5)] == again.boots()
    assert "storage_failed" == code_of(again.register_boot, b"a" * 16, 11)
    again.close()


def test_a_lock_database_of_a_program_before_gets_the_table_that_it_lacks(tmp_path: Path) -> None:
    LockDatabase(tmp_path / "lock.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "lock.sqlite")) as older:
        older.execute("DROP TABLE boot_card")
    with closing(LockDatabase(tmp_path / "lock.sqlite")) as database:
        database.register_boot(b"a" * 16, 10, b"c" * 32)
        assert [Boot(b"a" * 16, 10, b"c" * 32)] == database.boots()


def test_a_lock_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock.sqlite").write_bytes(b"not a database, certainly not one" * 100)
    assert "database_damaged" == code_of(LockDatabase, tmp_path / "lock.sqlite")


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000, b'{"payload":"%"}', b'{"payload":"e30="}', b"\xff", None])
def test_a_card_that_cannot_be_read_is_named(tmp_path: Path, data: bytes | None) -> None:
    create(tmp_path / "ring")
    (tmp_path / "ring" / "card.json").unlink()
    if data is not None:
        (tmp_path / "ring" / "card.json").write_bytes(data)
    for action in (load_config, Folder.open):
        with pytest.raises(LocalError) as caught:
            action(tmp_path / "ring")
        assert ("folder_unusable", "card.json") == (caught.value.code, caught.value.detail)
