# SPDX-License-Identifier: AGPL-3.0-or-later
"""A copy of a log from before says nothing against its ring, and hides nothing that is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, Result
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.program.state import Remembered, parse_state, state_after
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.items import Reject
from ringtausch_protocol.limits import DOUBT_SECONDS
from tests.audit.exports import Export, audited
from tests.audit.roads import Land
from tests.audit.test_framed import CODES, forged
from tests.audit.test_some_logs import in_log, pays
from tests.audit.test_who_answers import as_it_is
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NOON, Town

# -- shorter than at the last audit ------------------------------------------------------------------------------------


def kept_after(*logs: Export) -> Mapping[str, LogHead]:
    """What an audit of these logs remembers."""
    return parse_state(state_after(Remembered(), audited(*logs))).heads


def going_on(heads: Mapping[str, LogHead], *logs: Export) -> Result:
    """An audit that knows what an earlier one has checked."""
    return audit(Asked([log.given() for log in logs], remembered=heads))


def told(result: Result, level: Level) -> set[tuple[str, str]]:
    """Code and ring of all that weighs so much."""
    return {(each.code, each.place.ring) for each in result.findings if each.level == level}


def shorter(log: Export, by: int = 1) -> Export:
    """A copy without the last entries."""
    return replace(log, entries=log.entries[:-by])


def test_an_older_mirror_is_no_fault_in_an_audit_that_goes_on_and_the_longer_log_stays_known() -> None:
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    eiche, linde = land.exports()
    heads = kept_after(eiche, linde)
    result = going_on(heads, eiche, shorter(linde))

    assert (set(), True) == (told(result, Level.FINDING), ("log_shrunk", LINDE.id) in told(result, Level.HINT))
    assert heads == parse_state(state_after(Remembered(heads), result)).heads


def test_the_closed_log_alone_of_a_ring_that_was_put_back_is_no_fault() -> None:
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    heads = kept_after(*land.exports())
    land.lose(LINDE, len(land.logs[LINDE.id]) - 1)
    land.restore(LINDE)
    result = going_on(heads, *land.closed, land.export(EICHE))

    assert (set(), {("log_shrunk", LINDE.id)}) == (told(result, Level.FINDING), told(result, Level.HINT) - BEHIND)


#: What an audit says of the end of an older copy.
BEHIND = {("log_behind", LINDE.id)}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("has_next", [False, True])
def test_what_an_earlier_audit_has_checked_is_not_believed_of_a_shorter_log(code: str, *, has_next: bool) -> None:
    """Linde takes the end of its log out, and shows there what Eiche never signed."""
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    size = len(land.logs[LINDE.id])
    pays(land, EICHE, LINDE, 2)
    heads = kept_after(*land.exports())
    land.lose(LINDE, size)
    land.log(LINDE, forged(land, Reject(seq=1, index=0, code="malformed"), code, seq=2).entry())
    if has_next:
        land.restore(LINDE)
    result = going_on(heads, *land.closed, *land.exports())

    assert (code, LINDE.id) in told(result, Level.FINDING)


# -- from before a new beginning ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("goes_on", [True, False])
@pytest.mark.parametrize("early", [EICHE, LINDE])
def test_a_copy_from_minutes_before_a_line_began_anew_is_behind_and_nobody_s_fault(
    early: Town, *, goes_on: bool
) -> None:
    """The other log was fetched behind that, with a frame to somebody else in it, or with none."""
    land = Land()
    pays(land, EICHE, LINDE, 1)
    copy = as_it_is(land, early)
    land.begin_anew(EICHE, LINDE)
    other = LINDE if early is EICHE else EICHE
    if goes_on:
        land.send(other, BUCHE, Reject(seq=1, index=0, code="malformed"))
    result = audited(copy, land.export(other))

    assert set() == told(result, Level.FINDING)
    assert ("log_behind", early.id) in told(result, Level.HINT)


@pytest.mark.parametrize("early", [EICHE, LINDE])
def test_how_late_a_line_that_was_silent_began_anew_nobody_knows_before_its_ring_signs_again(early: Town) -> None:
    """The last that the other ring had signed was days before; the older copy goes on for two days from there."""
    land = Land()
    pays(land, EICHE, LINDE, 1)
    land.send(early, BUCHE, Reject(seq=1, index=0, code="malformed"), at=NOON + 2 * DOUBT_SECONDS)
    copy = as_it_is(land, early)
    land.begin_anew(EICHE, LINDE)
    other = LINDE if early is EICHE else EICHE

    results = [audited(copy, land.export(other))]
    land.send(other, BUCHE, Reject(seq=1, index=0, code="malformed"), at=NOON + 3 * DOUBT_SECONDS)
    results.append(audited(copy, land.export(other)))
    assert [set(), set()] == [told(each, Level.FINDING) for each in results]


def test_a_frame_that_a_later_log_tells_again_is_no_word_from_behind_a_new_beginning() -> None:
    """Linde, put back, tells in its second log what it had sent days before, behind the reset that stands there."""
    land = Land()
    land.send(LINDE, BUCHE, Reject(seq=1, index=0, code="malformed"))
    again = land.logs[LINDE.id][-1]
    pays(land, EICHE, LINDE, 1)
    land.send(EICHE, BUCHE, Reject(seq=1, index=0, code="malformed"), at=NOON + 2 * DOUBT_SECONDS)
    copy = as_it_is(land, EICHE)
    land.restore(LINDE, EICHE, BUCHE)
    land.begin_anew(EICHE, LINDE)
    land.log(LINDE, again)

    given = [[copy, *logs, land.export(LINDE)] for logs in (land.closed, [])]
    assert [set(), set()] == [told(audited(*logs), Level.FINDING) for logs in given]


@pytest.mark.parametrize("later_seconds", [DOUBT_SECONDS, DOUBT_SECONDS + 1])
@pytest.mark.parametrize(("who", "differs"), [((EICHE, LINDE), False), ((EICHE,), True), ((LINDE,), True)])
def test_a_line_that_began_anew_in_one_log_only_has_two_balances_from_a_day_later_on(
    who: tuple[Town, ...], later_seconds: int, *, differs: bool
) -> None:
    """Both operators have signed the new beginning; one keeps it out of its log and goes on with the old balance."""
    land = Land()
    land.send(LINDE, EICHE, Reject(seq=1, index=0, code="malformed"), at=NOON - 1)
    in_log(land, "epoch-reset", payloads.epoch_reset(), EICHE, LINDE, of=who)
    for town in (EICHE, LINDE):
        at = NOON if town in who else NOON + later_seconds
        land.send(town, BUCHE, Reject(seq=1, index=0, code="malformed"), at=at)

    found = {(each.code, each.place.ring) for each in audited(*land.exports()).findings if each.level}

    behind = {("log_behind", town.id) for town in (EICHE, LINDE) if town not in who}
    wrong = {("balance_differs", min(EICHE.id, LINDE.id))}
    assert (set() if not differs else wrong if later_seconds > DOUBT_SECONDS else behind) == found
