# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two rings contradict each other: the finding names the one that the logs prove, or, where they prove none, nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from ringtausch_node.keyring.issue import Change, Roots, issue_next
from ringtausch_protocol import canonical, cards, envelope, frames, keys
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.program.state import Remembered, parse_state, state_after
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head, Hello
from ringtausch_protocol.entries import ENTRY_DOCUMENT, ENTRY_HELLO, log_entry
from ringtausch_protocol.items import Fulfil, Offer, Outcome, Reject, Release
from ringtausch_protocol.keys import SigningKey, key_id
from ringtausch_protocol.merkle import EMPTY
from tests.audit.exports import Export, audited
from tests.audit.roads import HOUR, Land, cut_out, order_along, paid
from tests.audit.test_framed import NAMES, NOBODY, forged, liars_land
from tests.audit.test_given_up import logged_close
from tests.audit.test_paths import owe
from tests.audit.test_some_logs import accused, pays
from tests.vectors import payloads
from tests.vectors.cast import _PURPOSES, BUCHE, EICHE, LINDE, NOON, Town, chance, hash32, sealed


def as_it_is(land: Land, town: Town) -> Export:
    """The town's log, whatever it writes later."""
    log = land.export(town)
    return replace(log, entries=list(log.entries))


# -- copies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_alone", [True, False])
def test_an_older_copy_of_a_log_beside_the_next_one_has_no_gap(*, is_alone: bool) -> None:
    """A mirror took Linde's first log before it ended, and knows the second."""
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    early = as_it_is(land, LINDE)
    pays(land, EICHE, LINDE, 2)
    land.restore(LINDE)
    pays(land, EICHE, LINDE, 3)
    given = [early, land.export(LINDE), *([] if is_alone else [land.export(EICHE)])]

    assert set() == accused(*given)
    assert ("log_incomplete", LINDE.id) in {(each.code, each.place.ring) for each in audited(*given).findings}


def test_one_more_log_hides_no_second_story() -> None:
    """Linde's lost log has Eiche's frame, its next log another one at that place; Eiche shows a log that is older."""
    land = Land((EICHE, LINDE))
    road, size = replace(land.roads[EICHE.id, LINDE.id]), len(land.logs[LINDE.id])
    land.send(EICHE, LINDE, order_along(EICHE, LINDE))
    first, early = as_it_is(land, LINDE), as_it_is(land, EICHE)
    land.lose(LINDE, size)
    land.restore(LINDE)
    land.roads[EICHE.id, LINDE.id] = road
    land.send(EICHE, LINDE, msgspec.structs.replace(order_along(EICHE, LINDE), amount_seconds=2 * HOUR))

    told = [{("fork", EICHE.id)}] * 2
    assert told == [accused(first, land.export(LINDE), *others) for others in ((), (early,))]


# -- payments ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_turned", [True, False])
def test_who_pays_one_payment_to_two_rings_is_named_and_neither_of_them(*, is_turned: bool) -> None:
    """Neither Linde nor Buche can know of the other's order; Eiche keeps its log to itself."""
    land = Land()
    for number, payee in enumerate((LINDE, BUCHE), 1):
        order = msgspec.structs.replace(order_along(EICHE, payee), attempt=number)
        land.send(EICHE, payee, order)
        land.send(payee, EICHE, paid(order, 1))
    logs = [land.export(LINDE), land.export(BUCHE)]

    assert {("paid_twice", EICHE.id)} == accused(*(reversed(logs) if is_turned else logs))


@pytest.mark.parametrize("told", ["paid", "refused"])
def test_who_decides_one_way_and_shows_another_is_named_and_not_who_handed_it_on(told: Outcome) -> None:
    """Buche tells Linde one end, and has another in its log; Linde, whose log is not here, told Eiche what it heard."""
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    land.send(LINDE, BUCHE, Offer(index=1, order=cut_out(land.send(EICHE, LINDE, order))))
    road, size = replace(land.roads[BUCHE.id, LINDE.id]), len(land.logs[BUCHE.id])
    decision = paid(order, 2, told)
    shown = cut_out(land.send(BUCHE, LINDE, decision))
    end = {
        "paid": Fulfil(order_hash=decision.order_hash, decision=shown),
        "refused": Release(order_hash=decision.order_hash, decision=shown, cause="refused"),
    }
    land.send(LINDE, EICHE, end[told])
    land.lose(BUCHE, size)
    land.roads[BUCHE.id, LINDE.id] = road
    land.send(BUCHE, LINDE, paid(order, 2, "refused" if told == "paid" else "paid"))

    assert {("two_outcomes", BUCHE.id)} == accused(land.export(EICHE), land.export(BUCHE))


