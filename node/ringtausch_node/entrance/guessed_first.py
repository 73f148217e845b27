# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passwords that many people have, and so guessers try first."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

#: Where the words come from, and under which licences, says the head of the file.
_WORDS = Path(__file__).with_name("guessed_first.txt")
#: Years, numbers and marks before and behind a word.
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def is_common(password: str) -> bool:
    """Whether a password in small letters is on the list, or is a word of the list with numbers and marks around it."""
    words = _words()
    return password in words or _AROUND.sub("", password) in words


@cache
def _words() -> frozenset[str]:
    lines = _WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
