# SPDX-License-Identifier: AGPL-3.0-or-later
"""What else an audit says: of entries, of time, of logs that follow others, of new beginnings; no code is unproved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from ringtausch_protocol import entries, limits
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked
from ringtausch_protocol.audit.findings.codes import CODES
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import ENTRY_DOCUMENT, LogStart, log_entry
from ringtausch_protocol.merkle import EMPTY
from tests.audit.exports import Export, audited, codes
from tests.audit.roads import HOUR, Land, order_along, paid
from tests.house.tree import ROOT
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Town, epoch_of, sealed

DAY = limits.DOUBT_SECONDS


def test_every_code_is_named_by_a_test() -> None:
    tests = "".join(path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py")))
    assert [] == [code for code in CODES if f'"{code}"' not in tests]


def traded() -> Land:
    """Linde pays Eiche an hour, twice."""
    land = Land()
    for number in range(2):
        order = msgspec.structs.replace(order_along(LINDE, EICHE), payment_id=b64(bytes(15) + bytes((number,))))
        land.send(LINDE, EICHE, order)
        land.send(EICHE, LINDE, paid(order, 1))
    return land


# -- entries -----------------------------------------------------------------------------------------------------------


def test_an_entry_of_no_type_is_named_although_its_ring_has_signed_it(logs: list[Export]) -> None:
    oak, elm = logs
    told = replace(oak, entries=[*oak.entries, b"\x09" + bytes(4)])

    [found] = [each for each in audited(told, elm).findings if each.level]
    assert ("bad_entry", oak.ring_id, len(oak.entries)) == (found.code, found.place.ring, found.place.entry)


def test_an_entry_that_is_not_the_one_in_its_tile_is_named(logs: list[Export]) -> None:
    oak, elm = logs
    files = oak.files()
    [name] = [path for path in files if "/entries/" in path]
    files[name] = files[name][:-1] + bytes((files[name][-1] ^ 1,))

    [found] = [each for each in audit(Asked([oak.given(files), elm.given()])).findings if each.level == 2]
    assert ("entry_changed", oak.ring_id, len(oak.entries) - 1) == (found.code, found.place.ring, found.place.entry)


# -- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "code"), [(0, "order_open"), (1, "order_late"), (DAY + 1, "order_in_doubt")])
def test_an_order_without_an_end_is_open_then_late_then_in_doubt(late: int, code: str) -> None:
    land = Land()
    order = msgspec.structs.replace(order_along(EICHE, LINDE), created_at=NOON - 2 * DAY, deadline_at=NOON - late)
    land.send(EICHE, LINDE, order)

    result = audited(*land.exports())
    assert ([code], [late]) == (
        [each.code for each in result.findings],
        [each.lateness_seconds for each in result.orders],
    )


@pytest.mark.parametrize(("age", "code"), [(DAY, "under_way"), (DAY + 1, "under_way_long")])
def test_a_frame_that_has_not_come_for_more_than_a_day_is_a_hint(age: int, code: str) -> None:
    land = Land()
    land.send(EICHE, LINDE, order_along(EICHE, LINDE))
    land.logs[LINDE.id].pop()
    land.send(EICHE, BUCHE, order_along(EICHE, BUCHE), at=NOON + age)

    [found] = [each for each in audited(*land.exports()).findings if each.code.startswith("under_way")]
    assert (code, EICHE.id, LINDE.id) == (found.code, found.place.ring, found.place.peer)


def test_one_clock_that_leapt_ahead_makes_nothing_late_that_others_wait_for() -> None:
    land = Land()
    land.send(EICHE, LINDE, order_along(EICHE, LINDE))
    land.logs[LINDE.id].pop()
    land.send(BUCHE, LINDE, order_along(BUCHE, LINDE), at=NOON + 9 * DAY)

    open_ones = {(each.code, each.place.ring) for each in audited(*land.exports()).findings}
    assert {("under_way", EICHE.id), ("order_open", EICHE.id)} == {each for each in open_ones if each[1] == EICHE.id}


def test_a_clock_that_leapt_ahead_makes_nothing_late_that_its_own_ring_waits_for() -> None:
    land = Land()
    for other in (LINDE, BUCHE):
        land.send(other, EICHE, order_along(other, EICHE))
    land.send(EICHE, LINDE, order_along(EICHE, LINDE))
    land.logs[LINDE.id].pop()
    land.send(EICHE, BUCHE, order_along(EICHE, BUCHE), at=NOON + 9 * DAY)

    timed = ("under_way", "under_way_long", "order_late", "order_in_doubt")
    assert ["under_way"] == [each.code for each in audited(*land.exports()).findings if each.code in timed]


def test_clocks_that_leapt_ahead_and_were_set_right_make_nothing_late() -> None:
    """Two at once, so that each bears the other out; what a ring signed last is how late it is for it."""
    land = Land()
    land.send(EICHE, LINDE, order_along(EICHE, LINDE))
    land.logs[LINDE.id].pop()
    for at in (NOON + 9 * DAY, NOON + 60):
        land.send(LINDE, BUCHE, order_along(LINDE, BUCHE), at=at)
        land.send(BUCHE, LINDE, order_along(BUCHE, LINDE), at=at)

    [found] = [each for each in audited(*land.exports()).findings if each.code.startswith("under_way")]
    assert ("under_way", EICHE.id, 60) == (found.code, found.place.ring, dict(found.evidence)["age_seconds"])


# -- logs that follow a closed one -------------------------------------------------------------------------------------


def started(signer: Town) -> bytes:
    """The first entry of Eiche's second log, signed by an operator of this ring."""
    closed = Head(log=1, size=0, root=b64(EMPTY))
    start = LogStart(v=1, net=NET, ring_id=EICHE.id, log=2, closed=closed, code="old_copy", at=NOON)
    return log_entry(entries.START, (sealed(entries.START_KIND, start, signer.named(signer.operator))[1],))


