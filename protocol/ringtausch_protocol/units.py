# SPDX-License-Identifier: Apache-2.0
"""A ring's own unit as a way of writing whole seconds (SPEC.md 2.1). No rates, no rounding.

The smallest step that a unit shows must be a whole number of seconds, so what is written in it is what is booked.
Amounts written as time may fall between two steps (10 minutes in hundredths of an hour): they are booked to the second
and shown in the unit as "rund", with the exact time behind it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

from ringtausch_protocol import limits
from ringtausch_protocol.errors import LocalError

HOUR_SECONDS = 3_600

_UNIT = re.compile(r"([^\W\d_][\w .'-]{0,23}):([0-9]{1,4}):([0-3])")
_NUMBER = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,6}))?(?: ?(\S.*))?")
_CLOCK = re.compile(r"([0-9]{1,7}):([0-5][0-9])(?::([0-5][0-9]))?(?: ?([a-z]+\.?))?", re.IGNORECASE | re.ASCII)
_PART = re.compile(r"([0-9]{1,10}) ?([a-z]+)\.?", re.IGNORECASE | re.ASCII)
_PARTS = re.compile(rf"{_PART.pattern}(?: ?{_PART.pattern}){{1,2}}", re.IGNORECASE | re.ASCII)
#: A half or a quarter at the end of a number, as a telephone writes it: `1½`.
_FRACTION = re.compile(r"([0-9]{0,12}) ?([¼½¾])(?![0-9])")
_FRACTIONS = {"¼": "25", "½": "5", "¾": "75"}
#: Blanks that a page or a word processor puts between a number and its word so that no line ends there.
_BLANKS = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "})
_TEXT_LENGTH = 64
_TIME_DECIMALS = 2
_TIME_SECONDS = {
    **dict.fromkeys(("h", "std", "stunde", "stunden", "hour", "hours"), HOUR_SECONDS),
    **dict.fromkeys(("min", "minute", "minuten", "minutes"), 60),
    **dict.fromkeys(("s", "sek", "sekunde", "sekunden", "second", "seconds"), 1),
}


class Unit(NamedTuple):
    """How a ring writes time: a name, how many make an hour, how many decimals it shows."""

    name: str
    per_hour: int
    decimals: int

    @property
    def step_seconds(self) -> int:
        """The smallest amount that can be written. Raises LocalError('unit') where it is no whole number of seconds."""
        steps: int = self.per_hour * 10**self.decimals
        if steps < 1 or HOUR_SECONDS % steps:
            raise LocalError("unit", "its smallest step is no whole number of seconds")
        return HOUR_SECONDS // steps


HOURS = Unit("Stunden", 1, 2)


def parse_unit(text: str) -> Unit:
    """`hours`, or NAME:PER_HOUR:DECIMALS. Raises LocalError('unit'), also where a step is no whole second."""
    if text == "hours":
        return HOURS
    found = _UNIT.fullmatch(unicodedata.normalize("NFC", text))
    if found is None:
        raise LocalError("unit", "expected hours or NAME:PER_HOUR:DECIMALS")
    unit = Unit(found[1], int(found[2]), int(found[3]))
    _ = unit.step_seconds
    return unit


def parse_amount(text: str, unit: Unit) -> int:
    """Whole seconds from what a person writes: `1,5`, `1½`, `20 Talente` in the ring's unit; `1:30`, `90min` as time.

    As time count words too: `1,5 Stunden`, `1 Std. 30 Min.`. Raises LocalError('amount') for 0, more than 10^9 seconds,
    fractions of the unit's step or of a second, and for everything that is not an amount. More decimals than the unit
    shows are refused even if they are zeros: who writes 1.500 may mean one and a half or fifteen hundred. So is a word
    that means another time in the unit than elsewhere.
    """
    seconds = _seconds(_plain(text), unit) if len(text) <= _TEXT_LENGTH else None
    if seconds is not None and seconds > limits.AMOUNT_MAX:
        raise LocalError("amount", "too large, at most 1000000000 seconds")
    if seconds is None or seconds < 1:
        raise LocalError("amount", "1 to 1000000000 seconds, in whole steps of the unit")
    return seconds


def _plain(text: str) -> str:
    """With plain blanks, and a half as a decimal."""
    blank = text.translate(_BLANKS)
    found = _FRACTION.match(blank)
    return f"{found[1] or 0},{_FRACTIONS[found[2]]}{blank[found.end() :]}" if found else blank


def _seconds(text: str, unit: Unit) -> int | None:
    if found := _CLOCK.fullmatch(text):
        if found[4] and _time_seconds(found[4], unit) != HOUR_SECONDS:
            return None
        return int(found[1]) * HOUR_SECONDS + int(found[2]) * 60 + int(found[3] or 0)
    if _PARTS.fullmatch(text):
        return _sum_of([(int(number), _time_seconds(word, unit)) for number, word in _PART.findall(text)])
    if found := _NUMBER.fullmatch(text):
        return _number(found[1], found[2] or "", found[3] or "", unit)
    return None


def _number(whole: str, fraction: str, word: str, unit: Unit) -> int | None:
    if (scale := _time_seconds(word, unit)) is not None:
        return _scaled(whole, fraction, scale) if len(fraction) <= _TIME_DECIMALS else None
    is_in_unit = not word or (_is_name(word, unit) and not _is_time(word))
    if not is_in_unit or len(fraction) > unit.decimals:
        return None
    return _scaled(whole, fraction, HOUR_SECONDS // unit.per_hour)


def _sum_of(parts: list[tuple[int, int | None]]) -> int | None:
    """Hours, minutes, seconds in this order, each after the first less than one of those before it."""
    total, before_seconds = 0, None
    for number, scale in parts:
        if scale is None or (before_seconds is not None and number * scale >= before_seconds):
            return None
        total, before_seconds = total + number * scale, scale
    return total


def _is_time(word: str) -> bool:
    return word.isascii() and word.lower().removesuffix(".") in _TIME_SECONDS


def _is_name(word: str, unit: Unit) -> bool:
    return unicodedata.normalize("NFC", word).casefold() == unit.name.casefold()


def _time_seconds(word: str, unit: Unit) -> int | None:
    """What a word means as time; None where it means none, or something else in this unit."""
    if not _is_time(word):
        return None
    seconds = _TIME_SECONDS[word.lower().removesuffix(".")]
    return None if _is_name(word, unit) and seconds * unit.per_hour != HOUR_SECONDS else seconds


def _scaled(whole: str, fraction: str, scale: int) -> int | None:
    """whole.fraction times `scale`, if that is a whole number."""
    parts, rest = divmod(int(whole + fraction) * scale, 10 ** len(fraction))
    return None if rest else parts


def format_amount(seconds: int, unit: Unit, lang: Literal["de", "en"] = "de") -> str:
    """An amount in the ring's unit and as time: `1,5 Stunden (1 Std. 30 Min.)`.

    Between two steps of the unit the nearest is shown: `rund 0,17 Stunden (10 Min.)`; the time is always exact.
    """
    return f"{_in_unit(seconds, unit, lang)} {_unit_name(seconds, unit, lang)} ({format_time(seconds, lang)})"


def _in_unit(seconds: int, unit: Unit, lang: str) -> str:
    steps = (2 * abs(seconds) + unit.step_seconds) // (2 * unit.step_seconds)
    about = ("rund " if lang == "de" else "about ") if seconds % unit.step_seconds else ""
    whole, part = divmod(steps, 10**unit.decimals)
    digits = f"{part:0{unit.decimals}d}".rstrip("0") if unit.decimals else ""
    point = "," if lang == "de" else "."
    return f"{about}{'-' if seconds < 0 else ''}{whole}{point + digits if digits else ''}"


def _unit_name(seconds: int, unit: Unit, lang: str) -> str:
    """Our own unit has a singular; a ring's own name is written as the ring writes it."""
    if unit != HOURS:
        return unit.name
    one, many = ("Stunde", "Stunden") if lang == "de" else ("hour", "hours")
    return one if abs(seconds) == HOUR_SECONDS else many


def format_time(seconds: int, lang: Literal["de", "en"] = "de") -> str:
    """An amount as time: `1 Std. 30 Min.`; seconds only where there are any."""
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, minutes, left = rest // HOUR_SECONDS, rest // 60 % 60, rest % 60
    names = ("Std.", "Min.", "Sek.") if lang == "de" else ("h", "min", "s")
    parts = [f"{number} {name}" for number, name in zip((hours, minutes, left), names, strict=True) if number]
    return sign + (" ".join(parts) or f"0 {names[1]}")
