# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deviations of a ring that stops: it does not say so, takes whatever is told under the word, is closed too early."""

from __future__ import annotations

from typing import Any

import pytest

from ringtausch_node.federation.agreement import stopping
from ringtausch_node.federation.mail.farewells import Farewells
from ringtausch_node.federation.mail.service import Mail, Opened
from ringtausch_protocol.letters import TOPICS, WindingDown
from tests.conformance.judged import Judged
from tests.conformance.planted_between import Plant, all_of

Patch = pytest.MonkeyPatch


def who_stops_says_nothing(kit: Judged, patch: Patch) -> None:
    patch.setattr(Farewells, "say", lambda *_: None)


def the_word_counts_whatever_is_in_its_box(kit: Judged, patch: Patch) -> None:
    true = Mail.open

    def opened(mail: Mail, line: Any, message: Any, box: bytes | None) -> Opened:
        is_word = message.topic == TOPICS[WindingDown]
        return Opened(WindingDown(), None) if is_word else true(mail, line, message, box)

    patch.setattr(Mail, "open", opened)


def who_stops_is_closed_at_once(kit: Judged, patch: Patch) -> None:
    patch.setattr(stopping, "is_closed", lambda tx: stopping.load_stopping(tx) is not None)


PLANTED: list[tuple[Plant, set[str]]] = [
    (
        all_of(who_stops_says_nothing, the_word_counts_whatever_is_in_its_box, who_stops_is_closed_at_once),
        {"stopped-told", "farewell-more", "farewell-spliced", "stopped-reset"},
    ),
]
