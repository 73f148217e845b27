# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every text is there in English; where it addresses somebody, also for rings that say Du."""

from __future__ import annotations

import re

import pytest

from ringtausch_node.translations import speech_of
from ringtausch_node.translations.catalogs import parse_catalog
from ringtausch_node.web.look.kind_words import CODES as KIND_CODES
from tests.translations.texts import catalog, texts

FIELD = re.compile(r"%\(\w+\)s")
FORMAL = re.compile(r"\b(?:Sie|Ihr(?:e|em|en|er|es)?|Ihnen)\b")
#: Words of the machine room.
FORBIDDEN = re.compile(r"\b(?:Transaktion|Hash|Node|Peer|Timeout|Schulden|debt|hash|peer|timeout)", re.IGNORECASE)


def test_every_text_is_there_in_english_and_nothing_else() -> None:
    assert set(texts()) == set(catalog("en"))


def test_a_translation_has_the_fields_of_its_text() -> None:
    for tongue in ("en", "du"):
        for text, forms in catalog(tongue).items():
            for form in forms:
                assert sorted(FIELD.findall(text)) == sorted(FIELD.findall(form)), (tongue, text)


def test_whoever_is_addressed_is_addressed_with_du_where_the_ring_says_du() -> None:
    du = catalog("du")
    addressing = {text for text in texts() if FORMAL.search(text)}
    assert set() == addressing - set(du)
    assert [] == [text for text, forms in du.items() for form in forms if form == text or FORMAL.search(form)]


def test_no_member_reads_a_word_of_the_machine_room() -> None:
    found = [text for text in texts() if FORBIDDEN.search(text)]
    found += [form for forms in catalog("en").values() for form in forms if FORBIDDEN.search(form)]
    assert [] == found


def test_every_kind_word_about_a_code_says_what_to_do() -> None:
    assert [] == [code for code, (title, advice) in KIND_CODES.items() if not title.endswith(".") or not advice]


def test_a_plural_has_two_forms() -> None:
    english = speech_of("en", "Sie")
    assert "%(count)s member" == english.plural("%(count)s Mitglied", "%(count)s Mitglieder", 1)
    assert "%(count)s members" == english.plural("%(count)s Mitglied", "%(count)s Mitglieder", 2)
    assert "%(count)s Mitglieder" == speech_of("de", "Sie").plural("%(count)s Mitglied", "%(count)s Mitglieder", 0)


def test_what_no_catalogue_has_stays_german() -> None:
    assert "Unbekanntes" == speech_of("en", "Sie").text("Unbekanntes")


@pytest.mark.parametrize("text", ['msgctxt "x"', 'msgid "x', "msgid x"])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own words, or ours
        parse_catalog(text)
