# SPDX-License-Identifier: AGPL-3.0-or-later
"""Odd texts in every form of the table: refused or kept, never run, never a fault, and nothing is booked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from unicodedata import normalize

import pytest

from ringtausch_node.web.door import proving
from tests.serving.wire import Heard
from tests.web.conftest import text_of
from tests.web.forms import PLACES, TYPED, UNTYPED, Form
from tests.web.staged import Stage, staged
from tests.web.test_bad_input import ODD
from tests.web.test_routes import FORMS

#: Some of every kind, for each field by itself.
FEW = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202eneb\x00", "=1+1", "ben\nalma", "x" * 5_000)
ANSWERS = {200, 303, 400, 403, 404, 422, 429}
#: Fewer letters of a text than these are shown again by no form.
SHOWN_AT_LEAST = 100


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        yield made


class _Fields(HTMLParser):
    """The fields of one form of a page, as a browser reads them."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self._action, self._is_in, self._area = action, False, ""
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_in = told.get("action") == self._action
        elif self._is_in and tag == "input" and told.get("type") not in ("hidden", "checkbox", "radio"):
            self.found.setdefault(told.get("name", ""), told.get("value", ""))
        elif self._is_in and tag == "textarea":
            self._area = told["name"]
            self.found.setdefault(self._area, "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def lost(form: Form, action: str, sent: Mapping[str, str], heard: Heard) -> list[str]:
    """Fields of a page with a mistake that do not hold what was typed, or the beginning of a long text."""
    parser = _Fields(action)
    parser.feed(heard.body.decode())
    gone = []
    for name in form.kept:
        typed, shown = normalize("NFC", sent[name]).strip(), parser.found.get(name)
        if shown is None or not typed.startswith(shown) or len(shown) < min(len(typed), SHOWN_AT_LEAST):
            gone.append(name)
    return gone


async def _is_well_answered(stage: Stage, path: str, fields: Mapping[str, str]) -> None:
    heard, form = await stage.send(path, fields), TYPED[path]
    html, told = heard.body.decode(), (path, fields)
    assert heard.status in ANSWERS, (told, heard.status, text_of(heard))
    assert ("<script>alert" in html, "<img src=x" in html) == (False, False), told
    if heard.status == 422:
        assert ("<title>Fehler: " in html, 'class="errors"' in html) == (True, True), told
        assert [] == lost(form, stage.at(form.back_at or path), fields, heard), told
    elif heard.status >= 400:
        assert "<h1>" in html, told


def test_every_form_of_the_table_is_tried_with_odd_texts_or_says_why_not() -> None:
    assert sorted(FORMS) == sorted([*TYPED, *UNTYPED])


async def test_odd_texts_in_all_fields_are_refused_or_kept_and_nothing_is_booked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "FRESH_SECONDS", 0)
    before = await stage.books()
    for text in ODD:
        for path, form in TYPED.items():
            await _is_well_answered(stage, path, {**form.hidden, **dict.fromkeys(form.fields, text)})
    assert before == await stage.books()
    roles = {each.handle: each.role for each in await stage.oak.ring.members.list()}
    assert ("member", "member", "operator") == (roles["alma"], roles["ben"], roles["olga"])


async def test_one_odd_text_among_right_ones_is_refused_or_kept_and_nothing_is_booked(stage: Stage) -> None:
    before = await stage.books()
    for path, form in TYPED.items():
        right = {} if form.is_final else {**form.hidden, **form.fields}
        for name in right:
            for text in FEW:
                await _is_well_answered(stage, path, {**right, name: text})
    assert before == await stage.books()


async def test_a_form_without_its_fields_is_answered_and_nothing_is_booked(stage: Stage) -> None:
    before = await stage.books()
    for path in TYPED:
        heard = await stage.send(path, {})
        assert heard.status in ANSWERS, (path, heard.status)
    assert before == await stage.books()


async def test_what_is_nowhere_has_no_form(stage: Stage) -> None:
    for path in [each for each in FORMS if "{" in each]:
        for place in PLACES:
            at = path[: path.index("{")] + place + path[path.index("}") + 1 :]
            heard = await stage.olga.post(at, {**stage.seal, "sicher": "ja", "wer": "member"})
            assert heard.status in (400, 403, 404, 410, 422), (at, heard.status)
