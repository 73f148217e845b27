# SPDX-License-Identifier: AGPL-3.0-or-later
"""The texts that a ring writes itself: `pages/NAME.txt` in its folder, `pages/NAME.en.txt` for English.

Plain text: a blank line ends a paragraph, `# ` begins a heading, `- ` a point of a list. No markup is believed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from ringtausch_node.errors import LocalError
from ringtausch_node.folder import write_file
from ringtausch_node.members import Actor, Members
from ringtausch_node.store import Store, Tx

#: What stands on the first page, and the pages beside it; each name is a file's.
FIRST = "willkommen"
NAMES = (FIRST, "tauschring", "mitmachen", "kontakt", "impressum", "datenschutz", "barrierefreiheit")
LANGUAGES = ("de", "en")
#: A text of some twenty pages; what is longer is cut.
TEXT_BYTES = 64 * 1024
#: What a page takes: eight pages of print, more than anybody reads.
TEXT_LENGTH = 20_000


class Block(msgspec.Struct, frozen=True):
    """A part of a text. kind: heading, paragraph, list."""

    kind: str
    lines: list[str]


def ring_text(folder: Path, name: str, lang: str) -> list[Block]:
    """The ring's own text, in German where there is none in `lang`; nothing where the ring has written none."""
    names = (f"{name}.{lang}.txt", f"{name}.txt") if lang != "de" else (f"{name}.txt",)
    for each in names:
        try:
            with (folder / "pages" / each).open("rb") as file:
                return parse_text(file.read(TEXT_BYTES).decode("utf-8", errors="replace"))
        except OSError:
            continue
    return []


class Texts:
    """The texts of one ring, as its operator writes them."""

    def __init__(self, folder: Path, store: Store, members: Members) -> None:
        self._folder, self._store, self._members = folder / "pages", store, members

    def source(self, name: str, lang: str) -> str:
        """A text as it was typed; empty where the ring has written none. Raises LocalError('not_found')."""
        try:
            with self._path(name, lang).open("rb") as file:
                return file.read(TEXT_BYTES).decode("utf-8", errors="replace")
        except OSError:
            return ""

    async def write(self, name: str, lang: str, text: str, actor: Actor) -> None:
        """A text is this one from now on; with an empty one the page shows what we bring along.

        Raises LocalError: not_found, not_allowed (others than an operator), words (too long), storage_failed.
        """
        path = self._path(name, lang)
        if len(text) > TEXT_LENGTH or "\x00" in text:
            raise LocalError("words")

        def use_case(tx: Tx) -> None:
            self._members.rights.verify_operator(tx, actor)
            try:
                _put(path, text.strip())
            except OSError:
                raise LocalError("storage_failed", "pages") from None

        await self._store.write(use_case)

    def _path(self, name: str, lang: str) -> Path:
        if name not in NAMES or lang not in LANGUAGES:
            raise LocalError("not_found", "text")
        return self._folder / (f"{name}.txt" if lang == "de" else f"{name}.{lang}.txt")


def _put(path: Path, text: str) -> None:
    if text:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_file(path, f"{text}\n".encode())
    else:
        with suppress(FileNotFoundError):
            path.unlink()


def parse_text(text: str) -> list[Block]:
    """The blocks of a plain text."""
    blocks = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("# "):
            blocks.append(Block("heading", [lines.pop(0)[2:]]))
        if lines and all(line.startswith("- ") for line in lines):
            blocks.append(Block("list", [line[2:] for line in lines]))
        elif lines:
            blocks.append(Block("paragraph", lines))
    return blocks
