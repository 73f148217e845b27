# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cards that their roots signed and that hold a weak key: no line begins with them, whichever side shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.keyring.issue import OPENING, SIGNING
from ringtausch_node.keyring.roots import load_roots
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey, key_id

WEAK = b64(bytes(32))


def forged(ring: Ring, purpose: str) -> bytes:
    """The ring's own card with a key of nothing but zeros in place of this one."""
    card = ring.identity.own.card
    keys = [msgspec.structs.replace(key, public=WEAK) if key.purpose == purpose else key for key in card.keys]
    roots = [SigningKey(seed) for seed in load_roots(ring.folder.path).root]
    changed = msgspec.structs.replace(card, keys=keys)
    named = [(key_id(card.ring_id, root.public), root) for root in roots]
    return envelope.seal("ring-card", canonical.encode(changed), named)


@pytest.mark.parametrize("purpose", [*SIGNING, *OPENING])
async def test_an_invitation_with_a_weak_key_is_not_accepted(oak: Ring, elm: Ring, purpose: str) -> None:
    invitation: dict[str, Any] = msgspec.json.decode(await oak.federation.invite())
    data = msgspec.json.encode({**invitation, "card": msgspec.Raw(forged(oak, purpose))})
    with pytest.raises(RemoteError, match="weak_key"):
        await elm.federation.accept(data)
    assert [] == await elm.federation.peers()


@pytest.mark.parametrize("purpose", [*SIGNING, *OPENING])
async def test_whoever_accepts_with_a_weak_key_is_refused(oak: Ring, elm: Ring, purpose: str) -> None:
    peering = elm.federation._peering
    peering._identity = replace(elm.identity, own=replace(elm.identity.own, envelope=forged(elm, purpose)))
    with pytest.raises(RemoteError, match="weak_key"):
        await elm.federation.accept(await oak.federation.invite())
    assert [] == await oak.federation.peers()
