# SPDX-License-Identifier: AGPL-3.0-or-later
"""Frames signed again on their way, under the ring's real key: its log holds one story, its peer is told another."""

from __future__ import annotations

from abc import abstractmethod

from msgspec import structs

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol import canonical, frames, limits
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import AnyItem, Decision, Item, Order, encode_item, parse_item
from ringtausch_protocol.posts import Post, PostAnswer, WireFrame, wire_frame
from tests.simulation.liars.bending import opposite
from tests.simulation.liars.tongue import Liar, Tongue

#: How messages that bring frames begin.
_BRINGS_FRAMES: dict[bytes, type[Post | PostAnswer]] = {b'{"token"': Post, b'{"have"': PostAnswer}
LIKELY = 0.5
#: What a thief orders in the place of what was ordered.
TIMES = 10


class Retells(Liar):
    """Changes some of the frames that leave. What was told once is told again alike."""

    _told: dict[bytes, WireFrame]
    #: Hashes of what was signed again and is not acknowledged yet.
    _sent: set[bytes]
    _ring: Ring

    async def lie(self, tongue: Tongue) -> None:
        """From now on."""
        self._ring = tongue.liar
        if self.world.network.spoken != self._speak:
            self._told, self._sent = {}, set()
            self.world.network.spoken = self._speak

    @abstractmethod
    def change(self, item: AnyItem) -> Item | None:
        """Another item in the place of this one, or None where it stays."""

    def _speak(self, name: str, body: bytes) -> bytes:
        if name not in self.names:
            taken = {each for each in self._sent if each in body}
            self._sent -= taken
            self.kept += len(taken)
            return body
        kind = next((kind for first, kind in _BRINGS_FRAMES.items() if body.startswith(first)), None)
        if kind is None or b'"frames":[{' not in body:
            return body
        said = canonical.parse(body, kind, limits.REQUEST_BYTES)
        return canonical.encode(structs.replace(said, frames=[self._frame(each) for each in said.frames]))

    def _frame(self, true: WireFrame) -> WireFrame:
        signed = bytes(true.header)
        if signed not in self._told:
            self._told[signed] = self._signed_again(true) if self.chance.random() < LIKELY else true
        return self._told[signed]

    def _signed_again(self, true: WireFrame) -> WireFrame:
        before = [bytes(item) for item in true.items]
        changed = [self.change(parse_item(item)) for item in before]
        if not any(changed):
            return true
        items = [encode_item(new) if new else old for old, new in zip(before, changed, strict=True)]
        identity = self._ring.identity
        try:
            header, _ = frames.parse_header(bytes(true.header), {identity.frame_key_id: identity.frame_signer.public})
        except RemoteError:  # under the card of a boot before
            return true
        self.told += 1
        header = structs.replace(header, items_root=frames.items_root(items))
        frame = frames.seal_frame(header, items, identity.frame_key_id, identity.frame_signer)
        self._sent.add(frame.hash.encode())
        return wire_frame(frame)


class TellsOtherwise(Retells):
    """Tells its peer the opposite of what stands in its own log."""

    def change(self, item: AnyItem) -> Item | None:
        """The opposite decision."""
        return opposite(item) if isinstance(item, Decision) and item.amount_seconds else None


class Steals(Retells):
    """Somebody between two rings who has stolen the key of one: he orders more in its name.

    What he signs is the ring's, and so is the loss; logs show a ring that tells two stories, whoever held the key.
    """

    def change(self, item: AnyItem) -> Item | None:
        """The same order at many times the amount."""
        if not isinstance(item, Order) or not item.amount_seconds:
            return None
        return structs.replace(item, amount_seconds=TIMES * item.amount_seconds)
