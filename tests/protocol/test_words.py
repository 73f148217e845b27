# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words that two operators compare by phone."""

from __future__ import annotations

import hashlib
import re

from ringtausch_protocol.words import WORD_COUNT, WORDS, peering_words

A, B = "a" * 52, "b" * 51 + "a"


def test_there_are_256_short_distinct_words() -> None:
    assert (256, 256) == (len(WORDS), len(set(WORDS)))
    assert [] == [word for word in WORDS if not re.fullmatch(r"[A-Z][a-z]{2,8}", word)]


def test_both_sides_get_the_same_twelve_words() -> None:
    digest = hashlib.sha256(b"agreement").digest()

    assert WORD_COUNT == len(peering_words(A, B, digest))
    assert peering_words(A, B, digest) == peering_words(B, A, digest)


def test_another_ring_or_agreement_has_other_words() -> None:
    digest = hashlib.sha256(b"agreement").digest()
    said = {
        tuple(peering_words(*names, agreement))
        for names, agreement in (((A, B), digest), ((A, A), digest), ((A, B), digest[::-1]), ((A + B, ""), digest))
    }

    assert 4 == len(said)


def test_the_words_are_bytes_of_scrypt() -> None:
    salt = b"ringtausch/words/v1\n" + f"{A}\n{B}\n".encode()
    expected = hashlib.scrypt(bytes(32), salt=salt, n=16384, r=8, p=1, dklen=12)

    assert list(expected) == [WORDS.index(word) for word in peering_words(A, B, bytes(32))]
