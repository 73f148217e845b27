# SPDX-License-Identifier: AGPL-3.0-or-later
"""The texts that a ring writes itself: `pages/NAME.txt` in its folder, `pages/NAME.en.txt` for English.

Plain text: a blank line ends a paragraph, `# ` begins a heading, `- ` a point of a list. No markup is believed.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

#: The pages there are; each name is a file's.
NAMES = ("tauschring", "mitmachen", "kontakt", "impressum", "datenschutz", "barrierefreiheit")
#: A text of some twenty pages; what is longer is cut.
TEXT_BYTES = 64 * 1024


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
