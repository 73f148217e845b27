# SPDX-License-Identifier: AGPL-3.0-or-later
"""Amounts as people write and read them; always whole seconds, never a rounding when something is booked."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import limits
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.units import HOURS, Unit, format_amount, format_time, parse_amount, parse_unit

TALENTS = Unit("Talente", 20, 1)
MINUTES = Unit("Zeit-Talente", 60, 0)
UNITS = st.sampled_from([HOURS, TALENTS, MINUTES, Unit("Sekunden", 3600, 0), Unit("Punkte", 4, 2), Unit("Tage", 1, 0)])


@pytest.mark.parametrize(
    ("text", "unit", "step_seconds"),
    [
        ("hours", HOURS, 36),
        ("Stunden:1:2", HOURS, 36),
        ("Talente:20:1", TALENTS, 18),
        ("Zeit-Talente:60:0", MINUTES, 60),
        ("Sekunden:3600:0", Unit("Sekunden", 3600, 0), 1),
        ("Äpfel 'n' Birnen:4:2", Unit("Äpfel 'n' Birnen", 4, 2), 9),
        ("A\u0308pfel:1:0", Unit("Äpfel", 1, 0), 3600),
        ("T:1:0", Unit("T", 1, 0), 3600),
    ],
)
def test_a_unit_is_read(text: str, unit: Unit, step_seconds: int) -> None:
    assert (unit, step_seconds) == (parse_unit(text), parse_unit(text).step_seconds)


@pytest.mark.parametrize(
    "text",
    [
        "", "Stunden", "HOURS", "T:20", "T:20:1:1", ":20:1", "T:0:0", "T:7:0", "T:20:3", "T:1:4", "T:-1:0", "T:3601:0",
        "T:1.5:0", "T:\u0662\u0660:1", " T:20:1", "T:20:1\n", "T:20000:0", "4T:20:1", "T\u202e:20:1", "x" * 25 + ":1:0",
    ],
)  # fmt: skip
def test_another_unit_is_refused(text: str) -> None:
    with pytest.raises(LocalError) as caught:
        parse_unit(text)

    assert "unit" == caught.value.code


@pytest.mark.parametrize("unit", [Unit("x", 7, 0), Unit("x", 0, 0), Unit("x", 1, 3), Unit("x", -1, 0)])
def test_a_step_that_is_no_whole_second_has_no_length(unit: Unit) -> None:
    with pytest.raises(LocalError) as caught:
        _ = unit.step_seconds

    assert "unit" == caught.value.code


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [
        ("1,5", HOURS, 5400),
        ("1.5", HOURS, 5400),
        ("1", HOURS, 3600),
        ("0,01", HOURS, 36),
        ("30", TALENTS, 5400),
        ("0,1", TALENTS, 18),
        ("007", MINUTES, 420),
        ("1:30", HOURS, 5400),
        ("1:30", TALENTS, 5400),
        ("0:10", HOURS, 600),
        ("0:00:01", HOURS, 1),
        ("1.5h", TALENTS, 5400),
        ("1,25 h", MINUTES, 4500),
        ("2 Std.", TALENTS, 7200),
        ("90min", TALENTS, 5400),
        ("90 Min", MINUTES, 5400),
        ("0,5min", HOURS, 30),
        ("1s", HOURS, 1),
        ("1000000000s", HOURS, 10**9),
        ("1,5 Stunden", TALENTS, 5400),
        ("1 Stunde", HOURS, 3600),
        ("90 Minuten", HOURS, 5400),
        ("1 Std. 30 Min.", HOURS, 5400),
        ("2h36s", TALENTS, 7236),
        ("1 Std. 1 Min. 1 Sek.", MINUTES, 3661),
        ("20 Talente", TALENTS, 3600),
        ("0,1 talente", TALENTS, 18),
        ("7 Zeit-Talente", MINUTES, 420),
        ("2 A\u0308pfel", Unit("Äpfel", 1, 0), 7200),
        ("90 Minuten", Unit("Minuten", 60, 0), 5400),
        ("1½", HOURS, 5400),
        ("½", HOURS, 1800),
        ("2 ¾ h", TALENTS, 9900),
        ("¼ Stunde", MINUTES, 900),
        ("1:30 h", TALENTS, 5400),
        ("1:30h", HOURS, 5400),
        ("1\u00a0h", HOURS, 3600),
        ("1\u202fStd.\u00a030\u00a0Min.", HOURS, 5400),
    ],
)
def test_an_amount_is_read(text: str, unit: Unit, seconds: int) -> None:
    assert seconds == parse_amount(text, unit)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "0", "0,0", "0:00", "0h", "0min", "-1", "+1", "-1:30", "1,5,5", "1.5.5", "1,", ",5", ".5", "1 5", " 1",
        "1 ", "1\n", "1  h", "1:5", "1:60", "1:30:60", "1:30:5", "1:30 min", "1e3", "1E3", "0x10", "1_0", "NaN", "inf",
        "Infinity", "h", "eins", "½½", "1½5", "1,5½", "1/2", "\u0661", "\uff11", "20 Talente", "1 m",
        "1:30 Talente", "1 h 60 min", "30 min 1 h", "1 h 1 h", "1,5 h 30 min", " 1 h 30 min", "1h30",
        "1 h 30 Talente", "1 min 60 s",
        "1,555 Stunden", "1.500 Stunden", "1 \u017ftd", "1 h  30 min", "1 h 1 min 1 s 1 s", "1 Stunden." + "." * 60,
        "1.500", "1,555", "0,001", "0,01min", "0,125h", "1d", "1\u017f", "1m\u0131n", "1000000001s",
        "277778", "277777:46:41", "9" * 400, "1" * 12, "9999999:00", "1" + " " * 10_000 + "h",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(LocalError) as caught:
        parse_amount(text, HOURS)

    assert "amount" == caught.value.code


@pytest.mark.parametrize(("text", "unit"), [("0,05", TALENTS), ("0,5", MINUTES), ("5,0", MINUTES), ("1.500", TALENTS)])
def test_more_decimals_than_the_unit_shows_are_refused(text: str, unit: Unit) -> None:
    with pytest.raises(LocalError) as caught:
        parse_amount(text, unit)

    assert "amount" == caught.value.code


@pytest.mark.parametrize("text", ["3 Minuten", "1,5 Minuten", "3 MINUTEN", "1 h 3 Minuten", "1:30 Minuten"])
def test_a_word_that_means_another_time_in_the_unit_is_refused(text: str) -> None:
    with pytest.raises(LocalError) as caught:
        parse_amount(text, Unit("Minuten", 4, 0))

    assert "amount" == caught.value.code


@given(unit=UNITS, seconds=st.integers(1, 10**9), lang=st.sampled_from(["de", "en"]))
def test_our_own_words_for_a_time_are_read_again(unit: Unit, seconds: int, lang: Literal["de", "en"]) -> None:
    assert seconds == parse_amount(format_time(seconds, lang), unit)


@given(unit=UNITS, steps=st.integers(1, 10**6), lang=st.sampled_from(["de", "en"]))
def test_our_own_words_in_the_unit_are_read_again(unit: Unit, steps: int, lang: Literal["de", "en"]) -> None:
    seconds = min(steps * unit.step_seconds, limits.AMOUNT_MAX - limits.AMOUNT_MAX % unit.step_seconds)

    assert seconds == parse_amount(format_amount(seconds, unit, lang).partition(" (")[0], unit)


@pytest.mark.parametrize(
    ("seconds", "unit", "lang", "text"),
    [
        (5400, HOURS, "de", "1,5 Stunden (1 Std. 30 Min.)"),
        (5400, HOURS, "en", "1.5 hours (1 h 30 min)"),
        (5400, TALENTS, "de", "30 Talente (1 Std. 30 Min.)"),
        (5400, TALENTS, "en", "30 Talente (1 h 30 min)"),
        (-5400, HOURS, "de", "-1,5 Stunden (-1 Std. 30 Min.)"),
        (3600, HOURS, "de", "1 Stunde (1 Std.)"),
        (-3600, HOURS, "en", "-1 hour (-1 h)"),
        (0, HOURS, "de", "0 Stunden (0 Min.)"),
        (36, HOURS, "de", "0,01 Stunden (36 Sek.)"),
        (7236, HOURS, "en", "2.01 hours (2 h 36 s)"),
        (600, HOURS, "de", "rund 0,17 Stunden (10 Min.)"),
        (-600, HOURS, "en", "about -0.17 hours (-10 min)"),
        (3599, HOURS, "de", "rund 1 Stunden (59 Min. 59 Sek.)"),
        (1, HOURS, "de", "rund 0 Stunden (1 Sek.)"),
        (90, MINUTES, "de", "rund 2 Zeit-Talente (1 Min. 30 Sek.)"),
        (60 * 60, MINUTES, "de", "60 Zeit-Talente (1 Std.)"),
    ],
)
def test_an_amount_is_shown_in_the_unit_and_as_time(
    seconds: int, unit: Unit, lang: Literal["de", "en"], text: str
) -> None:
    assert text == format_amount(seconds, unit, lang)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 Min."), (-3601, "-1 Std. 1 Sek."), (60, "1 Min.")])
def test_a_time_is_shown_without_empty_parts(seconds: int, text: str) -> None:
    assert text == format_time(seconds)


@given(unit=UNITS, steps=st.integers(1, 10**6), lang=st.sampled_from(["de", "en"]))
def test_what_is_shown_in_whole_steps_is_read_again(unit: Unit, steps: int, lang: Literal["de", "en"]) -> None:
    seconds = min(steps * unit.step_seconds, limits.AMOUNT_MAX - limits.AMOUNT_MAX % unit.step_seconds)

    assert seconds == parse_amount(format_amount(seconds, unit, lang).partition(" ")[0], unit)


@given(unit=UNITS, seconds=st.integers(-(10**9), 10**9))
def test_what_is_shown_is_never_further_away_than_half_a_step(unit: Unit, seconds: int) -> None:
    shown = format_amount(seconds, unit, "en").removeprefix("about ").partition(" ")[0]

    assert abs(round(float(shown) * 3600 / unit.per_hour, 6) - seconds) <= unit.step_seconds / 2


@given(unit=UNITS, text=st.text(max_size=12) | st.from_regex(r"[0-9.,: hminstd]{1,12}", fullmatch=True))
def test_any_text_is_an_amount_within_its_bounds_or_refused(unit: Unit, text: str) -> None:
    code, seconds = None, 1
    try:
        seconds = parse_amount(text, unit)
    except LocalError as error:
        code = error.code
    assert code in {None, "amount"}
    assert 1 <= seconds <= limits.AMOUNT_MAX
