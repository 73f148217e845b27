# SPDX-License-Identifier: AGPL-3.0-or-later
"""One ring tells its log anew and signs it with its own keys; the other's log, or an earlier audit, shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringtausch_protocol import checkpoints
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, Expected, Result
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.entries import log_entry
from tests.audit.exports import Export, audited, codes
from tests.audit.liar import Liar, places
from tests.audit.test_planted import about_nothing, added, in_both


def head_of(log: Export) -> LogHead:
    """The head of a log as it is."""
    return checkpoints.parse_checkpoint(log.files()["checkpoint"]).head


def booking(number: int) -> bytes:
    """An entry of a booking."""
    return log_entry(5, (bytes([number]) * 32,))


def test_an_amount_changed_in_one_ring_s_log_is_a_fork_of_that_ring(logs: list[Export]) -> None:
    oak, elm = logs
    (told,) = Liar([oak], in_both("both", {"amount_seconds": 600}, amount_seconds=60), alone=True).tell()

    result = audited(told, elm)

    (found,) = result.findings
    assert ("fork", oak.ring_id, elm.ring_id) == (found.code, found.place.ring, found.place.peer)


def test_a_frame_that_its_sender_s_log_lacks_is_found(logs: list[Export]) -> None:
    oak, elm = logs
    last = places(oak, oak.ring_id)[-1]
    cut = replace(oak, entries=[*oak.entries[:last], *(booking(number) for number in range(40))])

    result = audited(cut, elm)

    (found,) = [each for each in result.findings if each.level == Level.FINDING]
    assert ("missing_in_own_log", oak.ring_id) == (found.code, found.place.ring)


def test_an_older_copy_of_a_log_is_behind_and_nobody_s_fault(logs: list[Export]) -> None:
    oak, elm = logs
    older = replace(oak, entries=oak.entries[: places(oak, oak.ring_id)[-1]])

    assert ["log_behind"] == codes(audited(older, elm))


@pytest.mark.parametrize("order", [1, -1])
def test_a_payment_claimed_of_nobody_s_order_is_found_though_its_ring_shows_an_older_log(
    logs: list[Export], order: int
) -> None:
    told = Liar(logs, added(about_nothing)).tell()
    (found,) = [each for each in audited(*told).findings if each.level == Level.FINDING]
    liar, other = sorted(told, key=lambda log: log.ring_id != found.place.ring)
    older = replace(liar, entries=liar.entries[: found.place.entry])

    result = audited(*[older, other][::order])

    accused = {(each.code, each.place.ring, each.place.log) for each in result.findings if each.level == Level.FINDING}
    assert {("effect_before_cause", liar.ring_id, f"{other.ring_id}/log/1")} == accused
    assert "log_behind" in codes(result)


def test_what_the_receiver_lacks_is_under_way(logs: list[Export]) -> None:
    oak, elm = logs
    sent, came = places(oak, oak.ring_id)[-1], places(elm, oak.ring_id)[-1]
    here, there = replace(oak, entries=oak.entries[: sent + 1]), replace(elm, entries=elm.entries[:came])

    result = audited(here, there)

    assert ["under_way"] == [each.code for each in result.findings if each.code != "order_open"]
    assert Level.NOTE == result.level


def test_a_missing_ring_is_not_clean(logs: list[Export]) -> None:
    oak, elm = logs

    assert ["ring_not_seen"] == codes(audited(oak))
    assert Level.HINT == audited(oak).level
    assert (elm.ring_id,) == audited(oak).missing


def test_a_ring_of_the_roster_that_nobody_named_is_missing_too(logs: list[Export]) -> None:
    stranger = Expected("a" * 52, "weide.example")
    known = [Expected(log.ring_id, log.name) for log in logs]
    result = audit(Asked([log.given() for log in logs], expected=[*known, stranger]))

    assert (["ring_not_seen"], ("a" * 52,)) == (codes(result), result.missing)


# -- what an earlier audit remembers -----------------------------------------------------------------------------------


def remembering(*logs: Export, known: LogHead) -> Result:
    """An audit after one that saw this head."""
    return audit(Asked([log.given() for log in logs], remembered={known.origin: known}))


def test_a_log_that_went_on_is_clean_and_old_signatures_are_not_verified_again(logs: list[Export]) -> None:
    first = audited(*logs)
    heads = {head.origin: head for head in map(head_of, logs)}

    again = audit(Asked([log.given() for log in logs], remembered=heads))

    assert ([], []) == (codes(first), codes(again))
    assert 0 == again.signatures < first.signatures


def test_a_log_that_is_another_than_before_is_found(logs: list[Export]) -> None:
    oak, elm = logs
    known = head_of(replace(oak, entries=[booking(1), *oak.entries[1:9]]))

    assert ["log_split"] == codes(remembering(oak, elm, known=known))


def test_a_log_that_got_shorter_is_a_hint_for_an_older_copy_may_have_been_given(logs: list[Export]) -> None:
    oak, elm = logs
    known = head_of(replace(oak, entries=[*oak.entries, booking(1)]))
    result = remembering(oak, elm, known=known)

    assert (["log_shrunk"], Level.HINT) == (codes(result), result.level)


def test_a_ring_that_shows_two_people_two_logs_is_found(logs: list[Export]) -> None:
    oak, elm = logs
    other = replace(oak, entries=[*oak.entries[:-1], booking(1)], name="oak for others")

    result = audit(Asked([each.given() for each in (oak, elm, other)]))

    assert "two_histories" in codes(result)
    found = next(each for each in result.findings if each.code == "two_histories")
    assert (oak.ring_id, {"oak", "oak for others"}) == (found.place.ring, {value for _, value in found.evidence})


@pytest.mark.parametrize("key", ["frame", "witness"])
def test_a_head_under_another_key_is_none(logs: list[Export], key: str) -> None:
    oak, elm = logs
    forged = replace(oak, seeds={**oak.seeds, "checkpoint": oak.seeds[key]})

    assert ["checkpoint_invalid", "ring_not_seen"] == codes(audited(forged, elm))
