# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring's data directory: what lies where, who may open it, and how its files are written.

    config.toml         settings                     ring.sqlite     everything else
    card.json           the signed ring-card         lock.sqlite     boots, newest checkpoint
    cards.json          all own cards (`keyring`)    lock            held by whoever has the folder open
    keys/               0700, its files 0600         control.sock    0600, there while a node runs
      operational.json  seeds by purpose
      root.json         seeds of the root keys and of the next ones; take it off the machine
      pending.json, earlier.json   see `keyring`
    pages/              texts that the ring wrote itself (`upkeep`)
    evidence/           proofs that a ring showed two histories (`witnessing`), once there is one

Keys stand apart from the database, so that a copy of the database alone can sign nothing.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from ringtausch_node.config import CardSettings, Config, parse_config, verify_settled
from ringtausch_node.config.text import render_config
from ringtausch_node.errors import LocalError

#: One seed of 32 bytes for each purpose that a card names.
PURPOSES = ("frame", "checkpoint", "witness", "operator", "seal", "recovery")
SEED_BYTES = 32


class Seeds(NamedTuple):
    """Secrets of a ring: operational by purpose, the root keys, and the root keys that come next."""

    operational: Mapping[str, bytes]
    root: Sequence[bytes]
    next_root: Sequence[bytes]


class RootFile(msgspec.Struct, forbid_unknown_fields=True):
    """`root.json`: the seeds of the root keys, and of those that come next, in base64url."""

    root: list[str]
    next_root: list[str]


