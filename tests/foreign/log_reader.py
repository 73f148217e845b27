# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads the signed log as well (SPEC.md 8.4 to 8.6): growth, tiles, checkpoints."""

from __future__ import annotations

from typing import Any

from tests.foreign import card_reader
from tests.foreign.reader import Public, sha, un, unb64


# fmt: off
def number(text: str) -> int:
    assert (text, text.isdigit(), int(text) < 2**53) == (str(int(text)), True, True)
    return int(text)

def std(text: str) -> bytes:
    assert (len(text) % 4, {*text} & {*"-_"}, len(unb64(text))) == (0, set(), len(text) // 4 * 3 - text.count("="))
    return unb64(text)

def grow(old: int, size: int, path: list[bytes], seed: bytes | None) -> tuple[bytes, bytes]:
    if old == size:
        return (found := seed or path.pop(), found)
    cut, other = 1 << (size - 1).bit_length() - 1, path.pop()
    if old <= cut:
        before, after = grow(old, cut, path, seed)
        return before, sha(b"\1", after, other)
    before, after = grow(old - cut, size - cut, path, None)
    return sha(b"\1", other, before), sha(b"\1", other, after)

def grows(old: int, size: int, old_root: bytes, root: bytes, path: list[bytes]) -> bool:
    assert (0 <= old <= size, {*map(len, [old_root, root, *path])}) == (True, {32})
    steps = [*path]
    found = grow(old, size, steps, old_root) if old else (sha(), root)
    return (steps, found) == ([], (old_root, root))

def signers(text: str, vkeys: list[str]) -> tuple[str, dict[str, bytes]]:
    body, empty, lines = text.rpartition("\n\n")
    rows, by, seen = [line.split(" ") for line in lines.split("\n")], dict[str, bytes](), set()
    assert (empty, rows.pop(), text.replace("\n", "").isprintable()) == ("\n\n", [""], True)
    assert 1 <= len(rows) <= 32
    for dash, name, data in rows:
        key, rest = f"{name}+{std(data)[:4].hex()}", std(data)[4:]
        assert (dash, bool(name), "+" in name, bool(rest), key in seen) == ("—", True, False, True, False)
        seen.add(key)
        for public in [std(vkey[len(key) + 1:]) for vkey in vkeys if vkey.startswith(key + "+")]:
            time = "" if public[0] == 1 else f"cosignature/v1\ntime {int.from_bytes(rest[:8])}\n"
            assert key[-8:] == sha(name, b"\n", public).hex()[:8]
            Public(public[1:]).verify(rest[8 if time else 0:], f"{time}{body}\n".encode())
            by[key] = public
    return body, by

def checkpoint(text: str, vkeys: list[str], quorum: int = 0) -> tuple[str, int, bytes, list[str]]:
    body, by = signers(text, vkeys)
    origin, size, root = body.split("\n")
    ring, log = origin.split("/log/")
    assert (len(ring), {*ring} - {*"abcdefghijklmnopqrstuvwxyz234567"}, ring[-1] in "aq") == (52, set(), True)
    assert (number(log) > 0, len(std(root)), number(size) > 0 or std(root) == sha()) == (True, 32, True)
    assert [key for key in by if by[key][0] == 1 and key.startswith(origin + "+")]
    assert len({public for public in by.values() if public[0] == 4}) >= quorum
    return origin, int(size), std(root), sorted(by)

def tile_path(level: int, number: int, width: int) -> str:
    digits = f"{number:0{-(-len(str(number)) // 3) * 3}}"
    groups = "/x".join(digits[place:place + 3] for place in range(0, len(digits), 3))
    head, _, last = f"/x{groups}".rpartition("/x")
    return f"tile/{level if level >= 0 else 'entries'}{head}/{last}" + (f".p/{width}" if width < 256 else "")

def last_tiles(size: int) -> list[str]:
    rows = [(level, size >> 8 * level) for level in range(8) if size >> 8 * level]
    return [tile_path(level, place, min(256, count - 256 * place)) for level, count in rows
            for place in range(max(0, count // 256 - 1), -(-count // 256))]

def is_path(c: Any) -> bool:
    return bool(c["tile_path"] == tile_path(c["level"], c["number"], c["width"]))

def bundle(c: Any) -> bool:
    entries = [*map(un, c["entries"])]
    hashes = b"".join(sha(b"\0", entry) for entry in entries)
    joined = b"".join(len(entry).to_bytes(2) + entry for entry in entries)
    return (un(c["bundle"]), un(c["tile"]), c["width"]) == (joined, hashes, len(entries))

TRUE: dict[str, Any] = {
    **card_reader.TRUE,
    "old_root": lambda c: grows(c["old"], c["size"], unb64(c["old_root"]), unb64(c["root"]), [*map(unb64, c["path"])]),
    "tile_path": is_path,
    "last_tiles": lambda c: c["last_tiles"] == last_tiles(c["size"]),
    "bundle": bundle,
    "note": lambda c: (c["origin"], number(c["size"]), std(c["root"]), c["by"]) == checkpoint(
        c["note"], c["vkeys"], c["quorum"]),
}
