# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom somebody means in the form to pay: written loosely it is understood, and what is not gets its own reason."""

from __future__ import annotations

import html

import pytest

from tests.web.conftest import Oak, text_of

CHECK = "/zahlen/pruefen"


@pytest.mark.parametrize(
    "text",
    ["Ben  Weber", "ben @ oak", "ben@ oak.example", "https://oak.example/z/ben", "http://127.0.0.1/z/ben?betrag=1:30"],
)
async def test_what_is_written_loosely_or_pasted_from_a_card_is_understood(oak: Oak, text: str) -> None:
    alma = await oak.member("alma")
    heard = await alma.send("/zahlen", CHECK, an=text, betrag="1", wofuer="Rasen")
    assert (200, True) == (heard.status, "Ben Weber" in text_of(heard)), text_of(heard)
    assert 303 == (await alma.post("/zahlen", alma.hidden(heard, "/zahlen"))).status


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"an": ""}, "Hier steht noch nicht, wer etwas bekommt."),
        ({"betrag": ""}, "Hier steht noch nicht, wie viel."),
        (
            {"an": "Jutta Kamp", "ring": "elm.example"},
            "finden wir niemanden nach dem Namen.",
        ),
        ({"an": "https://far.example/z/ben"}, "Mit diesem Link können wir nichts anfangen."),
        ({"an": "https://oak.example/konto"}, "Mit diesem Link können wir nichts anfangen."),
        ({"an": "https://[oak/z/ben"}, "Mit diesem Link können wir nichts anfangen."),
        ({"an": "niemand"}, "Dieses Mitglied kann nichts bekommen, oder es gibt es nicht."),
    ],
)
async def test_what_is_not_understood_gets_its_own_reason_and_is_kept(
    oak: Oak, fields: dict[str, str], reason: str
) -> None:
    alma = await oak.member("alma")
    heard = await alma.send("/zahlen", CHECK, **{"an": "ben", "betrag": "1", "wofuer": "Rasen", **fields})
    shown = html.unescape(heard.body.decode())
    assert (422, True, True) == (heard.status, reason in text_of(heard), 'value="Rasen"' in shown), text_of(heard)
    assert f'value="{fields.get("an", "ben")}"' in shown
