# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys that count at a place and those that do not: false signatures, revoked keys; and the command itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.cli import root
from ringtausch_node.keyring.issue import Change, Roots, issue_next
from ringtausch_protocol import keys
from ringtausch_protocol.keys import Signer, SigningKey
from ringtausch_protocol.ring_card import ChannelEnd, Revocation
from tests.audit.exports import Export, audited, codes, write
from tests.audit.liar import Liar
from tests.audit.roads import Land, order_along, paid
from tests.vectors.cast import _PURPOSES, BUCHE, EICHE, chance, epoch_of


@dataclass
class Careless:
    """Has a key and writes nothing sensible with it."""

    public: bytes

    def sign(self, message: bytes) -> bytes:
        """No signature."""
        return bytes(64)


def test_a_false_signature_is_found_where_everything_else_fits(logs: list[Export]) -> None:
    def signer(log: Export, payload: dict[str, Any]) -> Signer:
        right = SigningKey(log.seeds["frame"])
        return Careless(right.public) if payload.get("seq") == 2 else right

    result = audited(*Liar(logs, signer=signer).tell())

    assert {"bad_signature"} == set(codes(result))
    assert {2} == {each.place.seq for each in result.findings}


@pytest.mark.parametrize(("last", "expected"), [(2, []), (1, ["revoked_key"]), (0, ["revoked_key"])])
def test_what_a_revoked_key_signed_beyond_the_end_is_found(last: int, expected: list[str]) -> None:
    land = Land()
    for _ in range(2):
        land.send(EICHE, BUCHE, order_along(EICHE, BUCHE))
    land.send(BUCHE, EICHE, paid(order_along(EICHE, BUCHE), 1))

    later = revoking_card(last)
    told = [replace(each, cards=(*each.cards, later)) if each.ring_id == EICHE.id else each for each in land.exports()]

    assert expected == codes(audited(*told))


def _with(log: Export, card: bytes) -> Export:
    """A log beside which one more card lies."""
    return replace(log, cards=(*log.cards, card))


def revoking_card(last: int) -> bytes:
    """Eiche's second card: another frame key, and the first counts towards Buche up to a frame."""
    seeds = {purpose: chance(f"eiche {purpose}") for purpose in _PURPOSES} | {"frame": chance("eiche second frame")}
    ends = [ChannelEnd(peer=BUCHE.id, epoch=epoch_of(EICHE, BUCHE), seq=last)]
    revoked = Revocation(keys=[keys.key_id(EICHE.id, EICHE.frame.public)], log=1, size=99, channels=ends)
    roots = Roots([chance("eiche root 0")], [chance("eiche next root")])
    return issue_next(EICHE.card, roots, Change(seeds, (), 1, revoked))


def test_the_node_s_command_is_the_same_program(logs: list[Export], tmp_path: Path) -> None:
    folder = write(tmp_path / "logs", *logs)
    out = tmp_path / "report.html"

    assert 0 == root.run(["audit", str(folder), "--out", str(out), "--since", "2026-01-01"])
    assert out.read_bytes().startswith(b"<!doctype html>")
    assert 1 == root.run(["audit", str(folder / "oak")])
