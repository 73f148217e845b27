# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every text is there in English; where it addresses somebody, also for rings that say Du."""

from __future__ import annotations

import re

import pytest

from ringtausch_node.config import Config
from ringtausch_node.errors import CODES
from ringtausch_node.serving.problems import EDGE_CODES
from ringtausch_node.translations import speech_of
from ringtausch_node.translations.catalogs import parse_catalog
from ringtausch_node.web.look.kind_codes import CODES as KIND_CODES
from ringtausch_node.web.look.kind_codes import READ_AS
from ringtausch_node.web.look.wording import Problem, Wording
from tests.translations.texts import FORBIDDEN, catalog, texts

FIELD = re.compile(r"%\(\w+\)s")
FORMAL = re.compile(r"\b(?:Sie|Ihr(?:e|em|en|er|es)?|Ihnen)\b")
#: What an operator reads at the command line and nobody on a page.
OF_THE_MACHINE = re.compile(
    r"ringtausch [a-z]|config\.toml|card\.json|\.sqlite|ORDNER|FOLDER|--|HTTP|JSON|UUID|base64|Knoten|\bnode\b|pip "
)
#: Pages of the operator that say what is done at the machine itself: a file to change, a command to type.
AT_THE_MACHINE = {f"web/templates/operator/{name}.html" for name in ("audit", "settings_form", "settings_list")}
#: Any of these may reach a page: what a use case raises is shown, wherever it was raised.
EVERY_CODE = sorted({*CODES, *EDGE_CODES, *KIND_CODES})
CONFIG = Config(address="oak.example", name="Eiche", net="test", url="https://oak.example")


def problem(code: str, language: str = "de", form_of_address: str = "Sie") -> Problem:
    return Wording(speech_of(language, form_of_address), CONFIG).problem(code)


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


def test_no_code_says_sie_on_a_page_of_a_ring_that_says_du() -> None:
    addressing = [code for code in EVERY_CODE if FORMAL.search(" ".join(problem(code)))]
    assert len(addressing) > 100
    assert [] == [code for code in EVERY_CODE if FORMAL.search(" ".join(problem(code, form_of_address="Du")))]


def test_du_has_nothing_that_no_page_says() -> None:
    said = {part for code in EVERY_CODE for part in problem(code)}
    assert set() == set(catalog("du")) - set(texts()) - said


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_code_tells_a_reader_of_pages_about_commands_files_and_programs(language: str) -> None:
    told = {code: " ".join(problem(code, language)) for code in EVERY_CODE}
    assert [] == [code for code, text in told.items() if OF_THE_MACHINE.search(text) or FORBIDDEN.search(text)]


def test_a_code_that_reads_as_another_one_has_no_words_of_its_own() -> None:
    assert set() == set(READ_AS) & set(KIND_CODES)
    assert set() == set(READ_AS) - set(CODES) - set(EDGE_CODES)
    assert set(READ_AS.values()) <= set(KIND_CODES)


def test_no_member_reads_a_word_of_the_machine_room() -> None:
    found = [text for text in texts() if FORBIDDEN.search(text)]
    found += [form for forms in catalog("en").values() for form in forms if FORBIDDEN.search(form)]
    assert [] == found


def test_no_page_but_those_about_the_machine_names_its_commands_files_and_programs() -> None:
    english = catalog("en")
    told = {place.partition(":")[0] for text, place in texts().items()
            if OF_THE_MACHINE.search(" ".join([_bare(text), *map(_bare, english[text])]))}  # fmt: skip
    assert AT_THE_MACHINE == told


def _bare(text: str) -> str:
    """Without the names of files that the ring itself hands out."""
    return re.sub(r"(?:decision|ring-close)\.json", "", text)


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


def test_an_entry_without_a_translation_is_left_out() -> None:
    assert {"b": ("B",)} == parse_catalog('msgid "a"\nmsgid_plural "as"\n\nmsgid "b"\nmsgstr "B"\n')
