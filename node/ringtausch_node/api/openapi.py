# SPDX-License-Identifier: AGPL-3.0-or-later
"""The description of the API: OpenAPI 3.1, made of the structs that decode and encode, and of the table of codes.

Every route stands here with every answer and every code it can give; tests/api compare it with the routes and call
each of them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from ringtausch_node.api.accounts import SEARCH_LENGTH
from ringtausch_node.api.invoice_operations import INVOICE_OPERATIONS
from ringtausch_node.api.operation import Answer, Operation
from ringtausch_node.api.own_operations import OWN_OPERATIONS
from ringtausch_node.api.own_schemas import (
    CommunitiesView,
    Done,
    EmailBody,
    MailsBody,
    NewToken,
    OtherBody,
    PasswordBody,
    ReportBody,
    TokenBody,
)
from ringtausch_node.api.problems import (
    ANYWHERE,
    CANCEL,
    GRANT_HELP,
    NOTE,
    OWN,
    PAY,
    QUOTE,
    READ_ACCOUNT,
    READ_PAYMENT,
    READ_RECEIPT,
    READ_STATEMENT,
    REFUND,
    WITH_BODY,
    WITH_TOKEN,
)
from ringtausch_node.api.schemas import (
    HANDLE_PATTERN,
    PAYMENT_ID_PATTERN,
    DeclineBody,
    Health,
    HelperBody,
    InvoiceBody,
    Me,
    NoteBody,
    PayInvoiceBody,
    PaymentBody,
    Problem,
    QuoteBody,
    RefundBody,
)
from ringtausch_node.entrance.model import OwnSettings
from ringtausch_node.errors import PROBLEM_TYPE
from ringtausch_node.forgetting import OwnDataView
from ringtausch_node.members.blocking import BlocksView
from ringtausch_node.members.model import HelpersView, HelpView, TokensView
from ringtausch_node.payments.accounts import PAGE_MAX
from ringtausch_node.payments.invoice_model import InvoicesView, InvoiceView
from ringtausch_node.payments.model import AccountView, PaymentView, QuoteView, StatementView
from ringtausch_node.payments.receipts import PaymentReceipt
from ringtausch_node.serving.problems import code_row
from ringtausch_node.version import version
from ringtausch_node.witnessing.model import Cosignature, HeadView
from ringtausch_protocol import limits

_STRUCTS = (
    BlocksView, CommunitiesView, Done, EmailBody, MailsBody, OtherBody, OwnDataView, OwnSettings,
    NewToken, PasswordBody, ReportBody, TokenBody,
    AccountView, Cosignature, DeclineBody, HeadView, Health, HelpersView, HelpView, HelperBody, InvoiceBody,
    InvoicesView, InvoiceView, Me, NoteBody, PayInvoiceBody, PaymentBody, PaymentReceipt, PaymentView, Problem,
    QuoteBody, QuoteView, RefundBody, StatementView, TokensView,
)  # fmt: skip
_REF = "#/components/schemas/{name}"
_JSON = "application/json"

_PAYMENT_ID = {"name": "payment_id", "in": "path", "required": True,
               "schema": {"type": "string", "pattern": PAYMENT_ID_PATTERN}}  # fmt: skip
_HANDLE = {"name": "handle", "in": "path", "required": True,
           "schema": {"type": "string", "pattern": HANDLE_PATTERN}}  # fmt: skip
_HELPER = {"name": "helper", "in": "path", "required": True,
           "schema": {"type": "string", "pattern": HANDLE_PATTERN}}  # fmt: skip
_TOKEN_ID = {"name": "token_id", "in": "path", "required": True,
             "schema": {"type": "integer", "minimum": 1, "maximum": limits.SEQ_MAX}}  # fmt: skip
_BEFORE = {"name": "before", "in": "query", "description": "Only entries older than this one: `next` of a page.",
           "schema": {"type": "integer", "minimum": 1, "maximum": limits.SEQ_MAX}}  # fmt: skip
_LIMIT = {"name": "limit", "in": "query", "description": "Entries of a page.",
          "schema": {"type": "integer", "minimum": 1, "maximum": PAGE_MAX}}  # fmt: skip
_SEARCH = {"name": "search", "in": "query", "schema": {"type": "string", "maxLength": SEARCH_LENGTH},
           "description": "Only entries with this in them. A page may be empty and have a next."}  # fmt: skip
_LOCATION = {"description": "Where the payment's state is read.", "schema": {"type": "string"}}
_LINK = {"description": 'The same as a link, rel="status" (RFC 8631).', "schema": {"type": "string"}}
_NEXT = {"description": 'The next page, rel="next" (RFC 8288).', "schema": {"type": "string"}}
_STATUS_HEADERS = {"Location": _LOCATION, "Link": _LINK}


OPERATIONS = (
    Operation(
        "POST", "/api/v1/payments", "pay",
        "Pay, here or in another ring. The same payment_id again books nothing twice.",
        (Answer(201, "The payment is decided.", PaymentView, _STATUS_HEADERS),
         Answer(202, "The payment is under way.", PaymentView, _STATUS_HEADERS)),
        PAY, body=PaymentBody,
    ),
    Operation(
        "GET", "/api/v1/payments/{payment_id}", "payment", "A payment as it stands.",
        (Answer(200, "The payment.", PaymentView),), READ_PAYMENT, (_PAYMENT_ID,),
    ),
    Operation(
        "GET", "/api/v1/payments/{payment_id}/receipt", "receipt",
        "What proves a decided payment to strangers: the texts of files that `python -m ringtausch_protocol` verifies.",
        (Answer(200, "The receipt.", PaymentReceipt),), READ_RECEIPT, (_PAYMENT_ID,),
    ),
    Operation(
        "POST", "/api/v1/payments/{payment_id}/cancel", "cancel", "Take a payment back while nobody has decided it.",
        (Answer(200, "The payment is final.", PaymentView, _STATUS_HEADERS),
         Answer(202, "The other ring is asked.", PaymentView, _STATUS_HEADERS)),
        CANCEL, (_PAYMENT_ID,),
    ),
    Operation(
        "POST", "/api/v1/payments/{payment_id}/refund", "refund",
        "Give a received payment back: all of it, or a part of what came from another ring.",
        (Answer(201, "It has gone back.", PaymentView, _STATUS_HEADERS),
         Answer(202, "It is on its way back.", PaymentView, _STATUS_HEADERS)),
        REFUND, (_PAYMENT_ID,), body=RefundBody,
    ),
    Operation(
        "POST", "/api/v1/payments/{payment_id}/note", "note",
        "Write a few words to the other side of a payment, here or elsewhere. The same note_id again: nothing.",
        (Answer(200, "The payment with its notes.", PaymentView),), NOTE, (_PAYMENT_ID,), body=NoteBody,
    ),
    *INVOICE_OPERATIONS,
    Operation(
        "POST", "/api/v1/quotes", "quote", "Ask before paying: is the payee there and willing?",
        (Answer(200, "What is known.", QuoteView),), QUOTE, body=QuoteBody,
    ),
    Operation(
        "GET", "/api/v1/accounts/{handle}", "account", "An account in figures.",
        (Answer(200, "The account.", AccountView),), READ_ACCOUNT, (_HANDLE,),
    ),
    Operation(
        "GET", "/api/v1/accounts/{handle}/statement", "statement", "A page of a statement, newest first.",
        (Answer(200, "The page.", StatementView, {"Link": _NEXT}),), READ_STATEMENT,
        (_HANDLE, _BEFORE, _LIMIT, _SEARCH),
    ),
    Operation(
        "GET", "/api/v1/members/{handle}/tokens", "tokens", "The accesses that are valid now, without the tokens.",
        (Answer(200, "The accesses.", TokensView),), OWN, (_HANDLE,),
    ),
    Operation(
        "POST", "/api/v1/members/{handle}/tokens/revoke", "revokeTokens",
        "Void every access, the one of this request too where it is the member's own.",
        (Answer(200, "None is left.", TokensView),), OWN, (_HANDLE,),
    ),
    Operation(
        "POST", "/api/v1/members/{handle}/tokens/{token_id}/revoke", "revokeToken", "Void one access.",
        (Answer(200, "Those that are left.", TokensView),), OWN, (_HANDLE, _TOKEN_ID),
    ),
    Operation(
        "GET", "/api/v1/members/{handle}/helpers", "helpers", "Who can act for a member, and for whom the member can.",
        (Answer(200, "People on the account, and helpers.", HelpersView),), OWN, (_HANDLE,),
    ),
    Operation(
        "POST", "/api/v1/members/{handle}/helpers", "grantHelp",
        "Let somebody act for a member, with his own access; every payment says who it was.",
        (Answer(200, "The helper may act.", HelpView),), GRANT_HELP, (_HANDLE,), body=HelperBody,
    ),
    Operation(
        "POST", "/api/v1/members/{handle}/helpers/{helper}/revoke", "endHelp", "End a help at once.",
        (Answer(200, "The help that ended.", HelpView),), OWN, (_HANDLE, _HELPER),
    ),
    *OWN_OPERATIONS,
    Operation("GET", "/api/v1/me", "me", "Who the token stands for.", (Answer(200, "You.", Me),)),
    Operation("GET", "/api/v1/openapi.json", "openapi", "This description.", (), is_open=True),
    Operation(
        "GET", "/health", "health", "Whether this ring serves.",
        (Answer(200, "It serves.", Health), Answer(503, "Its disk failed, or it is being opened.", Health)),
        is_open=True,
    ),
)  # fmt: skip


def codes_of(operation: Operation) -> tuple[str, ...]:
    """Every code that an operation may answer, sorted."""
    codes = {*ANYWHERE, *operation.codes}
    if not operation.is_open:
        codes |= set(WITH_TOKEN)
    if operation.body is not None:
        codes |= set(WITH_BODY)
    return tuple(sorted(codes))


@cache
def description() -> bytes:
    """The bytes of openapi.json, made once: a process that serves many rings has the same for all."""
    _, schemas = msgspec.json.schema_components(_STRUCTS, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Ringtausch",
            "version": version(),
            "description": "Payments in hours for programs of members. All amounts are whole seconds, all times Unix"
            " seconds. Every refusal is a problem document (RFC 9457) whose `code` never changes.",
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`ringtausch member token FOLDER HANDLE`"}
            },
        },
    }
    return msgspec.json.encode(document)


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": operation.name, "summary": operation.summary}
    if operation.is_open:
        found["security"] = []
    if operation.parameters:
        found["parameters"] = list(operation.parameters)
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": {_JSON: {"schema": _ref(operation.body)}}}
    responses = _problems(codes_of(operation))
    for answer in operation.answers:
        entry: dict[str, Any] = {"description": answer.words, "content": {_JSON: {"schema": _ref(answer.kind)}}}
        if answer.headers:
            entry["headers"] = dict(answer.headers)
        if str(answer.status) in responses:  # /health says 503 with a document of its own
            entry["content"] |= responses[str(answer.status)]["content"]
        responses[str(answer.status)] = entry
    if not operation.answers:
        responses["200"] = {"description": operation.summary, "content": {_JSON: {"schema": {"type": "object"}}}}
    found["responses"] = dict(sorted(responses.items()))
    return found


def _problems(codes: tuple[str, ...]) -> dict[str, Any]:
    """The refusals of an operation by status; each lists its codes with their words."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(code_row(code).status, []).append(code)
    return {str(status): _problem(status, names) for status, names in by_status.items()}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    words = "\n".join(f"* `{code}`: {code_row(code).en}" for code in codes)
    narrowed = {"type": "object", "properties": {"code": {"enum": codes}, "status": {"const": status}}}
    schema = {"allOf": [_ref(Problem), narrowed]}
    entry: dict[str, Any] = {"description": words, "content": {PROBLEM_TYPE: {"schema": schema}}}
    if status == 429:
        entry["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return entry


def _ref(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _REF.format(name=kind.__name__)}
