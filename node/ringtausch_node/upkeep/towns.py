# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this ring calls other rings on its pages and in its mails: "Osnabrück" instead of an address.

A word of our own: it stands in no log, and no peer is told it. Lines and payments know addresses only.
"""

from __future__ import annotations

import unicodedata

import msgspec

from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.members import Actor, Members
from ringtausch_node.store import Store, Tx
from ringtausch_node.translations import Speech
from ringtausch_node.upkeep import records

#: A line of a list on a small screen; the table of peers keeps it too.
NAME_LENGTH = 40


class TownView(msgspec.Struct, frozen=True, kw_only=True):
    """A ring and what it is called here; its address where it was given no name."""

    address: str
    name: str


class Towns:
    """The names that this ring gave to its partners. They are asked on every page, so they are kept in memory."""

    def __init__(self, store: Store, members: Members, lines: Lines) -> None:
        self._store, self._members, self._lines = store, members, lines
        #: By peer and not by address: a line that is given up leaves its address to a new ring, not its name.
        self._called: dict[int, str] = {}

    async def load(self) -> None:
        """Read them all."""
        self._called = await self._store.read(records.load_called)

    def of(self, address: str) -> str:
        """What people here call the ring of an address; the address itself where nobody gave it a name."""
        return self.given(address) or address

    def given(self, address: str) -> str:
        """The name that was given to the ring of an address; empty where there is none."""
        line = self._lines.by_address(address)
        return "" if line is None else self._called.get(line.peer.id, "")

    async def call(self, address: str, name: str, actor: Actor) -> TownView:
        """A partner is called this from now on; with an empty name it is its address again.

        Raises LocalError: unknown_peer, not_allowed (others than an operator), town_name (too long, or of another one).
        """
        line = self._lines.agreed(address)
        called = _checked(name)

        def use_case(tx: Tx) -> dict[int, str]:
            self._members.rights.verify_operator(tx, actor)
            if called.casefold() in self._of_others(tx, line.peer.id):
                raise LocalError("town_name", "another ring")
            records.set_called(tx, line.peer.id, called)
            return records.load_called(tx)

        self._called = await self._store.write(use_case)
        return TownView(address=address, name=self.of(address))

    def _of_others(self, tx: Tx, peer: int) -> set[str]:
        """Names and addresses of other partners: two that read alike would be mixed up."""
        names = {name for other, name in records.load_called(tx).items() if other != peer}
        addresses = {line.peer.address for line in self._lines.all() if line.peer.id != peer}
        return {each.casefold() for each in names | addresses}


def person_of(address: str, town: str, speech: Speech) -> str:
    """Somebody elsewhere: "102 in Osnabrück", or the address where the ring behind its @ has no other name."""
    handle, _, ring = address.partition("@")
    return address if town == ring else speech.text("%(who)s in %(town)s") % {"who": handle, "town": town}


def _checked(name: str) -> str:
    trimmed = unicodedata.normalize("NFC", " ".join(name.split()))
    if len(trimmed) > NAME_LENGTH or not trimmed.isprintable() or "@" in trimmed:
        raise LocalError("town_name")
    return trimmed
