# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be played: rings to begin with, and a story about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import Person
from ringtausch_node.demo.words import Words
from ringtausch_node.demo.world import Founding, World


class Reader(NamedTuple):
    """Whose access the reader of the account may go on with, and whom to pay in another ring."""

    person: Person
    payee_address: str


class Play(NamedTuple):
    """A title, what is said first, who founds the rings, and what then happens."""

    title: Words
    introduction: Words
    foundings: Callable[[], list[Founding]]
    tell: Callable[[World, Page], Reader]
