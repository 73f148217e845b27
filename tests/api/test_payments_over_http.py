# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest

from ringtausch_node import api
from ringtausch_node.ledger import service as ledger
from ringtausch_node.members import Actor
from ringtausch_node.payments.model import PaymentView, PayRequest
from tests.api.conftest import HOUR, ID, Api, wish
from tests.serving.wire import Heard, ask, connected, listening, request_bytes

PAYMENTS = "/api/v1/payments"


async def bookings(oak: Api) -> int:
    count: int = await oak.ring.store.read(lambda tx: tx.execute("SELECT count(*) FROM payment").fetchone()[0])
    total = await oak.ring.store.read(ledger.totals)
    assert 0 == total.sum_seconds
    return count


async def test_a_payment_is_booked_and_shown_with_the_place_to_read_it(oak: Api) -> None:
    heard = await oak.pay()
    assert (201, f"{PAYMENTS}/{ID}", f'<{PAYMENTS}/{ID}>; rel="status"') == (
        heard.status, heard.headers["location"], heard.headers["link"],
    )  # fmt: skip
    assert {
        "payment_id": ID,
        "state": "paid",
        "amount_seconds": HOUR,
        "from": "alma",
        "to": "ben",
        "memo": "Äpfel",
    } == {name: value for name, value in heard.json.items() if name != "created_at"}
    assert heard.body == (await oak.get(heard.headers["location"])).body


async def test_the_same_payment_again_gives_the_same_bytes_and_one_booking(oak: Api) -> None:
    first, second = await oak.pay(), await oak.pay()
    assert (first.status, first.body) == (second.status, second.body)
    assert 1 == await bookings(oak)


async def test_the_same_id_for_another_payment_is_refused(oak: Api) -> None:
    await oak.pay()
    for changes in ({"amount_seconds": HOUR + 1}, {"to": "cleo"}, {"memo": "Birnen"}):
        heard = await oak.pay(**changes)
        assert (409, "id_reused") == (heard.status, heard.code)
    assert 1 == await bookings(oak)


async def test_without_an_id_the_ring_makes_one_and_without_a_memo_it_is_empty(oak: Api) -> None:
    heard = await oak.pay(payment_id=None, memo=None)
    assert (201, 22, "") == (heard.status, len(heard.json["payment_id"]), heard.json["memo"])


async def test_a_uuid_is_the_same_id_in_other_letters(oak: Api) -> None:
    heard = await oak.pay(payment_id=str(uuid.UUID(int=0)))
    assert (201, ID) == (heard.status, heard.json["payment_id"])
    assert heard.body == (await oak.get(f"{PAYMENTS}/{uuid.UUID(int=0)}")).body


REFUSED = [
    ({"amount_seconds": 0}, 400, "amount"), ({"amount_seconds": -1}, 400, "amount"),
    ({"amount_seconds": 10**9 + 1}, 400, "amount"), ({"amount_seconds": 2**63}, 400, "amount"),
    ({"amount_seconds": 10**30}, 400, "amount"), ({"amount_seconds": 1.5}, 400, "amount"),
    ({"amount_seconds": "1,5,5"}, 400, "amount"), ({"amount_seconds": "3600"}, 400, "amount"),
    ({"amount_seconds": True}, 400, "amount"), ({"amount_seconds": [1]}, 400, "amount"),
    ({"amount_seconds": None}, 400, "malformed"), ({"to": "nobody"}, 404, "unknown_member"),
    ({"to": "ben@nowhere.example"}, 404, "no_route"), ({"to": "alma"}, 400, "own_account"),
    ({"to": "ALMA"}, 400, "own_account"), ({"to": ""}, 400, "address"), ({"to": "a" * 200}, 400, "address"),
    ({"to": "ben@@oak"}, 400, "address"), ({"to": "=cmd()"}, 400, "address"), ({"to": 7}, 400, "address"),
    ({"from": "ben"}, 403, "not_allowed"), ({"from": "nobody"}, 403, "not_allowed"),
    ({"from": "büro"}, 403, "not_allowed"), ({"from": ""}, 400, "address"),
    ({"payment_id": "x"}, 400, "payment_id"), ({"payment_id": "A" * 21 + "B"}, 400, "payment_id"),
    ({"payment_id": "z" * 36}, 400, "payment_id"), ({"payment_id": "A" * 30}, 400, "payment_id"),
    ({"payment_id": 5}, 400, "payment_id"), ({"memo": "a" * 241}, 400, "memo"), ({"memo": "a\x00b"}, 400, "malformed"),
    ({"memo": "a\nb"}, 400, "malformed"), ({"memo": "a\u202eb"}, 400, "malformed"),
    ({"memo": "a\x7f"}, 400, "malformed"),
    ({"to": "ben\x00"}, 400, "malformed"), ({"extra": 1}, 400, "malformed"),
    ({"amount_seconds": 26 * HOUR}, 409, "limit_lower"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "code"), REFUSED)
