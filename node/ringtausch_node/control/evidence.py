# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about evidence against other rings."""

from __future__ import annotations

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.ring import Ring


class EvidenceAsked(Arguments, frozen=True, kw_only=True):
    """`peer.evidence`: about one ring, or all; with `number` the file of one piece."""

    address: str | None = None
    number: int | None = None


async def show_evidence(ring: Ring, args: EvidenceAsked) -> object:
    """What is kept against others; or the file of one piece, as text. Raises LocalError('not_found')."""
    if args.number is None:
        return {"evidence": await ring.evidence.about(args.address)}
    return {"file": (await ring.evidence.file(args.number, args.address)).decode()}


EVIDENCE: dict[str, Operation] = {"peer.evidence": Operation(EvidenceAsked, show_evidence)}
