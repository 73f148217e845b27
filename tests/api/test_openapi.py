# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from ringtausch_node.api.openapi import OPERATIONS, codes_of, description
from ringtausch_node.api.operation import Operation
from ringtausch_node.api.own_schemas import CommunitiesView, Done
from ringtausch_node.api.schemas import Health, Me, Problem
from ringtausch_node.entrance.model import OwnSettings
from ringtausch_node.errors import CODES
from ringtausch_node.forgetting import OwnDataView
from ringtausch_node.members.blocking import BlocksView
from ringtausch_node.members.model import HelpersView, HelpView, TokensView
from ringtausch_node.payments.invoice_model import InvoicesView, InvoiceView
from ringtausch_node.payments.model import AccountView, NoteView, PaymentView, QuoteView, StatementView
from ringtausch_node.payments.receipts import PaymentReceipt
from ringtausch_node.serving.problems import EDGE_CODES, code_row
from ringtausch_node.witnessing.model import Cosignature, HeadView
from tests.api.conftest import HOUR, ID, Api
from tests.serving.wire import Heard, ask

BILL = {"invoice_id": ID, "payee": "alma", "payer": "ben", "amount_seconds": HOUR, "memo": "Kuchen"}
DOCUMENT: dict[str, Any] = msgspec.json.decode(description())


