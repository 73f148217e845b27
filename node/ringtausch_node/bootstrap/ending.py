# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring that stops is made of, a ring that takes over from one that does, and what is kept against others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.assigning import Assigning
from ringtausch_node.federation.evidence import EvidenceKept
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.mail.farewells import Farewells
from ringtausch_node.federation.service import Federation
from ringtausch_node.federation.winding_down import WindingDown
from ringtausch_node.store import Store, Tx


class Ending(NamedTuple):
    """The end of a ring, claims that change hands by it, and evidence against rings that did what they must not."""

    winding_down: WindingDown
    assigning: Assigning
    evidence: EvidenceKept


def compose_ending(
    store: Store, clock: Clock, federation: Federation, on_partner_stops: Callable[[Tx, Line], None]
) -> Ending:
    """All of them, over the same lines."""
    farewells = Farewells(federation.mail, federation.lines, on_partner_stops)
    winding = WindingDown(
        store=store, clock=clock, identity=federation.identity, lines=federation.lines, operators=federation.operators,
        end_line=partial(federation.set_line, state="ended"), verify_ready=federation.recovery.verify_ready,
        room=federation.ways.atlas.room, farewells=farewells,
    )  # fmt: skip
    assigning = Assigning(
        store=store, clock=clock, identity=federation.identity, lines=federation.lines, netting=federation.netting,
        winding=winding, verify_believed=federation.verify_believed,
    )  # fmt: skip
    evidence = EvidenceKept(store, federation.lines, federation.between.strangers)
    return Ending(winding, assigning, evidence)
