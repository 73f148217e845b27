# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading gettext's PO format: the part of it that our catalogues use."""

from __future__ import annotations

import json
from typing import TypeAlias

#: Text in the code -> its translations: one, or singular and plural.
Catalog: TypeAlias = dict[str, tuple[str, ...]]


def parse_catalog(text: str) -> Catalog:
    """The entries of a catalogue; the header and what is not translated are left out. Raises ValueError."""
    catalog: Catalog = {}
    for block in text.split("\n\n"):
        fields = _fields(block)
        forms = tuple(value for name, value in fields.items() if name.startswith("msgstr"))
        if fields.get("msgid") and forms and all(forms):
            catalog[fields["msgid"]] = forms
    return catalog


def _fields(block: str) -> dict[str, str]:
    """Keyword -> text of one entry. A text goes on over as many quoted lines as it likes."""
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith('"'):
            name, _, line = line.partition(" ")  # noqa: PLW2901 - the rest of the line is a text like the others
            if name not in ("msgid", "msgid_plural", "msgstr", "msgstr[0]", "msgstr[1]"):
                raise ValueError(f"not a keyword: {name}")
        fields[name] = fields.get(name, "") + str(json.loads(line))
    return fields