@pytest.mark.parametrize("is_spoiled", [True, False])
def test_a_refund_is_held_against_whose_own_log_lacks_its_payment(*, is_spoiled: bool) -> None:
    """Linde, which was paid and pays back, has spoiled the order in its log, and shows that alone."""
    land = Land((EICHE, LINDE))
    order, place = order_along(EICHE, LINDE), len(land.logs[LINDE.id])
    sent = land.send(EICHE, LINDE, order)
    land.send(LINDE, EICHE, paid(order, 1))
    back = msgspec.structs.replace(
        order_along(LINDE, EICHE, purpose="refund"), payment_id=b64(bytes([9]) * 16), refund_of=order.payment_id
    )
    land.send(LINDE, EICHE, back)
    land.send(EICHE, LINDE, paid(back, 1))
    log = land.export(LINDE)
    if is_spoiled:
        log.entries[place] = frames.seal_frame(sent.header, list(sent.items), NAMES["bad_signature"], NOBODY).entry()

    named = {(code, LINDE.id) for code in ("bad_signature", "head_differs", "refund_unfounded")}
    assert (named if is_spoiled else set()) == accused(log)


# -- lines -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_alone", [True, False])
def test_who_leaves_a_new_beginning_out_of_its_log_is_named_and_not_who_goes_on_from_it(*, is_alone: bool) -> None:
    land = Land((EICHE, LINDE))
    size = len(land.logs[LINDE.id])
    land.begin_anew(EICHE, LINDE)
    land.lose(LINDE, size)
    land.send(EICHE, LINDE, Reject(seq=1, index=0, code="malformed"))

    expected = {("epoch_unknown", LINDE.id)}
    assert expected == accused(land.export(LINDE), *([] if is_alone else [land.export(EICHE)]))


def test_another_ring_s_clock_does_not_say_that_a_ring_is_still_there() -> None:
    """Buche is gone, and the last that it got was signed by Eiche, whose clock had leapt ahead."""
    land = Land()
    owe(land, LINDE, BUCHE)
    land.send(EICHE, BUCHE, Reject(seq=1, index=0, code="malformed"), at=NOON + 100 * HOUR)
    logged_close(land, HOUR, LINDE, owner=LINDE, peer=BUCHE, at=NOON)

    assert set() == accused(*land.exports())


# -- heads -------------------------------------------------------------------------------------------------------------


def greeting(signer: Town, peer: Town, named: Sequence[tuple[str, SigningKey]], **said: object) -> bytes:
    """A hello of one town's to another."""
    hello: Hello = payloads.hello(is_first=True)
    standing = msgspec.structs.replace(hello.standing, **{"card": signer.card.hash, **said})
    value = msgspec.structs.replace(hello, from_=signer.id, to=peer.id, standing=standing)
    return log_entry(ENTRY_HELLO, (sealed("hello", value, *named)[1],))


def test_a_head_that_only_another_ring_tells_is_held_against_neither() -> None:
    """Linde has made it up, or Eiche has shown Linde another log."""
    land = Land((EICHE, LINDE))
    own, never = Head(log=1, size=0, root=b64(EMPTY)), Head(log=1, size=2, root=hash32("never"))
    land.log(LINDE, greeting(LINDE, EICHE, [LINDE.named(LINDE.frame)], own_head=own, peer_head=never))

    result = audited(*land.exports())

    [found] = [each for each in result.findings if each.level]
    assert ("head_disputed", Level.HINT, LINDE.id, EICHE.id) == (
        found.code, found.level, found.place.ring, found.place.peer,
    )  # fmt: skip


def told_before(land: Land, *later: Head) -> set[tuple[str, Level]]:
    """Eiche told Linde a head that its log never had, then later ones. -> what is said of Eiche."""
    for head in (Head(log=1, size=1, root=hash32("first time")), *later):
        land.log(LINDE, greeting(EICHE, LINDE, [EICHE.named(EICHE.frame)], own_head=head))
    return said_of_eiche(land)


def said_of_eiche(land: Land) -> set[tuple[str, Level]]:
    found = audited(*land.exports()).findings
    return {(each.code, each.level) for each in found if each.place.ring == EICHE.id and each.level}


