# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fault in real logs, signed again with the rings' real keys: each is found and named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.audit.findings.codes import CODES
from ringtausch_protocol.keys import SigningKey
from tests.audit.exports import Export, audited, codes
from tests.audit.liar import Change, Draft, Liar, places

OTHER = "A" * 43


def test_logs_told_anew_without_a_fault_are_the_same_bytes(logs: list[Export]) -> None:
    assert [log.entries for log in logs] == [log.entries for log in Liar(logs).tell()]
    assert [] == codes(audited(*logs))


def once(change: Callable[[Draft], bool]) -> Change:
    """Plant a fault in the first frame that it fits."""
    done = False

    def plant(draft: Draft) -> None:
        nonlocal done
        done = done or change(draft)

    return plant


def in_item(kind: str, fits: dict[str, object], **values: object) -> Change:
    """Change the first item of a kind that has these values; one that moves hours, where it has an amount."""

    def change(draft: Draft) -> bool:
        for item in draft.of_kind(kind):
            if item.get("amount_seconds") != 0 and fits.items() <= item.items():
                item.update(values)
                return True
        return False

    return once(change)


def in_header(**values: object) -> Change:
    """Change the header of the third frame of the first chain that comes to three."""

    def plant(draft: Draft) -> bool:
        if draft.header["seq"] != 3:
            return False
        draft.header.update(values)
        return True

    return once(plant)


def in_both(kind: str, fits: dict[str, object], **values: object) -> Change:
    """Change an order and its decision alike."""
    changes = [in_item(kind, fits, **values) for kind in ("order", "decision")]

    def plant(draft: Draft) -> None:
        for change in changes:
            change(draft)

    assert kind == "both"
    return plant


def added(make: Callable[[Draft], dict[str, Any] | None]) -> Change:
    """Add an item to a frame."""

    def plant(draft: Draft) -> bool:
        item = make(draft)
        if item is not None:
            draft.items.append(item)
        return item is not None

    return once(plant)


def opposite(draft: Draft) -> dict[str, Any] | None:
    """The other decision about the same order."""
    for item in draft.of_kind("decision"):
        if item["outcome"] == "paid" and item["amount_seconds"]:
            return {**item, "outcome": "refused", "code": "payee_refuses"}
    return None


def about_nothing(draft: Draft) -> dict[str, Any] | None:
    """A decision about an order that nobody has sent."""
    for item in draft.of_kind("decision"):
        if item["outcome"] == "paid":
            return {**item, "order_hash": OTHER}
    return None


def message(draft: Draft) -> dict[str, Any] | None:
    """A message whose topic is a sentence."""
    return {"kind": "message", "id": "A" * 22, "topic": "alma_owes_ben_money", "body_hash": OTHER}


def twice(ring_id: str) -> Change:
    """The second payment takes the number of the first."""
    seen: list[str] = []

    def plant(draft: Draft) -> None:
        for item in draft.items:
            if item["kind"] == "order" and item["purpose"] == "transfer" and draft.header["from"] == ring_id:
                seen.append(item["payment_id"])
            if len(seen) >= 2 and item.get("payment_id") == seen[1]:
                item["payment_id"] = seen[0]

    return plant


LARGE = {"amount_seconds": 400_000}
#: Who must answer for it: the ring that signed the planted frame, the other one that took it, or both.
SIGNER, TAKER, BOTH = {"signer"}, {"taker"}, {"signer", "taker"}
#: What is planted -> by code who is accused, and nobody else is.
FAULTS: dict[str, tuple[dict[str, set[str]], Change]] = {
    "I2 another frame before": ({"chain_gap": BOTH}, in_header(prev=OTHER)),
    "I2 a frame acked that never was": ({"false_ack": SIGNER}, in_header(ack_hash=OTHER)),
    "I3 paid and refused": ({"two_outcomes": SIGNER}, added(opposite)),
    "I3 a second attempt without a first": (
        {"attempt_early": SIGNER},
        in_item("order", {"purpose": "transfer"}, attempt=2),
    ),
    "I4 paid after the deadline": (
        {"decision_invalid": SIGNER},
        in_item("decision", {"outcome": "paid"}, decided_at=2**39),
    ),
    "I4 another amount paid": (
        {"decision_invalid": SIGNER},
        in_item("decision", {"outcome": "paid"}, amount_seconds=1),
    ),
    "I4 decided by another place": ({"decision_invalid": SIGNER}, in_item("decision", {"outcome": "paid"}, index=2)),
    "I5 a decision without an order": ({"effect_before_cause": SIGNER}, added(about_nothing)),
    "I8 more than the limit": (
        {"over_limit": TAKER, "over_caps": SIGNER},
        in_both("both", {"amount_seconds": 600}, **LARGE),
    ),
    "I8 signed beyond the limit, refused": ({"over_caps": SIGNER}, in_both("both", {"amount_seconds": 60}, **LARGE)),
    "I11 a head that never was": ({"head_differs": SIGNER}, in_header(head={"log": 1, "size": 1, "root": OTHER})),
    "I12 more refunded than paid": (
        {"refund_exceeds": TAKER},
        in_both("both", {"amount_seconds": 200}, amount_seconds=601),
    ),
    "I12 refunded what was never paid": (
        {"refund_unfounded": TAKER},
        in_item("order", {"purpose": "refund"}, refund_of="B" * 21 + "A"),
    ),
    "I13 an epoch that nobody agreed": ({"epoch_unknown": SIGNER}, in_header(epoch="C" * 21 + "A")),
    "I14 a sentence as a topic": ({"free_text": SIGNER}, added(message)),
    "I14 a sentence as a code": (
        {"free_text": SIGNER},
        in_item("decision", {"outcome": "refused"}, code="alma_is_broke"),
    ),
    "I14 an item of no kind": (
        {"free_text": SIGNER},
        added(lambda draft: {"kind": "note", "text": "Alma schuldet Ben"}),
    ),
}


