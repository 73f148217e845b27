# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keeping somebody at a distance, and telling the office."""

from __future__ import annotations

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.payments.invoice_model import InvoiceRequest
from tests.web.conftest import HOUR, Oak, text_of


async def test_who_is_kept_away_can_neither_give_nor_ask_and_does_not_learn_why(oak: Oak) -> None:
    alma, ben = await oak.member("alma"), await oak.member("ben")
    assert 303 == (await alma.send("/abstand", "/abstand/halten", wen="ben")).status
    page = await ben.get("/zahlen")
    fields = {**ben.hidden(page, "/zahlen/pruefen"), "an": "alma", "betrag": "1", "wofuer": "x", "nummer": "A" * 22}
    heard = await ben.post("/zahlen", fields)
    assert (422, True) == (heard.status, "Dieses Mitglied kann nichts bekommen" in text_of(heard))
    actor = await oak.ring.members.authenticate(await oak.ring.members.token("ben"))
    with pytest.raises(LocalError, match="payee_refuses"):
        await oak.ring.invoices.create(InvoiceRequest(None, "ben", HOUR, "", "alma"), actor)
    assert 303 == (await alma.send("/abstand", "/abstand/beenden", wen="ben")).status
    assert 303 == (await ben.post("/zahlen", fields)).status


async def test_nobody_sees_whom_somebody_else_keeps_away(oak: Oak) -> None:
    alma, office = await oak.member("alma"), await oak.member("buero")
    await alma.send("/abstand", "/abstand/halten", wen="ben@ulme.example")
    assert ["ben@ulme.example"] == (await alma.get("/abstand.json")).json["blocks"]
    assert [] == (await office.get("/abstand.json")).json["blocks"]


async def test_what_cannot_be_kept_away_is_named(oak: Oak) -> None:
    alma = await oak.member("alma")
    for wrong in ("", "alma", "ALMA@oak.example", "a b", "<b>", "x" * 500):
        heard = await alma.send("/abstand", "/abstand/halten", wen=wrong)
        assert (422, True) == (heard.status, b'href="#wen"' in heard.body), wrong


async def test_the_office_is_told_and_forgets_what_it_has_seen_to(oak: Oak) -> None:
    alma, office = await oak.member("alma"), await oak.member("buero")
    told = await alma.send("/abstand", "/abstand/melden", ueber="ben", worte="Er kam nicht.\nZweimal.")
    assert "Danke, das Büro weiß es jetzt." in text_of(told)
    page = await office.get("/buero/meldungen")
    assert "Um wen es geht Ben Weber (ben) Von Alma Berg (alma)" in text_of(page)
    assert 303 == (await office.send("/buero/meldungen", "/buero/meldungen/1/erledigt")).status
    rows = await oak.ring.store.read(lambda tx: list(tx.execute("SELECT about || words, closed_by FROM report")))
    assert [("", "buero")] == rows
    seal = office.hidden(await office.get("/konto"), "/abmelden")
    for number in ("1", "2", "x", "9" * 30):
        assert 404 == (await office.post(f"/buero/meldungen/{number}/erledigt", seal)).status


async def test_one_member_does_not_drown_the_office(oak: Oak) -> None:
    alma = await oak.member("alma")
    heard = [
        await alma.send("/abstand", "/abstand/melden", ueber="ben", worte=f"Nummer {number}") for number in range(11)
    ]
    assert ([200] * 10 + [422], True) == ([each.status for each in heard], "noch nicht gelesen" in text_of(heard[-1]))
    assert 422 == (await alma.send("/abstand", "/abstand/melden", ueber="ben", worte="x" * 1_001)).status
