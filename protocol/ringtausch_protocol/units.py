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
_NUMBER = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,6}))?")
_CLOCK = re.compile(r"([0-9]{1,7}):([0-5][0-9])(?::([0-5][0-9]))?")
_TIME = re.compile(r"([0-9]{1,10})(?:[.,]([0-9]{1,2}))? ?(h|std|min|s)\.?", re.IGNORECASE)
_TIME_SECONDS = {"h": HOUR_SECONDS, "std": HOUR_SECONDS, "min": 60, "s": 1}


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
    """Whole seconds from what a person writes: `1,5` or `1.5` in the ring's unit; `1:30`, `1.5h`, `90min` as time.

    Raises LocalError('amount') for 0, more than 10^9 seconds, fractions of the unit's step or of a second, and for
    everything that is not an amount. More decimals than the unit shows are refused even if they are zeros: who writes
    1.500 may mean one and a half or fifteen hundred.
    """
    if not text.isascii():  # some letters beyond it equal an ASCII one where case is ignored
        raise LocalError("amount", "not a number")
    seconds = _seconds(text, unit)
    if seconds is not None and seconds > limits.AMOUNT_MAX:
        raise LocalError("amount", "too large, at most 1000000000 seconds")
    if seconds is None or seconds < 1:
        raise LocalError("amount", "1 to 1000000000 seconds, in whole steps of the unit")
    return seconds


def _seconds(text: str, unit: Unit) -> int | None:
    if found := _CLOCK.fullmatch(text):
        return int(found[1]) * HOUR_SECONDS + int(found[2]) * 60 + int(found[3] or 0)
    if found := _TIME.fullmatch(text):
        return _scaled(found[1], found[2], _TIME_SECONDS[found[3].lower()])
    if (found := _NUMBER.fullmatch(text)) and len(found[2] or "") <= unit.decimals:
        return _scaled(found[1], found[2], unit.step_seconds * 10**unit.decimals)
    return None


def _scaled(whole: str, fraction: str | None, scale: int) -> int | None:
    """whole.fraction times `scale`, if that is a whole number."""
    digits = fraction or ""
    parts, rest = divmod(int(whole + digits) * scale, 10 ** len(digits))
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
