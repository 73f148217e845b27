# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo speaks two languages, and as a person would."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from ringtausch_node.demo import story, words, words_of_circle, words_of_life
from ringtausch_node.demo.words import Words
from ringtausch_node.demo.world import LiveRing
from ringtausch_node.folder import load_config
from ringtausch_protocol.units import HOURS, parse_unit

SENTENCES = {
    **{name: value for name, value in vars(words).items() if isinstance(value, Words)},
    **{f"life {name}": value for name, value in vars(words_of_life).items() if isinstance(value, Words)},
    **{f"circle {name}": value for name, value in vars(words_of_circle).items() if isinstance(value, Words)},
    **{f"FAULTS {kind}": value for kind, value in words.FAULTS.items()},
}
#: What a member never reads.
JARGON = re.compile(
    r"transaktion|transaction|\bhash|\bnode|knoten|\bpeer|time-?out|schulden|schuldet|\bdebt|\bowes?\b|ledger|api\b",
    re.IGNORECASE,
)


def _places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", SENTENCES)
def test_both_languages_say_the_same(name: str) -> None:
    sentence = SENTENCES[name]

    assert sentence.de.strip()
    assert sentence.en.strip()
    assert _places(sentence.de) == _places(sentence.en)


def test_no_jargon() -> None:
    found = {name: text for name, sentence in SENTENCES.items() for text in sentence if JARGON.search(text)}

    assert {} == found


@pytest.mark.parametrize(
    ("lang", "seconds", "unit", "short", "full"),
    [
        ("de_DE.UTF-8", 5400, "hours", "1,5 Stunden", "1,5 Stunden"),
        ("de_DE.UTF-8", -3600, "hours", "-1 Stunde", "-1 Stunde"),
        ("en_GB.UTF-8", 3600, "hours", "1 hour", "1 hour"),
        ("de_DE.UTF-8", 5400, "Talente:20:1", "30 Talente", "30 Talente (1 Std. 30 Min.)"),
        ("en_GB.UTF-8", 2700, "Minuten:60:0", "45 Minuten", "45 Minuten"),
    ],
)
def test_amounts_as_people_say_them(
    monkeypatch: pytest.MonkeyPatch, lang: str, seconds: int, unit: str, short: str, full: str
) -> None:
    monkeypatch.setenv("LC_ALL", lang)

    assert short == words.short_amount(seconds, parse_unit(unit))
    assert full == words.full_amount(seconds, parse_unit(unit))
    assert HOURS == parse_unit("hours")


@pytest.mark.parametrize(
    ("lang", "language", "title", "unit"),
    [("en_GB.UTF-8", "en", "a day in three time banks", "hours"), ("C.UTF-8", "en", "three time banks", "hours"),
     ("de_DE.UTF-8", "de", "ein Tag in drei Tauschringen", "Stunden")],
)  # fmt: skip
def test_what_is_printed_and_what_the_pages_say_is_in_the_language_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, language: str, title: str, unit: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    ring = LiveRing(story.foundings()[0], tmp_path / "eiche", 1)

    assert language == load_config(ring.folder).language
    assert title in words.TITLE()
    assert (unit, "Talente") == (words.unit_name(ring.unit), words.unit_name(parse_unit("Talente:20:1")))
