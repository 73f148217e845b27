# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules in front of the state tables, one by one, and what the tables as a whole promise."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.items import Decision, Order
from ringtausch_protocol.limits import CLOCK_SLACK_SECONDS
from ringtausch_protocol.settlement import FINAL, TABLES, Act, Event, Place, Room, State
from tests.protocol.settling_rings import PATH, P, T, Y, decide, header_of, order_of

NOW = 1_000_000
HASH = "order-hash"


def order(**changes: Any) -> Order:
    return msgspec.structs.replace(order_of(1, 600, NOW), **changes)


def probe(**changes: Any) -> Order:
    return order(**{"purpose": "probe", "path": [P, T], "amount_seconds": 0, **changes})


# -- the tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", Place)
def test_what_is_final_stays(place: Place) -> None:
    moves = {key: move for key, move in TABLES[place].items() if key[0] in FINAL}

    assert moves
    assert [] == [key for key, move in moves.items() if move.state is not key[0]]
    own = moves.pop((State.RELEASED, Event.PAID_WAIVED), None)  # at a ring's own cost: no line before it hears of that
    assert own is None or own.acts == (Act.POST_OWN_TO_OUT,)
    assert {Act.REJECT, Act.KEEP_EVIDENCE} >= {act for move in moves.values() for act in move.acts}


@pytest.mark.parametrize("place", [Place.PAYER, Place.BETWEEN])
def test_a_decision_from_a_peer_has_a_move_in_every_state_that_has_an_order_hash(place: Place) -> None:
    """What a peer may send is never our own mistake. An unsigned order has no hash by which a peer could name it."""
    unnamed = {State.QUEUED, State.CANCELLED, State.EXPIRED}
    known = {state for state, _ in TABLES[place]} | {move.state for move in TABLES[place].values()}

    for state in known - unnamed:
        for event in (Event.PAID, Event.REFUSED):
            assert (state, event) in TABLES[place], f"{event} in {state}"


@pytest.mark.parametrize("place", Place)
def test_every_hold_is_ended_once(place: Place) -> None:
    """Along every way through a table the holds of a ring come to zero at its end, unless it wrote them off itself."""
    signs = {"hold": 1, "reserve": 1, "free": -1}
    ends: dict[State, list[dict[str, int]]] = {}

    def walk(state: State, held: dict[str, int], seen: frozenset[State]) -> None:
        ends.setdefault(state, []).append(held)
        for (begin, event), move in TABLES[place].items():
            if begin is not state or move.state in seen or event is Event.WRITE_OFF:
                continue
            after = dict(held)
            for act in move.acts:
                verb, _, account = act.value.partition("_")
                after[account] = after.get(account, 0) + signs.get(verb, 0)
                if act in (Act.POST_MEMBER_TO_OUT, Act.POST_DOUBT_TO_OUT):
                    after[account.split("_")[0]] -= 1
            walk(move.state, after, seen | {move.state})

    walk(State.NONE, {}, frozenset({State.NONE}))
    for state in FINAL & ends.keys():
        assert all(set(held.values()) <= {0} for held in ends[state]), state


def test_no_clock_frees_a_signed_hold() -> None:
    for event in (Event.EXPIRE, Event.DEADLINE, Event.DOUBT):
        for table in (settlement.PAYER, settlement.BETWEEN):
            for (state, found), move in table.items():
                assert found is not event or state is State.QUEUED or Act.FREE_OUT not in move.acts


def test_a_move_that_is_not_in_the_table_is_our_own_mistake() -> None:
    with pytest.raises(LocalError, match="illegal_move: payee: paid in posted"):
        settlement.move(Place.PAYEE, State.POSTED, Event.PAID)


def test_a_move_is_looked_up_by_place() -> None:
    assert State.QUEUED is settlement.move(Place.PAYER, State.NONE, Event.PAY).state
    assert (Event.PAID, Event.REFUSED) == (settlement.event_of("paid"), settlement.event_of("refused"))


