# SPDX-License-Identifier: AGPL-3.0-or-later
"""What nobody should send to the API: kept as it is or refused with a code, never run, never a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from tests.api.conftest import HOUR, ID, Api, wish
from tests.serving.wire import Heard, ask

ODD = {
    "markup": '<script>alert(1)</script>"><img src=x onerror=alert(1)>', "template": "{{7*7}}{% raw %}",
    "bidi": "a\u202eneb\u2066x\u2069", "zero": "a\x00b", "bell": "a\x07b", "line": "ben\nalma", "bom": "\ufeff",
    "formula": "=HYPERLINK(1)", "command": "'; DROP TABLE member; --", "path": "../../etc/passwd", "percent": "%00",
    "long": "x" * 5_000, "digit": "\uff19", "minus": "-1", "half": "½",
}  # fmt: skip
BILL = {"payee": "alma", "payer": "ben", "amount_seconds": HOUR, "memo": "Kuchen"}
#: Every text that a program sends: where it goes, and the rest of a body that works.
FIELDS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("/api/v1/payments", "memo", wish()),
    ("/api/v1/payments", "to", wish()),
    ("/api/v1/payments", "from", wish()),
    ("/api/v1/payments", "payment_id", wish()),
    ("/api/v1/quotes", "to", {"to": "ben", "amount_seconds": 60}),
    ("/api/v1/invoices", "memo", BILL),
    ("/api/v1/invoices", "payer", BILL),
    ("/api/v1/me/reports", "words", {"about": "ben", "words": "x"}),
    ("/api/v1/me/reports", "about", {"about": "ben", "words": "x"}),
    ("/api/v1/me/blocks", "other", {"other": "ben"}),
    ("/api/v1/me/email", "email", {"email": "", "proof": "x"}),
    ("/api/v1/me/email", "proof", {"email": "", "proof": "x"}),
    ("/api/v1/me/tokens", "label", {"label": "x", "proof": "x"}),
    ("/api/v1/members/alma/helpers", "helper", {"helper": "ben"}),
    (f"/api/v1/payments/{ID}/note", "text", {"text": "x"}),
)


async def test_an_odd_text_is_kept_as_it_is_or_refused_with_a_code(oak: Api) -> None:
    for path, field, body in FIELDS:
        for name, text in ODD.items():
            heard = await oak.post(path, {**body, field: text})
            place = f"{path} {field}: {name}"
            assert heard.status in (200, 201, 400, 403, 404, 409, 413, 429), place
            assert heard.headers["content-type"].startswith(("application/json", "application/problem+json")), place
            is_kept = heard.status < 300 and heard.json != {"done": True}
            assert is_kept == (text in _texts(heard.json)), place  # no refusal repeats what was sent
    office = await oak.ring.members.authenticate(oak.tokens["büro"])
    told = {each.words for each in await oak.ring.members.blocking.reports(office)}
    assert {ODD["markup"], ODD["formula"]} <= told <= {each.strip() for each in ODD.values()} | {"x"}
    assert 0 == sum(each.balance_seconds for each in await oak.ring.members.list())


def _texts(value: object) -> list[str]:
    """Every text in a document."""
    if isinstance(value, str):
        return [value]
    found = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for each in found for text in _texts(each)]


async def test_a_megabyte_is_refused_unread(oak: Api) -> None:
    for path in sorted({path for path, _, _ in FIELDS}):
        heard = await oak.post(path, b'{"memo":"' + b"a" * 1_000_000 + b'"}')
        assert (413, "too_large") == (heard.status, heard.code), path


async def test_twenty_equal_payments_at_once_are_one_and_have_one_answer(oak: Api) -> None:
    heard = await asyncio.gather(*(oak.pay() for _ in range(20)))
    assert ({201}, 1) == ({each.status for each in heard}, len({each.body for each in heard}))
    account = (await oak.get("/api/v1/accounts/alma")).json
    entries = (await oak.get("/api/v1/accounts/alma/statement")).json["entries"]
    assert (-HOUR, 1) == (account["balance_seconds"], len(entries))


async def test_of_twenty_payments_with_one_number_and_different_sums_one_is_booked(oak: Api) -> None:
    heard = await asyncio.gather(*(oak.pay(amount_seconds=60 + number) for number in range(20)))
    [made] = [each for each in heard if each.status == 201]
    assert {(409, "id_reused")} == {(each.status, each.code) for each in heard if each is not made}
    assert -made.json["amount_seconds"] == (await oak.get("/api/v1/accounts/alma")).json["balance_seconds"]


async def test_an_invoice_paid_twenty_times_at_once_is_paid_once(oak: Api) -> None:
    bill = (await oak.post("/api/v1/invoices", BILL)).json
    path = f"/api/v1/invoices/{bill['invoice_id']}/pay"
    heard = await asyncio.gather(*(oak.post(path, {}, "ben") for _ in range(20)))
    assert {200} == {each.status for each in heard}
    assert HOUR == (await oak.get("/api/v1/accounts/alma")).json["balance_seconds"]


async def test_of_twenty_who_show_one_code_at_once_one_sets_a_password(oak: Api) -> None:
    code = (await oak.ring.entrance.issue_code("alma")).code
    words = [f"vier Wörter und mehr {number}" for number in range(20)]
    heard = await asyncio.gather(
        *(oak.post("/api/v1/me/password", {"password": each, "proof": code}) for each in words)
    )
    taken = [number for number, each in enumerate(heard) if each.status == 200]
    assert {(403, "proof"), (429, "too_many_requests")} >= {
        (each.status, each.code) for each in heard if each.status != 200
    }
    assert 1 == len(taken)
    assert "" != await oak.ring.entrance.come_in("alma", words[taken[0]], "x", stay=False)


async def test_a_spent_code_and_that_of_somebody_else_prove_nothing(oak: Api) -> None:
    spent, other = [(await oak.ring.entrance.issue_code(who)).code for who in ("alma", "ben")]
    await oak.ring.entrance.come_in("alma", spent, "x", stay=False)
    for proof in (spent, other, ""):
        heard = await oak.post("/api/v1/me/email", {"email": "dieb@mail.example", "proof": proof})
        assert (403, "proof") == (heard.status, heard.code)
    assert "" == (await oak.get("/api/v1/me/settings")).json["email"]


async def test_another_s_token_number_and_handle_open_nothing(oak: Api) -> None:
    payment = (await oak.pay()).json["payment_id"]
    bill = (await oak.post("/api/v1/invoices", BILL)).json["invoice_id"]
    tries = [
        ("GET", f"/api/v1/payments/{payment}", None), ("GET", f"/api/v1/payments/{payment}/receipt", None),
        ("POST", f"/api/v1/payments/{payment}/cancel", {}), ("POST", f"/api/v1/payments/{payment}/note", {"text": "x"}),
        ("POST", f"/api/v1/payments/{payment}/refund", {}), ("GET", f"/api/v1/invoices/{bill}", None),
        ("POST", f"/api/v1/invoices/{bill}/pay", {}), ("POST", f"/api/v1/invoices/{bill}/cancel", {}),
        ("GET", "/api/v1/accounts/alma", None), ("GET", "/api/v1/members/alma/tokens", None),
    ]  # fmt: skip
    for method, path, body in tries:
        heard = await _as_cleo(oak, method, path, body)
        assert (404, 0) == (heard.status, heard.body.count(b"Alma")), path


async def _as_cleo(oak: Api, method: str, path: str, body: object) -> Heard:
    data = b"" if body is None else msgspec.json.encode(body)
    return await ask(oak.port, method, path, oak.headers("cleo"), data)
