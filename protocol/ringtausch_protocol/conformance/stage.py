# SPDX-License-Identifier: Apache-2.0
"""Everything that the rules share: the ring under test, the kit's lines, and what was noticed on the way."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ringtausch_protocol.cards import Card
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Heard, Unjudged
from ringtausch_protocol.conformance.patience import Patience
from ringtausch_protocol.conformance.ring import Chance, KitRing
from ringtausch_protocol.requests import Invitation

#: Of the invitations the sixth is for the ring behind the ring under test, the seventh for a line that ends while
#: nothing is owed on it, the eighth is kept until the ring under test has said that it stops, and the ninth is for the
#: ring to which claims are assigned. The tenth is for the last of the lies.
ONWARD, ENDING, KEPT, ASSIGNED, ACKED = 5, 6, 7, 8, 9
#: On each of these the kit tells one fatal lie: nothing follows there.
LIARS = (1, 2, 3, 4, ACKED)
#: Room, both ways, of which the kit's payments to the ring under test need a part, and those through it.
PAYING_SECONDS, PASSING_SECONDS = 600, 3_600


@dataclass(slots=True)
class Stage:
    """One run.

    `lines`: one an invitation; the first is for what a line survives, the next four for one fatal lie each, of the rest
    see above. `payee`: a handle of the ring under test that may be credited, or empty. `now`: Unix seconds.
    """

    invitations: Sequence[Invitation]
    peer: Card
    chance: Chance
    now: Callable[[], int]
    url: str
    payee: str = ""
    second_payee: str = ""
    #: Whether the operator of the ring under test has agreed to the assignments that the kit asks for.
    has_agreed: bool = False
    lines: list[KitLine] = field(default_factory=list)
    #: What the ring under test said by itself; empty where the kit does not listen.
    heard: list[Heard] = field(default_factory=list)
    patience: Patience = field(default_factory=Patience)
    #: Whether the ring under test was seen to pay its member, and to let an order of others pass: it was set up for it.
    has_paid: bool = False
    has_passed: bool = False
    #: The rules that have held so far, and why others were not judged.
    held: set[str] = field(default_factory=set)
    unjudged: dict[str, str] = field(default_factory=dict)
    #: Faults of frames that came in answers, by the rule that they break: (rule, expected, came).
    faults: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, invitation in enumerate(self.invitations, 1):
            ring = self.found(f"kit-{number}")
            self.lines.append(KitLine(ring, invitation, self.peer, self.now))

    def found(self, name: str) -> KitRing:
        """A ring of the kit; its address is its own, so that none stands for another."""
        address = f"{name}.{self.chance(4).hex()}.conformance.example"
        return KitRing(self.peer.card.net, address, self.url, self.chance)

    @property
    def main(self) -> KitLine:
        """The line for all that it survives."""
        return self.lines[0]

    def open_line(self) -> KitLine:
        """The main line, greeted. Raises Unjudged where no hello went well."""
        if not self.main.has_greeted:
            raise Unjudged("no hello was answered as it must be")
        return _judged_on(self.main)

    def liar(self, number: int) -> KitLine:
        """A line beside the main one. Raises Unjudged where the ring under test gave no invitation for it."""
        if number >= len(self.lines) or not self.lines[number].is_agreed:
            raise Unjudged(f"needs a line of its own: give {number + 1} invitations")
        return _judged_on(self.lines[number])

    def onward(self) -> KitLine:
        """The line by which orders leave the ring under test again. Raises Unjudged where there is none."""
        return self.liar(ONWARD)

    def on(self, number: int) -> Stage:
        """The stage with another line for its main one. Raises Unjudged where there is none."""
        other = copy.copy(self)
        other.lines = [self.liar(number)]
        return other

    def member(self) -> str:
        """The handle that may be credited. Raises Unjudged where none was named."""
        if not self.payee:
            raise Unjudged("needs a member of the ring under test: --payee HANDLE")
        return self.payee

    def second_member(self) -> str:
        """Another handle that may be credited. Raises Unjudged where none was named."""
        if not self.second_payee:
            raise Unjudged("needs a second member of the ring under test: --second-payee HANDLE")
        return self.second_payee

    def verify_room(self, line: KitLine, seconds: int) -> None:
        """Raises Unjudged where the invitation of a line leaves less room for payments."""
        asked = line.invitation
        if min(asked.limit_in_seconds, asked.limit_out_seconds) < seconds:
            raise Unjudged(f"needs room for payments: an invitation with limits of {seconds} s or more, both ways")


def _judged_on(line: KitLine) -> KitLine:
    if line.out_of_step:
        raise Unjudged(line.out_of_step)
    return line
