# SPDX-License-Identifier: AGPL-3.0-or-later
"""Eiche of the vectors as a node knows itself, and its line to Linde: whose keys a search may use."""

from __future__ import annotations

from ringtausch_node.federation.line.identity import load_identity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import Peer
from ringtausch_node.ids import SystemIds
from ringtausch_node.keyring.cards import OwnCards
from ringtausch_protocol.verifier.trust import Trust
from tests.vectors import payloads
from tests.vectors.cast import EICHE, LINDE, NET, NOON, chance, sealed


class _Noon:
    """It is always noon on the day of the vectors."""

    def now(self) -> int:
        """Unix seconds."""
        return NOON

    def monotonic(self) -> float:
        """Seconds."""
        return 0.0


_PURPOSES = ("frame", "checkpoint", "witness", "operator", "seal", "recovery")
CLOCK = _Noon()
IDS = SystemIds(CLOCK)
IDENTITY = load_identity(
    OwnCards((EICHE.card,), EICHE.card), {name: chance(f"eiche {name}") for name in _PURPOSES}, bytes(16)
)
_, _AGREED = sealed("peer-agreement", payloads.agreement(), *(each.named(each.operator) for each in (EICHE, LINDE)))
LINE = Line(
    Peer(
        id=1, ring_id=LINDE.id, address=LINDE.card.card.address, url=LINDE.card.card.url, card=LINDE.card.envelope,
        agreement=_AGREED, agreement_hash=payloads.agreement_hash(), epoch=payloads.agreement().epoch,
        state="confirmed", reason=None, clearing_account=1,
    ),
    EICHE.id, NET, IDS,
)  # fmt: skip
LINES = Lines()
LINES.add(LINE)
#: Somebody who knows both cards, and takes heads without witnesses.
TRUST = Trust(0)
TRUST.add(b"\n".join((EICHE.card.envelope, LINDE.card.envelope)))