async def test_what_cannot_be_paid_is_refused_with_its_code_and_books_nothing(
    oak: Api, changes: dict[str, Any], status: int, code: str
) -> None:
    heard = await oak.pay(**changes)
    assert (status, code) == (heard.status, heard.code)
    assert "application/problem+json" == heard.headers["content-type"]
    assert 0 == await bookings(oak)


GOOD = msgspec.json.encode(wish()).decode()
BAD_BYTES = [
    b"", b" ", b"null", b"[]", b"{", GOOD[:-1].encode(), GOOD.encode() + b"x", GOOD.encode() * 2,
    b"\xef\xbb\xbf" + GOOD.encode(), GOOD.encode("utf-16"), GOOD.encode("latin-1"),
    GOOD.replace("Äpfel", "\x00").encode(),
    GOOD.encode().replace("Äpfel".encode(), b"\xff\xfe"),
    GOOD.encode().replace("Äpfel".encode(), b"\xed\xa0\x80"),
    GOOD.replace("Äpfel", "\\ud800").encode(), GOOD.replace("Äpfel", "\\u0000").encode(),
    GOOD.replace("3600", "NaN").encode(), GOOD.replace("3600", "Infinity").encode(),
    GOOD.replace("3600", "03600").encode(),
    b"[" * 8_000, b'{"memo":' + b"[" * 8_000, b'{"x":' + b'{"x":' * 1_500,
    GOOD.replace("}", ',"memo":"Birnen"}').encode(), GOOD.replace("}", ',"memo":""}').encode(),
    GOOD.replace("}", ',"amount_seconds":1}').encode(), GOOD.replace("}", ',"m\\u0065mo":"Birnen"}').encode(),
    GOOD.replace("Äpfel", '\\"').replace("}", ',"to":"cleo"}').encode(), GOOD.replace("from", "from_").encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_BYTES)
async def test_bytes_that_are_no_payment_are_refused(oak: Api, body: bytes) -> None:
    heard = await oak.post(PAYMENTS, body)
    assert 400 == heard.status
    assert heard.code in ("malformed", "amount", "memo")
    assert 0 == await bookings(oak)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"memo":"' + b"a" * 10_000 + b'"}', GOOD.encode() + b" " * 9_000])
async def test_more_than_a_payment_needs_is_refused_unread(oak: Api, body: bytes) -> None:
    heard = await oak.post(PAYMENTS, body)
    assert (413, "too_large") == (heard.status, heard.code)


@pytest.mark.parametrize(
    "memo",
    ['"', "\\", '\\"', "a: b, {c}", "über die Straße", "👩‍🌾", "\u00a0", "a" * 240, "=1+1", "<script>", '","to":"cleo'],
)
async def test_any_honest_memo_is_kept_as_it_is(oak: Api, memo: str) -> None:
    heard = await oak.pay(memo=memo)
    assert (201, memo) == (heard.status, heard.json["memo"])


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data"]
)
async def test_another_kind_of_content_is_refused(oak: Api, kind: str) -> None:
    headers = {**oak.headers("alma"), "Content-Type": kind}
    assert 415 == (await ask(oak.port, "POST", PAYMENTS, headers, GOOD.encode())).status


async def test_json_with_a_charset_is_json(oak: Api) -> None:
    headers = {**oak.headers("alma"), "Content-Type": "Application/JSON; charset=utf-8"}
    assert 201 == (await ask(oak.port, "POST", PAYMENTS, headers, GOOD.encode())).status


async def test_the_office_pays_for_members_and_the_auditor_for_nobody(oak: Api) -> None:
    assert 201 == (await oak.pay("büro")).status
    assert 403 == (await oak.pay("rita", payment_id=None)).status
    assert 200 == (await oak.get(f"{PAYMENTS}/{ID}", "rita")).status


async def test_what_is_not_yours_reads_like_what_does_not_exist(oak: Api) -> None:
    await oak.pay()
    there, nowhere = f"{PAYMENTS}/{ID}", f"{PAYMENTS}/{'B' * 21}A"
    assert 200 == (await oak.get(there, "ben")).status
    foreign, missing = await oak.get(there, "cleo"), await oak.get(nowhere, "cleo")
    assert (404, "not_found", missing.body) == (foreign.status, foreign.code, foreign.body)
    foreign, missing = (
        await oak.post(f"{there}/cancel", None, "cleo"),
        await oak.post(f"{nowhere}/cancel", None, "cleo"),
    )
    assert (404, missing.body) == (foreign.status, foreign.body)


