# SPDX-License-Identifier: AGPL-3.0-or-later
"""No sentence with an amount has a verb for many: "1 Stunde sind vorgemerkt" is said by nobody."""

from __future__ import annotations

import re
from pathlib import Path

import ringtausch_node.web

TEMPLATES = Path(ringtausch_node.web.__file__).parent / "templates"


def test_no_amount_is_the_subject_of_a_verb_for_many() -> None:
    texts = {each.name: each.read_text("utf-8") for each in TEMPLATES.rglob("*.html")}
    many = r".*(?:\{\{ amount \}\} sind|sind \{\{ amount \}\}).*"
    assert [] == [(name, line) for name, text in texts.items() for line in re.findall(many, text)]
