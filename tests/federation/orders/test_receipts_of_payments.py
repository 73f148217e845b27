# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts of payments: what both sides show a stranger, who checks it without the node; what is changed is found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operations import carry_out
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import OPERATOR, Actor
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.payments.receipt_files import FILES
from ringtausch_protocol import canonical
from tests.federation.towns import HOUR, end_of, pay
from tests.house.tree import ROOT

ALL = set(FILES)
OWN = {"booking", "booking_proof"}
PROTOCOL_ONLY = "import sys; sys.modules['ringtausch_node'] = None; sys.path.insert(0, sys.argv.pop(1))"
PROGRAM = f"{PROTOCOL_ONLY}; from ringtausch_protocol.verifier.program import main; sys.exit(main(sys.argv[1:]))"


class Stranger:
    """Somebody with the cards of some rings and the protocol's package, and nothing else."""

    def __init__(self, folder: Path, *rings: Ring) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "cards").write_bytes(b"\n".join(ring.identity.own.envelope for ring in rings) + b"\n")

    def verdicts(self, parts: dict[str, bytes]) -> dict[str, dict[str, Any]]:
        """What the program says of each part, in a process of its own without the node's package."""
        for name, data in parts.items():
            (self.folder / FILES[name]).write_bytes(data)
        files = [str(self.folder / FILES[name]) for name in parts]
        command = [sys.executable, "-I", "-c", PROGRAM, str(ROOT / "protocol"), *files, "--json", "--quorum", "0"]
        command += ["--keys", str(self.folder / "cards")]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert "" == ended.stderr
        return dict(zip(parts, map(json.loads, ended.stdout.splitlines()), strict=True))


async def parts_of(ring: Ring, payment_id: str, actor: Actor = OPERATOR) -> dict[str, bytes]:
    """The files of a receipt, by the names of the parts."""
    receipt = msgspec.to_builtins(await ring.receipts.receipt(payment_id, actor))
    assert payment_id == receipt.pop("payment_id")
    return {name: text.encode() for name, text in receipt.items()}


def member(handle: str) -> Actor:
    """A member as he comes with his token."""
    return Actor(handle.ljust(16).encode(), handle, "member")


async def refused(ring: Ring, payment_id: str, actor: Actor = OPERATOR) -> str:
    """The code with which a receipt is refused."""
    with pytest.raises(LocalError) as caught:
        await ring.receipts.receipt(payment_id, actor)
    return caught.value.code


async def test_both_sides_of_a_payment_between_rings_show_it_to_a_stranger(
    open_pair: tuple[Ring, Ring], tmp_path: Path
) -> None:
    oak, elm = open_pair
    wish = PayRequest(None, "alma", "ben@elm.example", HOUR, "Kuchen")
    payment_id = (await oak.payments.pay(wish, OPERATOR)).payment_id
    await end_of(oak, payment_id)

    for ring, handle in ((oak, "alma"), (elm, "ben")):
        parts = await parts_of(ring, payment_id, member(handle))
        found = Stranger(tmp_path / f"from {handle}", oak, elm).verdicts(parts)

        assert set(parts) == ALL
        assert all(verdict["verified"] for verdict in found.values()), found
        assert HOUR == found["booking"]["facts"]["amount_seconds"]
        assert [oak.identity.ring_id, elm.identity.ring_id] == [
            found[name]["facts"]["ring"] for name in ("order", "decision")
        ]
        # Three letters alone stand in some base64, by chance, once in fifty runs.
        words = (b"alma", b'"ben"', b"ben@", b"Kuchen", b"Alma")
        assert [] == [word for word in words if word in b"".join(_read(parts))]


def _read(parts: dict[str, bytes]) -> list[bytes]:
    """The parts, and what is base64 in them."""
    opened = canonical.unb64_padded(json.loads(parts["booking"])["receipt"])
    rows = [row for data in (opened, *parts.values()) for row in data.split(b"\n") if row.startswith(b"extra ")]
    return [*parts.values(), opened, *(canonical.unb64_padded(row[6:].decode()) for row in rows)]


async def test_a_payment_inside_the_ring_shows_its_booking_and_no_more(oak: Ring, tmp_path: Path) -> None:
    await oak.members.add("carl", "Carl")
    payment_id = (await pay(oak, "alma", "carl", HOUR)).payment_id

    of_payer, of_payee = [await parts_of(oak, payment_id, member(who)) for who in ("alma", "carl")]

    assert OWN == set(of_payer)
    assert of_payer == of_payee
    assert all(verdict["verified"] for verdict in Stranger(tmp_path / "x", oak).verdicts(of_payer).values())


