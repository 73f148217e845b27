# SPDX-License-Identifier: AGPL-3.0-or-later
"""Those who bend what leaves their ring: other frames than their log holds, none, or old ones again."""

from __future__ import annotations

from typing import Any

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol import canonical, frames, limits
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import AnyItem, Decision, Item, Order, Post, PostAnswer, WireFrame
from tests.simulation.lying.liars import Liar, opposite
from tests.simulation.network import Call
from tests.simulation.world import Node


class SignsAgain(Liar):
    """Sends other frames than its log holds, under its real key. What was told once is told again alike."""

    def bend(self, node: Node, ring: Ring) -> None:
        """Keep the key at hand."""
        self._identity = ring.identity
        self.world.network.retold[self.name] = self.retell
        self._told: dict[bytes, WireFrame] = getattr(self, "_told", {})

    def change(self, item: AnyItem) -> Item | None:
        """Another item in this one's place, or None where it stays."""
        raise NotImplementedError

    def retell(self, target: str, body: bytes) -> bytes:
        """Posts and answers to victims with changed frames."""
        if not self.is_victim(target) or b'"frames"' not in body:
            return body
        for kind in (Post, PostAnswer):
            try:
                parsed: Any = canonical.parse(body, kind, limits.REQUEST_BYTES)
            except RemoteError:
                continue
            retold = [self._frame(each) for each in parsed.frames]
            return canonical.encode(msgspec.structs.replace(parsed, frames=retold))
        return body

    def _frame(self, true: WireFrame) -> WireFrame:
        key = bytes(true.header)
        if key not in self._told:
            self._told[key] = self._sign(true) if self.tempted() else true
        return self._told[key]

    def _sign(self, true: WireFrame) -> WireFrame:
        items = [bytes(item) for item in true.items]
        changed = [self.change(frames.parse_item(item)) for item in items]
        if not any(changed):
            self.lies -= 1
            return true
        new = [frames.encode_item(after) if after else before for before, after in zip(items, changed, strict=True)]
        identity = self._identity
        keys = {identity.frame_key_id: identity.frame_signer.public}
        try:
            header, _ = frames.parse_header(bytes(true.header), keys)
        except RemoteError:  # of a boot under another card
            self.lies -= 1
            return true
        header = msgspec.structs.replace(header, items_root=frames.items_root(new))
        return frames.wire_frame(frames.seal_frame(header, new, identity.frame_key_id, identity.frame_signer))


class TwoStories(SignsAgain):
    """Tells its peer the opposite of what its own log says."""

    def change(self, item: AnyItem) -> Item | None:
        """The opposite decision."""
        return opposite(item) if isinstance(item, Decision) and item.amount_seconds else None


class Thief(SignsAgain):
    """Somebody on the wire who stole the key of an honest ring: he orders more in its name.

    The ring itself looks like a forger, and answers for it: a key that was stolen is its owner's loss.
    """

    def change(self, item: AnyItem) -> Item | None:
        """An order of ten times the amount."""
        if not isinstance(item, Order) or not item.amount_seconds:
            return None
        return msgspec.structs.replace(item, amount_seconds=10 * item.amount_seconds)


class Hides(Liar):
    """Lets some victims hear nothing of what it signed."""

    hidden = "what was signed and never sent stands in its log as under way, as with any line that is cut"
    likely = 0.1

    def bend(self, node: Node, ring: Ring) -> None:
        """One victim at a time is cut off from what is said to it."""
        self.world.network.retold[self.name] = self.retell

    def retell(self, target: str, body: bytes) -> bytes:
        """An answer without frames, or a post that says nothing."""
        if not self.is_victim(target) or not self.tempted():
            return body
        return b""


class Replays(Liar):
    """Says again what it said before, and to others what was said to it."""

    hidden = "bytes that were signed once prove nothing new, and nobody stores them again"
    likely = 0.2
    _KEPT = 40

    def bend(self, node: Node, ring: Ring) -> None:
        """Listen."""
        self._kept: list[Call] = getattr(self, "_kept", [])

    def hear(self, call: Call) -> None:
        """Keep what it could have heard, and send some of it to anybody."""
        if self.name not in (call.sender, call.target):
            return
        self._kept = [*self._kept[-self._KEPT :], call]
        honest = [name for name in self.world.nodes if self.is_victim(name) and name != self.name]
        if honest and self.tempted():
            self.world.network.again(
                self.chance.choice(self._kept), self.chance.choice(honest), self.chance.uniform(1, 300)
            )
