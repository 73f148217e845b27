# SPDX-License-Identifier: AGPL-3.0-or-later
"""Verifier keys and the one strict form of notes and checkpoints."""

from __future__ import annotations

import base64

import pytest

from ringtausch_protocol import limits, notes
from ringtausch_protocol.checkpoints import verify_checkpoint
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey, vkey
from ringtausch_protocol.notes import NoteKey, parse_vkey
from tests.vectors.cast import BUCHE, EICHE, LINDE, chance
from tests.vectors.logbook import Logbook, entries_of

BOOK = Logbook(EICHE, entries_of(5))
PLAIN = BOOK.checkpoint(5).to_bytes().decode()
COSIGNED = BOOK.checkpoint(5, LINDE, BUCHE).to_bytes()


def code_of(data: str) -> str | None:
    try:
        verify_checkpoint(data.encode("utf-8", "surrogateescape"), [BOOK.key])
    except RemoteError as error:
        return error.code
    return None


def test_the_example_of_go_verifies() -> None:
    """From the documentation of golang.org/x/mod/sumdb/note."""
    key = parse_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = (
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    note = notes.parse_note(f"{text}\n{line}".encode())

    assert [(key, None)] == [tuple(signed) for signed in notes.verify_note(note, [key])]


@pytest.mark.parametrize("kind", [1, 4])
def test_a_verifier_key_is_read_as_it_is_written(kind: int) -> None:
    public = SigningKey(chance("plus")).public
    text = vkey(EICHE.id, public, kind)

    assert NoteKey(EICHE.id, kind, public) == parse_vkey(text)
    assert text.startswith(parse_vkey(text).id)


def bad_vkeys() -> list[tuple[str, str]]:
    public = SigningKey(chance("plus")).public
    good = vkey("name", public)
    return [
        ("", "malformed"), ("name", "malformed"), (good + "\n", "malformed"), (good.replace("me", " me"), "malformed"),
        (good.replace("name", "nbme"), "malformed"), (good[:-2], "malformed"), (good.upper(), "malformed"),
        (good + "A" * 200, "malformed"), (vkey("name", public, 6), "unsupported"),
        (vkey("name", bytes(32)), "weak_key"), (vkey("name", public[:31]), "weak_key"), (vkey("", public), "malformed"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), bad_vkeys())
def test_a_bad_verifier_key_is_refused(text: str, code: str) -> None:
    with pytest.raises(RemoteError) as caught:
        parse_vkey(text)

    assert code == caught.value.code


def test_a_note_is_written_as_it_was_read() -> None:
    for data in (PLAIN.encode(), COSIGNED):
        assert data == notes.parse_note(data).to_bytes()


def replaced(old: str, new: str) -> str:
    assert old in PLAIN
    return PLAIN.replace(old, new)


SIGNATURE = PLAIN.split()[-1]
LINE = f"— {BOOK.origin} {SIGNATURE}\n"
BAD_FORMS = {
    "nothing": "",
    "no line feed at the end": PLAIN[:-1],
    "no empty line": replaced("\n\n", "\n"),
    "no signature": PLAIN.partition("—")[0],
    "nothing but a signature": "\n" + LINE,
    "nothing but signatures behind empty lines": "\n\n" + LINE,
    "CR LF": PLAIN.replace("\n", "\r\n"),
    "a CR": replaced("\n5\n", "\r\n5\n"),
    "U+2028": replaced("\n5\n", "\u2028\n5\n"),
    "U+2028 in a signature line": replaced("— ", "—\u2028"),
    "a NUL": replaced("\n5\n", "\x00\n5\n"),
    "no UTF-8": replaced("\n5\n", "\udcff\n5\n"),
    "a byte order mark": "\ufeff" + PLAIN,
    "a hyphen for the dash": replaced("—", "-"),
    "two blanks": replaced("— ", "—  "),
    "a blank at the end": replaced(SIGNATURE, SIGNATURE + " "),
    "no name": replaced(f"— {BOOK.origin}", "— "),
    "a plus in the name": replaced(f"— {BOOK.origin}", "— a+b"),
    "an empty line behind": PLAIN + "\n",
    "base64 without padding": replaced(SIGNATURE, SIGNATURE.rstrip("=")),
    "base64 of URLs": replaced(SIGNATURE, base64.urlsafe_b64encode(base64.b64decode(SIGNATURE)).decode() + "-"),
    "base64 with unused bits": replaced(LINE, f"— other {base64.b64encode(bytes(6)).decode()[:-1]}B=\n"),
    "base64 with junk": replaced(SIGNATURE, SIGNATURE[:8] + "!" + SIGNATURE[8:]),
    "a signature of no byte": PLAIN + "— other AAAAAA==\n",
    "a line twice": PLAIN + LINE,
    "a key twice": PLAIN + LINE.replace(SIGNATURE, base64.b64encode(BOOK.key.hash + bytes(64)).decode()),
    "too many lines": PLAIN + "".join(f"— n{place} AAAAAAAA\n" for place in range(limits.SIGNATURE_LINES_MAX)),
    "size with a sign": replaced("\n5\n", "\n+5\n"),
    "size with a zero before": replaced("\n5\n", "\n05\n"),
    "negative size": replaced("\n5\n", "\n-5\n"),
    "size in other digits": replaced("\n5\n", "\n\N{ARABIC-INDIC DIGIT FIVE}\n"),
    "size with a line below": replaced("\n5\n", "\n5_0\n"),
    "size beyond 2^53": replaced("\n5\n", f"\n{2**53}\n"),
    "size of forty digits": replaced("\n5\n", f"\n{'9' * 40}\n"),
    "no size": replaced("\n5\n", "\n\n"),
    "a line more": replaced("\n\n", "\nextension\n\n"),
    "a line less": replaced("\n5\n", "\n"),
    "a short root": replaced(PLAIN.split("\n")[2], base64.b64encode(bytes(31)).decode()),
    "a long root": replaced(PLAIN.split("\n")[2], base64.b64encode(bytes(33)).decode()),
    "an empty log with a root": replaced("\n5\n", "\n0\n"),
    "an origin of another form": replaced(BOOK.origin, "example.com/log"),
    "log 0": replaced("/log/1", "/log/0"),
    "log 01": replaced("/log/1", "/log/01"),
    "log beyond 2^53": replaced("/log/1", f"/log/{2**53}"),
    "a ring id with unused bits": replaced(EICHE.id, EICHE.id[:-1] + "b"),
}


@pytest.mark.parametrize("data", BAD_FORMS.values(), ids=BAD_FORMS.keys())
def test_what_is_not_exactly_a_checkpoint_is_refused(data: str) -> None:
    assert "malformed" == code_of(data)


def test_a_checkpoint_has_a_largest_size() -> None:
    """Long lines nobody knows are skipped, up to there."""
    room = limits.CHECKPOINT_BYTES - len(PLAIN.encode())
    line = f"— other {'A' * 4 * ((room - 14) // 4)}\n"
    assert None is code_of(PLAIN + line)
    assert "too_large" == code_of(PLAIN + "x" * (room + 1))


def test_16_lines_that_nobody_knows_are_skipped() -> None:
    assert None is code_of(PLAIN + "".join(f"— n{place} AAAAAAAA\n" for place in range(16)))