async def test_a_flipped_bit_in_any_part_is_found(open_pair: tuple[Ring, Ring], tmp_path: Path) -> None:
    oak, elm = open_pair
    payment_id = (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id
    await end_of(oak, payment_id)
    parts, stranger = await parts_of(oak, payment_id), Stranger(tmp_path / "x", oak, elm)

    for place in (0.1, 0.3, 0.5, 0.7, 0.9):
        flipped = {name: _flip(data, int(len(data) * place)) for name, data in parts.items()}
        assert dict.fromkeys(parts, False) == {
            name: verdict["verified"] for name, verdict in stranger.verdicts(flipped).items()
        }


def _flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("part", ["salt", "amount"])
async def test_a_booking_opens_with_its_own_salt_and_amount_only(oak: Ring, tmp_path: Path, part: str) -> None:
    await oak.members.add("carl", "Carl")
    payment_id = (await pay(oak, "alma", "carl", HOUR)).payment_id
    opened = json.loads((await parts_of(oak, payment_id))["booking"])
    if part == "salt":
        opened["salt"] = canonical.b64(bytes(16))
    else:
        opened["booking"]["amount_seconds"] += 1

    data = json.dumps(opened, separators=(",", ":")).encode()
    found = Stranger(tmp_path / "x", oak).verdicts({"booking": data})["booking"]

    assert (False, "bad_proof") == (found["verified"], found["code"])


async def test_who_may_not_see_a_payment_gets_no_receipt(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await oak.members.add("carl", "Carl")
    await elm.members.add("dora", "Dora")
    payment_id = (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id
    await end_of(oak, payment_id)

    assert "not_found" == await refused(oak, payment_id, member("carl"))
    assert "not_found" == await refused(elm, payment_id, member("dora"))
    assert "not_found" == await refused(elm, canonical.b64(bytes(16)))


async def test_a_refused_payment_shows_who_refused_it_and_no_booking(
    open_pair: tuple[Ring, Ring], tmp_path: Path
) -> None:
    oak, elm = open_pair
    payment_id = (await pay(oak, "alma", "nobody@elm.example", HOUR)).payment_id
    await end_of(oak, payment_id)

    parts = await parts_of(oak, payment_id)

    assert ALL - OWN == set(parts)
    assert b'"outcome":"refused"' in parts["decision"]
    assert all(verdict["verified"] for verdict in Stranger(tmp_path / "x", oak, elm).verdicts(parts).values())


async def test_a_payment_that_waits_has_no_receipt_yet(pair: tuple[Ring, Ring]) -> None:
    oak, _ = pair
    payment_id = (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id

    assert "no_receipt" == await refused(oak, payment_id)


async def test_a_ring_that_signs_nothing_now_says_that_no_checkpoint_covers_it(
    oak: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    await oak.members.add("carl", "Carl")
    payment_id = (await pay(oak, "alma", "carl", HOUR)).payment_id

    async def make() -> None:
        raise LocalError("recovering")

    monkeypatch.setattr(oak.checkpoints, "make", make)

    assert "no_checkpoint" == await refused(oak, payment_id)


async def test_of_a_frame_with_others_payments_only_the_own_item_is_shown(
    pair: tuple[Ring, Ring], tmp_path: Path
) -> None:
    oak, elm = pair
    wishes = [PayRequest(None, "alma", "ben@elm.example", seconds, "memo") for seconds in (HOUR, 2 * HOUR)]
    ids = [(await oak.payments.pay(wish, OPERATOR)).payment_id for wish in wishes]
    for ring in pair:  # both orders wait, and leave in one frame
        await ring.federation.start()
    for payment_id in ids:
        await end_of(oak, payment_id)

    parts = await parts_of(oak, ids[0])

    assert b"\nextra " not in parts["order_proof"]
    assert b"\nextra " in parts["booking_proof"]
    assert ids[1].encode() not in b"".join(_read(parts))
    assert Stranger(tmp_path / "x", oak, elm).verdicts({"order": parts["order"]})["order"]["verified"]


async def test_a_receipt_finds_its_booking_between_those_of_others_and_frames(open_pair: tuple[Ring, Ring]) -> None:
    oak, _ = open_pair
    await oak.members.add("carl", "Carl")
    ids = [(await pay(oak, "alma", to, HOUR + place)).payment_id
           for place, to in enumerate(["carl", "ben@elm.example", "carl", "carl", "ben@elm.example"])]  # fmt: skip
    for payment_id in ids:
        await end_of(oak, payment_id)

    found = [json.loads((await parts_of(oak, payment_id))["booking"]) for payment_id in ids]

    assert [HOUR + place for place in range(5)] == [each["booking"]["amount_seconds"] for each in found]
    assert [] == [each["where"] for each in (await carry_out(oak, "verify", b"{}"))["findings"]]
