# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every text that a person reads on a page or in a letter, in the language and the form of address of the ring.

The text in the code is German with "Sie". `en.po` has all of it in English, `du.po` what is said otherwise to somebody
whom the ring calls "Du". Catalogues are read as they are written (gettext's PO format): nothing has to be compiled, and
nothing that is compiled can be older than its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from ringtausch_node.translations.catalogs import Catalog, parse_catalog

__all__ = ["Speech", "speech_of"]

Tongue: TypeAlias = Literal["de", "du", "en"]
_FOLDER = Path(__file__).parent / "po"


class Speech(NamedTuple):
    """One way of speaking: German with Sie or Du, or English."""

    tongue: Tongue
    catalog: Mapping[str, tuple[str, ...]]

    @property
    def lang(self) -> Literal["de", "en"]:
        """The language as HTML and the table of codes name it."""
        return "en" if self.tongue == "en" else "de"

    def text(self, german: str) -> str:
        """A text; what no catalogue has stays German."""
        found = self.catalog.get(german)
        return found[0] if found else german

    def plural(self, one: str, many: str, count: int) -> str:
        """A text about `count` things; German and English have the same two forms."""
        forms = self.catalog.get(one, (one, many))
        return forms[0] if count == 1 or len(forms) == 1 else forms[1]


def speech_of(language: str, form_of_address: str) -> Speech:
    """How somebody is spoken to who reads `language` in a ring with this form of address."""
    return _speech("en" if language == "en" else "du" if form_of_address == "Du" else "de")


@cache
def _speech(tongue: Tongue) -> Speech:
    catalog: Catalog = {}
    if tongue != "de":
        catalog = parse_catalog((_FOLDER / f"{tongue}.po").read_text(encoding="utf-8"))
    return Speech(tongue, catalog)
