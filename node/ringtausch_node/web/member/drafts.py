# SPDX-License-Identifier: AGPL-3.0-or-later
"""A form that is filled in, as part of the address of the page that checks it.

So the way back, a reload and another language show that page again, where the answer to a form would be asked for anew
by a warning of the browser. Nothing is kept here, and nothing can be read in a list of addresses: it is sealed (Fernet)
under a key of the device's own session, and lasts as long as that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

import msgspec
from cryptography.fernet import Fernet, InvalidToken

_KEY_OF = b"draft"


def seal_draft(session: str, fields: Mapping[str, str]) -> str:
    """Fields as text for an address, four thirds of their length and some 100 characters more."""
    return _box(session).encrypt(msgspec.json.encode(fields)).decode()


def open_draft(session: str, text: str) -> dict[str, str] | None:
    """The fields again; None where it is of another device, or no draft."""
    try:
        return msgspec.json.decode(_box(session).decrypt(text.encode()), type=dict[str, str])
    except InvalidToken:
        return None


def _box(session: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.new(session.encode(), _KEY_OF, hashlib.sha256).digest()))