class Folder:
    """A ring's folder. Make it with `create` or `open`; `close` gives the lock back."""

    def __init__(self, path: Path, config: Config, lock: int) -> None:
        self.path = path
        self.config = config
        self._lock: int | None = lock

    @classmethod
    def create(cls, path: Path, config: Config, seeds: Seeds, card: bytes) -> Folder:
        """Lay out a new ring and open it. Raises LocalError: folder_not_empty, folder_not_made.

        `config.toml` is written last: a folder without it is not a ring, whatever else a crash left in it. Where the
        disk fails, what was made is taken away again, so that the same command can be given once more.
        """
        existed = path.exists()
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise LocalError("folder_not_empty")
            path.chmod(0o700)
            lock = _take_lock(path)
        except (FileExistsError, NotADirectoryError):
            raise LocalError("folder_not_empty", "not a folder") from None
        except OSError as error:
            _take_away(path, keep=existed)
            raise LocalError("folder_not_made", os.strerror(error.errno or 0)) from None
        try:
            _write_secrets(path / "keys", seeds)
            write_file(path / "card.json", card)
            write_file(path / "config.toml", render_config(config).encode())
        except OSError as error:
            os.close(lock)
            _take_away(path, keep=existed)
            raise LocalError("folder_not_made", os.strerror(error.errno or 0)) from None
        return cls(path, config, lock)

    @classmethod
    def open(cls, path: Path) -> Folder:
        """Open a ring's folder for this process alone. Raises LocalError: folder_missing, config, folder_in_use."""
        config = load_config(path)
        try:
            lock = _take_lock(path)
        except OSError as error:
            raise LocalError("folder_unusable", os.strerror(error.errno or 0)) from None
        return cls(path, config, lock)

    def close(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def database(self) -> Path:
        """Members, ledger, log: one SQLite file."""
        return self.path / "ring.sqlite"

    @property
    def lock_database(self) -> Path:
        """The small file that remembers boots even when the database is an old copy."""
        return self.path / "lock.sqlite"

    def keep_private(self) -> None:
        """The databases are their owner's alone, and what SQLite puts beside them takes their mode.

        Whoever copies the folder may lose its 0700 on the way. Raises LocalError('folder_unusable').
        """
        for path in (self.database, self.lock_database):
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                os.fchmod(handle, 0o600)
                os.close(handle)
                for beside in path.parent.glob(f"{path.name}-*"):
                    beside.chmod(0o600)
            except OSError as error:
                raise LocalError("folder_unusable", f"{path.name}: {os.strerror(error.errno or 0)}") from None

    def operational_seeds(self) -> dict[str, bytes]:
        """The seeds a running node needs, by purpose. Raises LocalError('folder_unusable')."""
        return load_seeds(self.path)


def load_seeds(path: Path) -> dict[str, bytes]:
    """The operational seeds of a ring, by purpose, without opening it. Raises LocalError('folder_unusable')."""
    try:
        data = (path / "keys" / "operational.json").read_bytes()
        table = msgspec.json.decode(data, type=dict[str, str])
        return {purpose: parse_seed(table[purpose]) for purpose in PURPOSES}
    except (OSError, KeyError, ValueError, RecursionError):
        raise LocalError("folder_unusable", "keys/operational.json") from None


class _CardEnvelope(msgspec.Struct):
    """The outside of a signed card; whoever opens the ring verifies the whole."""

    payload: str


def load_config(path: Path) -> Config:
    """The settings of a ring, without opening it. Raises LocalError: folder_missing, folder_unusable, config.

    `config` also where address, net or unit are not those of the ring's card: an amount read in another unit would be
    booked wrongly for ever.
    """
    config = _read_config(path)
    verify_settled(config, load_card_settings(path))
    return config


def load_card_settings(path: Path) -> CardSettings:
    """What the ring's card says, not verified here. Raises LocalError('folder_unusable')."""
    try:
        envelope = msgspec.json.decode((path / "card.json").read_bytes(), type=_CardEnvelope)
        return msgspec.json.decode(base64.b64decode(envelope.payload, validate=True), type=CardSettings)
    except (OSError, ValueError, RecursionError):
        raise LocalError("folder_unusable", "card.json") from None


def _read_config(path: Path) -> Config:
    try:
        return parse_config((path / "config.toml").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise LocalError("folder_missing") from None
    except OSError as error:
        raise LocalError("folder_unusable", f"config.toml: {os.strerror(error.errno or 0)}") from None


def write_file(path: Path, data: bytes) -> None:
    """Write a file of the folder whole or not at all, durable on return, readable by its owner alone."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_directory(path.parent)


def write_new_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all, readable by its owner alone. FileExistsError where there is one already."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


def _take_away(path: Path, *, keep: bool) -> None:
    """Remove what `create` has laid out in a folder that was empty; the folder itself unless it was there before."""
    with suppress(OSError):
        shutil.rmtree(path / "keys")
    for name in ("card.json", "config.toml"):
        for left in (path / name, path / f"{name}.new"):
            left.unlink(missing_ok=True)
    (path / "lock").unlink(missing_ok=True)
    if not keep:
        with suppress(OSError):
            path.rmdir()


def sync_directory(path: Path) -> None:
    """Names that were made or changed in a folder are durable on return."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_lock(path: Path) -> int:
    """The lock is the kernel's: it ends with the process, also with kill -9, and needs no cleaning up."""
    handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise LocalError("folder_in_use") from None
    return handle


def _write_secrets(keys: Path, seeds: Seeds) -> None:
    keys.mkdir(mode=0o700)
    operational = {purpose: seed_text(seeds.operational[purpose]) for purpose in PURPOSES}
    roots = RootFile(root=[*map(seed_text, seeds.root)], next_root=[*map(seed_text, seeds.next_root)])
    write_file(keys / "operational.json", msgspec.json.format(msgspec.json.encode(operational)) + b"\n")
    write_file(keys / "root.json", msgspec.json.format(msgspec.json.encode(roots)) + b"\n")


def seed_text(seed: bytes) -> str:
    """A seed as it stands in files: base64url without padding."""
    return base64.urlsafe_b64encode(seed).rstrip(b"=").decode()


def parse_seed(text: str) -> bytes:
    """Read one seed in base64url; the length is checked because a short one would be a weak key. Raises ValueError."""
    try:
        seed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("seed") from None
    if len(seed) != SEED_BYTES:
        raise ValueError("seed")
    return seed