def responses(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    return found


async def test_the_description_is_served_to_everybody(oak: Api) -> None:
    heard = await ask(oak.port, "GET", "/api/v1/openapi.json")
    assert (200, "application/json", description()) == (heard.status, heard.headers["content-type"], heard.body)


def test_it_is_openapi_3_1_with_bearer_tokens() -> None:
    assert "3.1.0" == DOCUMENT["openapi"]
    assert {"type": "http", "scheme": "bearer"}.items() <= DOCUMENT["components"]["securitySchemes"]["token"].items()


def test_every_reference_leads_somewhere() -> None:
    for name in re.findall(r'"#/components/schemas/(\w+)"', description().decode()):
        assert name in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_code_of_an_operation_is_known_and_stands_under_its_status(operation: Operation) -> None:
    for code in codes_of(operation):
        assert code in CODES or code in EDGE_CODES
        response = responses(operation)[str(code_row(code).status)]
        assert code in str(response["content"]["application/problem+json"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_what_a_recovering_ring_refuses_a_superseded_one_refuses_too(operation: Operation) -> None:
    """One question asks for both (`Recovery.verify_ready`)."""
    codes = codes_of(operation)
    assert ("recovering" in codes) == ("superseded" in codes)


def test_what_pays_may_be_refused_by_a_clock_in_doubt() -> None:
    paying = {operation.name for operation in OPERATIONS if "clock_doubtful" in codes_of(operation)}
    assert {"pay", "payInvoice"} <= paying


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_placeholder_is_described(operation: Operation) -> None:
    told = {each["name"] for each in operation.parameters if each["in"] == "path"}
    assert set(re.findall(r"{(\w+)}", operation.path)) == told


@pytest.mark.parametrize(
    "kind",
    [
        AccountView,
        Cosignature,
        HeadView,
        Health,
        HelpersView,
        HelpView,
        InvoicesView,
        InvoiceView,
        Me,
        NoteView,
        PaymentReceipt,
        PaymentView,
        Problem,
        QuoteView,
        StatementView,
        TokensView,
    ],
)
def test_every_answer_is_described_field_by_field(kind: type[msgspec.Struct]) -> None:
    schema = DOCUMENT["components"]["schemas"][kind.__name__]
    assert {field.encode_name for field in msgspec.structs.fields(kind)} == set(schema["properties"])


@pytest.mark.parametrize("kind", [BlocksView, CommunitiesView, Done, OwnDataView, OwnSettings])
def test_every_answer_about_oneself_is_described_field_by_field(kind: type[msgspec.Struct]) -> None:
    schema = DOCUMENT["components"]["schemas"][kind.__name__]
    assert {field.encode_name for field in msgspec.structs.fields(kind)} == set(schema["properties"])


def test_amounts_and_texts_are_bounded() -> None:
    properties = DOCUMENT["components"]["schemas"]["PaymentBody"]["properties"]
    assert (1, 10**9) == (properties["amount_seconds"]["minimum"], properties["amount_seconds"]["maximum"])
    assert 240 == properties["memo"]["maxLength"]
    assert DOCUMENT["components"]["schemas"]["PaymentBody"]["additionalProperties"] is False


async def test_what_the_ring_answers_is_what_the_description_says(oak: Api) -> None:
    heard = [
        ("pay", await oak.pay()), ("pay", await oak.pay(amount_seconds=1)),
        ("pay", await oak.pay(to="nobody", payment_id=None)),
        ("payment", await oak.get(f"/api/v1/payments/{ID}")), ("payment", await oak.get("/api/v1/payments/x")),
        ("receipt", await oak.get(f"/api/v1/payments/{ID}/receipt")),
        ("receipt", await oak.get(f"/api/v1/payments/{ID}/receipt", "cleo")),
        ("cancel", await oak.post(f"/api/v1/payments/{ID}/cancel")),
        ("note", await oak.post(f"/api/v1/payments/{ID}/note", {"text": "Danke"})),
        ("note", await oak.post(f"/api/v1/payments/{ID}/note", {"text": " "})),
        ("refund", await oak.post(f"/api/v1/payments/{ID}/refund", {}, "ben")),
        ("refund", await oak.post(f"/api/v1/payments/{ID}/refund", {"amount_seconds": 1}, "ben")),
        ("quote", await oak.post("/api/v1/quotes", {"to": "ben", "amount_seconds": HOUR})),
        ("account", await oak.get("/api/v1/accounts/alma")), ("account", await oak.get("/api/v1/accounts/ben")),
        ("statement", await oak.get("/api/v1/accounts/alma/statement?limit=x")),
        ("tokens", await oak.get("/api/v1/members/alma/tokens")), ("tokens", await oak.get("/api/v1/members/b/tokens")),
        ("revokeToken", await oak.post("/api/v1/members/alma/tokens/99/revoke")),
        ("revokeTokens", await oak.post("/api/v1/members/ben/tokens/revoke", None, "ben")),
        ("helpers", await oak.get("/api/v1/members/alma/helpers")),
        ("grantHelp", await oak.post("/api/v1/members/alma/helpers", {"helper": "ben"})),
        ("grantHelp", await oak.post("/api/v1/members/alma/helpers", {"helper": "alma"})),
        ("endHelp", await oak.post("/api/v1/members/alma/helpers/ben/revoke")),
        ("me", await oak.get("/api/v1/me")),
        ("health", await ask(oak.port, "GET", "/health")), ("me", await ask(oak.port, "GET", "/api/v1/me")),
    ]  # fmt: skip
    _check(heard)


async def test_what_the_ring_answers_about_oneself_is_what_the_description_says(oak: Api) -> None:
    me = "/api/v1/me"
    _check([
        ("communities", await oak.get("/api/v1/communities")), ("blocks", await oak.get(f"{me}/blocks")),
        ("block", await oak.post(f"{me}/blocks", {"other": "ben"})),
        ("block", await oak.post(f"{me}/blocks", {"other": "alma"})),
        ("endBlock", await oak.post(f"{me}/blocks/end", {"other": "ben"})),
        ("endBlock", await oak.post(f"{me}/blocks/end", {"other": "cleo"})),
        ("report", await oak.post(f"{me}/reports", {"about": "ben", "words": "Kam nicht."})),
        ("report", await oak.post(f"{me}/reports", {"about": "ben", "words": ""})),
        ("settings", await oak.get(f"{me}/settings")),
        ("setEmail", await oak.post(f"{me}/email", {"email": "a@mail.example"})),
        ("setEmail", await oak.post(f"{me}/email", {"email": "a"})),
        ("chooseMails", await oak.post(f"{me}/mails", {"payments": True, "invoices": False})),
        ("setPassword", await oak.post(f"{me}/password", {"password": "vier Wörter und mehr"})),
        ("setPassword", await oak.post(f"{me}/password", {"password": "kurz"})),
        ("issueToken", await oak.post(f"{me}/tokens", {"label": "x", "proof": "x"})),
        ("issueToken", await oak.post(f"{me}/tokens", {"label": "x"})),
        ("ownData", await oak.get(f"{me}/data")),
    ])  # fmt: skip


async def test_what_the_ring_answers_about_invoices_is_what_the_description_says(oak: Api) -> None:
    _check([
        ("createInvoice", await oak.post("/api/v1/invoices", BILL)),
        ("createInvoice", await oak.post("/api/v1/invoices", {**BILL, "days": 0})),
        ("createInvoice", await oak.post("/api/v1/invoices", {**BILL, "payee": "ben"})),
        ("invoices", await oak.get("/api/v1/invoices")), ("invoices", await oak.get("/api/v1/invoices?of=ben")),
        ("invoices", await oak.get("/api/v1/invoices?x=1")),
        ("invoice", await oak.get(f"/api/v1/invoices/{ID}")), ("invoice", await oak.get("/api/v1/invoices/x")),
        ("remindInvoice", await oak.post(f"/api/v1/invoices/{ID}/remind")),
        ("payInvoice", await oak.post(f"/api/v1/invoices/{ID}/pay", {}, "ben")),
        ("payInvoice", await oak.post(f"/api/v1/invoices/{ID}/pay", {}, "cleo")),
        ("declineInvoice", await oak.post(f"/api/v1/invoices/{ID}/decline", {"code": "other"}, "ben")),
        ("declineInvoice", await oak.post(f"/api/v1/invoices/{ID}/decline", {"code": "rude"}, "ben")),
        ("cancelInvoice", await oak.post(f"/api/v1/invoices/{ID}/cancel")),
    ])  # fmt: skip


def _check(heard: list[tuple[str, Heard]]) -> None:
    by_name = {operation.name: operation for operation in OPERATIONS}
    for name, answer in heard:
        told = responses(by_name[name])[str(answer.status)]
        assert answer.headers["content-type"] in told["content"]
        assert set(told.get("headers", {})) - {"Link"} <= {header.title() for header in answer.headers}
        if answer.status >= 400:
            assert answer.code in codes_of(by_name[name])
