# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts: one file that proves an entry, strictly read."""

from __future__ import annotations

import pytest

from ringtausch_protocol import limits
from ringtausch_protocol.checkpoints import NO_POLICY, Policy
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.receipts import Receipt, parse_receipt, verify_receipt
from tests.vectors.cast import BUCHE, EICHE, LINDE
from tests.vectors.logbook import Logbook, entries_of, policy_of

BOOK = Logbook(EICHE, entries_of(7))
RECEIPT = BOOK.receipt(4, 7, LINDE, BUCHE)
TEXT = RECEIPT.to_bytes().decode()
STEP = TEXT.split("\n")[3]


def code_of(data: bytes | str, policy: Policy = NO_POLICY, entry: bytes | None = None) -> str | None:
    try:
        verify_receipt(
            parse_receipt(data if isinstance(data, bytes) else data.encode()), [BOOK.key], policy, entry
        )  # fmt: skip
    except RemoteError as error:
        return error.code
    return None


@pytest.mark.parametrize("with_entry", [True, False])
@pytest.mark.parametrize(("place", "size"), [(0, 1), (0, 7), (4, 7), (6, 7), (3, 4)])
def test_a_receipt_proves_its_entry(place: int, size: int, with_entry: bool) -> None:
    receipt = BOOK.receipt(place, size, LINDE, BUCHE, with_entry=with_entry)
    data = receipt.to_bytes()
    found = verify_receipt(receipt, [BOOK.key], policy_of(LINDE, BUCHE), BOOK.entries[place])

    assert receipt == parse_receipt(data)
    assert (BOOK.head(size), 2) == (found.head, len(found.cosigned))
    assert (None if with_entry else "bad_proof") == code_of(data)


def test_a_receipt_has_the_lines_of_c2sp() -> None:
    rows = TEXT.split("\n")

    assert ("c2sp.org/tlog-proof@v1", "extra BQ", "index 4", "", BOOK.origin) == (
        rows[0], rows[1][:8], rows[2], rows[6], rows[7],
    )  # fmt: skip


def test_another_entry_is_not_proved() -> None:
    assert "bad_proof" == code_of(TEXT, entry=BOOK.entries[3])
    assert "bad_proof" == code_of(RECEIPT._replace(entry=BOOK.entries[3]).to_bytes())
    assert "bad_proof" == code_of(RECEIPT._replace(number=5).to_bytes())
    assert "bad_proof" == code_of(RECEIPT._replace(number=7).to_bytes())
    assert "bad_proof" == code_of(RECEIPT._replace(entry=b"").to_bytes())


def test_its_checkpoint_is_checked_as_any_other() -> None:
    assert "quorum" == code_of(TEXT, policy_of(LINDE, BUCHE, EICHE))
    assert "bad_signature" == code_of(TEXT.replace("\n7\n", "\n8\n"))
    assert "unknown_key" == code_of(TEXT.replace("/log/1", "/log/2"))
    assert "malformed" == code_of(TEXT.replace("\n7\n", "\n07\n"))


BAD_FORMS = {
    "nothing": "",
    "another first line": TEXT.replace("@v1", "@v2"),
    "a first line only": "c2sp.org/tlog-proof@v1\n",
    "no checkpoint": TEXT.partition("\n\n")[0] + "\n",
    "no index": TEXT.replace("index 4\n", ""),
    "two extras": TEXT.replace("index 4", "extra AAAA\nindex 4"),
    "extra behind the index": TEXT.replace("index 4\n", "index 4\nextra AAAA\n"),
    "extra in lax base64": TEXT.replace("extra ", "extra =="),
    "an index with a sign": TEXT.replace("index 4", "index +4"),
    "an index with a zero before": TEXT.replace("index 4", "index 04"),
    "an index beyond 2^53": TEXT.replace("index 4", f"index {2**53}"),
    "a path of URLs' base64": TEXT.replace(STEP, STEP[:-2] + "_="),
    "a short step": TEXT.replace(STEP, "AAAA"),
    "a path too long": TEXT.replace(STEP, "\n".join([STEP] * 64)),
    "CR": TEXT.replace("\nindex", "\r\nindex"),
    "U+2028": TEXT.replace("index 4\n", "index 4\u2028"),
    "no line feed at the end": TEXT[:-1],
}


@pytest.mark.parametrize("data", BAD_FORMS.values(), ids=BAD_FORMS.keys())
def test_what_is_not_exactly_a_receipt_is_refused(data: str) -> None:
    assert "malformed" == code_of(data)


def test_a_receipt_of_the_longest_entry_fits_and_a_larger_file_does_not() -> None:
    receipt = Receipt(0, (), b"x\n", bytes(limits.LOG_ENTRY_BYTES))

    assert receipt == parse_receipt(receipt.to_bytes())
    assert "too_large" == code_of(b"x" * (limits.RECEIPT_BYTES + 1))


def test_every_flipped_bit_is_noticed() -> None:
    data, policy = RECEIPT.to_bytes(), policy_of(LINDE, BUCHE)
    for place in range(len(data)):
        for bit in (1, 4, 32, 128):
            changed = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            assert code_of(changed, policy) is not None, (place, bit)
