# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which refusals the members' API answers where: one list for the handlers, the description and the tests."""

from __future__ import annotations

from ringtausch_node.errors import LocalError, RingtauschError

#: Any request may be answered with these.
ANYWHERE = ("bad_request", "internal", "storage_failed", "unknown_host")
#: Requests that need a token.
WITH_TOKEN = ("unauthorized", "too_many_requests")
#: Requests with a JSON body.
WITH_BODY = ("malformed", "media_type", "too_large", "too_slow")

PAY = (
    "address", "amount", "clock_doubtful", "id_reused", "limit_lower", "limit_upper", "line_ended", "memo",
    "no_capacity", "no_route", "not_allowed", "own_account", "paused", "payee_refuses", "payment_id", "recovering",
    "superseded", "too_many_holds", "unknown_member", "winding_down",
)  # fmt: skip
REFUND = tuple(sorted({*PAY, "already_reversed", "not_found"}))
READ_PAYMENT = ("not_found", "payment_id")
READ_RECEIPT = ("log_broken", "log_forked", "no_checkpoint", "no_receipt", "not_found", "payment_id")
CANCEL = ("not_allowed", "not_found", "payment_id", "recovering", "superseded")
NOTE = (
    "id_reused", "mail_full", "no_note", "not_allowed", "not_found", "note", "paused", "payment_id", "recovering",
    "superseded", "too_many_notes",
)  # fmt: skip
QUOTE = ("address", "amount")
CREATE_INVOICE = (
    "address", "amount", "bill_too_far", "days", "id_reused", "mail_full", "memo", "no_route", "not_allowed",
    "own_account", "paused", "payee_refuses", "payment_id", "recovering", "superseded", "too_many_invoices",
    "unknown_member",
)  # fmt: skip
LIST_INVOICES = ("address", "not_found", "query")
READ_INVOICE = ("not_found", "payment_id")
PAY_INVOICE = (
    "address", "clock_doubtful", "id_reused", "invoice_closed", "limit_lower", "limit_upper", "line_ended",
    "no_capacity", "no_route", "not_allowed", "not_found", "own_account", "paused", "payee_refuses", "payment_id",
    "recovering", "superseded", "unknown_member", "winding_down",
)  # fmt: skip
DECLINE_INVOICE = ("decline", "invoice_closed", "not_allowed", "not_found", "payment_id", "recovering", "superseded")
CANCEL_INVOICE = ("invoice_closed", "not_allowed", "not_found", "payment_id", "recovering", "superseded")
REMIND_INVOICE = (*CANCEL_INVOICE, "too_soon")
READ_ACCOUNT = ("address", "not_found")
READ_STATEMENT = ("address", "not_found", "query")
OWN = ("address", "not_found")
BLOCK = ("address", "own_account", "too_many_blocks", "unknown_member")
END_BLOCK = ("address", "not_found")
REPORT = ("address", "too_many_reports", "unknown_member", "words")
SET_EMAIL = ("email", "proof", "unknown_member")
SET_MAILS = ("unknown_member",)
ISSUE_TOKEN = ("label", "label_taken", "proof", "too_many_programs", "unknown_member")
SET_PASSWORD = ("password", "proof", "unknown_member")
GRANT_HELP = ("address", "helper_unfit", "not_allowed", "too_many_helpers", "unknown_member")

#: What tells a stranger that something exists: to him it does not.
_HIDDEN = frozenset({"not_allowed", "unknown_member", "not_found"})


def hidden(error: RingtauschError) -> RingtauschError:
    """The error as one who only looks may see it: what is not his reads, to the byte, like what does not exist."""
    return LocalError("not_found") if error.code in _HIDDEN else error