@pytest.mark.parametrize(("event", "closes"), [(Event.PAID, True), (Event.REFUSED, False)])
def test_a_decision_on_an_order_that_still_waits_is_rejected(event: Event, closes: bool) -> None:
    """The ring between has not offered it to anybody: whoever decides it all the same knows it from elsewhere."""
    move = settlement.move(Place.BETWEEN, State.WAITING, event)

    assert State.WAITING is move.state
    assert closes == (Act.CLOSE_LINE in move.acts)
    assert Act.REJECT in move.acts


# -- room on a line ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("debt", "held", "count", "amount", "code"),
    [
        (0, 0, 0, 10_000, None),
        (0, 0, 0, 10_001, "no_capacity"),
        (4_000, 0, 0, 6_000, None),
        (4_000, 0, 0, 6_001, "no_capacity"),
        (-5_000, 0, 0, 15_000, None),
        (0, 9_000, 1, 1_001, "no_capacity"),
        (0, 1_000, 1, 4_000, None),  # from the second hold on: half of the limit, the new one included
        (0, 1_000, 1, 4_001, "no_capacity"),
        (0, 1_000, 2, 1, None),
        (0, 1_000, 3, 1, "too_many_holds"),
        (0, 1_000, 4, 1, "too_many_holds"),
    ],
)
def test_room_counts_debt_holds_and_the_new_one(
    debt: int, held: int, count: int, amount: int, code: str | None
) -> None:
    assert code == settlement.refuse_room(Room(10_000, debt, held, count, 3), amount)


def test_a_first_hold_may_be_the_only_one() -> None:
    assert settlement.refuse_room(Room(10_000, 0, 0, 0, 1), 10_000) is None
    assert "too_many_holds" == settlement.refuse_room(Room(10_000, 0, 1, 1, 1), 1)


def test_an_assignment_may_raise_the_debt_of_the_one_that_takes_over_and_no_other() -> None:
    asked = [settlement.as_on_edge("assignment", edge) for edge in range(3)]
    assert ["netting", "transfer", "netting"] == asked
    assert ["netting", "refund"] == [settlement.as_on_edge(purpose, 1) for purpose in ("netting", "refund")]


# -- shape and window --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (order(), None),
        (order(path=[P, Y]), None),
        (order(path=[P, T, P]), "malformed"),
        (order(path=[P, P]), "malformed"),
        (order(path=[P, T, T, Y]), "malformed"),
        (order(purpose="netting", path=[P, T, Y, P]), None),
        (order(purpose="netting", path=[P, T, Y]), "malformed"),
        (order(purpose="netting", path=[P, T, T, P]), "malformed"),
        (order(purpose="netting", path=[P, P]), "malformed"),
        (order(purpose="assignment", path=[P, T, Y, P]), None),
        (order(purpose="assignment", path=[P, T, P]), "malformed"),
        (order(purpose="assignment", path=[P, T, Y]), "malformed"),
        (order(purpose="assignment", path=[P, T, Y, "another", P]), "malformed"),
        *(
            (order(purpose=purpose, path=[P, T, Y, P], **{field: "c"}), "malformed")
            for purpose in ("netting", "assignment")
            for field in ("invoice_hash", "refund_of", "payer_commit", "memo_commit", "sealed_hash")
        ),
        (order(deadline_at=NOW), "malformed"),
        (order(deadline_at=NOW - 1), "malformed"),
        (order(amount_seconds=0), "amount"),
        (order(purpose="refund", refund_of="payment-0"), None),
        (order(purpose="refund"), "malformed"),
        (order(refund_of="payment-0"), "malformed"),
        (probe(), None),
        (probe(amount_seconds=1), "malformed"),
        (probe(path=PATH), "malformed"),
        (probe(payer_commit="c"), "malformed"),
        (probe(sealed_hash="c"), "malformed"),
    ],
)
def test_shape(given: Order, code: str | None) -> None:
    assert code == settlement.refuse_shape(given)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (NOW + 900, None),
        (NOW + 901, "deadline_passed"),
        (NOW - CLOCK_SLACK_SECONDS, None),
        (NOW - CLOCK_SLACK_SECONDS - 1, "deadline_too_long"),
    ],
)
def test_only_the_deciders_clock_counts_and_only_to_refuse(now: int, code: str | None) -> None:
    assert code == settlement.refuse_window(order(deadline_at=NOW + 900), now, 900)


