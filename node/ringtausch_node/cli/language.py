# SPDX-License-Identifier: AGPL-3.0-or-later
"""The two languages of the command line, chosen by LC_ALL, LC_MESSAGES or LANG as other programs do it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal


def language(environment: Mapping[str, str] | None = None) -> Literal["de", "en"]:
    """Give "de" if the environment asks for German, else "en"."""
    values = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if values.get(name):
            return "de" if values[name].lower().startswith("de") else "en"
    return "en"


def say(german: str, english: str) -> str:
    """The text in the language of this call."""
    return german if language() == "de" else english


#: States and roles as programs read them -> German, English as people read them.
_TERMS = {
    "agreed": ("zu bestätigen", "to confirm"),
    "confirmed": ("bestätigt", "confirmed"),
    "probing": ("wird geprobt", "probing"),
    "open": ("offen", "open"),
    "away": ("nicht erreichbar", "away"),
    "paused": ("ruht", "paused"),
    "ended": ("beendet", "ended"),
    "given_up": ("aufgegeben", "given up"),
    "recovering": ("wird wiederhergestellt", "recovering"),
    "recovered": ("wiederhergestellt", "recovered"),
    "quarantined": ("angehalten", "stopped"),
    "active": ("aktiv", "active"),
    "frozen": ("ruht", "frozen"),
    "left": ("ausgetreten", "left"),
    "member": ("Mitglied", "member"),
    "office": ("Büro", "office"),
    "operator": ("Betrieb", "operator"),
    "auditor": ("Prüfung", "auditor"),
}


def term(word: str) -> str:
    """A state or a role for people; one that is not known here stays as it is."""
    return say(*_TERMS.get(word, (word, word)))