def noting(change: Change, signers: list[str]) -> Change:
    """Note whose frames a fault changes."""

    def plant(draft: Draft) -> None:
        before = msgspec.json.encode((draft.header, draft.items))
        change(draft)
        if before != msgspec.json.encode((draft.header, draft.items)):
            signers.append(draft.header["from"])

    return plant


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_held_against_whose_it_is_and_nothing_else_is(
    logs: list[Export], fault: str
) -> None:
    expected, change = FAULTS[fault]
    signers: list[str] = []
    result = audited(*Liar(logs, noting(change, signers)).tell())

    sides = {log.ring_id: "signer" if log.ring_id == signers[0] else "taker" for log in logs}
    accused = {(each.code, sides.get(each.place.ring, "nobody")) for each in result.findings if each.level}
    assert {(code, side) for code, who in expected.items() for side in who} == accused, result.findings
    assert {fault.split(maxsplit=1)[0]} >= {CODES[code].invariant for code in expected}


def test_a_payment_paid_twice_is_a_fault_of_both_rings(logs: list[Export]) -> None:
    """The payer's ring sent it again after it was paid, the payee's ring paid it again."""
    assert {"paid_twice", "attempt_early"} == set(codes(audited(*Liar(logs, twice(logs[0].ring_id)).tell())))


def test_a_frame_left_out_of_its_receivers_log_is_a_gap_of_the_receivers(logs: list[Export]) -> None:
    oak, elm = logs
    place = places(elm, oak.ring_id)[0]

    result = audited(*Liar(logs, drop={(elm.ring_id, place)}).tell())

    assert {("chain_gap", elm.ring_id)} == {(each.code, each.place.ring) for each in result.findings if each.level}


def test_frames_moved_behind_what_follows_from_them_are_found(logs: list[Export]) -> None:
    """Elm's log says that it decided before it had the order."""
    oak, elm = logs
    place = next(place for place in places(elm, oak.ring_id) if place + 1 in places(elm, elm.ring_id))
    moved = list(elm.entries)
    moved.insert(place + 1, moved.pop(place))
    told = Liar([oak, replace(elm, entries=moved)]).tell()

    assert {"effect_before_cause"} == set(codes(audited(*told)))


# -- greetings, documents, keys ----------------------------------------------------------------------------------------


def test_a_greeting_under_a_card_that_is_none_is_found(logs: list[Export]) -> None:
    def greet(value: dict[str, Any]) -> None:
        value["standing"]["card"] = OTHER

    assert {"greeting_invalid"} == set(codes(audited(*Liar(logs, greet=greet).tell())))


def test_a_head_told_to_others_that_never_was_is_found(logs: list[Export]) -> None:
    def greet(value: dict[str, Any]) -> None:
        value["standing"]["peer_head"] = {"log": 1, "size": 1, "root": OTHER}
        value["standing"]["own_head"].update(size=2, root=OTHER)

    told = Liar(logs, greet=greet).tell()
    assert {"head_differs", "head_disputed"} == set(codes(audited(*told)))


def test_an_agreement_that_one_ring_has_not_signed_is_found(logs: list[Export]) -> None:
    def paper(data: bytes) -> bytes:
        opened = envelope.parse_envelope(data)
        if "peer-agreement" not in opened.payload_type:
            return data
        return canonical.encode(msgspec.structs.replace(opened, signatures=opened.signatures[:1]))

    result = audited(*Liar(logs, paper=paper).tell())

    assert {"agreement_invalid"} == set(codes(result))


def test_a_card_that_its_root_has_not_signed_is_found(logs: list[Export]) -> None:
    def paper(data: bytes) -> bytes:
        opened = envelope.parse_envelope(data)
        if "ring-card" not in opened.payload_type:
            return data
        changed = [msgspec.structs.replace(each, sig="A" * 86 + "==") for each in opened.signatures]
        return canonical.encode(msgspec.structs.replace(opened, signatures=changed))

    assert {"card_invalid"} == set(codes(audited(*Liar(logs, paper=paper).tell())))


def test_a_frame_under_a_stranger_s_key_is_found(logs: list[Export]) -> None:
    def signer(log: Export, payload: dict[str, Any]) -> SigningKey:
        return SigningKey(bytes(32) if payload.get("seq") == 2 else log.seeds["frame"])

    assert {"unknown_key"} == set(codes(audited(*Liar(logs, signer=signer).tell())))
