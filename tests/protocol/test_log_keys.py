# SPDX-License-Identifier: AGPL-3.0-or-later
"""A card tells the keys of a ring's logs and of the ring as a witness."""

from __future__ import annotations

import pytest

from ringtausch_protocol import log_keys
from ringtausch_protocol.keys import COSIGNER, ED25519
from ringtausch_protocol.notes import NoteKey
from tests.vectors.cast import BUCHE, EICHE, LINDE, Town
from tests.vectors.logbook import checkpoint_key, witness_key


@pytest.mark.parametrize("town", [EICHE, LINDE, BUCHE], ids=lambda town: str(town.name))
def test_a_card_tells_who_signs_heads(town: Town) -> None:
    origin = f"{town.id}/log/3"

    assert (NoteKey(origin, ED25519, checkpoint_key(town).public),) == log_keys.checkpoint_keys(town.card, origin)
    assert (NoteKey(town.id, COSIGNER, witness_key(town).public),) == log_keys.witness_keys(town.card)
