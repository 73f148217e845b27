# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a backup says of itself is read strictly, before anything of it is laid out."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import msgspec
import pytest

from ringtausch_node.backup.archive import opened, read_manifest
from ringtausch_node.errors import LocalError

FILES = dict.fromkeys(("config.toml", "card.json", "keys/operational.json", "ring.sqlite"), "0" * 64)
GOOD: dict[str, Any] = {
    "format": 1, "address": "eiche.example", "ring_id": "a" * 52, "made_at": 0, "log_size": 0, "files": FILES,
    "boots": {"0f" * 16: 7},
}  # fmt: skip


def read(said: bytes) -> object:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(said)
        tar.addfile(entry, io.BytesIO(said))
    with opened(io.BytesIO(out.getvalue())) as tar:
        return msgspec.to_builtins(read_manifest(tar))


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert read(msgspec.json.encode(GOOD)) == GOOD


@pytest.mark.parametrize(
    "changed",
    [{"boots": {"no hex": 0}}, {"boots": {"0F" * 16: 0}}, {"boots": {"0f" * 15: 0}}, {"boots": {"0f" * 16: 2**63}},
     {"boots": {"0f" * 16: -1}}, {"made_at": 2**63}, {"log_size": -1}],
)  # fmt: skip
def test_what_no_ring_can_be_laid_out_from_is_no_backup(changed: dict[str, Any]) -> None:
    with pytest.raises(LocalError, match="not_a_backup"):
        read(msgspec.json.encode({**GOOD, **changed}))


@pytest.mark.parametrize("said", [b"[" * 100_000, b'{"x":' * 100_000, b'{"address":"\xff"}'])
def test_a_manifest_that_no_reader_gets_through_is_no_backup(said: bytes) -> None:
    with pytest.raises(LocalError, match="not_a_backup"):
        read(said)
