# SPDX-License-Identifier: AGPL-3.0-or-later
"""The codes of the node and their words: one table for every edge (HTTP, control socket, command line).

The protocol brings the codes that rings say to each other; here stand those that only a node and its people meet.
A use case raises `LocalError` (we were used wrongly) or `RemoteError` (a peer misbehaved) with a code of this table;
an edge asks for its status, its words and what to do next, and decides nothing itself.
"""

from __future__ import annotations

from ringtausch_node.errors.end_codes import END_CODES
from ringtausch_node.errors.line_codes import LINE_CODES
from ringtausch_node.errors.machine_codes import MACHINE_CODES
from ringtausch_node.errors.payment_codes import PAYMENT_CODES
from ringtausch_node.errors.people_codes import PEOPLE_CODES
from ringtausch_protocol.codes import CODES as PROTOCOL_CODES
from ringtausch_protocol.codes import Code
from ringtausch_protocol.errors import LocalError, RemoteError, RingtauschError

__all__ = ["CODES", "NODE_CODES", "Code", "LocalError", "RemoteError", "RingtauschError", "code_of", "problem", "words"]

#: The media type of RFC 9457.
PROBLEM_TYPE = "application/problem+json"

#: Codes of bugs: a use case asked another room for what cannot be. A member can do nothing about them.
_OUR_FAULTS = (
    "account_exists", "constraint", "hold_not_open", "unknown_account", "unknown_transfer",
)  # fmt: skip


def _our_fault(name: str) -> Code:
    return Code(
        name, "E", 500, "Im Knoten ist ein Fehler aufgetreten.", "Something went wrong inside the node.",
        "Es wurde nichts halb ausgeführt; bitte melden Sie es uns.", "Nothing was half done; please report it.",
    )  # fmt: skip


_NODE = [
    *LINE_CODES,
    *END_CODES,
    *MACHINE_CODES,
    *PEOPLE_CODES,
    *PAYMENT_CODES,
    *(_our_fault(name) for name in _OUR_FAULTS),
]  # fmt: skip

NODE_CODES: dict[str, Code] = {code.name: code for code in _NODE}
CODES: dict[str, Code] = {**PROTOCOL_CODES, **NODE_CODES}


def code_of(name: str) -> Code:
    """The row of a code; a name that is not in the table is our fault and reads as `internal`."""
    return CODES.get(name, NODE_CODES["internal"])


def words(name: str, lang: str) -> str:
    """What happened and what to do next, in German ("de") or English (anything else)."""
    code = code_of(name)
    parts = (code.de, code.next_de) if lang == "de" else (code.en, code.next_en)
    return " ".join(part for part in parts if part)


def problem(name: str, detail: str, lang: str) -> dict[str, object]:
    """A problem document (RFC 9457). `detail` is ours, in English, and never holds personal data.

    `title` and `next` are for a person, `code` is for programs and never changes; `type` says that there is no page.
    """
    code = code_of(name)
    document: dict[str, object] = {
        "type": "about:blank",
        "title": code.de if lang == "de" else code.en,
        "status": code.status,
        "code": code.name,
        "next": code.next_de if lang == "de" else code.next_en,
    }
    if detail:
        document["detail"] = detail
    return document