def test_a_window_is_the_time_between_however_young_the_clock_is() -> None:
    assert "deadline_too_long" == settlement.refuse_window(order(deadline_at=2_001), 1_000, 1_000 - CLOCK_SLACK_SECONDS)


# -- whose order, whose decision ---------------------------------------------------------------------------------------


def test_an_order_is_bound_to_the_payers_own_header() -> None:
    settlement.verify_order_binding(order(), header_of(P, T))
    for sender, receiver in ((T, P), (P, Y), (T, Y)):
        with pytest.raises(RemoteError, match="wrong_ring"):
            settlement.verify_order_binding(order(), header_of(sender, receiver))


def test_true_decisions_verify() -> None:
    for by, inbound, code in ((Y, T, None), (Y, T, "payee_refuses"), (T, P, "no_route")):
        decision = decide(order(), HASH, by, code, NOW)
        settlement.verify_decision(decision, header_of(by, inbound), order(), HASH)


def _false_decisions() -> list[tuple[str, Decision]]:
    paid, refused = decide(order(), HASH, Y, None, NOW), decide(order(), HASH, T, "no_route", NOW)
    change = msgspec.structs.replace
    return [
        ("other order", change(paid, order_hash="other")),
        ("other payment", change(paid, payment_id="other")),
        ("other amount", change(paid, amount_seconds=601)),
        ("no such place", change(paid, index=3)),
        ("no such place at all", change(paid, index=4)),
        ("not its place", change(paid, index=1)),
        ("not its neighbour", change(paid, inbound=P)),
        ("another's name, a small one", change(paid, by="2" * 52)),
        ("another's name, a large one", change(paid, by="z" * 52)),
        ("by another", change(paid, by=T)),
        ("paid with a code", change(paid, code="busy")),
        ("refused without one", change(refused, code=None)),
        ("paid in between", change(refused, outcome="paid", code=None)),
        ("paid too late", change(paid, decided_at=order().deadline_at + 1)),
    ]


@pytest.mark.parametrize(("what", "decision"), _false_decisions())
def test_false_decisions_do_not(what: str, decision: Decision) -> None:
    header = header_of(Y if what.startswith("another's name") else decision.by, decision.inbound)
    with pytest.raises(RemoteError, match="bad_decision"):
        settlement.verify_decision(decision, header, order(), HASH)


def test_on_a_long_path_each_ring_answers_the_one_before_it() -> None:
    far = "q" * 52
    long = order(path=[P, T, Y, far])
    decision = msgspec.structs.replace(decide(order(), HASH, Y, None, NOW), by=far, inbound=Y, index=3)

    settlement.verify_decision(decision, header_of(far, Y), long, HASH)
    with pytest.raises(RemoteError, match="bad_decision"):
        settlement.verify_decision(msgspec.structs.replace(decision, inbound=T), header_of(far, T), long, HASH)


def test_a_decision_comes_from_the_ring_that_signed_it() -> None:
    decision = decide(order(), HASH, Y, None, NOW)
    for sender, receiver in ((T, P), (Y, P), (T, Y)):
        with pytest.raises(RemoteError, match="bad_decision"):
            settlement.verify_decision(decision, header_of(sender, receiver), order(), HASH)


# -- commitments -------------------------------------------------------------------------------------------------------


def test_a_commitment_is_salted_and_separated() -> None:
    salt = bytes(range(16))
    expected = hashlib.sha256(b"ringtausch/commit/v1\nmemo\n" + salt + "Käse".encode()).digest()

    assert b64(expected) == settlement.commit("memo", salt, "Käse")
    assert settlement.commit("payer", salt, "Käse") != settlement.commit("memo", salt, "Käse")
    with pytest.raises(LocalError, match="salt"):
        settlement.commit("memo", salt[:15], "Käse")


@pytest.mark.parametrize("length", [15, 17])
def test_a_salt_of_another_length_is_our_own_mistake(length: int) -> None:
    with pytest.raises(LocalError, match="salt"):
        settlement.commit("memo", bytes(length), "Käse")
