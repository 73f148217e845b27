# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom somebody at the door means by what was typed."""

from __future__ import annotations

from ringtausch_node.entrance import records
from ringtausch_node.errors import LocalError
from ringtausch_node.members import Members
from ringtausch_node.store import Tx
from ringtausch_protocol.addresses import parse_handle, parse_member

#: Longer names are nobody's: a handle, an address of a member, or a mail address.
WHO_LENGTH = 254


def load_meant(tx: Tx, who: str, members: Members, address: str) -> list[str]:
    """Handles in the ring at `address`: one by itself or as handle@ring, all who share a mail address, one by its name.

    A name is compared as the brake at the door knows it, so that guesses at its spellings are guesses at one name.
    """
    text = who.strip()[: WHO_LENGTH + 1]
    try:
        handle, ring = parse_member(text) if "@" in text else (parse_handle(text), address)
    except LocalError:
        handle, ring = "", ""
    if ring == address and ("@" in text or members.member(tx, handle) is not None):
        return [handle]
    if "@" in text:
        return records.load_handles_of_email(tx, text)
    found = records.load_handles_of_name(tx, text)
    return found if len(found) == 1 else []
