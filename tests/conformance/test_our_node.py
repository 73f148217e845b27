# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our node keeps every rule that the kit knows, and the kit names each of the deviations that are planted here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_node.federation.agreement import peering, terms
from ringtausch_node.federation.greeting.hello import Greeter
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.model import LineRow, Reply
from ringtausch_node.federation.messages import Messages
from ringtausch_node.federation.orders import payee
from ringtausch_node.federation.reset.service import Resets
from ringtausch_node.federation.routes import adverts
from ringtausch_node.federation.routes import records as advert_records
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, channel, envelope, keys, settlement, witness
from ringtausch_protocol.channel import Arrival
from ringtausch_protocol.conformance import report
from ringtausch_protocol.conformance.rule import Outcome, exit_code
from ringtausch_protocol.conformance.rules import ALL
from ringtausch_protocol.requests import Ask
from tests.conformance import planted_between, planted_farewells, planted_line, planted_orders
from tests.conformance.judged import Judged, at_once, broken, judged
from tests.conformance.planted_between import Plant, all_of
from tests.quick import quick_words

Patch = pytest.MonkeyPatch


async def test_our_node_keeps_every_rule(tmp_path: Path) -> None:
    async with judged(tmp_path / "oak") as kit:
        results = await kit.judge()

    assert {} == broken(results)
    assert {rule.id: Outcome.HELD for rule in ALL} == {name: each.outcome for name, each in results.items()}
    assert 0 == exit_code([*results.values()])


def a_body_is_written_again_before_it_is_read(kit: Judged, patch: Patch) -> None:
    """Whatever a lenient reader understands: blanks, another order, the last of two equal fields."""
    true = kit.ring.federation.receiver.handle

    async def lenient(path: str, body: bytes) -> Reply:
        try:
            fields = {name: value for name, value in json.loads(body).items() if name in Ask.__struct_encode_fields__}
            body = msgspec.json.encode({"round": "ask", **fields}) if b'"round":"ask"' in body else body
        except (ValueError, AttributeError):
            pass
        return await true(path, body)

    patch.setattr(kit.ring.federation.receiver, "handle", lenient)


def a_challenge_can_be_used_twice(kit: Judged, patch: Patch) -> None:
    true = Greeter._spend_challenge

    def spend(greeter: Greeter, line: Any, challenge: str) -> None:
        true(greeter, line, challenge)
        greeter._challenges[line.peer.ring_id] = challenge

    patch.setattr(Greeter, "_spend_challenge", spend)


def a_replaced_boot_may_greet_again(kit: Judged, patch: Patch) -> None:
    patch.setattr(records, "is_replaced", lambda *_: False)


def _arrives(wrong: Arrival, taken_as: Arrival) -> Plant:
    def plant(kit: Judged, patch: Patch) -> None:
        true = channel.judge_arrival
        patch.setattr(channel, "judge_arrival", lambda *what: taken_as if (found := true(*what)) is wrong else found)

    return plant


def a_paid_payment_is_forgotten(kit: Judged, patch: Patch) -> None:
    patch.setattr(payee.Payee, "_refuse_again", lambda *_: None)


def no_deadline_is_judged(kit: Judged, patch: Patch) -> None:
    patch.setattr(settlement, "refuse_window", lambda *_: None)


def a_limit_is_no_limit(kit: Judged, patch: Patch) -> None:
    patch.setattr(settlement, "refuse_room", lambda *_: None)


def a_weak_key_is_pinned(kit: Judged, patch: Patch) -> None:
    patch.setattr(keys, "check_public", lambda raw: raw)


def text_may_be_written_in_any_way(kit: Judged, patch: Patch) -> None:
    patch.setattr("unicodedata.is_normalized", lambda *_: True)
    patch.setattr(canonical, "has_controls", lambda _: False)


def a_decision_says_another_amount(kit: Judged, patch: Patch) -> None:
    true = payee.decision_item

    def more(*what: Any) -> Any:
        found = true(*what)
        return msgspec.structs.replace(found, amount_seconds=found.amount_seconds + 1)

    patch.setattr(payee, "decision_item", more)


def words_need_not_be_compared(kit: Judged, patch: Patch) -> None:
    true = Messages._known

    def known(messages: Messages, ring_id: str) -> Any:
        line = messages._lines.by_ring(ring_id)
        return line if line is not None and line.peer.state == "agreed" else true(messages, ring_id)

    patch.setattr(Messages, "_known", known)


def a_number_may_have_a_sign_or_a_zero_in_front(kit: Judged, patch: Patch) -> None:
    true = kit.ring.publication.page

    async def lenient(path: str, authorization: str) -> Reply:
        return await true(path.replace(".p/+", ".p/").replace(".p/0", ".p/"), authorization)

    patch.setattr(kit.ring.publication, "page", lenient)