def second(land: Land, entry: bytes) -> Export:
    """Eiche's second log with this entry alone."""
    return replace(land.exports()[0], number=2, entries=[entry])


def test_a_log_that_no_operator_of_its_ring_began_is_found() -> None:
    land = Land()
    assert ["start_invalid"] == codes(audited(*land.exports(), second(land, started(LINDE))))


def test_a_log_whose_first_one_is_missing_is_not_wholly_seen() -> None:
    land = Land()
    assert ["log_incomplete"] == codes(audited(*land.exports()[1:], second(land, started(EICHE))))
    assert [] == codes(audited(*land.exports(), second(land, started(EICHE))))


def test_frames_of_a_log_that_was_not_given_are_nobody_s_lie() -> None:
    """Eiche shows only her second log: what Linde had from the first one is no finding against either."""
    land = traded()
    later = land.logs[EICHE.id][-2]  # Linde's second order
    log = second(land, started(EICHE))

    assert ["log_incomplete"] == codes(audited(*land.exports()[1:], replace(log, entries=[*log.entries, later])))


# -- what a liar tells twice, or of others: no honest ring is accused --------------------------------------------------


def accused(*logs: Export) -> set[tuple[str, str]]:
    """Who is, and of what."""
    return {(each.code, each.place.ring) for each in audited(*logs).findings if each.level}


def test_a_frame_between_two_others_is_a_fault_of_the_log_that_holds_it() -> None:
    land = traded()
    land.log(BUCHE, land.logs[EICHE.id][-2])

    assert {("bad_entry", BUCHE.id)} == accused(*land.exports())


@pytest.mark.parametrize("sender", [EICHE, LINDE])
def test_a_frame_told_twice_in_one_log_is_a_fault_of_that_log(sender: Town) -> None:
    land = traded()
    land.log(EICHE, land.logs[EICHE.id][-4 if sender is LINDE else -3])

    assert {EICHE.id} == {ring for _, ring in accused(*land.exports())}


@pytest.mark.parametrize("sender", [EICHE, LINDE])
def test_a_frame_told_again_in_the_next_log_is_nobody_s_lie(sender: Town) -> None:
    land = traded()
    again = land.logs[EICHE.id][-4 if sender is LINDE else -3]
    log = second(land, started(EICHE))

    assert set() == accused(*land.exports(), replace(log, entries=[*log.entries, again]))


# -- new beginnings ----------------------------------------------------------------------------------------------------


def begun(*signers: Town, before: Land | None = None) -> list[Export]:
    """Eiche and Linde begin anew with an hour that one owes; these have signed it."""
    land = before or Land((EICHE, LINDE))
    a, b = sorted((EICHE, LINDE), key=lambda town: town.id)
    value = msgspec.structs.replace(
        payloads.epoch_reset(), old_epoch=epoch_of(a, b), balance_seconds=HOUR, holds=[], evidence=[]
    )
    _, signed = sealed("epoch-reset", value, *(town.named(town.operator) for town in signers))
    for town in (EICHE, LINDE):
        land.log(town, log_entry(ENTRY_DOCUMENT, (signed,)))
    return land.exports()


def test_a_new_beginning_that_both_signed_is_told_with_its_balance() -> None:
    result = audited(*begun(EICHE, LINDE))

    told = {("begun_anew", (("balance_seconds", HOUR),)), ("waived", (("amount_seconds", HOUR),))}
    assert told == {(each.code, each.evidence) for each in result.findings}
    assert [HOUR] == [line.owed_seconds for line in result.lines]


def test_what_was_under_way_when_both_began_anew_is_over() -> None:
    land = Land((EICHE, LINDE))
    land.send(EICHE, LINDE, order_along(EICHE, LINDE))
    land.logs[LINDE.id].pop()

    assert {"begun_anew", "waived"} == {each.code for each in audited(*begun(EICHE, LINDE, before=land)).findings}


@pytest.mark.parametrize("signers", [(EICHE,), (LINDE,), (EICHE, LINDE, BUCHE)])
def test_a_new_beginning_that_another_signed_or_one_did_not_is_found(signers: Sequence[Town]) -> None:
    assert {"reset_invalid"} == set(codes(audited(*begun(*signers))))
