# SPDX-License-Identifier: AGPL-3.0-or-later
"""The part of the description that is about the caller alone, and about the accounts of all."""

from __future__ import annotations

from ringtausch_node.api.operation import Answer, Operation
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
from ringtausch_node.api.problems import BLOCK, END_BLOCK, ISSUE_TOKEN, REPORT, SET_EMAIL, SET_MAILS, SET_PASSWORD
from ringtausch_node.entrance.model import OwnSettings
from ringtausch_node.forgetting import OwnDataView
from ringtausch_node.members.blocking import BlocksView

_BLOCKS = (Answer(200, "All whom the caller keeps away.", BlocksView),)
_SETTINGS = (Answer(200, "How it is now.", OwnSettings),)

OWN_OPERATIONS = (
    Operation(
        "GET", "/api/v1/communities", "communities",
        "The ring's own accounts, for everybody here to see. `key` is what a gift names as its payee.",
        (Answer(200, "The accounts.", CommunitiesView),),
    ),
    Operation("GET", "/api/v1/me/blocks", "blocks", "Whom the caller keeps away; nobody else may know.", _BLOCKS),
    Operation(
        "POST", "/api/v1/me/blocks", "block",
        "Keep somebody away: he can neither pay nor ask the caller for hours. A second time changes nothing.",
        _BLOCKS, BLOCK, body=OtherBody,
    ),
    Operation("POST", "/api/v1/me/blocks/end", "endBlock", "Keep somebody away no longer.", _BLOCKS, END_BLOCK,
              body=OtherBody),
    Operation(
        "POST", "/api/v1/me/reports", "report", "Tell the office something about somebody, in confidence.",
        (Answer(201, "It waits for the office.", Done),), REPORT, body=ReportBody,
    ),
    Operation("GET", "/api/v1/me/settings", "settings", "How the caller is reached and comes in.", _SETTINGS),
    Operation("POST", "/api/v1/me/email", "setEmail", "Where the caller gets mail; empty: nowhere. "
              "A token alone is not enough, for codes that let in go there.", _SETTINGS, SET_EMAIL, body=EmailBody),
    Operation("POST", "/api/v1/me/mails", "chooseMails", "Which mails the caller wants.", _SETTINGS, SET_MAILS,
              body=MailsBody),
    Operation(
        "POST", "/api/v1/me/password", "setPassword",
        "The password with which the caller comes in to the pages; empty: none, only codes. A token alone is not "
        "enough: a password would outlive it.",
        _SETTINGS, SET_PASSWORD, body=PasswordBody,
    ),
    Operation(
        "POST", "/api/v1/me/tokens", "issueToken",
        "Another access for a program of the caller's. A token alone is not enough: what it made would outlive it.",
        (Answer(201, "The token, told this once.", NewToken),), ISSUE_TOKEN, body=TokenBody,
    ),
    Operation(
        "GET", "/api/v1/me/data", "ownData", "Everything that the ring has stored about the caller (GDPR, article 15).",
        (Answer(200, "All of it.", OwnDataView),),
    ),
)  # fmt: skip
