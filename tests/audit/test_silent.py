# SPDX-License-Identifier: AGPL-3.0-or-later
"""A source falls silent when it has been read already: the audit says so, and goes on with the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, Result
from ringtausch_protocol.audit.evidence.tree import LogFiles
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Fulfil, Offer, Reject
from tests.audit.exports import Export, audited
from tests.audit.roads import Land, cut_out, order_along, paid
from tests.audit.test_alone import head_of
from tests.audit.test_some_logs import pays
from tests.vectors.cast import BUCHE, EICHE, LINDE


class Silent:
    """Files that are not given once they were asked for so often: never again, or just this time."""

    def __init__(self, files: LogFiles, reads: int, *, is_back: bool, code: str) -> None:
        self._files, self.name, self._reads, self._is_back, self._code = files, files.name, reads, is_back, code
        self.is_silent = False

    def read(self, path: str, limit_bytes: int) -> bytes:
        """A file, as long as they are given."""
        self._reads -= 1
        if self._reads < 0 and not (self._is_back and self.is_silent):
            self.is_silent = True
            raise RemoteError(self._code, path)
        return self._files.read(path, limit_bytes)


def traded() -> list[Export]:
    """Four honest logs: Linde was put back, Buche's is a copy from before the last word."""
    land = Land()
    pays(land, EICHE, LINDE, 1)
    order = order_along(EICHE, LINDE, BUCHE)
    land.send(LINDE, BUCHE, Offer(index=1, order=cut_out(land.send(EICHE, LINDE, order))))
    decision = paid(order, 2)
    decided = cut_out(land.send(BUCHE, LINDE, decision))
    land.restore(LINDE, EICHE, BUCHE)
    land.send(LINDE, EICHE, Fulfil(order_hash=decision.order_hash, decision=decided))
    pays(land, BUCHE, EICHE, 3)
    early = land.export(BUCHE)
    early = replace(early, entries=list(early.entries))
    land.send(EICHE, BUCHE, Reject(seq=1, index=0, code="malformed"))
    return [*land.closed, land.export(LINDE), land.export(EICHE), early]


def lost() -> list[Export]:
    """Eiche came back from before an order that Linde, whose log is not here, handed on; a mirror has it."""
    land = Land()
    size = len(land.logs[EICHE.id])
    shown = cut_out(land.send(EICHE, LINDE, order_along(EICHE, LINDE, BUCHE)))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    mirrored = replace(land.export(EICHE), name="mirror")
    land.lose(EICHE, size)
    land.restore(EICHE)
    return [mirrored, *land.closed, land.export(EICHE), land.export(BUCHE)]


STORIES = {"traded": traded(), "lost": lost()}
CASES = [(name, place) for name, logs in STORIES.items() for place in range(len(logs))]


def with_silent(
    logs: Sequence[Export], place: int, reads: int, *, is_back: bool = False, code: str = "unreachable"
) -> tuple[Result, Silent]:
    """An audit that knows an earlier one, to which the log at a place is not given any more after so many reads."""
    given = [log.given() for log in logs]
    silent = Silent(given[place].files, reads, is_back=is_back, code=code)
    given[place] = given[place]._replace(files=silent)
    heads = [head_of(log) for log in logs[-2:]]
    return audit(Asked(given, remembered={head.origin: head for head in heads})), silent


@pytest.mark.parametrize("name", STORIES)
def test_the_stories_are_clean(name: str) -> None:
    assert set() == {each.code for each in audited(*STORIES[name]).findings if each.level == Level.FINDING}


@pytest.mark.parametrize("is_back", [False, True])
@pytest.mark.parametrize(("name", "place"), CASES)
def test_whenever_a_source_falls_silent_it_is_named_and_nobody_accused(name: str, place: int, *, is_back: bool) -> None:
    for reads in range(40):
        result, silent = with_silent(STORIES[name], place, reads, is_back=is_back)
        accused = {(each.code, each.place.ring) for each in result.findings if each.level == Level.FINDING}
        told = {dict(each.evidence)["source"] for each in result.findings if each.code == "source_failed"}
        assert (reads, set(), {silent.name} if silent.is_silent else set()) == (reads, accused, told)
        if not silent.is_silent:
            return
    pytest.fail("it is read without end")


def test_a_source_that_gives_something_else_when_it_is_asked_again_ends_no_audit() -> None:
    logs = STORIES["traded"]
    for reads in range(40):
        result, other = with_silent(logs, 3, reads, code="bad_tile")
        told = {(each.code, each.place.ring) for each in result.findings if each.level == Level.FINDING}
        assert (reads, {("log_unreadable", BUCHE.id)} if other.is_silent else set()) == (reads, told)
        if not other.is_silent:
            return
    pytest.fail("it is read without end")


def test_one_log_that_falls_silent_hides_no_fault_between_the_others() -> None:
    """Eiche paid twice what Linde and Buche were paid; Linde's first log is not given any more at the end."""
    land = Land()
    pays(land, EICHE, LINDE, 1)
    pays(land, EICHE, BUCHE, 1)
    land.restore(LINDE)
    logs = [*land.closed, *land.exports()]

    results = [with_silent(logs, 0, reads) for reads in range(2, 9)]
    found = {(each.code, each.place.ring) for result, _ in results for each in result.findings if each.level == 2}
    assert ("attempt_early", EICHE.id) in found
