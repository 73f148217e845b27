# SPDX-License-Identifier: AGPL-3.0-or-later
"""Handing letters to a mail server (RFC 5321, 6409): one connection for each, plain text, one recipient."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from ringtausch_node.config import Mail
from ringtausch_node.errors import RemoteError
from ringtausch_node.post.records import Letter

TIMEOUT_SECONDS = 30.0
#: Replies from here on will be the same next time (RFC 5321, section 4.2.1).
PERMANENT = 500


class SmtpMailer:
    """The mail server of `[mail]`; `name` stands before the sender's address."""

    def __init__(self, mail: Mail, name: str) -> None:
        self._mail, self._name = mail, name

    async def send(self, letter: Letter, sender: str) -> None:
        """Raises RemoteError: mail_refused, mail_away. The server's words may quote a person: nobody keeps them."""
        mail = self._mail
        try:
            await aiosmtplib.send(
                self._message(letter, sender), hostname=mail.host, port=mail.port, username=mail.user or None,
                password=mail.password or None, use_tls=mail.encryption == "tls",
                start_tls=mail.encryption == "starttls", timeout=TIMEOUT_SECONDS,
            )  # fmt: skip
        except aiosmtplib.SMTPRecipientsRefused as error:
            is_final = all(each.code >= PERMANENT for each in error.recipients)
            raise RemoteError("mail_refused" if is_final else "mail_away") from None
        except aiosmtplib.SMTPResponseException as error:
            is_final = error.code >= PERMANENT and not isinstance(error, aiosmtplib.SMTPAuthenticationError)
            raise RemoteError("mail_refused" if is_final else "mail_away") from None
        except (aiosmtplib.SMTPException, OSError):
            raise RemoteError("mail_away") from None

    def _message(self, letter: Letter, sender: str) -> EmailMessage:
        user, _, domain = sender.rpartition("@")
        message = EmailMessage()
        message["From"] = Address(display_name=self._name, username=user, domain=domain)
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(letter.written_at, UTC))
        message["Message-ID"] = letter.message_id
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.body, cte="quoted-printable")
        return message
