# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logs of real rings told anew: a fault is planted in an entry, and whatever hangs on it is signed again.

Everything that names something else by its hash (the header before, an order, a hello, a head) is followed, so that
after the change the logs fit together as if the rings had lived like this: only the invariant can find it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ringtausch_protocol import envelope, frames, keys
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.entries import ENTRY_FRAME, log_entry, parse_log_entry
from ringtausch_protocol.items import item_hash
from ringtausch_protocol.keys import Signer, SigningKey
from ringtausch_protocol.merkle import Frontier, leaf_hash
from tests.audit.exports import Export

_HASH = re.compile(rb"[A-Za-z0-9_-]{43}")


@dataclass
class Draft:
    """A frame of one ring before it is signed: header and items as JSON values, to be changed by a fault."""

    header: dict[str, Any]
    items: list[dict[str, Any]]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The items of a kind."""
        return [item for item in self.items if item["kind"] == kind]


#: Changes a frame that its ring signs; called once for each, before its hash is known.
Change = Callable[[Draft], None]


def unchanged(_: Draft) -> None:
    """No fault."""


@dataclass
class Liar:
    """Tells logs of several rings anew.

    `drop`: entries (ring, index) that are left out of one log. `greet`: changes a greeting; `paper`: another document's
    entry. `alone`: the rings have not agreed on a lie, so what others signed stays as it is.
    """

    logs: Sequence[Export]
    change: Change = unchanged
    drop: set[tuple[str, int]] = field(default_factory=set)
    greet: Callable[[dict[str, Any]], None] | None = None
    paper: Callable[[bytes], bytes] = lambda data: data
    signer: Callable[[Export, dict[str, Any]], Signer] | None = None
    alone: bool = False
    _frames: dict[str, tuple[bytes, list[bytes]]] = field(default_factory=dict)
    _told: dict[bytes, bytes] = field(default_factory=dict)
    _names: dict[bytes, bytes] = field(default_factory=dict)
    _roots: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def tell(self) -> list[Export]:
        """The logs as they would be."""
        told: dict[str, list[bytes]] = {log.ring_id: [] for log in self.logs}
        trees = {log.ring_id: Frontier() for log in self.logs}
        at = {log.ring_id: 0 for log in self.logs}
        while any(at[log.ring_id] < len(log.entries) for log in self.logs):
            before = dict(at)
            for log in self.logs:
                self._advance(log, at, told[log.ring_id], trees[log.ring_id])
            assert before != at, "a frame was received that nobody sent"
        return [Export(log.ring_id, log.number, told[log.ring_id], log.cards, log.seeds, log.name) for log in self.logs]

    def _advance(self, log: Export, at: dict[str, int], told: list[bytes], tree: Frontier) -> None:
        while at[log.ring_id] < len(log.entries):
            entry = log.entries[at[log.ring_id]]
            self._roots[log.ring_id, at[log.ring_id]] = tree.root()
            new = self._entry(log, entry, tree)
            if new is None:
                return
            if (log.ring_id, at[log.ring_id]) not in self.drop:
                told.append(new)
                tree.append(leaf_hash(new))
            at[log.ring_id] += 1

    def _entry(self, log: Export, entry: bytes, tree: Frontier) -> bytes | None:
        """The entry told anew; None where its frame was not signed yet."""
        kind, parts = parse_log_entry(entry)
        if kind == 5:
            return entry
        if entry in self._told:
            return self._told[entry]
        value = self._payload(parts[0])
        if value.get("from") not in (None, log.ring_id):
            return entry if self.alone else None
        is_frame = kind == ENTRY_FRAME
        new = self._frame(log, value, parts, tree) if is_frame else log_entry(kind, (self._document(parts[0], value),))
        self._told[entry] = new
        return new

    def _payload(self, data: bytes) -> dict[str, Any]:
        value: dict[str, Any] = msgspec.json.decode(self._renamed(envelope.parse_envelope(data, 50_000).body()))
        return value

    def _renamed(self, data: bytes) -> bytes:
        return _HASH.sub(lambda found: self._names.get(found[0], found[0]), data)

    # -- signing anew ------------------------------------------------------------------------------------------------

    def _frame(self, log: Export, header: dict[str, Any], parts: list[bytes], tree: Frontier) -> bytes:
        draft = Draft(header, [self._cut_anew(msgspec.json.decode(self._renamed(item))) for item in parts[1:]])
        header["head"] = {"log": log.number, "size": tree.size, "root": b64(tree.root())}
        self.change(draft)
        items = [msgspec.json.encode(item) for item in draft.items]
        for before, after in zip(parts[1:], items, strict=False):
            self._name(item_hash(before), item_hash(after))
        header["count"], header["items_root"] = len(items), frames.items_root(items)
        payload = msgspec.json.encode(header)
        old = b64(envelope.document_hash("frame", envelope.parse_envelope(parts[0]).body()))
        self._name(old, b64(envelope.document_hash("frame", payload)))
        sealed = self._sealed("frame", payload, log, parts[0])
        self._frames[envelope.parse_envelope(parts[0]).payload] = sealed, items
        return log_entry(1, (sealed, *items))

    def _cut_anew(self, item: dict[str, Any]) -> dict[str, Any]:
        """An item that holds one of another frame, as that frame was told anew."""
        for name in ("order", "decision"):
            if isinstance(inner := item.get(name), dict):
                cut = frames.signed_item(*self._frames[inner["header"]["payload"]], inner["index"])
                item[name] = msgspec.json.decode(msgspec.json.encode(cut))
        return item

    def _document(self, data: bytes, value: dict[str, Any]) -> bytes:
        """A greeting with its heads anew; other documents as they are."""
        parsed = envelope.parse_envelope(data, 50_000)
        kind = parsed.payload_type.removeprefix("application/vnd.ringtausch.").removesuffix(".v1+json")
        if kind not in ("hello", "hello-ack"):
            return self.paper(data)
        standing = value["standing"]
        for name, ring in (("own_head", value["from"]), ("peer_head", value["to"])):
            if name in standing and (ring, standing[name]["size"]) in self._roots:
                standing[name]["root"] = b64(self._roots[ring, standing[name]["size"]])
        if self.greet is not None:
            self.greet(value)
        payload = msgspec.json.encode(value)
        self._name(b64(envelope.document_hash(kind, parsed.body())), b64(envelope.document_hash(kind, payload)))
        log = next(each for each in self.logs if each.ring_id == value["from"])
        return self._sealed(kind, payload, log, data)

    def _sealed(self, kind: str, payload: bytes, log: Export, old: bytes) -> bytes:
        """The same bytes where nothing changed: Ed25519 signs alike each time."""
        signer: Signer = SigningKey(log.seeds["frame"])
        if self.signer is not None:
            signer = self.signer(log, msgspec.json.decode(payload))
        signed = envelope.seal(kind, payload, [(keys.key_id(log.ring_id, signer.public), signer)])
        assert self.signer or signed == old or payload != envelope.parse_envelope(old, 50_000).body()
        return signed

    def _name(self, old: str, new: str) -> None:
        if old != new:
            self._names[old.encode()] = new.encode()


def signed_anew(logs: Sequence[Export], purpose: str, data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A document that its signers have signed once more, after a change."""
    opened = envelope.parse_envelope(data, 50_000)
    kind = opened.payload_type.removeprefix("application/vnd.ringtausch.").removesuffix(".v1+json")
    value = msgspec.json.decode(opened.body())
    change(value)
    signers = {keys.key_id(log.ring_id, key.public): key for log in logs for key in [SigningKey(log.seeds[purpose])]}
    wanted = [(each.keyid, signers[each.keyid]) for each in opened.signatures]
    return envelope.seal(kind, msgspec.json.encode(value), wanted)


def places(log: Export, sender: str) -> list[int]:
    """The indexes of the frames that a ring has sent, in a log."""
    found = []
    for place, entry in enumerate(log.entries):
        kind, parts = parse_log_entry(entry)
        if kind == ENTRY_FRAME:
            header = msgspec.json.decode(envelope.parse_envelope(parts[0]).body())
            found += [place] if header["from"] == sender else []
    return found
