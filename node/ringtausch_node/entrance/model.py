# SPDX-License-Identifier: AGPL-3.0-or-later
"""Codes, passwords, mail addresses: how they are written, and how long they count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from ringtausch_node.entrance.guessed_first import is_common
from ringtausch_node.errors import LocalError

DAY_SECONDS = 86_400
#: Crockford's base 32: no letter that looks like another one, so that it survives paper and telephone.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans("ILO", "110")
#: 40 bits: with the doorkeeper's brakes (`web/turnstile.py`) a guesser needs millions of years.
CODE_BYTES = 5
_CODE = re.compile(f"[{_LETTERS}]{{8}}")
#: A letter lies on the table for a while, and holidays are long.
PAPER_SECONDS = 90 * DAY_SECONDS
#: Mail is read within minutes, or asked for again.
MAIL_SECONDS = 10 * 60

#: Somebody who says "stay signed in" is asked again twice a year; a borrowed device forgets within the day.
STAY_SECONDS = 180 * DAY_SECONDS
VISIT_SECONDS = 12 * 3_600

#: Whoever has just come in with a code or a password need not show one again to set a password.
FRESH_SECONDS = 15 * 60

#: Length is what makes a password good (NIST SP 800-63B, 3.1.1.2); the upper bound keeps hashing cheap.
PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX = 10, 200
#: What guessers try first, and so no password may be made of, beside the own name and the ring's (docs/asvs.md, 6.1.2).
OBVIOUS = frozenset({
    "passwort", "password", "kennwort", "geheim", "secret", "willkommen", "welcome", "hallo", "hello",
    "qwertz", "qwerty",
    "asdfgh", "abc", "tauschring", "ringtausch", "zeitbank", "timebank", "tausch", "talente", "stunden", "büro",
    "office", "admin", "12345678", "0123456789", "987654321", "111111", "000000",
})  # fmt: skip
#: So much must be left of a password without those words.
_OTHER_CHARACTERS, _OBVIOUS_LENGTH = 6, 3


class CodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A code for a letter on paper, shown this once."""

    handle: str
    name: str
    code: str
    ends_at: int


class WayIn(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody can come in now: by a password or a device (`is_in`), by a letter on paper until `paper_ends_at`.

    `email`: where codes and mails go; empty where nowhere.
    """

    handle: str
    name: str
    is_in: bool
    paper_ends_at: int | None
    email: str
    #: Only an operator gives codes to operators.
    is_operator: bool = False


class LetterView(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the link of a mail lets in. Looking at it spends nothing: programs that check mails open every link."""

    handle: str
    name: str


class MailsView(msgspec.Struct, frozen=True, kw_only=True):
    """Which mails a member gets, beside those that let in: about bookings, about invoices."""

    payments: bool
    invoices: bool


class OwnSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a member is reached and comes in. `email` is empty where there is none."""

    email: str
    mails: MailsView
    has_password: bool


def write_code(chance: bytes) -> str:
    """Five random bytes as people write them: `K7M4-2QPX`."""
    number = int.from_bytes(chance[:CODE_BYTES], "big")
    letters = [_LETTERS[number >> shift & 31] for shift in range(35, -5, -5)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def read_code(text: str) -> str | None:
    """The eight letters of what somebody typed, or None where it is no code. O is 0, and I and L are 1."""
    if len(text) > PASSWORD_LENGTH_MAX or not text.isascii():
        return None
    letters = re.sub(r"[\s-]", "", text).upper().translate(_MEANT)
    return letters if _CODE.fullmatch(letters) else None


def check_password(text: str, names: Iterable[str] = ()) -> str:
    """A password that may be set, by somebody with these names in this ring. Raises LocalError('password')."""
    password = unicodedata.normalize("NFC", text)
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX or len(set(password)) < 4:
        raise LocalError("password")
    folded = password.casefold()
    if _is_obvious(folded, names) or is_common(folded):
        raise LocalError("password")
    return password


def _is_obvious(password: str, names: Iterable[str]) -> bool:
    """Whether little is left of a password without what a guesser tries first, as in `Tauschring2026`."""
    words = OBVIOUS | {name.casefold() for name in names if len(name) >= _OBVIOUS_LENGTH}
    left = password
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left != password and len(left) < _OTHER_CHARACTERS
