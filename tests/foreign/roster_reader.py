# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads a federation's rosters as well (SPEC.md 8.11), and two adverts of one number (7.5)."""

from __future__ import annotations

import json
from typing import Any

from tests.foreign import log_reader
from tests.foreign.card_reader import chain, named
from tests.foreign.log_reader import std
from tests.foreign.reader import Public, envelope, read, sha, unb64, write


# fmt: off
def signed(text: str, net: str, keys: list[bytes]) -> set[bytes]:
    said, _, lines = text.rpartition("\n\n")
    by = set[bytes]()
    for dash, name, data in [line.split(" ") for line in lines.removesuffix("\n").split("\n")]:
        assert (dash, name, text[-1]) == ("—", f"{net}/roster", "\n")
        (key,) = [each for each in keys if sha(name, b"\n\1", each)[:4] == std(data)[:4]]
        Public(key).verify(std(data)[4:], f"{said}\n".encode())
        by.add(key)
    return by

def roster(text: str, before: Any = None) -> Any:
    title, first, *rings = text.rpartition("\n\n")[0].split("\n")
    head = json.loads(first)
    known = [([*map(unb64, of["keys"])], of["threshold"]) for of in (head, before) if of]
    by = signed(text, head["net"], [*{key: 1 for keys, _ in known for key in keys}])
    assert (title, rings, text.replace("\n", "").isprintable()) == ("ringtausch/roster/v1", sorted({*rings}), True)
    assert [len(by & {*keys}) >= least for keys, least in known] == [True] * len(known)
    assert not before or head["number"] != before["number"] + 1 or unb64(head["prev"]) == before["hash"]
    hashed = sha(text.rpartition("\n\n")[0] + "\n")
    return {**head, "listed": len(rings), "hash": hashed}

def one(c: Any) -> bool:
    found = roster(c["roster"])
    return bool((found["hash"], found["listed"], found["keys"]) == (unb64(c["hash"]), c["listed"], c["keys"]))

def rosters(c: Any) -> bool:
    found = [roster(c["rosters"][0])]
    for text in c["rosters"][1:]:
        found.append(roster(text, found[-1]))
    return [each["hash"] for each in found] == [*map(unb64, c["hashes"])]

def adverts(c: Any) -> bool:
    p = read(c["two_adverts"])
    chain([write(card) for card in p["cards"]])
    cards = [json.loads(unb64(card["payload"])) for card in p["cards"]]
    keys = named(p["ring_id"], [key["public"] for card in cards for key in card["keys"] if key["purpose"] == "frame"])
    a, b = (json.loads(envelope(write(p[side]), "advert", keys)[0]) for side in "ab")
    assert (c["accused"], c["seq"], p["fault"]) == (p["ring_id"], p["seq"], "two_adverts")
    whose = {(each["ring_id"], each["net"]) for each in (*cards, a, b)}
    return whose == {(p["ring_id"], p["net"])} and (a["seq"], b["seq"], a != b) == (p["seq"], p["seq"], True)

TRUE: dict[str, Any] = {**log_reader.TRUE, "two_adverts": adverts, "roster": one, "rosters": rosters}
