# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every text that stands in a template or in code, found by Babel.

`python -m tests.translations.texts` prints what a catalogue lacks, ready to be filled in.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_dir

from ringtausch_node.translations.catalogs import Catalog, parse_catalog
from tests.house.tree import NODE

#: `text` and `plural` are Speech's, `N_` marks a text where it stands, `_` and gettext are the templates'.
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "text": None, "gettext": None, "plural": (1, 2), "ngettext": (1, 2)}
#: Words of the machine room, which nobody reads on a page.
FORBIDDEN = re.compile(r"\b(?:Transaktion|Hash|Knoten|Node|Peer|Timeout|Schulden|debt)", re.IGNORECASE)
ROOMS = ("web", "entrance", "rounds", "upkeep")
CATALOGS = NODE / "translations" / "po"


@cache
def texts() -> dict[str, str]:
    """Text -> where it stands first; of a plural the singular."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for place, message in _extracted(NODE / room):
            found.setdefault(message, f"{room}/{place}")
    return found


def _extracted(folder: Path) -> Iterator[tuple[str, str]]:
    rows = extract_from_dir(
        folder, method_map=[("**.py", "python"), ("**.html", "jinja2.ext.babel_extract")],
        options_map={"**.html": {"trimmed": "true", "silent": "false"}}, keywords=KEYWORDS,
    )  # fmt: skip
    for name, line, message, _comments, _context in rows:
        for text in (message if isinstance(message, tuple) else (message,))[:1]:
            yield f"{name}:{line}", text


def catalog(tongue: str) -> Catalog:
    """The catalogue of a tongue."""
    return parse_catalog((CATALOGS / f"{tongue}.po").read_text(encoding="utf-8"))


def main() -> int:
    """Print what `en.po` lacks."""
    known = catalog("en")
    for text, place in texts().items():
        if text not in known:
            sys.stdout.write(f'#: {place}\nmsgid {json.dumps(text, ensure_ascii=False)}\nmsgstr ""\n\n')
    return 0


if __name__ == "__main__":
    sys.exit(main())
