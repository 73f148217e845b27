# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads the chains of cards as well (SPEC.md 3.5), again with nothing of ours."""

from __future__ import annotations

import json
from typing import Any

from tests.foreign import reader
from tests.foreign.reader import envelope, read, sha, unb64

# fmt: off
PROVABLE = [
    *reader.PROVABLE, "card_old", "card_prev", "card_skipped", "revoked_key", "root_commit", "two_cards",
]

def base32(data: bytes) -> str:
    number = int.from_bytes(data) << 4
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[number >> 5 * place & 31] for place in range(51, -1, -1))

def named(ring: str, keys: list[str]) -> dict[str, str]:
    return {f"{ring}+{sha(ring, bytes([10, 1]), unb64(key)).hex()[:8]}": unb64(key).hex() for key in keys}

def chain(texts: list[str]) -> list[bytes]:
    hashes: list[bytes] = []
    last: dict[str, Any] = {"number": 0}
    gone: set[str] = set()
    for text in texts:
        card = json.loads(unb64(read(text)["payload"]))
        ring, publics, least = card["ring_id"], card["root_keys"], card["root_threshold"]
        roots, before = named(ring, publics), named(ring, last.get("root_keys", publics))
        root = base32(sha("ringtausch/root/v1\n", bytes([least]), *sorted(map(unb64, publics))))
        hashes = [*hashes, envelope(text, "ring-card", {**before, **roots})[1]]
        names = {each["keyid"] for each in read(text)["signatures"]}
        assert len(names & {*roots}) >= least
        assert len(names & {*before}) >= last.get("root_threshold", least)
        assert (card["number"], ring) == (last["number"] + 1, last.get("ring_id", root))
        assert unb64(card.get("prev_card", "")) == b"".join(hashes[-2:-1])
        kept = last.get("next_root", card["next_root"])
        assert card["next_root"] == kept if roots == before else unb64(kept) == sha(root) != unb64(card["next_root"])
        last, gone = card, gone | {*card.get("revoked", {"keys": []})["keys"]}
        assert not gone & {*named(ring, [key["public"] for key in card["keys"]])}
    return hashes

TRUE: dict[str, Any] = {**reader.TRUE, "cards": lambda c: [*map(unb64, c["hashes"])] == chain(c["cards"])}

def check(file: Any) -> None:
    reader.check(file, PROVABLE, TRUE)
