# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bodies and answers about the caller alone: distance, mails, password; and the accounts of all."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from ringtausch_node.api.schemas import TEXT_PATTERN, WORDS_PATTERN, MemberName
from ringtausch_node.entrance.model import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from ringtausch_node.members.blocking import WORDS_LENGTH
from ringtausch_node.members.contacts import EMAIL_LENGTH
from ringtausch_node.members.model import LABEL_LENGTH
from ringtausch_node.payments.community import CommunityView

ReportWords = Annotated[
    str,
    Meta(
        min_length=1, max_length=WORDS_LENGTH, extra_json_schema={"pattern": WORDS_PATTERN},
        description="What happened; one line.",
    ),
]  # fmt: skip
Email = Annotated[
    str,
    Meta(
        max_length=EMAIL_LENGTH, extra_json_schema={"pattern": TEXT_PATTERN},
        description="A mail address without a name around it; empty: none.",
    ),
]  # fmt: skip
Password = Annotated[
    str,
    Meta(
        max_length=PASSWORD_LENGTH_MAX, extra_json_schema={"pattern": TEXT_PATTERN},
        description=f"{PASSWORD_LENGTH_MIN} characters at least, four different ones among them; empty: none.",
    ),
]  # fmt: skip


Proof = Annotated[
    str,
    Meta(
        max_length=PASSWORD_LENGTH_MAX, extra_json_schema={"pattern": TEXT_PATTERN},
        description="The password until now, or a code of a letter or mail, which is spent by it.",
    ),
]  # fmt: skip


Label = Annotated[
    str,
    Meta(
        min_length=1, max_length=LABEL_LENGTH, extra_json_schema={"pattern": TEXT_PATTERN},
        description="What the access is for; no other of the caller's programs has it.",
    ),
]  # fmt: skip


class TokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the new access is for."""

    label: Label
    proof: Proof


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new access, told this once."""

    label: str
    token: str


class OtherBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to keep away, or no longer."""

    other: MemberName


class ReportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the office should know about somebody."""

    about: MemberName
    words: ReportWords


class EmailBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail address, or nothing."""

    email: Email
    proof: Proof


class MailsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which mails are wanted: about bookings, about invoices."""

    payments: bool
    invoices: bool


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A password, or nothing."""

    password: Password
    proof: Proof


class CommunitiesView(msgspec.Struct, frozen=True, kw_only=True):
    """The ring's own accounts, by name."""

    communities: list[CommunityView]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """It is done; there is nothing to show."""

    done: bool = True