def a_witness_cosigns_whatever_it_is_shown(kit: Judged, patch: Patch) -> None:
    true = witness.judge

    def judge(*what: Any) -> Any:
        found = true(*what)
        return witness.Verdict(200) if found.status == 422 else found

    patch.setattr(witness, "judge", judge)


def an_advert_needs_no_signature(kit: Judged, patch: Patch) -> None:
    true = envelope.open_envelope

    def opened(data: bytes, kind: str, *what: Any, **named: Any) -> bytes:
        return envelope.parse_envelope(data).body() if kind == adverts.KIND else true(data, kind, *what, **named)

    patch.setattr(envelope, "open_envelope", opened)


def an_advert_counts_for_ever(kit: Judged, patch: Patch) -> None:
    patch.setattr(adverts, "LIFE_SECONDS", 10 * adverts.LIFE_SECONDS)


def the_last_advert_counts(kit: Judged, patch: Patch) -> None:
    true = advert_records.load

    def load(tx: Tx, ring_id: str) -> Any:
        row = true(tx, ring_id)
        return row and row._replace(seq=0)

    patch.setattr(advert_records, "load", load)


def all_is_told_again(kit: Judged, patch: Patch) -> None:
    patch.setattr(adverts.Adverts, "_lacks", lambda *_: True)


def a_line_may_be_opened_again(kit: Judged, patch: Patch) -> None:
    true = terms.LineLife.heard_line

    def heard(life: terms.LineLife, tx: Tx, line: Any, row: LineRow, said: Any) -> str | None:
        row.state_out = "open" if said.state == "open" else row.state_out
        return true(life, tx, line, row, said)

    patch.setattr(terms.LineLife, "heard_line", heard)


def an_ended_line_has_room_as_before(kit: Judged, patch: Patch) -> None:
    patch.setattr(terms, "limit_in", lambda row: row.limit_in_seconds)


def a_ring_that_stops_agrees_on_new_lines(kit: Judged, patch: Patch) -> None:
    patch.setattr(peering, "verify_goes_on", lambda _: None)


def a_proposal_counts_as_signed_by_both(kit: Judged, patch: Patch) -> None:
    true = Resets._answer
    patch.setattr(Resets, "_answer", lambda resets, tx, line, ask: true(resets, tx, line, ask) or ask.reset)


PLANTED: list[tuple[Plant, set[str]]] = [
    (a_body_is_written_again_before_it_is_read, {"json-twice", "json-blank"}),
    (a_challenge_can_be_used_twice, {"challenge-spent"}),
    (a_replaced_boot_may_greet_again, {"fence-hello"}),
    (_arrives(Arrival.FORK, Arrival.REPEAT), {"fork"}),
    (_arrives(Arrival.WRONG_PREV, Arrival.NEXT), {"wrong-prev"}),
    (a_paid_payment_is_forgotten, {"order-id", "order-attempts", "transfer-attempt"}),
    (no_deadline_is_judged, {"order-late", "order-long"}),
    (a_limit_is_no_limit, {"order-limit"}),
    (a_weak_key_is_pinned, {"key-weak"}),
    (text_may_be_written_in_any_way, {"text-nfc", "text-control", "text-separator", "text-bidi"}),
    (a_decision_says_another_amount, {"order-zero", "transfer"}),
    (words_need_not_be_compared, {"words-first"}),
    (a_number_may_have_a_sign_or_a_zero_in_front, {"log-path-zero-width", "log-path-plus-width"}),
    (a_witness_cosigns_whatever_it_is_shown, {"witness-growth"}),
    *planted_between.PLANTED,
    *planted_farewells.PLANTED,
    *planted_line.PLANTED,
    *planted_orders.PLANTED,
    (
        all_of(an_advert_needs_no_signature, an_advert_counts_for_ever, the_last_advert_counts, all_is_told_again),
        {"advert-forged", "advert-long", "advert-newer", "advert-equal", "advert-named"},
    ),
    (
        all_of(
            a_line_may_be_opened_again,
            an_ended_line_has_room_as_before,
            a_ring_that_stops_agrees_on_new_lines,
            a_proposal_counts_as_signed_by_both,
        ),
        {"ended-word", "ended-order", "stopped-order", "stopped-peering", "reset-kept"},
    ),
]


@pytest.mark.parametrize(("plant", "named"), PLANTED)
async def test_a_planted_deviation_is_named(tmp_path: Path, monkeypatch: Patch, plant: Plant, named: set[str]) -> None:
    async with judged(tmp_path / "oak", quick_words, pause=at_once) as kit:
        plant(kit, monkeypatch)
        results = await kit.judge()

    found = broken(results)
    assert set() == named - found.keys()
    assert 1 == exit_code([*results.values()])
    assert all("BROKEN" in report.line_of(results[name]) for name in named)
