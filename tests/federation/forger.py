# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that says what it should not: frames and posts made by hand under elm's own keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_protocol import canonical, frames
from ringtausch_protocol.documents import Head
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import Item, encode_item
from ringtausch_protocol.keys import Signer
from ringtausch_protocol.posts import Have, Post, wire_frame
from tests.federation.towns import line_of, row_of


@dataclass
class Forger:
    """Speaks to `victim` as `liar` would, outside of the liar's own books."""

    liar: Ring
    victim: Ring

    async def header(self, items: list[bytes], **changes: Any) -> Header:
        """The header that would be right now, with changes."""
        row = await row_of(self.liar, self.victim)
        line = line_of(self.liar, self.victim)
        fields: dict[str, Any] = {
            "v": 1, "net": line.names.net, "from_": line.names.me, "to": line.names.peer, "epoch": line.names.epoch,
            "boot": self.liar.identity.boot, "to_boot": self.victim.identity.boot, "seq": row.own_seq + 1,
            "prev": row.own_hash, "ack_seq": row.peer_seq, "ack_hash": row.peer_hash,
            "head": Head(log=1, size=99, root="A" * 43), "at": 1, "count": len(items),
            "items_root": frames.items_root(items),
        }  # fmt: skip
        return Header(**{**fields, **changes})

    async def frame(self, items: list[Item], *, signer: Signer | None = None, **changes: Any) -> Frame:
        """A frame with these items, signed by the liar's frame key or another."""
        data = [encode_item(item) for item in items]
        header = await self.header(data, **changes)
        identity = self.liar.identity
        return frames.seal_frame(header, data, identity.frame_key_id, signer or identity.frame_signer)

    async def post(self, *sent: Frame, **changes: Any) -> Reply:
        """Post frames with the token the victim gave."""
        row, line = await row_of(self.liar, self.victim), line_of(self.liar, self.victim)
        fields: dict[str, Any] = {
            "token": line.token_to_show, "have": Have(epoch=line.names.epoch, seq=row.peer_seq, hash=row.peer_hash),
            "frames": [wire_frame(each) for each in sent], "boxes": [], "notes": [],
        }  # fmt: skip
        return await self.raw(canonical.encode(Post(**{**fields, **changes})))

    async def raw(self, body: bytes, path: str = "frames") -> Reply:
        """Any bytes."""
        return await self.victim.federation.receiver.handle(path, body)


def code_of(reply: Reply) -> tuple[int, str]:
    """Status and code of a refusal."""
    return reply.status, msgspec.json.decode(reply.body).get("code", "")
