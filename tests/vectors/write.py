# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes tests/vectors/*.json: `make vectors`, or `python -m tests.vectors.write`. The same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.vectors import (
    advert_proving,
    chains,
    channels,
    contacts,
    deals,
    forking,
    heads,
    letters,
    listing,
    opening,
    primitives,
    rosters,
    telling,
    writing,
)
from tests.vectors.cast import Case

FOLDER = Path(__file__).parent
FILES: dict[str, Callable[[], Case]] = {
    "adverts": telling.adverts_file,
    "boxes": primitives.boxes_file,
    "canonical": writing.canonical_file,
    "cards": chains.chains_file,
    "checkpoints": heads.checkpoints_file,
    "commitments": primitives.commitments_file,
    "decisions": deals.decisions_file,
    "documents": listing.documents_file,
    "envelopes": listing.envelopes_file,
    "forks": forking.forks_file,
    "advert-proofs": advert_proving.proofs_file,
    "frames": channels.frames_file,
    "growth": heads.growth_file,
    "items": listing.items_file,
    "keys": primitives.keys_file,
    "letters": letters.letters_file,
    "log": channels.log_file,
    "merkle": primitives.merkle_file,
    "messages": contacts.messages_file,
    "opened": opening.opened_file,
    "peering": contacts.peering_file,
    "receipts": heads.receipts_file,
    "rosters": rosters.rosters_file,
    "settlement": deals.settlement_file,
    "signed-items": channels.signed_items_file,
    "tiles": heads.tiles_file,
    "witness": heads.witness_file,
    "words": primitives.words_file,
}


def contents() -> dict[str, bytes]:
    """File name -> its bytes. ASCII only: odd characters are shown as escapes."""
    made = {f"{name}.json": json.dumps(make(), indent=1) for name, make in FILES.items()}
    return {name: f"{text}\n".encode() for name, text in made.items()}


def main() -> None:
    """Write all files, and remove what is no longer written."""
    made = contents()
    for old in FOLDER.glob("*.json"):
        if old.name not in made:
            old.unlink()
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
