# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings of an open ring: `config.toml` is written anew, and the ring opens again with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ringtausch_node.config import Config, check_config, verify_settled
from ringtausch_node.config.text import render_config
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import load_card_settings, load_config, write_file
from ringtausch_node.members import Actor, Members
from ringtausch_node.store import Store, Tx

#: Where the node is reached and whom it believes: only whoever sits at the machine changes that.
FIXED = frozenset({"address", "net", "unit", "listen", "url", "proxies", "allow_private_addresses"})


class Settings:
    """The settings of one ring, as its operator changes them."""

    def __init__(self, path: Path, store: Store, members: Members) -> None:
        self._path, self._store, self._members = path, store, members
        #: Set once there are others than those that the ring was opened with.
        self.changed = asyncio.Event()

    def current(self) -> Config:
        """What stands in the file now. Raises LocalError: folder_unusable, config."""
        return load_config(self._path)

    async def change(self, wanted: Mapping[str, Any], actor: Actor) -> Config:
        """Change settings by their dotted names ("limits.lower_limit"); remarks in the file are lost with it.

        Raises LocalError: not_allowed (others than an operator, or one of `FIXED`), config (with the name),
        storage_failed.
        """
        if FIXED & {name.partition(".")[0] for name in wanted}:
            raise LocalError("not_allowed", "only at the machine")

        def use_case(tx: Tx) -> Config:
            self._members.rights.verify_operator(tx, actor)
            before = self.current()
            config = check_config(_changed(msgspec.to_builtins(before), wanted))
            verify_settled(config, load_card_settings(self._path))
            if config != before:
                self._write(config)
                tx.after_commit(self.changed.set)
            return config

        return await self._store.write(use_case)  # in the one writer, so that no two are lost in each other

    def _write(self, config: Config) -> None:
        try:
            write_file(self._path / "config.toml", render_config(config).encode())
        except OSError:
            raise LocalError("storage_failed", "config.toml") from None


def _changed(table: dict[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A table of settings with other values at dotted names."""
    for name, value in wanted.items():
        section, dot, inside = name.partition(".")
        if dot:
            table[section] = {**table[section], inside: value}
        else:
            table[section] = value
    return table
