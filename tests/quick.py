# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is slow on purpose, made quick for all rings of this process: nobody guesses at the secrets of a test.

The words for the telephone (scrypt) cost three times 60 ms a line, what people type at the door (Argon2id) 40 ms
each time, what seals a backup a fifth of a second. The words themselves have tests and vectors in the protocol; that
a node says them is seen by `tests/conformance`, whose kit works them out itself. Processes that tests start are as slow
as everywhere.
"""

from __future__ import annotations

import hashlib
from functools import partial

from ringtausch_node.backup.sealed import Cost, Sealing
from ringtausch_node.entrance import hashing
from ringtausch_node.federation.agreement import confirming
from ringtausch_node.upkeep import backups
from ringtausch_protocol.words import WORD_COUNT, WORDS


def quick_words(ring_a: str, ring_b: str, agreement_hash: bytes) -> list[str]:
    """Words as `peering_words` makes them, the same whoever asks and others for each agreement, without scrypt."""
    names = "".join(sorted((ring_a, ring_b)))
    return [WORDS[byte] for byte in hashlib.sha256(agreement_hash + names.encode()).digest()[:WORD_COUNT]]


def be_quick() -> None:
    """From now on."""
    assert vars(confirming).get("peering_words") is not None
    vars(confirming)["peering_words"] = quick_words
    vars(backups)["Sealing"] = partial(Sealing, cost=Cost(memory_kib=8, iterations=1, lanes=1))
    vars(hashing).update(_ITERATIONS=1, _LANES=1, _MEMORY_KIB=8)