@pytest.mark.parametrize("text", ["x", "A" * 23, "%00", "A" * 5_000, "%F0%9F%92%A9", "' OR 1=1 --"])
async def test_an_id_that_is_none_is_refused(oak: Api, text: str) -> None:
    heard = await oak.get(f"{PAYMENTS}/{text}")
    assert heard.status in (400, 404)


async def test_cancelling_what_is_paid_changes_nothing_and_shows_it(oak: Api) -> None:
    await oak.pay()
    heard = await oak.post(f"{PAYMENTS}/{ID}/cancel")
    assert (200, "paid") == (heard.status, heard.json["state"])


async def test_many_payments_over_one_connection(oak: Api) -> None:
    async with connected(oak.port) as line:
        for number in range(20):
            body = msgspec.json.encode(wish(payment_id=f"{number:021d}A", amount_seconds=60))
            await line.send(request_bytes("POST", PAYMENTS, oak.headers("alma"), body))
        assert [201] * 20 == [(await line.hear()).status for _ in range(20)]
    assert 20 == await bookings(oak)


async def test_a_quote_says_whether_the_payee_is_there(oak: Api) -> None:
    quotes = "/api/v1/quotes"
    heard = await oak.post(quotes, {"to": "ben", "amount_seconds": HOUR})
    assert (200, {"to": "ben", "amount_seconds": HOUR, "reachable": True, "name": "Ben"}) == (heard.status, heard.json)
    heard = await oak.post(quotes, {"to": "ben@nowhere.example", "amount_seconds": HOUR})
    assert (200, False, "no_route") == (heard.status, heard.json["reachable"], heard.json["code"])
    for bad, code in (({"to": "ben", "amount_seconds": 0}, "amount"), ({"to": "b b", "amount_seconds": 1}, "address")):
        assert (400, code) == ((heard := await oak.post(quotes, bad)).status, heard.code)


async def test_a_memo_in_pieces_is_put_together(oak: Api) -> None:
    assert "Ä" == (await oak.pay(memo="A\u0308")).json["memo"]


class Underway:
    """Payments that another ring has not decided yet."""

    async def pay(self, request: PayRequest, actor: Actor) -> PaymentView:
        return _under_way(request.to)

    async def cancel(self, payment_id: str, actor: Actor) -> PaymentView:
        return _under_way("ben@elm.example")


def _under_way(to: str) -> PaymentView:
    return PaymentView(payment_id=ID, state="held", amount_seconds=1, from_="alma", to=to, memo="", created_at=1)


async def test_what_is_under_way_is_202_with_the_place_to_look(oak: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(oak.ring.payments), "pay", Underway.pay)
    monkeypatch.setattr(type(oak.ring.payments), "cancel", Underway.cancel)

    def told(heard: Heard) -> tuple[int, str, str]:
        return heard.status, heard.json["state"], heard.headers["location"]

    async with listening(api.build_app(oak.ring)) as port:
        served = Api(oak.ring, port, oak.tokens)
        assert (202, "held", f"{PAYMENTS}/{ID}") == told(await served.pay(to="ben@elm.example"))
        assert (202, "held", f"{PAYMENTS}/{ID}") == told(await served.post(f"{PAYMENTS}/{ID}/cancel"))


async def test_a_payment_has_a_receipt_for_who_may_see_it_and_for_nobody_else(oak: Api) -> None:
    await oak.pay()

    own = await oak.get(f"/api/v1/payments/{ID}/receipt")
    others = await oak.get(f"/api/v1/payments/{ID}/receipt", "cleo")

    assert (200, {"payment_id", "booking", "booking_proof"}) == (own.status, set(own.json))
    assert (404, "not_found") == (others.status, others.code)


async def test_who_was_paid_gives_back_once_and_says_why(oak: Api) -> None:
    await oak.pay()
    heard = await oak.post(f"{PAYMENTS}/{ID}/refund", {"memo": "Zu viel"}, "ben")
    assert (201, "ben", "alma", "Zu viel") == (
        heard.status, heard.json["from"], heard.json["to"], heard.json["memo"],
    )  # fmt: skip
    again = await oak.post(f"{PAYMENTS}/{ID}/refund", {}, "ben")
    assert (409, "already_reversed") == (again.status, again.code)
    statement = (await oak.get("/api/v1/accounts/alma/statement")).json["entries"]
    assert [("reversal", "Zu viel"), ("payment", "Äpfel")] == [(each["kind"], each["memo"]) for each in statement]


async def test_nobody_gives_back_what_is_anothers(oak: Api) -> None:
    await oak.pay()
    for who in ("alma", "cleo"):
        heard = await oak.post(f"{PAYMENTS}/{ID}/refund", {}, who)
        assert "not_found" == heard.code, who
