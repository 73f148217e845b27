# SPDX-License-Identifier: AGPL-3.0-or-later
"""What members' programs set and take along for them; nothing of it is about anybody else."""

from __future__ import annotations

from typing import Any

import pytest

from ringtausch_node.errors import LocalError
from tests.api.conftest import HOUR, ID, Api

ME = "/api/v1/me"


async def settings(oak: Api, who: str = "alma") -> dict[str, Any]:
    found: dict[str, Any] = (await oak.get(f"{ME}/settings", who)).json
    return found


async def test_the_accounts_of_all_are_for_everybody_to_see_and_to_give_to(oak: Api) -> None:
    await oak.ring.communities.open("sozial", "Sozialfonds")
    paid = await oak.pay(to="community:sozial")
    found = (await oak.get("/api/v1/communities", "cleo")).json
    assert [{"key": "community:sozial", "name": "Sozialfonds", "balance_seconds": HOUR}] == found["communities"]
    assert 201 == paid.status


async def test_somebody_is_kept_away_and_no_longer(oak: Api) -> None:
    assert ["ben"] == (await oak.post(f"{ME}/blocks", {"other": "BEN"})).json["blocks"]
    assert "payee_refuses" == (await oak.pay("ben", **{"from": "ben", "to": "alma"})).code
    assert [] == (await oak.get(f"{ME}/blocks", "ben")).json["blocks"]
    assert [] == (await oak.post(f"{ME}/blocks/end", {"other": "ben"})).json["blocks"]
    assert (404, "not_found") == ((again := await oak.post(f"{ME}/blocks/end", {"other": "ben"})).status, again.code)
    assert 201 == (await oak.pay("ben", **{"from": "ben", "to": "alma"})).status


async def test_the_office_alone_reads_a_report(oak: Api) -> None:
    assert 201 == (await oak.post(f"{ME}/reports", {"about": "ben", "words": "Kam nicht."})).status
    office = await oak.ring.members.authenticate(oak.tokens["büro"])
    [report] = await oak.ring.members.blocking.reports(office)
    assert ("alma", "ben", "Kam nicht.") == (report.by, report.about, report.words)
    with pytest.raises(LocalError, match="not_allowed"):
        await oak.ring.members.blocking.reports(await oak.ring.members.authenticate(oak.tokens["ben"]))


async def test_a_member_sets_address_mails_and_password(oak: Api) -> None:
    assert {"email": "", "mails": {"payments": True, "invoices": True}, "has_password": False} == await settings(oak)
    code = (await oak.ring.entrance.issue_code("alma")).code
    await oak.post(f"{ME}/email", {"email": "alma@mail.example", "proof": code})
    await oak.post(f"{ME}/mails", {"payments": False, "invoices": True})
    code = (await oak.ring.entrance.issue_code("alma")).code
    heard = await oak.post(f"{ME}/password", {"password": "vier Wörter und mehr", "proof": code})
    wanted = {"email": "alma@mail.example", "mails": {"payments": False, "invoices": True}, "has_password": True}
    assert (wanted, wanted) == (heard.json, await settings(oak))
    assert "" != await oak.ring.entrance.come_in("alma", "vier Wörter und mehr", "x", stay=False)
    ended = await oak.post(f"{ME}/password", {"password": "", "proof": "vier Wörter und mehr"})
    assert not ended.json["has_password"]
    assert not (await settings(oak, "ben"))["has_password"]


async def test_a_member_makes_an_access_for_another_program(oak: Api) -> None:
    code = (await oak.ring.entrance.issue_code("alma")).code
    heard = await oak.post(f"{ME}/tokens", {"label": "Haushaltsbuch", "proof": code})
    assert (201, "Haushaltsbuch") == (heard.status, heard.json["label"])
    assert "alma" == (await oak.ring.members.authenticate(heard.json["token"])).handle
    again = await oak.post(f"{ME}/tokens", {"label": "haushaltsbuch", "proof": "x"})
    assert (409, "label_taken") == (again.status, again.code)
    assert (403, "proof") == ((no := await oak.post(f"{ME}/tokens", {"label": "y", "proof": code})).status, no.code)


async def test_a_token_that_leaked_opens_nothing_once_it_is_revoked(oak: Api) -> None:
    for path, body in (("password", {"password": "des Diebes Wörter"}), ("email", {"email": "thief@mail.example"})):
        heard = await oak.post(f"{ME}/{path}", {**body, "proof": "WWWW-WWWW"})
        assert (403, "proof") == (heard.status, heard.code)
        assert 400 == (await oak.post(f"{ME}/{path}", body)).status
    assert ("", False) == ((now := await settings(oak))["email"], now["has_password"])


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [("email", {"email": "alma", "proof": ""}, "email"), ("email", {"email": "x" * 300, "proof": ""}, "email"),
     ("password", {"password": "kurz", "proof": ""}, "password"),
     ("password", {"password": "x" * 500, "proof": ""}, "password"),
     ("password", {"password": "", "proof": "x" * 500}, "proof"),
     ("mails", {"payments": 1, "invoices": True}, "malformed"), ("mails", {"payments": True}, "malformed"),
     ("blocks", {"other": "alma"}, "own_account"), ("blocks", {"other": "<script>"}, "address"),
     ("reports", {"about": "ben", "words": " "}, "words"), ("reports", {"about": "ben", "words": "x" * 2_000}, "words"),
     ("reports", {"about": "ben", "words": "a\u202eb"}, "malformed"),
     ("email", {"email": "a@b.de", "proof": "", "x": 1}, "malformed")],
)  # fmt: skip
async def test_what_does_not_fit_has_a_code(oak: Api, path: str, body: dict[str, Any], code: str) -> None:
    heard = await oak.post(f"{ME}/{path}", body)
    assert code == heard.code
    assert not (await settings(oak))["has_password"]


async def test_own_data_is_all_of_ones_own_and_nothing_of_others(oak: Api) -> None:
    await oak.pay(memo="Äpfel")
    await oak.pay("cleo", **{"from": "cleo", "payment_id": ID[:-1] + "Q", "memo": "Geheimes"})
    found = await oak.get(f"{ME}/data")
    assert ("alma", ["Äpfel"], True) == (
        found.json["account"]["handle"], [each["memo"] for each in found.json["entries"]],
        found.json["entries_are_whole"],
    )  # fmt: skip
    for secret in (b"Geheimes", oak.tokens["alma"].encode()):
        assert secret not in found.body
