# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files beside the card that are damaged, or came with somebody's backup, are named, whatever stands in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.keyring.roots import parse_roots
from tests.vectors.cast import EICHE

DEEP = 100_000
READERS: dict[str, Callable[[CardFiles], object]] = {
    "cards.json": CardFiles.load, "keys/earlier.json": CardFiles.earlier, "keys/pending.json": CardFiles.pending,
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "data",
    [b"[", b"[" * DEEP, b'{"x":' * DEEP, b'[{"card":1,"seal":"\xff","recovery":""}]', b'{"card":' + b"[" * DEEP,
     b'{"card":{},"operational":{"seal":"\xff"}}'],
)  # fmt: skip
def test_a_damaged_file_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "card.json").write_bytes(EICHE.card.envelope)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LocalError, match=f"folder_unusable: {name}"):
        READERS[name](CardFiles(tmp_path))


@pytest.mark.parametrize("data", [b'{"root":["\xff"],"next_root":[]}', b'{"x":' * 100, b'{"root":' + b"[" * 600])
def test_a_damaged_file_of_root_keys_is_told_as_such(data: bytes) -> None:
    with pytest.raises(LocalError, match="root_file"):
        parse_roots(data)
