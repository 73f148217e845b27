# SPDX-License-Identifier: Apache-2.0
"""Amounts and times as people read them, the same in every time zone."""

from __future__ import annotations

from datetime import UTC, datetime

from ringtausch_protocol.verifier.words import Language

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def hours(seconds: int) -> str:
    """Seconds as hours and minutes, 1:30; a rest of seconds is shown, never rounded away."""
    sign, seconds = ("−" if seconds < 0 else ""), abs(seconds)
    rest = f":{seconds % _MINUTE:02}" if seconds % _MINUTE else ""
    return f"{sign}{seconds // _HOUR}:{seconds // _MINUTE % _MINUTE:02}{rest}"


def counted(number: int, language: Language) -> str:
    """A number of things, with a mark at the thousands."""
    return f"{number:,}".replace(",", "." if language == "de" else ",")


def percent(part: int, whole: int) -> str:
    """A share in whole percent, rounded up: who uses anything does not use nothing."""
    return f"{-(-part * 100 // whole)} %" if whole else "–"


def day(at: int, language: Language) -> str:
    """A time as a date and minute in UTC."""
    if at <= 0:
        return "–"
    moment = datetime.fromtimestamp(min(at, 253_402_300_799), UTC)
    return f"{moment:%d.%m.%Y, %H:%M}" if language == "de" else f"{moment:%Y-%m-%d %H:%M}"


def lasting(seconds: int, language: Language) -> str:
    """How long something has lasted, in its largest whole unit."""
    names = {"de": ("Tage", "Stunden", "Minuten"), "en": ("days", "hours", "minutes")}[language]
    size = next((size for size in (_DAY, _HOUR) if seconds >= size * 2), _MINUTE)
    return f"{seconds // size} {names[(_DAY, _HOUR, _MINUTE).index(size)]}"