DIFFERS, BEHIND = ("head_differs", Level.FINDING), ("log_behind", Level.HINT)


@pytest.mark.parametrize(("later", "expected"), [
    ([], DIFFERS),
    ([Head(log=1, size=99, root=hash32("later"))], DIFFERS),
    ([Head(log=2, size=1, root=hash32("start"))], BEHIND),
])  # fmt: skip
def test_a_head_of_a_log_that_its_ring_has_closed_since_accuses_nobody(
    later: list[Head], expected: tuple[str, Level]
) -> None:
    """Eiche was put back twice from one copy; who has not got its newest log sees that there is one."""
    assert {expected} == told_before(Land((EICHE, LINDE)), *later)


def test_who_tells_of_a_newer_log_and_goes_on_in_the_one_before_has_not_closed_it() -> None:
    land = Land((EICHE, LINDE))
    newer = Head(log=2, size=1, root=hash32("start"))
    assert {BEHIND} == told_before(land, newer)

    land.send(EICHE, LINDE, Reject(seq=1, index=0, code="malformed"))

    assert {DIFFERS} == said_of_eiche(land)


# -- cards -------------------------------------------------------------------------------------------------------------


def second_card(name: str) -> bytes:
    """A second card of Eiche's, with a frame key of this name."""
    seeds = {purpose: chance(f"eiche {purpose}") for purpose in _PURPOSES} | {"frame": chance(name)}
    roots = Roots([chance("eiche root 0")], [chance("eiche next root")])
    return issue_next(EICHE.card, roots, Change(seeds, (), 1, None))


def test_who_signs_two_cards_of_one_number_is_named_and_not_who_was_shown_one() -> None:
    land = Land()
    for town in (LINDE, BUCHE):
        land.log(town, log_entry(ENTRY_DOCUMENT, (second_card(town.name),)))

    assert {("card_invalid", EICHE.id)} == accused(*land.exports())


def test_a_card_that_nobody_s_root_has_signed_is_not_its_ring_s() -> None:
    """Linde makes a second card of Eiche's under a root of its own, and lays it beside its log, or has it in there."""
    root = SigningKey(chance("any root"))
    value = msgspec.structs.replace(
        EICHE.card.card, number=2, prev_card=EICHE.card.hash, root_keys=[b64(root.public)], root_threshold=1
    )
    card = envelope.seal(cards.KIND, canonical.encode(value), [(keys.key_id(EICHE.id, root.public), root)])
    land = Land((EICHE, LINDE))
    beside = replace(land.export(LINDE), cards=(LINDE.card.envelope, card))

    assert {("card_invalid", "")} == accused(land.export(EICHE), beside)
    land.log(LINDE, log_entry(ENTRY_DOCUMENT, (card,)))
    assert {("card_invalid", LINDE.id)} == accused(*land.exports())


# -- audits that go on -------------------------------------------------------------------------------------------------


def gone_on(land: Land) -> set[tuple[str, str]]:
    """Whom the second of two audits accuses, which knows what the first has checked."""
    before = audit(Asked([log.given() for log in land.exports()]))
    assert set() == {each.code for each in before.findings if each.level == Level.FINDING}
    state = parse_state(state_after(Remembered(), before))
    pays(land, EICHE, BUCHE, 7)
    again = audit(Asked([log.given() for log in land.exports()], remembered=state.heads))
    return {(each.code, each.place.ring) for each in again.findings if each.level == Level.FINDING}


def test_a_frame_that_one_audit_passed_over_is_not_believed_by_the_next() -> None:
    """It is by an unknown key, and stands beyond Eiche's log, which has grown by then."""
    land = liars_land(is_restored=True)
    size = len(land.logs[EICHE.id])
    word = Reject(seq=1, index=0, code="malformed")
    land.log(LINDE, forged(land, word, "unknown_key", seq=2, size=len(land.logs[EICHE.id]) - size).entry())

    assert {("unknown_key", LINDE.id)} == gone_on(land)


def test_a_hello_that_one_audit_passed_over_is_not_believed_by_the_next() -> None:
    land = liars_land(is_restored=True)
    never = Head(log=1, size=1, root=hash32("never"))
    nobody = [(key_id(EICHE.id, NOBODY.public), NOBODY)]
    land.log(LINDE, greeting(EICHE, LINDE, nobody, card=hash32("no card"), own_head=never))

    assert set() == gone_on(land)
