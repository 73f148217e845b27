# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads what is proved with logs (SPEC.md 8.7 to 8.9): receipts, what a witness answers, fork proofs."""

from __future__ import annotations

import json
from typing import Any

from cryptography.exceptions import InvalidSignature

from tests.foreign import card_reader, reader, roster_reader
from tests.foreign.log_reader import checkpoint, grows, number, std
from tests.foreign.reader import climb, envelope, read, sha, un, unb64, write

# fmt: off
#: In files of the log bad forms follow from the bytes alone too; elsewhere they need the schema of a kind.
LOG_KINDS = {
    "bundle", "checkpoint", "fork", "growth", "opened", "path", "receipt", "start", "tiles", "two_adverts", "verdict"}
PROVABLE = [*card_reader.PROVABLE, "quorum"]
FORMS = [*PROVABLE, "bad_tile", "malformed", "wrong_net", "wrong_ring"]

def receipt(c: Any) -> bool:
    above, _, rest = c["receipt"].partition("\n\n")
    first, *rows = above.split("\n")
    entry = std(rows.pop(0)[6:]) if rows[0].startswith("extra ") else un(c["entry"])
    (_, size, root, _), (word, index) = checkpoint(rest, c["vkeys"], c["quorum"]), rows[0].split(" ")
    found = climb(sha(b"\0", entry), number(index), size, rows[1:])
    return bool((first, word, found, entry) == ("c2sp.org/tlog-proof@v1", "index", root, un(c["entry"])))

def opened(c: Any) -> bool:
    value = read(c["opened"])
    assert ([*value], [*value["booking"]]) == (["booking", "salt", "receipt"], [
        "transfer_id", "debit", "credit", "amount_seconds", "at"])
    commit = sha("ringtausch/booking/v1\n", unb64(value["salt"]), write(value["booking"]))
    proved = {**c, "receipt": std(value["receipt"]).decode(), "entry": (b"\5\0\0\0 " + commit).hex()}
    return receipt(proved) and c["amount_seconds"] == value["booking"]["amount_seconds"]

def verdict(c: Any) -> list[Any]:
    above, _, rest = c["request"].partition("\n\n")
    (first, *path), size = above.split("\n"), c["known_size"]
    try:
        old, steps = number(first.removeprefix("old ")), [*map(std, path)]
        told, root = number(rest.split("\n")[1]), std(rest.split("\n")[2])
    except (AssertionError, LookupError, ValueError):
        return [400, ""]
    if size is None:
        return [404, ""]
    try:
        checkpoint(rest, c["vkeys"])
    except (AssertionError, InvalidSignature, LookupError, ValueError):
        return [403, ""]
    if old > told or old != size:
        return [400, ""] if old > told else [409, f"{size}\n"]
    try:
        return [200 if grows(old, told, std(c["known_root"]), root, steps) else 422, ""]
    except (AssertionError, LookupError):
        return [422, ""]

def head(shown: Any, c: Any, keys: dict[str, str], cards: list[Any]) -> tuple[int, bytes]:
    if "checkpoint" in shown:
        origin = f"{c['ring_id']}/log/{c['log']}"
        publics = [key["public"] for card in cards for key in card["keys"] if key["purpose"] == "checkpoint"]
        vkeys = [f"{name}+{text(un(public))}" for name, public in card_reader.named(origin, publics).items()]
        return checkpoint(std(shown["checkpoint"]).decode(), vkeys)[1:3]
    header = json.loads(envelope(write(shown["header"]), "frame", keys)[0])
    assert (header["from"], header["net"], header["head"]["log"]) == (c["ring_id"], c["net"], c["log"])
    return header["head"]["size"], unb64(header["head"]["root"])

def text(public: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in b"\1" + public)
    return "".join(reader.BASE64[int(bits[place:place + 6], 2)] for place in range(0, len(bits), 6))

def fork(case: Any) -> bool:
    c = read(case["fork"])
    card_reader.chain([write(card) for card in c["cards"]])
    cards = [json.loads(unb64(card["payload"])) for card in c["cards"]]
    assert {(card["ring_id"], card["net"], len(case["fork"]) <= 10_000) for card in cards} == {
        (c["ring_id"], c["net"], True)}
    publics = [key["public"] for card in cards for key in card["keys"] if key["purpose"] == "frame"]
    (old, old_root), (size, root) = (head(c[side], c, card_reader.named(c["ring_id"], publics), cards) for side in "ab")
    assert (case["accused"], case["log"], case["fault"]) == (c["ring_id"], c["log"], c["fault"])
    if c["fault"] == "one_size":
        return old == size and old_root != root
    if c["fault"] == "history":
        true = unb64(c["root"])
        return old < size and true != old_root and grows(old, size, true, root, [*map(unb64, c["path"])])
    leaves = [unb64(c[side]["leaf"]) for side in "ab"]
    found = [climb(leaf, c["index"], at, c[side]["path"])
             for leaf, at, side in zip(leaves, (old, size), "ab", strict=True)]
    return found == [old_root, root] and leaves[0] != leaves[1]

TRUE: dict[str, Any] = {
    **roster_reader.TRUE, "receipt": receipt, "opened": opened, "fork": fork,
    "request": lambda c: [c["status"], c["body"]] == verdict(c),
}

def check(file: Any) -> None:
    is_log = any(case["is"] in LOG_KINDS for case in file["accepted"])
    reader.check(file, FORMS if is_log else PROVABLE, TRUE)
